// Write tokens (BEP 5): proof that whoever wants to store something here has been answered at its address before.
#pragma once

#include "node_id.hpp"
#include "random_source.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>

#include <array>
#include <chrono>
#include <cstddef>

namespace shoal::dht {

using Time = std::chrono::nanoseconds; // since the host's epoch

/// A hash of the address, of what is to be stored, and of a secret that changes every five minutes. The secret
/// before it is still good: a token lives five minutes at least and ten at most.
class Tokens {
public:
    static constexpr std::size_t size = 8;
    static constexpr std::chrono::minutes rotation{5};
    using Token = std::array<std::byte, size>;

    explicit Tokens(RandomSource& random);

    [[nodiscard]] Token token_for(const Address& address, const NodeId& target, Time now);
    [[nodiscard]] bool is_valid(ByteView token, const Address& address, const NodeId& target, Time now);

private:
    using Secret = std::array<std::byte, 20>;

    void rotate(Time now);

    RandomSource& random_;
    Secret secret_{};
    Secret former_{};
    Time since_{};
};

} // namespace shoal::dht
