// Magnet links: BEP 9 (xt, dn, tr, x.pe), BEP 53 (so), BEP 52 (urn:btmh) and ws. Threads: values.
// Nothing in a link is ever fetched by itself: xs, as and other sources are not read at all.
#pragma once

#include "metainfo/limits.hpp"
#include "metainfo/torrent_file.hpp"

#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::metainfo {

/// File numbers from `first` to `last`, both of them included.
struct FileRange {
    std::uint32_t first = 0;
    std::uint32_t last = 0;

    friend bool operator==(const FileRange&, const FileRange&) = default;
};

struct Magnet {
    InfoHash info_hash;
    std::string name{};                   // valid UTF-8, to be shown and for nothing else: it is no path
    std::vector<std::string> trackers{};  // each a tier of its own, no URL twice
    std::vector<std::string> web_seeds{}; // http and https
    std::vector<HostPort> peers{};
    /// The files wanted, ascending, apart from each other; none: all. May exceed what the torrent has.
    std::vector<FileRange> selection{};
};

/// The largest file number a selection may name: more files than this no torrent within Limits can have.
inline constexpr std::uint32_t max_file_number = 2'999'999;

/// Starts like a magnet link, in whatever case.
[[nodiscard]] bool is_magnet(std::string_view text);

/// Errors: bad_input (no info-hash, two different ones, a malformed one, a broken escape or selection),
/// limit_exceeded. Trackers, web seeds and peers that make no sense are left out.
[[nodiscard]] Result<Magnet> parse_magnet(std::string_view link, const Limits& limits = {});

/// Errors: unsupported, for a link that has a v2 hash alone (BEP 52): whoever answers has a torrent that cannot be read here.
[[nodiscard]] Result<void> check_can_be_fetched(const Magnet& magnet);

/// A link that finds the torrent again: hashes, name, and as many trackers and web seeds as parse_magnet()
/// takes.
[[nodiscard]] std::string to_magnet(const TorrentFile& torrent);

} // namespace shoal::metainfo
