#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>

#include <cstdint>

namespace shoal::lsd {

// Torrents that differ in a number.
inline Hash20 numbered(std::uint32_t number)
{
    Hash20 hash;
    store_be(hash.bytes.data(), number);
    return hash;
}

}  // namespace shoal::lsd
