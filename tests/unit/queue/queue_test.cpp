#include "queue/queue.hpp"
#include "queue/slow_watch.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <map>
#include <set>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using queue::Decision;
using queue::Entry;
using queue::Limits;
using queue::Standing;

namespace {

Entry entry(std::uint64_t number, bool is_finished = false)
{
    return {.id = TorrentHandle{number}, .position = number, .wants_to_run = true, .is_finished = is_finished};
}

std::map<std::uint64_t, Standing> standings(const std::vector<Entry>& entries, const Limits& limits)
{
    std::map<std::uint64_t, Standing> all;
    for (const auto& decision : queue::decide(entries, limits)) all[decision.id.value()] = decision.standing;
    return all;
}

std::set<std::uint64_t> running(const std::vector<Entry>& entries, const Limits& limits)
{
    std::set<std::uint64_t> run;
    for (const auto& [number, standing] : standings(entries, limits)) {
        if (standing == Standing::runs) run.insert(number);
    }
    return run;
}

using Numbers = std::set<std::uint64_t>;

}  // namespace

TEST_CASE("without limits all run that are wanted", "[queue]")
{
    std::vector<Entry> entries{entry(1), entry(2), entry(3, true)};
    entries[1].wants_to_run = false;
    CHECK(running(entries, {}) == Numbers{1, 3});
    CHECK(standings(entries, {})[2] == Standing::stopped);
}

TEST_CASE("the first in the queue run, and the others say what they wait for", "[queue]")
{
    const std::vector<Entry> entries{entry(4), entry(3), entry(2), entry(1, true), entry(5, true), entry(6, true)};
    const auto all = standings(entries, {.active = 4, .downloads = 2, .seeds = 2});
    CHECK(all == std::map<std::uint64_t, Standing>{{1, Standing::runs},
                                                   {2, Standing::runs},
                                                   {3, Standing::runs},
                                                   {4, Standing::waits_for_download},
                                                   {5, Standing::runs},
                                                   {6, Standing::waits_for_any}});
    CHECK(standings(entries, {.seeds = 1})[6] == Standing::waits_for_seed);
    CHECK(queue::standing_text(Standing::waits_for_download) == "waits: enough others are downloading");
}

TEST_CASE("a seed further up does not keep a download waiting for its place among all that are active", "[queue]")
{
    const std::vector<Entry> entries{entry(1, true), entry(2), entry(3, true), entry(4)};
    CHECK(running(entries, {.active = 1}) == Numbers{2});
    CHECK(running(entries, {.active = 3}) == Numbers{1, 2, 4});
    CHECK(standings(entries, {.active = 3})[3] == Standing::waits_for_any);
    CHECK(running(entries, {.active = 3, .downloads = 1}) == Numbers{1, 2, 3});
}

TEST_CASE("a seed that gave its place away comes after all that have not since, and a download at its place", "[queue]")
{
    std::vector<Entry> entries{entry(1, true), entry(2, true), entry(3, true), entry(4)};
    entries[0].turn = 7;
    entries[1].turn = 8;
    entries[3].turn = 9;  // of no meaning
    CHECK(running(entries, {.seeds = 1}) == Numbers{3, 4});
    CHECK(running(entries, {.seeds = 2}) == Numbers{1, 3, 4});
    CHECK(running(entries, {.active = 2}) == Numbers{3, 4});
    CHECK(queue::decide(entries, {.seeds = 1}).front().id == TorrentHandle{1});  // the order of the answer is that of the queue
}

TEST_CASE("a torrent that may not run takes nobody's place", "[queue]")
{
    const std::vector<Entry> entries{entry(1), entry(2), entry(3, true)};
    CHECK(running(entries, {.active = 2, .downloads = 1}) == Numbers{1, 3});
    CHECK(running(entries, {.active = 5, .downloads = 0, .seeds = 0}).empty());
}

TEST_CASE("a forced torrent runs whatever the limits say, and takes nobody's place", "[queue]")
{
    std::vector<Entry> entries{entry(1), entry(2), entry(3)};
    entries[0].is_forced = true;
    CHECK(running(entries, {.active = 1, .downloads = 1}) == Numbers{1, 2});
    CHECK(running(entries, {.active = 0}) == Numbers{1});
    entries[0].wants_to_run = false;
    CHECK(running(entries, {.active = 0}).empty());
}

TEST_CASE("slow torrents do not count if that is wanted, but among all that are active", "[queue]")
{
    std::vector<Entry> entries{entry(1), entry(2), entry(3)};
    entries[0].is_slow = true;
    CHECK(running(entries, {.downloads = 1}) == Numbers{1});
    CHECK(running(entries, {.downloads = 1, .do_slow_count = false}) == Numbers{1, 2});
    CHECK(running(entries, {.active = 1, .downloads = 1, .do_slow_count = false}) == Numbers{1});
    // It runs on though there are enough before it.
    entries[0].is_slow = false;
    entries[2].is_slow = true;
    CHECK(running(entries, {.downloads = 1, .do_slow_count = false}) == Numbers{1, 3});
}

TEST_CASE("who is moved up runs in the place of who is not", "[queue]")
{
    std::vector<Entry> entries{entry(1), entry(2), entry(3)};
    CHECK(running(entries, {.downloads = 1}) == Numbers{1});
    entries[2].position = 0;
    CHECK(running(entries, {.downloads = 1}) == Numbers{3});
}

TEST_CASE("rates that go up and down do not start and stop torrents by turns", "[queue]")
{
    // Three downloads, two places; each stalls for forty seconds of every eighty.
    constexpr queue::SlowWatch::Settings patience{.rate = 2048, .slow_after = 2min, .fast_after = 1min};
    const Limits limits{.downloads = 2, .do_slow_count = false};
    std::array<queue::SlowWatch, 3> watches;
    Numbers before;
    int changes = 0;
    for (environment::Time now{0s}; now < environment::Time{2h}; now += 5s) {
        std::vector<Entry> entries{entry(0), entry(1), entry(2)};
        for (std::size_t i = 0; i < 3; ++i) {
            const auto phase = (now.time_since_epoch() + i * 27s) % 80s;
            if (!before.contains(i)) watches[i].on_stopped();
            else watches[i].update(patience, now, phase < 40s ? 0 : 100'000);
            entries[i].is_slow = watches[i].is_slow();
        }
        const auto run = running(entries, limits);
        changes += run != before ? 1 : 0;
        before = run;
    }
    CHECK(changes == 1);  // the beginning
    CHECK(before == Numbers{0, 1});
}

TEST_CASE("a download that stalls for good lets another one in, and only that", "[queue]")
{
    constexpr queue::SlowWatch::Settings patience{.rate = 2048, .slow_after = 2min, .fast_after = 1min};
    const Limits limits{.active = 3, .downloads = 1, .do_slow_count = false};
    std::array<queue::SlowWatch, 3> watches;
    Numbers before;
    std::vector<Numbers> history;
    for (environment::Time now{0s}; now < environment::Time{1h}; now += 5s) {
        std::vector<Entry> entries{entry(0), entry(1), entry(2)};
        for (std::size_t i = 0; i < 3; ++i) {
            const bool is_dead = i == 0 && now < environment::Time{30min};
            if (!before.contains(i)) watches[i].on_stopped();
            else watches[i].update(patience, now, is_dead ? 0 : 100'000);
            entries[i].is_slow = watches[i].is_slow();
        }
        const auto run = running(entries, limits);
        if (run != before) history.push_back(run);
        before = run;
    }
    CHECK(history == std::vector<Numbers>{{0}, {0, 1}, {0}});
}
