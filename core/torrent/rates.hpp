#pragma once

#include <cstdint>

namespace shoal::torrent {

// Limits in octets of payload a second, as people set them. 0: none.
struct Rates {
    std::uint64_t down = 0;
    std::uint64_t up = 0;

    friend bool operator==(const Rates&, const Rates&) = default;
};

}  // namespace shoal::torrent
