// TorrentFile: what a .torrent says, checked (BEP 3 v1; BEP 12 tiers, 19 web seeds, 27 private, 47 padding).
// Whoever holds one never checks a length, a hash count or a path again. Threads: a value; share const ones.
//
// Everything in a torrent is a stranger's word. What would write outside the download folder, or means two
// different things to two clients, is refused with a text; what is only odd (a bad tracker URL, a node with
// port 0) is left out. docs/decisions/0004-names-on-disk.md has the rules for names.
#pragma once

#include "metainfo/limits.hpp"

#include <shoal/bytes.hpp>
#include <shoal/geometry.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shoal::metainfo {

struct File {
    /// '/'-separated, valid UTF-8, every component checked; without the torrent's name, except where there
    /// is only one file: then it is the name. Show it through printable().
    std::string path;
    std::uint64_t offset = 0; // in the torrent
    std::uint64_t length = 0;
    /// BEP 47 padding, or a symbolic link of length 0: never on disk, never asked of anybody, and `path` says
    /// nothing.
    bool padding = false;

    friend bool operator==(const File&, const File&) = default;
};

/// A host name or address in text, as torrents and magnet links carry them; not resolved, port never 0.
struct HostPort {
    std::string host; // an IPv6 address has no brackets
    std::uint16_t port = 0;

    friend bool operator==(const HostPort&, const HostPort&) = default;
};

struct TorrentFile {
    std::string name; // a checked path component
    bool single_file = false;
    std::vector<File> files; // in the order of the torrent, padding included: FileIndex counts these
    Geometry geometry;       // of the same files
    InfoHash info_hash;      // of the exact bytes; v2 too where the torrent is a hybrid (BEP 52)
    Bytes info;              // the info dict as it was, for peers that ask (BEP 9)

    std::vector<std::vector<std::string>> trackers{}; // tiers in order; none is empty, no URL is there twice
    std::vector<std::string> web_seeds{};             // http and https
    std::vector<HostPort> nodes{};                    // DHT nodes (BEP 5)
    bool is_private = false;                          // then: no DHT, no PEX, no local discovery (BEP 27)
    std::string comment{};                            // valid UTF-8; show it through printable()
    std::string created_by{};
    std::optional<std::int64_t> creation_date{}; // seconds since 1970, never negative

    std::size_t hashes_at = 0; // where the piece hashes begin in `info`

    /// What SHA-1 of the piece has to be.
    [[nodiscard]] Hash20 hash(PieceIndex piece) const;

    [[nodiscard]] const File& file(FileIndex index) const { return files[index.value()]; }

    /// Where the file lives below the download folder: "name" or "name/path". Relative, no "." and no "..".
    [[nodiscard]] std::string disk_path(FileIndex index) const;
};

/// The whole .torrent. Errors: bad_input, limit_exceeded, unsupported (a v2-only torrent, a symbolic link).
[[nodiscard]] Result<TorrentFile> parse(ByteView torrent, const Limits& limits = {});

/// The info dict alone, as peers send it for a magnet link; trackers, comment and the like stay empty. That
/// its hash is the wanted one is for the caller to compare. Errors: as parse().
[[nodiscard]] Result<TorrentFile> parse_info(ByteView info, const Limits& limits = {});

/// Reads and parses a file; the text of an error begins with the path. Blocks. Errors: as parse(), not_found,
/// permission_denied, io_error.
[[nodiscard]] Result<TorrentFile> load(const std::string& path, const Limits& limits = {});

} // namespace shoal::metainfo
