// What is wrong with a disk: how long each call takes, whether it fails, and how much of it is done at once. No clock, no
// disk, no threads of its own. The numbers that a call draws depend on its verb and on how many of that verb came before
// it, so the same calls in the same order meet the same fate, and one fault switched on leaves the others where they were.
#pragma once

#include <shoal/random.hpp>
#include <shoal/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <set>
#include <string_view>

namespace shoal::strain_storage {

enum class Verb { open, size, read, write, finish, flush, move, rename, remove };
inline constexpr std::array<std::string_view, 9> verb_names{"open",  "size", "read",   "write", "finish",
                                                            "flush", "move", "rename", "remove"};

/// "read write": words between spaces. Errors name the word that is no verb.
Result<std::set<Verb>> parse_verbs(std::string_view text);

struct FaultSettings {
    std::chrono::nanoseconds latency{0};
    std::chrono::nanoseconds jitter{0}; // at most so much more, drawn for each call
    std::uint64_t rate = 0;             // octets a second that the device takes and gives; 0: any
    std::uint32_t short_permille = 0;   // of the reads and writes: done in part, the rest later
    std::set<Verb> failing{};           // these calls
    std::uint32_t fail_permille = 0;    // fail so often, and
    std::uint64_t fail_from = 0;        // from this one of them, counted from 1, …
    std::uint64_t fail_count = 0;       // … so many; 0: none
};

/// Of one call.
struct Fate {
    std::chrono::nanoseconds pause{0};
    bool fails = false;
    std::uint64_t at_once = 0; // octets, at least one unless there are none
    std::uint64_t number = 0;  // of those that may fail, from 1
};

/// May be asked by several threads at once. [any]
class Faults {
public:
    Faults(FaultSettings settings, std::uint64_t seed);

    Fate decide(Verb verb, std::uint64_t octets, std::chrono::nanoseconds now);

private:
    std::chrono::nanoseconds pass_device(std::uint64_t octets, std::chrono::nanoseconds now);

    const FaultSettings settings_;
    std::mutex mutex_; // guards what follows
    std::array<RandomStream, verb_names.size()> streams_;
    std::uint64_t met_ = 0;                         // calls that may fail
    std::chrono::nanoseconds device_is_free_at_{0}; // it does one thing after the other
};

} // namespace shoal::strain_storage
