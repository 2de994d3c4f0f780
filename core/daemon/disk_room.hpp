#pragma once

#include "control/registry.hpp"
#include "environment/environment.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace shoal::daemon {

// Octets of a file system.
struct Room {
    std::uint64_t device = 0;  // which
    std::uint64_t free = 0;    // for us, without what is kept for root
    std::uint64_t size = 0;
};

// Of the file system that a folder is on, or will be on: of its closest ancestor that is there. Blocks. [worker]
Result<Room> room_at(const std::string& folder);

// Looks once a minute at the file systems in use, and tells once when one has less room than it should (disk.low), and when it has enough
// again (disk.enough). Offers disk.room. [loop]
class DiskRoom {
public:
    struct Parts {
        environment::Loop& loop;
        environment::Workers& workers;
        control::Registry& methods;
        std::function<std::set<std::string>()> folders;   // in use
        std::function<std::uint64_t()> least;             // octets; 0: tells nothing
        std::function<Result<Room>(const std::string&)> room = room_at;
    };

    explicit DiskRoom(Parts parts);
    ~DiskRoom();

    void start();

private:
    using Rooms = std::map<std::string, Room>;

    void look();
    void wait();
    void judge(const Rooms& rooms);
    void ask(const std::string& folder, control::Registry::Answered done);
    void tell(std::string_view event, const std::string& folder, const Room& room);

    Parts parts_;
    environment::Timer timer_;
    std::set<std::uint64_t> low_;  // devices
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::daemon
