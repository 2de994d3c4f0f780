#pragma once

#include "control/value.hpp"

#include <shoal/bitfield.hpp>
#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace shoal::state {

// What is kept of a torrent between runs, but its metainfo, which is read when it is needed.
struct TorrentRecord {
    Hash20 info_hash{};            // as on the wire: the key
    std::string name{};
    std::string magnet{};          // while its metadata is not known; empty afterwards
    std::uint64_t size = 0;        // octets, of everything; 0: not known yet
    std::string folder{};          // absolute
    bool is_started = true;        // what the user wants; a stopped one stays stopped
    std::int64_t added_at = 0;     // seconds since 1970
    std::int64_t finished_at = 0;  // 0: not yet
    std::uint64_t position = 0;    // in the queue, the lowest first; 0: none that can be believed
    // What only its owner reads: label, limits, pickers, priorities, renamed files …
    control::Value::Map options{};
};

// How far a torrent is. What `have` says is on the disk, in an order that a power cut respects.
struct TorrentProgress {
    std::optional<Bitfield> have{};  // none: nothing is known, check everything
    bool is_clean = true;            // it was stopped in peace: what `have` does not say is not there
    std::uint64_t downloaded = 0;    // octets of payload, ever
    std::uint64_t uploaded = 0;
    std::int64_t active_s = 0;       // seconds it ran
    std::int64_t seeding_s = 0;
};

struct StoredTorrent {
    TorrentRecord record;
    TorrentProgress progress;
};

}  // namespace shoal::state
