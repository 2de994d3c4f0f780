#include "torrent/swarm.hpp"

#include <shoal/abi/picker.h>

#include <algorithm>

// Asking for blocks, and what becomes of them: received, verified, told.
namespace shoal::torrent {

namespace {
// A piece of more than this part of the memory ceiling is not held whole.
constexpr std::uint64_t whole_piece_share = 4;
}  // namespace

// ---- asking -----------------------------------------------------------------------------------------------------

// What may be asked of the peer now: all it has, or while it chokes us the pieces it allows all the same (BEP 6).
const Bitfield& Swarm::askable(ConnectedPeer& peer, Bitfield& storage) const
{
    const auto& theirs = peer.session.their_pieces();
    if (!peer.session.is_choking_us()) return theirs;
    storage = Bitfield(theirs.size());
    for (const PieceIndex piece : peer.session.allowed_fast()) {
        if (theirs.test(piece.value())) storage.set(piece.value());
    }
    return storage;
}

void Swarm::refill(ConnectedPeer& peer)
{
    auto& session = peer.session;
    if (peer.is_closed() || is_stopping_ || hold_ || is_done() || peer.wanted_pieces == 0) return;
    if (session.is_choking_us() && session.allowed_fast().empty()) return;
    if (session.is_snubbed() && has_livelier_peer(peer)) return;
    const auto outstanding = static_cast<std::uint32_t>(session.outstanding().size());
    // Refilled in batches: half the window is still a bandwidth-delay product.
    if (outstanding > session.window() / 2) return;
    const std::uint64_t paid_for = std::uint64_t{outstanding} * Geometry::block_size;
    const std::uint64_t budget = within_disk(std::min<std::uint64_t>(
        session.window() - outstanding, peer.intake.available(paid_for) / Geometry::block_size));
    if (budget == 0) return;
    Bitfield storage;
    const bool is_suspect = suspicion_.is_suspect(peer.link->remote().address);
    const auto& buffers = context_.buffers;
    const std::uint64_t room = buffers.ceiling() - std::min(buffers.ceiling(), buffers.in_use());
    std::uint64_t allowance = std::max<std::uint64_t>(room / geometry().piece_length(), buffers.in_use() == 0 ? 1 : 0);
    if (is_blockwise(*geometry().piece(0))) allowance = whole_piece_share;
    const Refill request{
        .peer = peer.handle,
        .budget = static_cast<std::uint32_t>(budget),
        .pieces = &askable(peer, storage),
        .session = &session,
        .peer_flags = (session.is_seed() ? SHOAL_PEER_SEED : 0u) | (session.is_snubbed() ? SHOAL_PEER_SNUBBED : 0u) |
                      (is_suspect ? SHOAL_PEER_SUSPECT : 0u) | (session.is_choking_us() ? SHOAL_PEER_CHOKING : 0u),
        .peer_rate = peer.down.rate(now()),
        .peer_marks = extensions_.marks(peer.handle),
        .open_allowance = static_cast<std::uint32_t>(std::min<std::uint64_t>(allowance, UINT32_MAX))};
    pickers_.refill(request, now(), [&](BlockRef block, const shoal_pick&) {
        if (!accept_pick(peer, block)) return false;
        if (is_suspect) context_.ledger.find(block.piece)->exclusive_to = peer.handle;
        return true;
    });
    if (!session.outstanding().empty()) peer.idle_since.reset();
}

// Of so many blocks those for which there is room before the disk. A write that ends asks for the others.
std::uint64_t Swarm::within_disk(std::uint64_t blocks)
{
    auto* window = context_.store.write_window();
    if (window == nullptr || window->is_open()) return blocks;
    std::uint64_t asked_for = 0;
    for (const auto& [handle, peer] : peers_) asked_for += peer->session.outstanding().size() * Geometry::block_size;
    const auto room = window->room(asked_for) / Geometry::block_size;
    if (room >= blocks) return blocks;
    is_held_back_ = true;
    return room;
}

// Somebody else who could give: what a snubbed peer kept for a minute must not go back to it.
bool Swarm::has_livelier_peer(const ConnectedPeer& peer) const
{
    return std::ranges::any_of(peers_, [&](const auto& entry) {
        const ConnectedPeer& other = *entry.second;
        return &other != &peer && other.wanted_pieces > 0 && !other.session.is_choking_us() &&
               !other.session.is_snubbed();
    });
}

bool Swarm::accept_pick(ConnectedPeer& peer, BlockRef block)
{
    if (context_.ledger.find(block.piece) == nullptr && !open_piece(block.piece)) return false;
    context_.ledger.on_requested(block);
    peer.intake.pay(geometry().length(block));
    peer.session.request(block, now());
    return true;
}

bool Swarm::is_blockwise(PieceIndex piece) const
{
    return !context_.settings.is_synthetic &&
           geometry().length(piece) > context_.buffers.ceiling() / whole_piece_share;
}

bool Swarm::open_piece(PieceIndex piece)
{
    if (is_blockwise(piece)) {
        context_.ledger.open(piece, {});
        return true;
    }
    const std::uint32_t length = geometry().length(piece);
    auto buffer = context_.settings.is_synthetic ? context_.buffers.take_synthetic(length)
                                                 : context_.buffers.take(length);
    if (!buffer) return false;
    context_.ledger.open(piece, std::move(*buffer));
    return true;
}

void Swarm::on_returned(std::span<const BlockRef> blocks)
{
    if (blocks.empty()) return;
    for (const BlockRef block : blocks) context_.ledger.on_request_returned(block);
    refill_all();
}

// Under a limit of what we read.
void Swarm::take_turn(ConnectedPeer& peer)
{
    if (peer.is_closed()) return;
    if (peer.intake.admit_held()) return peer.read_on();
    refill(peer);
}

void Swarm::refill_all()
{
    for (auto& [handle, peer] : peers_) refill(*peer);
}

// ---- receiving --------------------------------------------------------------------------------------------------

peer::BlockSink Swarm::on_block_begin(ConnectedPeer& peer, const peer::BlockHead& head)
{
    using Kind = peer::BlockSink::Kind;
    if (peer.is_closed()) return {.kind = Kind::discard};
    const auto arrival = peer.session.classify(head);
    if (arrival.kind == peer::Arrival::Kind::invalid) {
        return {.kind = Kind::close, .why = make_error(Errc::protocol_error, "a block that is none of this torrent's")};
    }
    if (!peer.intake.admit(head.length)) return {.kind = Kind::pause};
    if (arrival.kind != peer::Arrival::Kind::expected) return {.kind = Kind::discard};
    return place_for(peer, *arrival.block);
}

peer::BlockSink Swarm::place_for(ConnectedPeer& peer, BlockRef block)
{
    using Kind = peer::BlockSink::Kind;
    auto* open = context_.ledger.find(block.piece);
    if (open == nullptr || open->is_received(block.block)) return {.kind = Kind::discard};
    if (!open->is_blockwise() && open->receiver(block.block).value() == 0) {
        open->set_receiver(block.block, peer.handle);
        peer.arriving = ConnectedPeer::Arriving{block, true, {}};
        return {.kind = Kind::memory, .place = open->place(block.block)};
    }
    // A second copy must not write where the first one is being written; a big piece's block has no place but its own.
    const std::uint32_t length = geometry().length(block);
    auto own = context_.settings.is_synthetic ? context_.buffers.take_synthetic(length) : context_.buffers.take(length);
    if (!own) {
        if (!open->is_blockwise()) return {.kind = Kind::discard};
        peer.is_paused_for_memory = true;
        return {.kind = Kind::pause};
    }
    const MutableBytes place = own->bytes();
    peer.arriving = ConnectedPeer::Arriving{block, false, std::move(*own)};
    return {.kind = Kind::memory, .place = place};
}

void Swarm::on_block_end(ConnectedPeer& peer, const peer::BlockHead& head, peer::Payload payload)
{
    if (peer.is_closed()) return;
    totals_.downloaded += head.length;
    peer.down.add(now(), head.length);
    peer.intake.on_arrived();
    const auto arrival = peer.session.classify(head);
    auto arrived = std::exchange(peer.arriving, std::nullopt);
    if (arrival.kind == peer::Arrival::Kind::expected) {
        peer.session.on_block(*arrival.block, now());
        // Before the block is judged: whether others asked for it too decides about duplicates.
        context_.ledger.on_request_returned(*arrival.block);
    } else if (arrival.kind == peer::Arrival::Kind::refusal) {
        peer.session.on_refusal(*arrival.block);
    } else if (!arrived) {
        peer.session.on_useless_block(arrival, head.length, now());
    }
    if (peer.is_closed()) return;
    if (arrived) {
        keep_block(peer, std::move(*arrived), payload);
    } else {
        totals_.wasted += head.length;
    }
    if (!peer.is_closed()) refill(peer);
}

void Swarm::keep_block(ConnectedPeer& peer, ConnectedPeer::Arriving arrived, peer::Payload payload)
{
    const BlockRef block = arrived.block;
    auto* open = context_.ledger.find(block.piece);
    if (open == nullptr || open->is_received(block.block)) {
        totals_.wasted += geometry().length(block);
        ++totals_.duplicate_blocks;
        return;
    }
    if (open->is_blockwise()) return keep_blockwise(peer, std::move(arrived));
    if (!arrived.in_place) put_in_place(*open, arrived);
    open->on_received(block.block, peer.handle, payload == peer::Payload::synthetic_corrupt);
    cancel_duplicates(block, peer);
    if (open->is_received()) on_all_received(block.piece);
}

// The copy that was complete first wins; what is still being written to its place goes elsewhere from now on.
void Swarm::put_in_place(piece::OpenPiece& open, const ConnectedPeer::Arriving& arrived)
{
    const BlockIndex block = arrived.block.block;
    if (const auto other = peers_.find(open.receiver(block)); other != peers_.end()) {
        other->second->arriving.reset();
        other->second->link->divert_block();
    }
    const MutableBytes place = open.place(block);
    std::ranges::copy(arrived.own.bytes(), place.begin());
}

void Swarm::keep_blockwise(ConnectedPeer& peer, ConnectedPeer::Arriving arrived)
{
    const BlockRef block = arrived.block;
    auto* open = context_.ledger.find(block.piece);
    open->on_received(block.block, peer.handle, false);
    cancel_duplicates(block, peer);
    if (open->is_received()) context_.ledger.on_all_received(block.piece);
    write({block.piece, block, std::move(arrived.own)});
}

void Swarm::resume_paused()
{
    for (auto& [handle, peer] : peers_) {
        if (peer->is_paused_for_memory) peer->on_memory();
    }
}

void Swarm::cancel_duplicates(BlockRef block, const ConnectedPeer& except)
{
    const auto* open = context_.ledger.find(block.piece);
    if (open->requesters(block.block) == 0) return;
    for (auto& [handle, peer] : peers_) {
        const auto outstanding = peer->session.outstanding();
        const bool asked = std::ranges::any_of(outstanding, [&](const auto& r) { return r.block == block; });
        if (!asked || peer.get() == &except) continue;
        peer->session.cancel(block);
        context_.ledger.on_request_returned(block);
    }
}

// ---- verifying --------------------------------------------------------------------------------------------------

void Swarm::on_all_received(PieceIndex piece)
{
    context_.ledger.on_all_received(piece);
    auto* open = context_.ledger.find(piece);
    on_verdict(piece, open->matches(context_.metainfo.hash(piece)));
}

void Swarm::on_verdict(PieceIndex piece, bool matches)
{
    if (!matches) return on_corrupt(piece);
    auto* open = context_.ledger.find(piece);
    apply(suspicion_.on_verified(geometry(), *open, [&](PeerHandle peer) { return addresses_.at(peer); }));
    write({piece, std::nullopt, open->take_buffer()});
}

void Swarm::on_corrupt(PieceIndex piece)
{
    const auto closed = context_.ledger.take_out(piece);
    context_.ledger.mark_missing(piece);
    ++totals_.corrupt_pieces;
    totals_.wasted += geometry().length(piece);
    context_.log.warning("piece {} is corrupt; it will be fetched again", piece.value());
    context_.events.on_corrupt_piece(piece);
    apply(suspicion_.on_corrupt(geometry(), *closed, [&](PeerHandle peer) { return addresses_.at(peer); }));
    refill_all();
}

void Swarm::apply(const Suspicion::Verdict& verdict)
{
    for (const Address& address : verdict.banned) {
        context_.log.warning("{} sent corrupt data {} times and is banned", address.to_string(),
                             Suspicion::most_guilt);
        control::Value::Map event;
        event.set("address", address.to_string());
        context_.events.on_event("peer.banned", std::move(event));
        context_.finder.candidates().ban(address);
        std::vector<ConnectedPeer*> guilty;
        for (auto& [handle, peer] : peers_) {
            if (peer->link->remote().address == address) guilty.push_back(peer.get());
        }
        for (auto* peer : guilty) drop(*peer, make_error(Errc::hash_mismatch, "it sent corrupt data"));
    }
}

void Swarm::complete_piece(PieceIndex piece)
{
    const bool was_wanted = context_.ledger.is_wanted(piece);
    context_.ledger.take_out(piece);
    context_.ledger.mark_have(piece);
    for (auto& [handle, peer] : peers_) {
        const auto& theirs = peer->session.their_pieces();
        if (!theirs.test(piece.value())) {
            peer->session.announce(piece);
        } else if (was_wanted && --peer->wanted_pieces == 0) {
            update_interest(*peer);
        }
    }
    context_.events.on_piece(piece);
    if (!is_done()) return refill_all();
    // A piece that nobody wants any more may come in late, and ends nothing.
    if (!was_wanted) return;
    context_.finder.on_completed();
    drop_complete_peers();
    context_.events.on_all_wanted();
}

// Pieces under way that nobody wants any more are given up, for their memory.
void Swarm::drop_unwanted()
{
    std::vector<PieceIndex> unwanted;
    for (const auto& partial : context_.ledger.partials()) {
        const PieceIndex piece = *geometry().piece(partial.piece);
        if (context_.ledger.priority(piece) == 0) unwanted.push_back(piece);
    }
    give_up(unwanted);
}

// Open ones of which something is missing.
void Swarm::give_up(const std::vector<PieceIndex>& pieces)
{
    for (const PieceIndex piece : pieces) {
        for (auto& [handle, peer] : peers_) take_back(*peer, piece);
        // A big piece has no memory, and blocks of it may be on their way to the disk.
        if (context_.ledger.find(piece)->is_blockwise()) continue;
        context_.ledger.take_out(piece);
        context_.ledger.mark_missing(piece);
    }
}

// What a suspect that left began alone nobody else may add to, so that a corrupt piece has one author. A late block of somebody
// else may be on its way into the buffer all the same.
void Swarm::abandon_exclusive(const ConnectedPeer& suspect)
{
    for (const PieceIndex piece : context_.ledger.exclusive_to(suspect.handle)) {
        auto* open = context_.ledger.find(piece);
        // Blocks of a big piece may be on their way to the disk: it stays, and others finish it.
        if (open->is_blockwise()) {
            open->exclusive_to = PeerHandle{0};
            continue;
        }
        for (auto& [handle, peer] : peers_) take_back(*peer, piece);
        context_.ledger.take_out(piece);
        context_.ledger.mark_missing(piece);
    }
}

// The peer is not to give us anything of this piece any more.
void Swarm::take_back(ConnectedPeer& peer, PieceIndex piece)
{
    std::vector<BlockRef> blocks;
    for (const auto& request : peer.session.outstanding()) {
        if (request.block.piece == piece) blocks.push_back(request.block);
    }
    for (const BlockRef block : blocks) {
        peer.session.cancel(block);
        context_.ledger.on_request_returned(block);
    }
    if (!peer.arriving || peer.arriving->block.piece != piece) return;
    if (peer.arriving->in_place) {
        context_.ledger.find(piece)->set_receiver(peer.arriving->block.block, PeerHandle{0});
    }
    peer.arriving.reset();
    peer.link->divert_block();
}

}  // namespace shoal::torrent
