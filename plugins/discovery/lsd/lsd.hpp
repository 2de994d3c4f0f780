// Local service discovery: the groups' sockets, the searches, and what comes of each datagram.
#pragma once

#include "announcements.hpp"
#include "message.hpp"
#include "source_limit.hpp"

#include <shoal/discovery.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace shoal::lsd {

class Lsd final : public Discovery {
public:
    static constexpr std::chrono::seconds search_time{5};
    static constexpr std::chrono::minutes retry_after{1}; // when a group cannot be joined

    explicit Lsd(Host& host);

    Result<void> search(std::uint64_t operation, const Search& search) override;
    void cancel(std::uint64_t operation) override;
    void on_stop() override;

private:
    struct Group {
        Endpoint endpoint;
        UdpSocket socket{};
        std::string complaint{}; // why it could not be opened
        std::chrono::nanoseconds retry_at{};
    };
    struct Running {
        Hash20 info_hash;
        Timer end;
    };

    /// Those that are not open yet; an error when none is.
    Result<void> open_groups();
    void open(Group& group);
    void on_datagram(const Endpoint& from, ByteView datagram);
    void on_neighbour(const Hash20& info_hash, const Endpoint& neighbour);
    [[nodiscard]] bool is_searched(const Hash20& info_hash) const;
    void take_out(std::uint64_t operation);
    void end(std::uint64_t operation);

    void wait_for_turn();
    void speak();
    [[nodiscard]] bool is_still_ours(const Announcements::Turn& turn);

    Host host_;
    DiscoveryReports reports_;
    Udp udp_;
    Timers timers_;
    Random random_;
    Metrics metrics_;
    std::string cookie_;
    std::vector<Group> groups_;
    Announcements announcements_;
    SourceLimit limit_;
    std::map<std::uint64_t, Running> running_;
    std::set<std::pair<Hash20, std::uint64_t>> by_hash_; // the same searches
    Timer turn_;
};

} // namespace shoal::lsd
