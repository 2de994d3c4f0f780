#include "torrent/swarm.hpp"

#include <shoal/crossing.hpp>
#include <shoal/utf8.hpp>

// Who moved how much: told to everybody, and to the plug-ins of the torrent that meter or pay.
namespace shoal::torrent {

namespace {

shoal_peer_traffic raw_traffic(const ConnectedPeer& peer, const TrafficStatement& statement, environment::Time now)
{
    return {.struct_size = sizeof(shoal_peer_traffic),
            .flags = statement.is_last ? SHOAL_TRAFFIC_LAST : 0u,
            .peer = peer.handle.value(),
            .remote = to_abi(peer.link->remote()),
            .down = statement.since_last.down,
            .up = statement.since_last.up,
            .total_down = statement.total.down,
            .total_up = statement.total.up,
            .connected_ns = static_cast<std::uint64_t>((now - peer.connected_at).count())};
}

control::Value::Map traffic_event(const ConnectedPeer& peer, const TrafficStatement& statement, environment::Time now)
{
    const auto number = [](std::uint64_t n) { return control::Value(static_cast<std::int64_t>(n)); };
    control::Value::Map event;
    event.append("peer", number(peer.handle.value()));
    event.append("peer_id", peer.wire_id.hex());
    event.append("address", peer.link->remote().to_string());
    event.append("client", printable(peer.client()));
    event.append("down", number(statement.since_last.down));
    event.append("up", number(statement.since_last.up));
    event.append("total_down", number(statement.total.down));
    event.append("total_up", number(statement.total.up));
    event.append("connected", std::chrono::duration<double>(now - peer.connected_at).count());
    event.append("last", statement.is_last);
    return event;
}

}  // namespace

void Swarm::tell_traffic(const ConnectedPeer& peer, const std::optional<TrafficStatement>& statement)
{
    if (!statement) return;
    extensions_.on_traffic(raw_traffic(peer, *statement, now()));
    context_.events.on_event("peer.traffic", traffic_event(peer, *statement, now()));
}

}  // namespace shoal::torrent
