#include "queue/queue.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

// Whatever the entries and the limits: no limit is exceeded, nobody waits without a cause, and nobody is preferred to one before him.
using namespace shoal;
using queue::Decision;
using queue::Entry;
using queue::Limits;
using queue::Standing;

namespace {

class Fate {
public:
    explicit Fate(std::uint64_t seed) : random_(seed, 0) {}

    Limits limits()
    {
        return {.active = limit(), .downloads = limit(), .seeds = limit(), .do_slow_count = random_.below(2) == 0};
    }

    std::vector<Entry> entries()
    {
        std::vector<Entry> all;
        const auto count = random_.below(20);
        for (std::uint64_t i = 0; i < count; ++i) {
            all.push_back({.id = TorrentHandle{i + 1},
                           .position = random_.below(12),  // some have the same
                           .wants_to_run = random_.below(5) > 0,
                           .is_finished = random_.below(2) == 0,
                           .is_slow = random_.below(4) == 0,
                           .is_forced = random_.below(8) == 0});
        }
        return all;
    }

    void shuffle(std::vector<Entry>& entries)
    {
        for (std::size_t i = entries.size(); i > 1; --i) std::swap(entries[i - 1], entries[random_.below(i)]);
    }

    RandomStream& random() { return random_; }

private:
    std::optional<std::uint32_t> limit()
    {
        const auto drawn = static_cast<std::uint32_t>(random_.below(7));
        if (drawn == 6) return std::nullopt;
        return drawn;
    }

    RandomStream random_;
};

struct Outcome {
    const std::vector<Entry>& entries;
    const Limits& limits;
    std::vector<Decision> decisions;

    Outcome(const std::vector<Entry>& all, const Limits& in_force)
        : entries(all), limits(in_force), decisions(queue::decide(all, in_force))
    {
    }

    const Entry& entry(const Decision& decision) const
    {
        return *std::ranges::find(entries, decision.id, &Entry::id);
    }
    bool takes_place(const Decision& decision) const
    {
        return decision.standing == Standing::runs && !entry(decision).is_forced;
    }
    bool counts(const Decision& decision, bool is_finished) const
    {
        const auto& e = entry(decision);
        return takes_place(decision) && e.is_finished == is_finished && (limits.do_slow_count || !e.is_slow);
    }
};

void check_limits(const Outcome& outcome)
{
    const auto count = [&](auto predicate) { return std::ranges::count_if(outcome.decisions, predicate); };
    const auto& limits = outcome.limits;
    if (limits.active) REQUIRE(count([&](auto& d) { return outcome.takes_place(d); }) <= *limits.active);
    if (limits.downloads) REQUIRE(count([&](auto& d) { return outcome.counts(d, false); }) <= *limits.downloads);
    if (limits.seeds) REQUIRE(count([&](auto& d) { return outcome.counts(d, true); }) <= *limits.seeds);
}

// Who waits has as many before it as the limit that it names allows; all downloads are before all seeds.
void check_causes(const Outcome& outcome)
{
    std::uint32_t active = 0;
    std::array<std::uint32_t, 2> kinds{};
    auto in_turn = outcome.decisions;
    std::ranges::stable_sort(in_turn, {}, [&](const Decision& decision) { return outcome.entry(decision).is_finished; });
    for (const auto& decision : in_turn) {
        const auto& entry = outcome.entry(decision);
        REQUIRE((decision.standing == Standing::stopped) == !entry.wants_to_run);
        switch (decision.standing) {
        case Standing::stopped: break;
        case Standing::runs:
            active += outcome.takes_place(decision) ? 1 : 0;
            for (const bool finished : {false, true}) kinds[finished] += outcome.counts(decision, finished) ? 1 : 0;
            break;
        case Standing::waits_for_any: REQUIRE(outcome.limits.active == active); break;
        case Standing::waits_for_download:
            REQUIRE(!entry.is_finished);
            REQUIRE(outcome.limits.downloads == kinds[false]);
            break;
        case Standing::waits_for_seed:
            REQUIRE(entry.is_finished);
            REQUIRE(outcome.limits.seeds == kinds[true]);
            break;
        }
        if (decision.standing != Standing::runs) REQUIRE_FALSE((entry.is_forced && entry.wants_to_run));
    }
}

void check_order(const Outcome& outcome)
{
    REQUIRE(outcome.decisions.size() == outcome.entries.size());
    REQUIRE(std::ranges::is_sorted(outcome.decisions, [&](const Decision& a, const Decision& b) {
        const auto& left = outcome.entry(a);
        const auto& right = outcome.entry(b);
        return left.position != right.position ? left.position < right.position : left.id < right.id;
    }));
}

// Only what runs can be slow.
std::vector<Entry> obeyed(const Outcome& outcome)
{
    auto entries = outcome.entries;
    for (const auto& decision : outcome.decisions) {
        auto& entry = *std::ranges::find(entries, decision.id, &Entry::id);
        entry.is_slow = entry.is_slow && decision.standing == Standing::runs;
    }
    return entries;
}

}  // namespace

TEST_CASE("no limit is ever exceeded, and nobody waits without a cause", "[queue]")
{
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        Fate fate(seed);
        const auto entries = fate.entries();
        const auto limits = fate.limits();
        const Outcome outcome(entries, limits);
        check_order(outcome);
        check_limits(outcome);
        check_causes(outcome);
    }
}

TEST_CASE("what is decided depends on nothing but the torrents, and stays decided", "[queue]")
{
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        Fate fate(seed);
        auto entries = fate.entries();
        const auto limits = fate.limits();
        const Outcome outcome(entries, limits);
        auto shuffled = entries;
        fate.shuffle(shuffled);
        REQUIRE(queue::decide(shuffled, limits) == outcome.decisions);
        REQUIRE(queue::decide(obeyed(outcome), limits) == outcome.decisions);
    }
}

TEST_CASE("a torrent behind a download is nothing to it, whatever it becomes", "[queue]")
{
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        CAPTURE(seed);
        Fate fate(seed);
        auto entries = fate.entries();
        if (entries.empty()) entries.push_back({.id = TorrentHandle{1}, .wants_to_run = true});
        const auto limits = fate.limits();
        const auto before = queue::decide(entries, limits);
        const auto which = fate.random().below(before.size());
        auto& changed = *std::ranges::find(entries, before[which].id, &Entry::id);
        changed.wants_to_run = !changed.wants_to_run;
        changed.is_finished = !changed.is_finished;
        const auto after = queue::decide(entries, limits);
        // A seed gives way to every download, also to one behind it.
        for (std::size_t i = 0; i < which; ++i) {
            const bool is_download = !std::ranges::find(entries, before[i].id, &Entry::id)->is_finished;
            if (is_download) REQUIRE(after[i] == before[i]);
        }
    }
}
