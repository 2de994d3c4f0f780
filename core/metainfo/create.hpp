// Makes a .torrent of a file or a folder (BEP 3 v1, canonical bencode). The same content and options give the
// same bytes on every machine, however many threads hash it.
#pragma once

#include "metainfo/torrent_file.hpp"

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace shoal::metainfo {

struct CreateOptions {
    std::string name{};                               // empty: the last component of the path
    std::optional<std::uint32_t> piece_length{};      // a power of two; none: piece_length_for() chooses
    std::vector<std::vector<std::string>> trackers{}; // tiers (BEP 12); the very first is also `announce`
    std::vector<std::string> web_seeds{};             // BEP 19
    bool is_private = false;
    std::string comment{};
    std::string created_by{};
    std::optional<std::int64_t> creation_date{}; // seconds since 1970
    unsigned threads = 1;                        // that hash; 0 counts as 1
};

/// `hashed` of `total` bytes are done. Called on the thread that called create(), often, never decreasing, at
/// last with both the same. Return false to give up.
using CreateProgress = std::function<bool(std::uint64_t hashed, std::uint64_t total)>;

struct Created {
    Bytes torrent;                  // the .torrent file
    TorrentFile content;            // the same, parsed
    std::vector<std::string> notes; // what was left out and why: symbolic links, sockets and the like
};

/// A .torrent that holds the exact info dict, trackers and web seeds of a torrent that is known otherwise, e.g. by
/// a magnet link.
[[nodiscard]] Bytes to_torrent(const TorrentFile& torrent);

inline constexpr std::uint32_t min_created_piece_length = 16U << 10;
inline constexpr std::uint32_t max_created_piece_length = 256U << 20;

/// A power of two from 16 KiB to 16 MiB that makes about 1,500 pieces, where the range allows.
[[nodiscard]] std::uint32_t piece_length_for(std::uint64_t total_length);

/// Blocks until everything is read once. Files are taken in the byte order of their paths; what is hidden is
/// taken too, symbolic links below `path` are not (`path` itself may be one). Memory: 1 MiB a thread,
/// and 20 bytes a piece. Errors: not_found, permission_denied, io_error (also: a file changed meanwhile),
/// invalid_argument (options), bad_input (nothing to share, a name that cannot be in a torrent),
/// limit_exceeded, cancelled.
[[nodiscard]] Result<Created> create(const std::string& path, const CreateOptions& options,
                                     const CreateProgress& progress = {});

} // namespace shoal::metainfo
