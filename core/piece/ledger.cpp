#include "piece/ledger.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <utility>

namespace shoal::piece {

namespace {
constexpr std::uint8_t normal_priority = 4;
}

Ledger::Ledger(const Geometry& geometry)
    : geometry_(geometry), have_(geometry.piece_count()), state_(geometry.piece_count(), SHOAL_PIECE_MISSING),
      priority_(geometry.piece_count(), normal_priority), wanted_(geometry.piece_count()),
      untouched_wanted_(geometry.piece_count()), wanted_octets_(geometry.total_length())
{
}

bool Ledger::is_wanted(PieceIndex piece) const
{
    return priority(piece) > 0 && state(piece) != SHOAL_PIECE_HAVE;
}

bool Ledger::has_unrequested() const
{
    if (untouched_wanted_ > 0) return true;
    return std::ranges::any_of(open_, [&](const auto& open) {
        return open->unrequested() > 0 && priority_[open->index().value()] > 0;
    });
}

void Ledger::set_priority(PieceIndex piece, std::uint8_t priority)
{
    const std::uint8_t before = priority_[piece.value()];
    if (before == priority) return;
    const bool was_wanted = is_wanted(piece);
    priority_[piece.value()] = priority;
    const bool now_wanted = is_wanted(piece);
    if (was_wanted != now_wanted) {
        const std::uint32_t length = geometry_.length(piece);
        wanted_ += now_wanted ? 1 : -1;
        wanted_octets_ += now_wanted ? length : -std::uint64_t{length};
        if (state(piece) == SHOAL_PIECE_MISSING) untouched_wanted_ += now_wanted ? 1 : -1;
    }
    events_.push_back({SHOAL_EVENT_PRIORITY, piece.value(), before, priority});
}

void Ledger::move_to(PieceIndex piece, std::uint8_t state)
{
    const std::uint8_t before = state_[piece.value()];
    if (before == state) return;
    if (priority(piece) > 0) {
        if (before == SHOAL_PIECE_MISSING) --untouched_wanted_;
        if (state == SHOAL_PIECE_MISSING) ++untouched_wanted_;
    }
    state_[piece.value()] = state;
    events_.push_back({SHOAL_EVENT_STATE, piece.value(), before, state});
}

void Ledger::mark_have(PieceIndex piece)
{
    SHOAL_ASSERT(find(piece) == nullptr);
    if (!have_.set(piece.value())) return;
    if (priority(piece) > 0) {
        --wanted_;
        wanted_octets_ -= geometry_.length(piece);
    }
    move_to(piece, SHOAL_PIECE_HAVE);
}

void Ledger::mark_lost(PieceIndex piece)
{
    if (!have_.reset(piece.value())) return;
    if (priority(piece) > 0) {
        ++wanted_;
        wanted_octets_ += geometry_.length(piece);
    }
    move_to(piece, SHOAL_PIECE_MISSING);
}

OpenPiece& Ledger::open(PieceIndex piece, disk::Buffer buffer)
{
    SHOAL_ASSERT(state(piece) == SHOAL_PIECE_MISSING);
    open_.push_back(std::make_unique<OpenPiece>(geometry_, piece, std::move(buffer)));
    by_piece_.emplace(piece.value(), open_.back().get());
    move_to(piece, SHOAL_PIECE_PARTIAL);
    return *open_.back();
}

OpenPiece* Ledger::find(PieceIndex piece) const
{
    const auto found = by_piece_.find(piece.value());
    return found == by_piece_.end() ? nullptr : found->second;
}

void Ledger::on_requested(BlockRef block)
{
    auto* open = find(block.piece);
    SHOAL_ASSERT(open != nullptr);
    open->on_requested(block.block);
}

void Ledger::on_request_returned(BlockRef block)
{
    // The piece may have been finished by others, and even be gone.
    if (auto* open = find(block.piece)) open->on_request_returned(block.block);
}

void Ledger::on_all_received(PieceIndex piece)
{
    move_to(piece, SHOAL_PIECE_COMPLETE);
}

void Ledger::mark_missing(PieceIndex piece)
{
    SHOAL_ASSERT(find(piece) == nullptr && !have_.test(piece.value()));
    move_to(piece, SHOAL_PIECE_MISSING);
}

std::unique_ptr<OpenPiece> Ledger::take_out(PieceIndex piece)
{
    const auto at = std::ranges::find_if(open_, [&](const auto& open) { return open->index() == piece; });
    SHOAL_ASSERT(at != open_.end() && !(*at)->has_receiver());
    auto closed = std::move(*at);
    open_.erase(at);
    by_piece_.erase(piece.value());
    return closed;
}

std::vector<PieceIndex> Ledger::exclusive_to(PeerHandle peer) const
{
    std::vector<PieceIndex> pieces;
    for (const auto& open : open_) {
        if (open->exclusive_to == peer && !open->is_received()) pieces.push_back(open->index());
    }
    return pieces;
}

void Ledger::abandon_all()
{
    by_piece_.clear();
    for (const auto& open : std::exchange(open_, {})) mark_missing(open->index());
}

std::span<const shoal_partial> Ledger::partials()
{
    partials_.clear();
    for (const auto& open : open_) {
        if (!open->is_received()) partials_.push_back(open->partial());
    }
    return partials_;
}

std::vector<shoal_piece_event> Ledger::take_events()
{
    return std::exchange(events_, {});
}

}  // namespace shoal::piece
