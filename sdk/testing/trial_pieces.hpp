// The pieces of a torrent as a host keeps them for its pickers, small enough to be obviously right: what is here, open, asked for,
// wanted, and how often it is in the swarm.
#pragma once

#include <shoal/abi/picker.h>
#include <shoal/bitfield.hpp>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace shoal::testing {

struct TrialShape {
    std::uint32_t pieces = 10;
    std::uint32_t blocks_per_piece = 4;
    std::uint32_t blocks_in_last = 4;
};

class TrialPieces {
public:
    static constexpr std::uint8_t normal = 4;
    static constexpr std::uint32_t nobody = UINT32_MAX;

    struct Open {
        std::uint32_t piece;
        std::uint32_t owner; // a suspect that is to answer for the whole piece
        std::vector<std::uint64_t> requested;
        std::vector<std::uint64_t> received;

        [[nodiscard]] bool is_requested(std::uint32_t block) const { return test(requested, block); }
        [[nodiscard]] bool is_received(std::uint32_t block) const { return test(received, block); }
        [[nodiscard]] bool is_free(std::uint32_t block) const { return !is_requested(block) && !is_received(block); }
    };

    explicit TrialPieces(TrialShape shape)
        : shape_(shape), have_(shape.pieces), availability_(shape.pieces), priority_(shape.pieces, normal),
          state_(shape.pieces, SHOAL_PIECE_MISSING)
    {
    }

    [[nodiscard]] std::uint32_t count() const { return shape_.pieces; }
    [[nodiscard]] std::uint32_t block_count(std::uint32_t piece) const
    {
        return piece + 1 == shape_.pieces ? shape_.blocks_in_last : shape_.blocks_per_piece;
    }
    [[nodiscard]] std::uint8_t state(std::uint32_t piece) const { return state_[piece]; }
    [[nodiscard]] std::uint8_t priority(std::uint32_t piece) const { return priority_[piece]; }
    [[nodiscard]] std::uint32_t open_allowance() const { return open_allowance_; }
    [[nodiscard]] std::span<const Open> open() const { return open_; }

    /// Everything that happened, in order.
    [[nodiscard]] std::span<const shoal_piece_event> journal() const { return journal_; }

    void set_open_allowance(std::uint32_t pieces) { open_allowance_ = pieces; }
    void set_priority(std::uint32_t piece, std::uint8_t priority)
    {
        const auto before = std::exchange(priority_[piece], priority);
        if (before != priority) journal_.push_back({SHOAL_EVENT_PRIORITY, piece, before, priority});
    }
    void set_availability(std::uint32_t piece, std::uint16_t count)
    {
        const auto before = std::exchange(availability_[piece], count);
        if (before != count) journal_.push_back({SHOAL_EVENT_AVAILABILITY, piece, before, count});
    }
    void change_availability(std::uint32_t piece, int by)
    {
        set_availability(piece, static_cast<std::uint16_t>(availability_[piece] + by));
    }
    void set_have(std::uint32_t piece)
    {
        have_.set(piece);
        set_state(piece, SHOAL_PIECE_HAVE);
    }
    /// As if too much had happened to tell.
    void change_everything()
    {
        for (const auto kind : {SHOAL_EVENT_AVAILABILITY, SHOAL_EVENT_STATE, SHOAL_EVENT_PRIORITY}) {
            journal_.push_back({kind, SHOAL_ALL_PIECES, 0, 0});
        }
    }

    [[nodiscard]] const Open* find_open(std::uint32_t piece) const
    {
        const auto found = std::ranges::find(open_, piece, &Open::piece);
        return found == open_.end() ? nullptr : &*found;
    }

    /// True when that opened the piece.
    bool request(shoal_block_ref block, std::uint32_t owner)
    {
        const bool is_new = find_open(block.piece) == nullptr;
        if (is_new) {
            const auto words = (block_count(block.piece) + 63) / 64;
            open_.push_back({block.piece, owner, std::vector<std::uint64_t>(words), std::vector<std::uint64_t>(words)});
            if (open_allowance_ > 0) --open_allowance_;
            set_state(block.piece, SHOAL_PIECE_PARTIAL);
        }
        set(find(block.piece)->requested, block.block, true);
        return is_new;
    }

    /// A block came; `is_owed`: somebody else was asked for it, too.
    void receive(shoal_block_ref block, bool is_owed)
    {
        auto* open = find(block.piece);
        if (open == nullptr || open->is_received(block.block)) return;
        set(open->received, block.block, true);
        if (!is_owed) set(open->requested, block.block, false);
        std::uint32_t here = 0;
        for (const auto word : open->received) here += static_cast<std::uint32_t>(std::popcount(word));
        if (here == block_count(block.piece)) set_state(block.piece, SHOAL_PIECE_COMPLETE);
    }

    /// Nobody is asked for it any more.
    void drop_request(shoal_block_ref block)
    {
        if (auto* open = find(block.piece); open != nullptr) set(open->requested, block.block, false);
    }

    void disown(std::uint32_t owner)
    {
        for (auto& open : open_) {
            if (open.owner == owner) open.owner = nobody;
        }
    }

    /// A complete piece passes, or everything of it is fetched again.
    void verify(std::uint32_t piece, bool passes)
    {
        std::erase_if(open_, [&](const Open& open) { return open.piece == piece; });
        ++open_allowance_;
        if (passes) set_have(piece);
        else set_state(piece, SHOAL_PIECE_MISSING);
    }

    [[nodiscard]] std::vector<std::uint32_t> unverified() const
    {
        std::vector<std::uint32_t> pieces;
        for (const auto& open : open_) {
            if (state_[open.piece] == SHOAL_PIECE_COMPLETE) pieces.push_back(open.piece);
        }
        return pieces;
    }

    [[nodiscard]] std::uint32_t wanted_count() const
    {
        std::uint32_t count = 0;
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            count += priority_[piece] != 0 && state_[piece] != SHOAL_PIECE_HAVE ? 1 : 0;
        }
        return count;
    }

    [[nodiscard]] bool has_unrequested() const
    {
        for (std::uint32_t piece = 0; piece < shape_.pieces; ++piece) {
            if (priority_[piece] != 0 && state_[piece] == SHOAL_PIECE_MISSING) return true;
        }
        return std::ranges::any_of(open_, [&](const Open& open) { return priority_[open.piece] != 0 && free_blocks(open) > 0; });
    }

    /// Points into us until the next change.
    shoal_swarm_view view(std::uint32_t seeds, std::chrono::nanoseconds now)
    {
        partials_.clear();
        for (const auto& open : open_) {
            if (state_[open.piece] != SHOAL_PIECE_PARTIAL) continue;
            partials_.push_back({open.piece, block_count(open.piece), free_blocks(open), 0, open.requested.data(),
                                 open.received.data()});
        }
        shoal_swarm_view raw{};
        raw.struct_size = sizeof raw;
        raw.piece_count = shape_.pieces;
        raw.blocks_per_piece = shape_.blocks_per_piece;
        raw.blocks_in_last_piece = shape_.blocks_in_last;
        raw.now_ns = static_cast<std::uint64_t>(now.count());
        raw.have = have_.words().data();
        raw.availability = availability_.data();
        raw.priority = priority_.data();
        raw.state = state_.data();
        raw.partials = partials_.data();
        raw.partial_count = static_cast<std::uint32_t>(partials_.size());
        raw.seed_count = seeds;
        raw.open_allowance = open_allowance_;
        raw.have_count = have_.count();
        raw.wanted_count = wanted_count();
        raw.unrequested_anywhere = has_unrequested() ? 1 : 0;
        return raw;
    }

private:
    static bool test(const std::vector<std::uint64_t>& words, std::uint32_t bit)
    {
        return ((words[bit / 64] >> (bit % 64)) & 1) != 0;
    }
    static void set(std::vector<std::uint64_t>& words, std::uint32_t bit, bool value)
    {
        const auto mask = std::uint64_t{1} << (bit % 64);
        words[bit / 64] = value ? words[bit / 64] | mask : words[bit / 64] & ~mask;
    }

    Open* find(std::uint32_t piece)
    {
        const auto found = std::ranges::find(open_, piece, &Open::piece);
        return found == open_.end() ? nullptr : &*found;
    }

    [[nodiscard]] std::uint32_t free_blocks(const Open& open) const
    {
        std::uint32_t count = 0;
        for (std::uint32_t block = 0; block < block_count(open.piece); ++block) count += open.is_free(block) ? 1 : 0;
        return count;
    }

    void set_state(std::uint32_t piece, std::uint8_t state)
    {
        const auto before = std::exchange(state_[piece], state);
        if (before != state) journal_.push_back({SHOAL_EVENT_STATE, piece, before, state});
    }

    TrialShape shape_;
    Bitfield have_;
    std::vector<std::uint16_t> availability_;
    std::vector<std::uint8_t> priority_;
    std::vector<std::uint8_t> state_;
    std::vector<Open> open_;
    std::vector<shoal_partial> partials_;
    std::vector<shoal_piece_event> journal_;
    std::uint32_t open_allowance_ = 1'000'000;
};

} // namespace shoal::testing
