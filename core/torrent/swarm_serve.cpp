#include "torrent/swarm.hpp"

#include <algorithm>

// Giving: blocks that peers asked for, from files without a copy where the link and the disk allow it.
namespace shoal::torrent {

namespace {
// Queued in user space for one peer: enough for the kernel never to run dry between two turns of the loop, and no more.
constexpr std::size_t least_queued = 128 * 1024;
constexpr std::size_t most_queued = 1024 * 1024;
}  // namespace

void Swarm::serve(ConnectedPeer& peer)
{
    if (peer.is_closed() || is_stopping_) return;
    if (is_draining(peer)) return;
    // An eighth of a second of what it takes.
    const std::size_t watermark = std::clamp<std::size_t>(peer.up.rate(now()) / 8, least_queued, most_queued);
    while (!peer.is_closed() && peer.session.requests_waiting() > 0) {
        if (peer.link->queued_block_octets() + peer.reads_under_way >= watermark) return;
        if (peer.outlet.available() < Geometry::block_size) return;
        const auto request = peer.session.next_to_serve();
        serve_one(peer, *request);
    }
}

void Swarm::serve_one(ConnectedPeer& peer, const peer::Request& request)
{
    const peer::BlockHead head{request.piece, request.begin, request.length};
    const PieceIndex piece = *geometry().piece(request.piece);
    peer.outlet.spend(request.length);
    if (context_.settings.is_synthetic) {
        return send_block(peer, head, {});
    }
    if (peer.link->sends_files()) {
        if (auto parts = context_.store.locate(head, piece)) {
            return send_block(peer, head, std::move(*parts));
        }
    }
    peer.reads_under_way += request.length;
    context_.store.read(head, piece, [this, handle = peer.handle, head, alive = std::weak_ptr(alive_)](
                                         Result<peer::OwnedBytes> octets) {
        if (alive.expired()) return;
        if (!octets) context_.events.on_disk_error(octets.error());
        const auto at = peers_.find(handle);
        if (at == peers_.end()) return;
        ConnectedPeer& reader = *at->second;
        reader.reads_under_way -= head.length;
        if (!octets) return reader.session.reject({head.piece, head.begin, head.length});
        send_block(reader, head, {peer::BufferRegion{*octets, 0, head.length}});
        serve(reader);
    });
}

void Swarm::send_block(ConnectedPeer& peer, const peer::BlockHead& head, std::vector<peer::BlockPart> parts)
{
    const auto payload = context_.settings.is_synthetic ? peer::Payload::synthetic : peer::Payload::bytes;
    peer.link->send({.head = head, .parts = std::move(parts), .payload = payload});
    peer.session.on_block_sent(now());
    peer.up.add(now(), head.length);
    totals_.uploaded += head.length;
}

void Swarm::when_sent(environment::Task task)
{
    for (auto& [handle, peer] : peers_) peer->is_draining = true;
    draining_.push_back(std::move(task));
}

// Nothing more is queued for a peer that drains, or the end of what was queued before would never be seen.
bool Swarm::is_draining(ConnectedPeer& peer)
{
    if (peer.is_draining && peer.link->queued_block_octets() == 0) peer.is_draining = false;
    return peer.is_draining;
}

void Swarm::look_what_is_sent()
{
    if (draining_.empty()) return;
    bool is_anything_left = false;
    for (auto& [handle, peer] : peers_) is_anything_left = is_draining(*peer) || is_anything_left;
    if (is_anything_left) return;
    for (auto& task : std::exchange(draining_, {})) task();
}

}  // namespace shoal::torrent
