#pragma once

#include <shoal/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace shoal::fuzz {

// A fuzzer's octets as decisions. At its end all of them are 0.
class Input {
public:
    explicit Input(ByteView octets) : rest_(octets) {}

    bool is_over() const { return rest_.empty(); }
    std::uint8_t octet()
    {
        if (rest_.empty()) return 0;
        const auto first = std::to_integer<std::uint8_t>(rest_.front());
        rest_ = rest_.subspan(1);
        return first;
    }
    std::uint32_t word()
    {
        std::uint32_t word = 0;
        for (int i = 0; i < 4; ++i) word = word << 8 | octet();
        return word;
    }
    // Mostly what makes sense, sometimes anything.
    std::uint32_t number(std::uint32_t below)
    {
        const auto choice = octet();
        return choice < 240 ? choice % below : word();
    }
    Bytes octets()
    {
        const auto taken = rest_.first(std::min<std::size_t>(octet(), rest_.size()));
        rest_ = rest_.subspan(taken.size());
        return {taken.begin(), taken.end()};
    }

private:
    ByteView rest_;
};

}  // namespace shoal::fuzz
