// All pieces of a torrent in one array, kept in the order in which they should be opened while the swarm
// changes.
#pragma once

#include <shoal/bitfield.hpp>
#include <shoal/random.hpp>
#include <shoal/swarm_view.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace shoal::rarest_first {

/// One flat permutation, cut into bands: first the parked pieces (open, here, or unwanted), then, for each
/// priority in use from high to low, one band per availability from rare to common. Within a band the order
/// is random. A piece moves to another band by one swap per band crossed.
class RarestOrder {
public:
    /// The openable pieces of one priority.
    struct Group {
        std::uint8_t priority;
        std::uint32_t first_band;
        /// One bit per piece: what the group holds, for scanning instead of walking.
        std::vector<std::uint64_t> openable{};
    };

    explicit RarestOrder(RandomStream random) : random_(random) {}

    /// Looks at every piece anew. O(pieces). The random order within bands outlives it.
    void rebuild(const SwarmView& swarm);

    /// Puts one piece where it belongs now. O(bands crossed). False: there is no such band yet, rebuild() is
    /// needed.
    [[nodiscard]] bool update(const SwarmView& swarm, std::uint32_t piece);

    /// Forgets everything and returns the memory; rebuild() comes before the next question.
    void release();

    /// From the highest priority to the lowest.
    [[nodiscard]] std::span<const Group> groups() const noexcept { return groups_; }

    /// The rarest first.
    [[nodiscard]] std::span<const std::uint32_t> pieces(const Group& group) const noexcept;

    /// Its place in pieces() of the group that holds it.
    [[nodiscard]] std::uint32_t place(const Group& group, std::uint32_t piece) const noexcept
    {
        return places_[piece] - begins_[group.first_band];
    }

    /// Grows from priority to priority and from rare to common; 0 for a parked piece.
    [[nodiscard]] std::uint32_t band(std::uint32_t piece) const noexcept { return bands_[piece]; }

private:
    static constexpr std::uint32_t parked = 0;
    static constexpr std::uint32_t no_band = UINT32_MAX;
    // Beyond it, one piece is as common as another.
    static constexpr std::uint32_t most_levels = 1024;

    void find_bands(const SwarmView& swarm);
    void sort_into_bands();
    void move(std::uint32_t piece, std::uint32_t to);
    void swap_places(std::uint32_t a, std::uint32_t b) noexcept;
    void set_openable(std::uint32_t piece, std::uint32_t band, bool openable) noexcept;
    [[nodiscard]] std::uint32_t band_for(const SwarmView& swarm, std::uint32_t piece) const noexcept;

    RandomStream random_;
    std::vector<Group> groups_;
    std::uint32_t levels_ = 1;          // bands per group
    std::vector<std::uint32_t> order_;  // place → piece
    std::vector<std::uint32_t> places_; // piece → place
    std::vector<std::uint32_t> bands_;  // piece → band
    std::vector<std::uint32_t> begins_; // band → first place; one more at the end
};

} // namespace shoal::rarest_first
