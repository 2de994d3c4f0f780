#pragma once

#include <shoal/ids.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

// Which torrents run when not all of them may. A function of what is passed in: the same torrents give the same answer, in whatever
// order they come, and what it decides changes nothing of what it would decide next. What changes by itself, whether a torrent is
// slow, is judged with patience (slow_watch.hpp); so nothing is started and stopped by turns.
namespace shoal::queue {

struct Entry {
    TorrentHandle id{0};
    std::uint64_t position = 0;  // the lowest is the first; equal ones by id
    bool wants_to_run = false;   // the user's will
    bool is_finished = false;    // runs to seed
    bool is_slow = false;        // runs, and hardly moves anything for some time
    bool is_forced = false;      // runs whatever the limits say, and takes nobody's place
    std::uint64_t turn = 0;      // of a seed: which time somebody gave a place away it did; 0: never. The lowest is the first
};

// No value: no limit.
struct Limits {
    std::optional<std::uint32_t> active{};     // of all that run, slow ones too: sockets and memory have an end
    std::optional<std::uint32_t> downloads{};
    std::optional<std::uint32_t> seeds{};
    bool do_slow_count = true;  // among the downloads and the seeds
};

enum class Standing {
    stopped,  // nobody wants it to run
    runs,
    waits_for_any,       // `active` others before it run, or are downloads
    waits_for_download,  // `downloads` others before it do
    waits_for_seed,
};
// "waits: enough others are downloading"
std::string_view standing_text(Standing standing);

struct Decision {
    TorrentHandle id{0};
    Standing standing = Standing::stopped;

    friend bool operator==(const Decision&, const Decision&) = default;
};

// One for each entry, the first in the queue first. Who has the better place runs: moving one up may stop another. Of the places of
// `active`, downloads take theirs first: somebody waits for them, and a seed may wait for ever for somebody who wants it. Seeds take theirs by
// turn and then by place: who has given its place away comes after all that have not since.
std::vector<Decision> decide(std::span<const Entry> entries, const Limits& limits);

}  // namespace shoal::queue
