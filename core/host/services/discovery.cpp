#include "host/services/discovery.hpp"

#include "host/services/guard.hpp"
#include "host/status.hpp"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace shoal::host::services {

namespace {
constexpr std::uint32_t most_peers = 10'000;
}

std::uint64_t DiscoveryService::open()
{
    newest_ = state_.next_handle();
    searches_[newest_];
    return newest_;
}

void DiscoveryService::abandon(std::uint64_t handle)
{
    const auto at = searches_.find(handle);
    if (at == searches_.end()) return;
    // One that has not ended yet is kept, so that its late end is told from one that nobody asked for.
    at->second.is_abandoned = true;
    if (at->second.is_ended) searches_.erase(at);
}

void DiscoveryService::end(bool)
{
    auto* sink = state_.context().discovery;
    for (const auto& [handle, search] : std::exchange(searches_, {})) {
        if (sink != nullptr && !search.is_abandoned) sink->on_ended(handle, search.status, search.why);
    }
}

DiscoveryService::Search* DiscoveryService::find_open(std::uint64_t handle)
{
    const auto at = searches_.find(handle);
    return at == searches_.end() || at->second.is_ended ? nullptr : &at->second;
}

shoal_status DiscoveryService::found(std::uint64_t handle, const shoal_endpoint* peers, std::uint32_t count)
{
    if (count > most_peers || (peers == nullptr && count > 0)) {
        return state_.bad_argument("discovery.found", "peers is NULL or too long");
    }
    if (find_open(handle) == nullptr) return state_.bad_argument("discovery.found", "there is no such search");
    std::vector<Endpoint> known;
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto peer = borrowed(&peers[i]);
        if (!peer) return state_.bad_argument("discovery.found", "a peer has no address family");
        known.push_back(*peer);
    }
    state_.on_loop([this, handle, known = std::move(known)] {
        auto* sink = state_.context().discovery;
        const auto at = searches_.find(handle);
        if (sink != nullptr && at != searches_.end() && !at->second.is_abandoned) sink->on_found(handle, known);
    });
    return SHOAL_OK;
}

shoal_status DiscoveryService::ended(std::uint64_t handle, shoal_status status)
{
    if (status > 0 || !is_known_status(status)) {
        state_.strike("discovery.ended", "unknown status " + std::to_string(status));
        status = SHOAL_E_PLUGIN;
    }
    auto* search = find_open(handle);
    if (search == nullptr) {
        return state_.bad_argument("discovery.ended", "ended a search twice, or one that never was");
    }
    const auto* top = breadcrumb().top;
    if (handle == newest_ && top != nullptr && std::string_view(top->function) == "search") {
        state_.strike("discovery.ended", "ended a search from inside the call that started it");
    }
    if (search->is_abandoned) {
        searches_.erase(handle);
        return SHOAL_OK;
    }
    search->is_ended = true;
    search->status = status;
    search->why = state_.last_error();
    // What was found just before is told first: both take the same way.
    state_.on_loop([this, handle] { tell_end(handle); });
    return SHOAL_OK;
}

void DiscoveryService::tell_end(std::uint64_t handle)
{
    const auto node = searches_.extract(handle);
    auto* sink = state_.context().discovery;
    if (!node.empty() && sink != nullptr) sink->on_ended(handle, node.mapped().status, node.mapped().why);
}

shoal_status DiscoveryService::spotted(const std::uint8_t* raw, const shoal_endpoint* peer)
{
    const auto where = borrowed(peer);
    if (raw == nullptr || !where) return state_.bad_argument("discovery.spotted", "info_hash or peer is missing");
    Hash20 info_hash;
    std::memcpy(info_hash.bytes.data(), raw, Hash20::size);
    auto* sink = state_.context().discovery;
    return sink != nullptr && sink->on_spotted(info_hash, *where) ? SHOAL_OK : SHOAL_E_NOT_FOUND;
}

namespace {

shoal_status found(const shoal_host* host, std::uint64_t operation, const shoal_endpoint* peers, std::uint32_t count)
{
    return on_strand<DiscoveryService>(host, "discovery.found", [&](DiscoveryService& discovery) {
        return discovery.found(operation, peers, count);
    });
}

shoal_status ended(const shoal_host* host, std::uint64_t operation, shoal_status status)
{
    return on_strand<DiscoveryService>(
        host, "discovery.ended", [&](DiscoveryService& discovery) { return discovery.ended(operation, status); });
}

shoal_status spotted(const shoal_host* host, const std::uint8_t* info_hash, const shoal_endpoint* peer)
{
    return on_strand<DiscoveryService>(
        host, "discovery.spotted", [&](DiscoveryService& discovery) { return discovery.spotted(info_hash, peer); });
}

constexpr shoal_host_discovery_v1 discovery_table{sizeof discovery_table, 0, found, ended, spotted};

}  // namespace

const Service& discovery_service()
{
    static constexpr Service service{SHOAL_SERVICE_DISCOVERY, "", &discovery_table, make_lent<DiscoveryService>};
    return service;
}

}  // namespace shoal::host::services
