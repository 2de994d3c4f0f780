#pragma once

#include <shoal/assert.hpp>
#include <shoal/bitfield.hpp>
#include <shoal/geometry.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace shoal::piece {

// How many connected peers have each piece. Complete peers (seeds) are one number beside the array, so that their coming and
// going moves no piece. Invariant: counts_[p] is the number of peers added, not complete, whose field has p.
class Availability {
public:
    explicit Availability(std::uint32_t pieces) : counts_(pieces, 0) {}

    void add_seed() { ++seeds_; }
    void remove_seed()
    {
        SHOAL_ASSERT(seeds_ > 0);
        --seeds_;
    }

    void add(const Bitfield& pieces)
    {
        for (auto p = pieces.find_first_set(0); p; p = pieces.find_first_set(*p + 1)) ++counts_[*p];
    }
    void remove(const Bitfield& pieces)
    {
        for (auto p = pieces.find_first_set(0); p; p = pieces.find_first_set(*p + 1)) {
            SHOAL_ASSERT(counts_[*p] > 0);
            --counts_[*p];
        }
    }
    void add(PieceIndex piece) { ++counts_[piece.value()]; }
    void remove(PieceIndex piece)
    {
        SHOAL_ASSERT(counts_[piece.value()] > 0);
        --counts_[piece.value()];
    }

    std::uint32_t seeds() const { return seeds_; }
    std::span<const std::uint16_t> counts() const { return counts_; }
    std::uint32_t copies(PieceIndex piece) const { return counts_[piece.value()] + seeds_; }

private:
    std::vector<std::uint16_t> counts_;
    std::uint32_t seeds_ = 0;
};

}  // namespace shoal::piece
