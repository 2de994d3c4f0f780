// Where the engine's random numbers come from: the host, or a test. Ids, secrets and transactions depend on it.
#pragma once

#include <shoal/bytes.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace shoal::dht {

class RandomSource {
public:
    virtual std::uint64_t next() = 0;
    /// Uniform in [0, bound), bound > 0.
    virtual std::uint64_t below(std::uint64_t bound) = 0;

    void fill(MutableBytes out)
    {
        while (!out.empty()) {
            std::array<std::byte, 8> octets;
            store_be(octets.data(), next());
            const auto length = std::min(out.size(), octets.size());
            std::copy_n(octets.begin(), length, out.begin());
            out = out.subspan(length);
        }
    }

protected:
    ~RandomSource() = default;
};

} // namespace shoal::dht
