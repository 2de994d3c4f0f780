// What a picker sees and what it answers, as thin views of the structs in shoal/abi/picker.h. Nothing is
// copied; all of it is valid during the call that passes it, on the strand.
#pragma once

#include <shoal/abi/picker.h>
#include <shoal/assert.hpp>
#include <shoal/bitfield.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <span>

namespace shoal {

/// The torrent. Spans are indexed by piece.
class SwarmView {
public:
    explicit SwarmView(const shoal_swarm_view& raw) noexcept : raw_(&raw) {}

    [[nodiscard]] std::uint32_t piece_count() const noexcept { return raw_->piece_count; }
    [[nodiscard]] std::uint32_t block_count(std::uint32_t piece) const noexcept
    {
        return piece + 1 == raw_->piece_count ? raw_->blocks_in_last_piece : raw_->blocks_per_piece;
    }

    [[nodiscard]] std::chrono::nanoseconds now() const noexcept
    {
        return std::chrono::nanoseconds(static_cast<std::int64_t>(raw_->now_ns));
    }

    [[nodiscard]] BitView have() const noexcept { return {raw_->have, raw_->piece_count}; }
    /// Connected peers that have it, seeds not counted.
    [[nodiscard]] std::span<const std::uint16_t> availability() const noexcept
    {
        return {raw_->availability, raw_->piece_count};
    }
    /// 0 never … 1 low, 4 normal, 7 high.
    [[nodiscard]] std::span<const std::uint8_t> priority() const noexcept
    {
        return {raw_->priority, raw_->piece_count};
    }
    /// SHOAL_PIECE_…
    [[nodiscard]] std::span<const std::uint8_t> state() const noexcept
    {
        return {raw_->state, raw_->piece_count};
    }
    /// Open pieces, in the order in which they were opened.
    [[nodiscard]] std::span<const shoal_partial> partials() const noexcept
    {
        return {raw_->partials, raw_->partial_count};
    }

    /// Untouched, and somebody wants it: what a picker may open.
    [[nodiscard]] bool is_openable(std::uint32_t piece) const noexcept
    {
        return raw_->state[piece] == SHOAL_PIECE_MISSING && raw_->priority[piece] != 0;
    }

    [[nodiscard]] std::uint32_t seed_count() const noexcept { return raw_->seed_count; }
    /// Pieces that may be opened now; blocks of more new pieces are dropped.
    [[nodiscard]] std::uint32_t open_allowance() const noexcept { return raw_->open_allowance; }
    [[nodiscard]] std::uint32_t have_count() const noexcept { return raw_->have_count; }
    [[nodiscard]] std::uint32_t wanted_count() const noexcept { return raw_->wanted_count; }
    /// False: every wanted block is here or asked for. The endgame.
    [[nodiscard]] bool has_unrequested() const noexcept { return raw_->unrequested_anywhere != 0; }

    [[nodiscard]] const shoal_swarm_view& raw() const noexcept { return *raw_; }

private:
    const shoal_swarm_view* raw_;
};

/// One refill of a peer's request window.
class PickRequest {
public:
    PickRequest(const shoal_pick_request& raw, std::uint32_t piece_count) noexcept
        : raw_(&raw), piece_count_(piece_count)
    {
    }

    [[nodiscard]] std::uint64_t peer() const noexcept { return raw_->peer; }
    /// What may be asked of this peer; while it chokes us, the allowed-fast pieces only (BEP 6).
    [[nodiscard]] BitView peer_pieces() const noexcept { return {raw_->peer_pieces, piece_count_}; }
    [[nodiscard]] std::span<const shoal_block_ref> outstanding() const noexcept
    {
        return {raw_->outstanding, raw_->outstanding_count};
    }

    [[nodiscard]] bool is_seed() const noexcept { return has(SHOAL_PEER_SEED); }
    [[nodiscard]] bool is_snubbed() const noexcept { return has(SHOAL_PEER_SNUBBED); }
    [[nodiscard]] bool is_suspect() const noexcept { return has(SHOAL_PEER_SUSPECT); }
    [[nodiscard]] bool is_choking() const noexcept { return has(SHOAL_PEER_CHOKING); }
    /// Octets a second it has been giving us.
    [[nodiscard]] std::uint64_t rate() const noexcept { return raw_->peer_rate; }
    /// SHOAL_MARK_…: what the torrent's extensions say of it.
    [[nodiscard]] std::uint32_t marks() const noexcept { return raw_->peer_marks; }

    [[nodiscard]] const shoal_pick_request& raw() const noexcept { return *raw_; }

private:
    [[nodiscard]] bool has(std::uint32_t flag) const noexcept { return (raw_->peer_flags & flag) != 0; }

    const shoal_pick_request* raw_;
    std::uint32_t piece_count_;
};

/// Calls `visit(block)` for each block of an open piece that is neither asked for nor here, in order, until
/// it is false.
template <class Visit>
void for_each_unrequested(const shoal_partial& partial, Visit&& visit)
{
    for (std::uint32_t first = 0; first < partial.block_count; first += 64) {
        auto missing = ~(partial.requested[first / 64] | partial.received[first / 64]);
        const auto rest = partial.block_count - first;
        if (rest < 64) missing &= (std::uint64_t{1} << rest) - 1;
        for (; missing != 0; missing &= missing - 1) {
            if (!visit(first + static_cast<std::uint32_t>(std::countr_zero(missing)))) return;
        }
    }
}

/// The answer: blocks in the order in which they should be asked for. Never more than there is room for.
class PickList {
public:
    explicit PickList(std::span<shoal_pick> out) noexcept : out_(out) {}

    [[nodiscard]] std::uint32_t room() const noexcept
    {
        return static_cast<std::uint32_t>(out_.size()) - size_;
    }
    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::span<const shoal_pick> picks() const noexcept { return out_.first(size_); }

    /// False when there was no room. `reason`, a number or enumerator of the picker's own, and `score` go to
    /// the trace.
    template <class Reason = std::uint16_t>
    bool add(std::uint32_t piece, std::uint32_t block, Reason reason = {}, std::int32_t score = 0) noexcept
    {
        if (room() == 0) return false;
        out_[size_++] = {piece, block, score, static_cast<std::uint16_t>(reason), 0};
        return true;
    }

    /// A piece that is not open yet, from its first block on, as far as there is room.
    template <class Reason = std::uint16_t>
    void add_piece(std::uint32_t piece, std::uint32_t block_count, Reason reason = {},
                   std::int32_t score = 0) noexcept
    {
        const auto count = std::min(block_count, room());
        for (std::uint32_t block = 0; block < count; ++block) add(piece, block, reason, score);
    }

    /// What nobody has been asked for of an open piece.
    template <class Reason = std::uint16_t>
    void add_unrequested(const shoal_partial& partial, Reason reason = {}, std::int32_t score = 0) noexcept
    {
        if (partial.unrequested == 0) return;
        for_each_unrequested(partial,
                             [&](std::uint32_t block) { return add(partial.piece, block, reason, score); });
    }

private:
    std::span<shoal_pick> out_;
    std::uint32_t size_ = 0;
};

/// The answer of a picker that ranks: one number a piece, higher is sooner, preset to 0.
class Ranks {
public:
    Ranks(std::span<std::int64_t> ranks, std::span<std::uint64_t> deadlines) noexcept
        : ranks_(ranks), deadlines_(deadlines)
    {
    }

    [[nodiscard]] std::span<std::int64_t> all() const noexcept { return ranks_; }
    /// In nanoseconds of the host's time, preset to SHOAL_NO_DEADLINE; set_deadline() sets one.
    [[nodiscard]] std::span<std::uint64_t> deadlines() const noexcept { return deadlines_; }
    void set(std::uint32_t piece, std::int64_t rank) const
    {
        SHOAL_ASSERT(piece < ranks_.size());
        ranks_[piece] = rank;
    }

    /// The host's time by which the piece is needed: such pieces come before all others, the earliest first.
    void set_deadline(std::uint32_t piece, std::chrono::nanoseconds time) const
    {
        SHOAL_ASSERT(piece < deadlines_.size());
        deadlines_[piece] = static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0));
    }

private:
    std::span<std::int64_t> ranks_;
    std::span<std::uint64_t> deadlines_;
};

} // namespace shoal
