// A family fetches together: strangers are asked first for what no kin can give, so that its members do not all fetch the same
// from outside, and give each other the rest. P. Garbacki et al., "2Fast: Collaborative Downloads in P2P Networks" (2006).
#pragma once

#include <shoal/picker.hpp>
#include <shoal/random.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

namespace shoal::kin {

/// What goes to the trace.
enum class PickReason : std::uint16_t { not_of_kin = 1 };

class PickingPolicy {
public:
    /// Kin that could not be asked for anything for so long give us nothing now.
    static constexpr std::chrono::nanoseconds remembered = std::chrono::seconds(30);

    explicit PickingPolicy(RandomStream random) : random_(random) {}

    void pick(const SwarmView& swarm, const PickRequest& request, PickList& list);

private:
    struct Kin {
        std::vector<std::uint64_t> pieces; // as in a BitView
        std::chrono::nanoseconds asked_at{};
    };
    using Pieces = std::vector<std::uint32_t>;

    void remember(const SwarmView& swarm, const PickRequest& request);
    [[nodiscard]] Pieces left_to_strangers(const SwarmView& swarm, const PickRequest& request) const;
    void open_some(const SwarmView& swarm, const Pieces& pieces, PickList& list);

    RandomStream random_;
    std::map<std::uint64_t, Kin> kin_; // by handle
};

} // namespace shoal::kin
