// The fake host with what local discovery needs: groups that are open or not, and searches that end.
#pragma once

#include "unit/plugins/tracker/fake_host.hpp"

#include <shoal/abi/discovery.h>
#include <shoal/random.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::test {

class GroupHost : public FakeHost {
public:
    struct Sent {
        std::chrono::nanoseconds at;
        Endpoint group;
        std::string text;
    };

    GroupHost();

    /// A datagram comes in through the socket of a group that is open.
    void say(const Endpoint& from, std::string_view datagram, std::string_view group = "239.192.152.143:6771");
    /// What was sent to the IPv4 group.
    [[nodiscard]] std::vector<Sent> sent4() const;

    std::set<std::string> refused; // groups that cannot be joined
    std::set<Hash20> ours;         // what spotted() says yes to
    int attempts = 0;              // at joining
    std::vector<Sent> sent;
    std::vector<std::string> spotted;                        // "HASH PEER"
    std::map<std::uint64_t, std::vector<std::string>> found; // by search
    std::map<std::uint64_t, shoal_status> ended;
    std::map<std::string, std::int64_t> counters;

    [[nodiscard]] std::size_t open_sockets() const { return sockets_.size(); }

private:
    struct Socket {
        Endpoint group;
        shoal_datagram on_datagram;
        void* user;
    };

    static const shoal_host_udp_v1 udp_table;
    static const shoal_host_random_v1 random_table;
    static const shoal_host_metrics_v1 metrics_table;
    static const shoal_host_discovery_v1 discovery_table;

    RandomStream random_{7, 7};
    std::map<std::uint64_t, Socket> sockets_;
};

} // namespace shoal::test
