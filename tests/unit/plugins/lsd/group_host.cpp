#include "group_host.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstring>

namespace shoal::test {

GroupHost::GroupHost()
{
    services_ = {{SHOAL_SERVICE_TIMER, services_.at(SHOAL_SERVICE_TIMER)},
                 {SHOAL_SERVICE_UDP, &udp_table},
                 {SHOAL_SERVICE_RANDOM, &random_table},
                 {SHOAL_SERVICE_METRICS, &metrics_table},
                 {SHOAL_SERVICE_DISCOVERY, &discovery_table}};
}

void GroupHost::say(const Endpoint& from, std::string_view datagram, std::string_view group)
{
    const auto is_it = [&](const auto& entry) { return entry.second.group.to_string() == group; };
    const auto found = std::ranges::find_if(sockets_, is_it);
    REQUIRE(found != sockets_.end());
    const auto raw = to_abi(from);
    found->second.on_datagram(found->second.user, found->first, &raw, to_abi(as_bytes(datagram)));
}

std::vector<GroupHost::Sent> GroupHost::sent4() const
{
    auto all = sent;
    std::erase_if(all, [](const Sent& one) { return one.group.address.is_v6(); });
    return all;
}

const shoal_host_udp_v1 GroupHost::udp_table{
    sizeof(shoal_host_udp_v1),
    0,
    [](const shoal_host*, shoal_endpoint*, shoal_datagram, void*, std::uint64_t*) -> shoal_status {
        return SHOAL_E_UNSUPPORTED;
    },
    [](const shoal_host* host, std::uint64_t socket, const shoal_endpoint* to, shoal_bytes datagram) -> shoal_status {
        auto& self = of<GroupHost>(host);
        CHECK(self.sockets_.at(socket).group == from_abi(*to));
        self.sent.push_back({self.now(), from_abi(*to), std::string(as_text(from_abi(datagram)))});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t socket) -> shoal_status {
        return of<GroupHost>(host).sockets_.erase(socket) == 1 ? SHOAL_OK : SHOAL_E_STALE;
    },
    [](const shoal_host* host, const shoal_endpoint* group, shoal_datagram on_datagram, void* user,
       std::uint64_t* socket) -> shoal_status {
        auto& self = of<GroupHost>(host);
        ++self.attempts;
        if (self.refused.contains(from_abi(*group).to_string())) return SHOAL_E_UNSUPPORTED;
        *socket = self.next_handle();
        self.sockets_[*socket] = {from_abi(*group), on_datagram, user};
        return SHOAL_OK;
    }};

const shoal_host_random_v1 GroupHost::random_table{
    sizeof(shoal_host_random_v1), 0,
    [](const shoal_host* host) { return of<GroupHost>(host).random_.next(); },
    [](const shoal_host* host, std::uint64_t bound) { return of<GroupHost>(host).random_.below(bound); }};

const shoal_host_metrics_v1 GroupHost::metrics_table{
    sizeof(shoal_host_metrics_v1), 0,
    [](const shoal_host* host, shoal_text name, std::int64_t amount) {
        of<GroupHost>(host).counters[std::string(from_abi(name))] += amount;
    },
    [](const shoal_host*, shoal_text, std::int64_t) {}};

const shoal_host_discovery_v1 GroupHost::discovery_table{
    sizeof(shoal_host_discovery_v1), 0,
    [](const shoal_host* host, std::uint64_t operation, const shoal_endpoint* peers,
       std::uint32_t count) -> shoal_status {
        auto& self = of<GroupHost>(host);
        CHECK_FALSE(self.ended.contains(operation));
        for (std::uint32_t i = 0; i < count; ++i) self.found[operation].push_back(from_abi(peers[i]).to_string());
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t operation, shoal_status status) -> shoal_status {
        auto& self = of<GroupHost>(host);
        CHECK_FALSE(self.is_inside_call);
        CHECK(self.ended.emplace(operation, status).second);
        return SHOAL_OK;
    },
    [](const shoal_host* host, const std::uint8_t* raw, const shoal_endpoint* peer) -> shoal_status {
        auto& self = of<GroupHost>(host);
        Hash20 hash;
        std::memcpy(hash.bytes.data(), raw, Hash20::size);
        self.spotted.push_back(hash.hex().substr(0, 4) + " " + from_abi(*peer).to_string());
        return self.ours.contains(hash) ? SHOAL_OK : SHOAL_E_NOT_FOUND;
    }};

} // namespace shoal::test
