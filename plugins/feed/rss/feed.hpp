// One feed that is read: what is wanted of it, what it said last, and when it is asked again.
#pragma once

#include "definition.hpp"
#include "item.hpp"
#include "memory.hpp"
#include "secrets.hpp"

#include <shoal/result.hpp>
#include <shoal/services/local.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::rss {

using Items = std::vector<Item>;

/// How one reading went.
struct ReadReport {
    std::string feed{};
    std::size_t items = 0;
    std::size_t fresh = 0;
};
using OnRead = UniqueFunction<void(const Result<ReadReport>&)>;

struct Feed {
    enum class State { loading, waiting, queued, reading };

    FeedDefinition definition;
    std::string source; // the script that declares it; empty: somebody added it
    Secrets secrets;    // of the definition
    std::uint64_t serial = 0; // another feed of this name, later, has another

    FeedMemory memory{};
    std::shared_ptr<const Items> items = std::make_shared<const Items>();
    std::string title{};
    std::optional<std::chrono::seconds> time_to_live{};
    std::vector<std::string> warnings{};
    std::string error{}; // empty: it went well
    std::uint32_t failures = 0;

    State state = State::loading;
    bool is_wanted = false; // again, as soon as it waits
    std::chrono::nanoseconds due{};
    Timer alarm{};
    std::vector<OnRead> waiters{};
};

} // namespace shoal::rss
