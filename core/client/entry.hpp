#pragma once

#include "control/value.hpp"
#include "state/torrent_record.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <optional>
#include <vector>

namespace shoal::client {

// A torrent of the client: what is kept of it, and where it is on its way between "only kept" and "in the session". Stopped ones have
// nothing but this in memory.
struct Entry {
    enum class Phase {
        stopped,   // not in the session
        starting,  // its metainfo is being read
        running,   // in the session, whatever it does there
        stopping,  // goodbyes, writes, closed files
    };

    using Done = UniqueFunction<void(Result<void>)>;

    state::TorrentRecord record;
    state::TorrentProgress progress;  // as of the last stop or checkpoint; the octets are of earlier runs
    Phase phase = Phase::stopped;
    TorrentHandle handle{0};          // while running or stopping
    std::optional<Error> failure{};   // why it stopped by itself
    std::vector<Endpoint> peers{};    // that somebody named when it was added
    bool is_erased = false;           // to be forgotten as soon as it is stopped
    bool erases_data = false;         // and its files with it
    bool is_dirty = false;            // has pieces that no checkpoint knows
    bool is_checkpoint_under_way = false;
    std::vector<Done> when_stopped{};
    Done when_forgotten{};

    bool is_finished() const { return record.finished_at != 0; }
};

}  // namespace shoal::client
