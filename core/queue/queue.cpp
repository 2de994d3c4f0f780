#include "queue/queue.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <utility>

namespace shoal::queue {

namespace {

// What is left of the limits on the way through the queue.
class Places {
public:
    explicit Places(const Limits& limits) : left_(limits) {}

    Standing take(const Entry& entry)
    {
        if (!entry.wants_to_run) return Standing::stopped;
        if (entry.is_forced) return Standing::runs;
        if (is_used_up(left_.active)) return Standing::waits_for_any;
        if (!entry.is_slow || left_.do_slow_count) {
            auto& kind = entry.is_finished ? left_.seeds : left_.downloads;
            if (is_used_up(kind)) return entry.is_finished ? Standing::waits_for_seed : Standing::waits_for_download;
            take_one(kind);
        }
        take_one(left_.active);
        return Standing::runs;
    }

private:
    using Left = std::optional<std::uint32_t>;
    static bool is_used_up(const Left& left) { return left && *left == 0; }
    static void take_one(Left& left)
    {
        if (left) --*left;
    }

    Limits left_;
};

}  // namespace

std::string_view standing_text(Standing standing)
{
    switch (standing) {
    case Standing::stopped: return "stopped";
    case Standing::runs: return "runs";
    case Standing::waits_for_any: return "waits: enough others are active";
    case Standing::waits_for_download: return "waits: enough others are downloading";
    case Standing::waits_for_seed: return "waits: enough others are seeding";
    }
    return "unknown";
}

std::vector<Decision> decide(std::span<const Entry> entries, const Limits& limits)
{
    std::vector<Entry> queue(entries.begin(), entries.end());
    std::ranges::sort(queue, [](const Entry& a, const Entry& b) {
        return std::tie(a.position, a.id) < std::tie(b.position, b.id);
    });
    std::vector<std::size_t> in_turn(queue.size());
    std::iota(in_turn.begin(), in_turn.end(), std::size_t{0});
    std::ranges::stable_sort(in_turn, {}, [&](std::size_t i) { return std::pair(queue[i].is_finished, queue[i].is_finished ? queue[i].turn : 0); });
    Places places(limits);
    std::vector<Decision> decisions(queue.size());
    for (const auto i : in_turn) decisions[i] = {queue[i].id, places.take(queue[i])};
    return decisions;
}

}  // namespace shoal::queue
