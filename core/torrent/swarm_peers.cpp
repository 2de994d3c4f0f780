#include "torrent/swarm.hpp"

#include "torrent/neighbourhood.hpp"

#include <shoal/sha1.hpp>

#include <fmt/format.h>

#include <algorithm>

// Meeting and parting from peers.
namespace shoal::torrent {

using environment::Time;

namespace {

constexpr std::size_t allowed_fast_count = 10;
constexpr auto complete_pause = std::chrono::minutes{30};  // before a complete peer is called by a complete one

// The set of BEP 6: pieces a peer may have while choked, the same for all addresses of its /24, so that nobody gains by
// reconnecting.
std::vector<PieceIndex> allowed_fast_set(const Geometry& geometry, const Hash20& info_hash, const Address& address)
{
    std::vector<PieceIndex> set;
    if (address.v6) return set;
    std::array<std::byte, 24> seed{};
    std::copy_n(address.bytes.begin(), 3, seed.begin());
    std::ranges::copy(info_hash.bytes, seed.begin() + 4);
    Hash20 x = Sha1::of(seed);
    const std::size_t wanted = std::min<std::size_t>(allowed_fast_count, geometry.piece_count());
    while (set.size() < wanted) {
        for (std::size_t i = 0; i < 5 && set.size() < wanted; ++i) {
            const auto piece = *geometry.piece(load_be<std::uint32_t>(x.bytes.data() + 4 * i) % geometry.piece_count());
            if (std::ranges::find(set, piece) == set.end()) set.push_back(piece);
        }
        x = Sha1::of(x.bytes);
    }
    return set;
}

}  // namespace

std::size_t Swarm::room() const
{
    return peers_.size() < context_.settings.most_peers ? context_.settings.most_peers - peers_.size() : 0;
}

bool Swarm::is_connected_to(const WirePeerId& peer) const
{
    return std::ranges::any_of(peers_, [&](const auto& entry) { return entry.second->wire_id == peer; });
}

std::string Swarm::reason_to_refuse(const Introduction& introduction) const
{
    if (room() == 0) return "there are enough peers";
    if (is_crowded(introduction.link->remote().address)) return "its address has enough connections";
    return {};
}

// One host with many names must not take the places of everybody else.
bool Swarm::is_crowded(const Address& address) const
{
    const Address shared = neighbourhood(address);
    const auto same = std::ranges::count_if(peers_, [&](const auto& entry) {
        return neighbourhood(entry.second->link->remote().address) == shared;
    });
    return static_cast<std::size_t>(same) >= context_.settings.most_peers_per_address;
}

void Swarm::meet(Introduction introduction)
{
    const PeerHandle handle{next_handle_++};
    const auto theirs = introduction.theirs.capabilities;
    auto made = std::make_unique<ConnectedPeer>(*this, handle, std::move(introduction), now());
    ConnectedPeer& peer = *made;
    addresses_[handle] = peer.link->remote().address;
    ++totals_.met[peer.source.name];
    peers_.emplace(handle, std::move(made));
    peer.session.start(opening_for(peer, theirs), now());
    send_allowed_fast(peer);
}

void Swarm::send_allowed_fast(ConnectedPeer& peer)
{
    if (!peer.session.has_fast() || our_pieces().none()) return;
    const auto set = allowed_fast_set(geometry(), context_.metainfo.info_hash.wire(), peer.link->remote().address);
    std::vector<PieceIndex> ours;
    std::ranges::copy_if(set, std::back_inserter(ours), [&](PieceIndex p) { return our_pieces().test(p.value()); });
    peer.session.allow_fast(ours);
}

void Swarm::on_their_pieces(ConnectedPeer& peer)
{
    if (peer.session.is_seed()) {
        availability_.add_seed();
    } else {
        availability_.add(peer.session.their_pieces());
        pickers_.on_availability(std::nullopt, 0, 0);
    }
    count_wanted(peer);
    update_interest(peer);
    if (is_done()) drop_complete_peers();
}

void Swarm::on_their_piece(ConnectedPeer& peer, PieceIndex piece)
{
    const auto& theirs = peer.session.their_pieces();
    if (theirs.all()) {
        // Its last piece: from now on it counts among the seeds.
        Bitfield before = theirs;
        before.reset(piece.value());
        availability_.remove(before);
        availability_.add_seed();
        pickers_.on_availability(std::nullopt, 0, 0);
    } else {
        const std::uint32_t count = availability_.counts()[piece.value()];
        availability_.add(piece);
        pickers_.on_availability(piece, count, count + 1);
    }
    if (context_.ledger.is_wanted(piece)) {
        ++peer.wanted_pieces;
        update_interest(peer);
        refill(peer);
    }
    if (theirs.all() && is_done()) drop_complete_peers();
}

void Swarm::count_wanted(ConnectedPeer& peer)
{
    const auto& theirs = peer.session.their_pieces();
    peer.wanted_pieces = 0;
    for (auto p = theirs.find_first_set(0); p; p = theirs.find_first_set(*p + 1)) {
        if (context_.ledger.is_wanted(*geometry().piece(*p))) ++peer.wanted_pieces;
    }
}

void Swarm::update_interest(ConnectedPeer& peer)
{
    peer.session.set_interested(peer.wanted_pieces > 0);
}

void Swarm::on_priorities_changed()
{
    drop_unwanted();
    if (!is_done()) context_.finder.candidates().recall_postponed();
    for (auto& [handle, peer] : peers_) {
        count_wanted(*peer);
        update_interest(*peer);
    }
    refill_all();
}

void Swarm::on_interest_changed()
{
    is_choker_due_ = true;
    if (now() - choked_last_ >= std::chrono::seconds{1}) run_choker(SHOAL_CHOKER_TRIGGER_CHANGE);
}

// Two that miss nothing have nothing to say to each other.
void Swarm::drop_complete_peers()
{
    std::vector<ConnectedPeer*> complete;
    for (auto& [handle, peer] : peers_) {
        if (peer->session.is_seed() || peer->session.is_upload_only()) complete.push_back(peer.get());
    }
    for (auto* peer : complete) {
        const auto dialled = peer->dialled;
        drop(*peer, make_error(Errc::end_of_file, "we are both complete"));
        if (dialled) context_.finder.candidates().postpone(*dialled, now() + complete_pause);
    }
}

void Swarm::drop(ConnectedPeer& peer, const Error& why)
{
    if (peer.is_closed()) return;
    peer.close();
    context_.log.debug("{} left: {}", peer.link->remote().to_string(), why.text);
    std::vector<BlockRef> returned;
    for (const auto& request : peer.session.outstanding()) returned.push_back(request.block);
    if (peer.arriving && peer.arriving->in_place) {
        auto* open = context_.ledger.find(peer.arriving->block.piece);
        if (open != nullptr) open->set_receiver(peer.arriving->block.block, PeerHandle{0});
    }
    peer.arriving.reset();
    if (peer.session.is_seed()) {
        availability_.remove_seed();
    } else if (!peer.session.their_pieces().none()) {
        availability_.remove(peer.session.their_pieces());
        pickers_.on_availability(std::nullopt, 0, 0);
    }
    const bool was_useful = peer.down.total() + peer.up.total() > 0;
    if (peer.dialled) context_.finder.candidates().on_ended(*peer.dialled, now(), was_useful);
    const bool held_slot = !peer.session.is_choked();
    const auto at = peers_.find(peer.handle);
    graveyard_.push_back(std::move(at->second));
    peers_.erase(at);
    tell_traffic(peer, peer.account.close(peer.moved()));
    extensions_.on_gone(peer.handle);
    dialer_.on_left(peer.wire_id);
    // Who gave nothing can be suspected of nothing.
    if (peer.down.total() == 0) addresses_.erase(peer.handle);
    bury();
    abandon_exclusive(peer);
    on_returned(returned);
    if (held_slot) on_interest_changed();
}

// Destroys what ended in this turn, once no event of it is on the stack any more.
void Swarm::bury()
{
    if (is_burial_posted_) return;
    is_burial_posted_ = true;
    context_.environment.loop.post([this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        is_burial_posted_ = false;
        graveyard_.clear();
        // Who sent what is asked for pieces that are under way only.
        const auto is_gone = [&](const auto& entry) { return !peers_.contains(entry.first); };
        if (context_.ledger.open_count() == 0) std::erase_if(addresses_, is_gone);
    });
}

}  // namespace shoal::torrent
