#pragma once

#include "control/value.hpp"
#include "environment/loop.hpp"
#include "queue/queue.hpp"
#include "state/torrent_record.hpp"
#include "torrent/torrent.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::client {

// A torrent of the client: what is kept of it, and where it is on its way between "only kept" and "in the session". One that is stopped
// or dormant has nothing but this in memory; when something is done to its files it is in the session for so long.
struct Entry {
    enum class Phase {
        stopped,   // not in the session
        dormant,   // the same, and nobody sees it: it seeds, and is in the session as soon as somebody asks for it
        starting,  // its metainfo is being read
        running,   // in the session, whatever it does there
        stopping,  // goodbyes, writes, closed files
    };

    using Done = UniqueFunction<void(Result<void>)>;
    // Something that is done to a torrent in the session, whether it runs or not, and who waits for it.
    struct Work {
        UniqueFunction<void(torrent::Torrent& torrent, Done done)> run;
        Done done;
    };

    // What a seed is asked for while it is not in the session, and what it needs to be woken. It is there from the moment in which it lies
    // down until it is live again; nobody hears of the states in between.
    struct Sleep {
        std::optional<torrent::Finder::Memory> met{};  // none: it was not awake in this run
        std::optional<bool> is_private{};              // the same
        environment::Time due{};                       // when it ought to say again that it is there
        environment::Time alarm = environment::time_never;  // its place in Alarms
    };

    state::TorrentRecord record;
    state::TorrentProgress progress;  // as of the last stop or checkpoint; the octets are of earlier runs
    Phase phase = Phase::stopped;
    TorrentHandle handle{0};          // while running or stopping
    queue::Standing standing = queue::Standing::stopped;
    std::unique_ptr<Sleep> sleep{};
    bool is_called = false;           // somebody wants a dormant one awake
    bool is_drowsy = false;           // nobody wants one that runs
    environment::Time quiet_since{};  // while running: when it last had company
    environment::Duration patience{}; // for so long it stays awake alone
    std::int64_t seeding_kept_s = 0;  // what is on record of its time
    environment::Time seen_at{};      // while running or dormant: when its time was last added up
    environment::Time given_at{};     // the same: when octets last went out, or it began to seed
    std::uint64_t given_then = 0;
    environment::Time turn_at{};      // when it was given its place among those that run
    std::uint64_t turn = 0;           // as in queue::Entry
    struct Stall {
        std::uint64_t received = 0;   // octets of this run, by then
        environment::Time since{};    // when something came last, or it began
        bool is_told = false;
    };
    Stall stall{};                    // while running
    std::optional<Error> failure{};   // why it stopped by itself
    std::string told_state = "stopped";  // the last one that was told
    std::string asked_by{};           // who wants the state that it is on its way to; empty: nobody, or it is there
    std::vector<Endpoint> peers{};    // that somebody named when it was added
    bool may_write = false;           // in this run, to what it lacks
    bool is_to_reenter = false;       // what is kept of it has changed: it leaves the session, and comes back
    struct Moving {
        std::string folder;
        std::uint64_t done = 0;
        std::uint64_t size = 0;
    };
    std::optional<Moving> moving{};   // while its files are on the way to another folder
    bool is_erased = false;           // to be forgotten as soon as it is stopped
    std::deque<Work> work{};          // waits for the torrent to be in the session
    std::uint32_t work_under_way = 0;
    bool is_dirty = false;            // has pieces that no checkpoint knows
    bool is_checkpoint_under_way = false;
    std::vector<Done> when_stopped{};
    Done when_forgotten{};
    std::optional<Error> left_behind{};  // why files of a removed one are still there

    bool is_finished() const { return record.finished_at != 0; }
};

}  // namespace shoal::client
