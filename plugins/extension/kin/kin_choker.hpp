// Kin first; what they leave goes to those who give, and to everybody in turn.
#pragma once

#include <shoal/choker.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

namespace shoal::kin {

/// What goes to the trace.
enum class ServeReason : std::uint16_t {
    kin = 1,      // one of ours
    gives = 2,    // among the strangers that give us most
    its_turn = 3, // waited longest, or has waited and has its turn now
};

class ChokingPolicy {
public:
    static constexpr std::chrono::nanoseconds turn = std::chrono::seconds(30);

    void decide(const ChokerView& view, std::uint32_t slots, UnchokeList& list);

private:
    using Peers = std::vector<const shoal_choker_peer*>;

    static void add(Peers& from, std::size_t count, ServeReason reason, UnchokeList& list);
};

} // namespace shoal::kin
