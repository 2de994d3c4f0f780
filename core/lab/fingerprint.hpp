#pragma once

#include <shoal/bytes.hpp>

#include <cstdint>

namespace shoal::lab {

// A running 64-bit hash of a run, after FNV-1a, a word at a time: every step is a bijection of the state.
class Fingerprint {
public:
    void mix(std::uint64_t word)
    {
        state_ = (state_ ^ word) * 0x9e3779b97f4a7c15U;
        state_ ^= state_ >> 32;
    }

    void mix(ByteView bytes)
    {
        while (bytes.size() >= 8) {
            mix(load_le<std::uint64_t>(bytes.data()));
            bytes = bytes.subspan(8);
        }
        std::uint64_t rest = bytes.size();
        for (const auto byte : bytes) rest = rest << 8 | std::to_integer<std::uint64_t>(byte);
        mix(rest);
    }

    std::uint64_t value() const { return state_; }

private:
    std::uint64_t state_ = 0xcbf29ce484222325U;
};

}  // namespace shoal::lab
