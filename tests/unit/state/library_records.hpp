// Torrents by number, of which everything follows from the number.
#pragma once

#include "state/torrent_record.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::state::test {

inline Hash20 hash_of(std::uint32_t number)
{
    Hash20 hash;
    hash.bytes.fill(std::byte{0x11});
    store_be(hash.bytes.data(), number);
    return hash;
}

inline Bytes octets_of(std::string_view text)
{
    const auto octets = as_bytes(text);
    return {octets.begin(), octets.end()};
}

inline TorrentRecord record_of(std::uint32_t number)
{
    return {.info_hash = hash_of(number),
            .name = "torrent " + std::to_string(number),
            .size = 1000 + number,
            .folder = "/srv/things",
            .added_at = 1'700'000'000,
            .position = number};
}

inline TorrentProgress progress_of(std::uint32_t pieces, std::uint32_t first)
{
    TorrentProgress progress;
    progress.have.emplace(pieces);
    for (std::uint32_t i = first; i < pieces; i += 3) progress.have->set(i);
    progress.downloaded = 16384 * std::uint64_t{first};
    return progress;
}

}  // namespace shoal::state::test
