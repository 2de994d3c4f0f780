// What one peer has been told: the difference to what is so now is what it is told next.
#pragma once

#include "pex_message.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace shoal::peer_exchange {

/// A number below the bound, which is not 0.
using RandomBelow = std::function<std::uint64_t(std::uint64_t bound)>;

class Told {
public:
    static constexpr std::size_t most = 50; // added, and as many dropped, in one message (BEP 11)

    /// What to say when `current` is so, each endpoint once. Nothing counts as said before on_said().
    [[nodiscard]] Delta next(std::span<const NamedPeer> current, const RandomBelow& random_below) const;
    void on_said(const Delta& delta);
    /// There was more than fitted into one message.
    [[nodiscard]] bool has_more_than(const Delta& delta, std::span<const NamedPeer> current) const;

private:
    [[nodiscard]] bool knows(const Endpoint& endpoint) const;

    std::vector<Endpoint> told_; // in order
};

} // namespace shoal::peer_exchange
