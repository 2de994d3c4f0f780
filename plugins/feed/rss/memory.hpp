// What outlives the process, in the host's store: the feeds that people added, and of every feed what it listed and how to ask whether
// it has changed. What a script declares is in the script.
#pragma once

#include "definition.hpp"
#include "seen_items.hpp"

#include <shoal/services/store.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace shoal::rss {

struct FeedMemory {
    std::int64_t read_at = 0; // unix time; 0: never
    std::string url{};        // whose validators these are
    std::string etag{};
    std::string last_modified{};
    SeenItems seen{};
    SeenItems backlog{};      // of what it listed at the first reading

    [[nodiscard]] bool was_read() const { return read_at != 0; }
};

class Memory {
public:
    explicit Memory(Store store) : store_(store) {}

    [[nodiscard]] std::vector<FeedDefinition> definitions() const;
    Result<void> keep(const std::vector<FeedDefinition>& definitions);

    [[nodiscard]] FeedMemory of(const std::string& feed) const;
    Result<void> keep(const std::string& feed, const FeedMemory& memory);
    void forget(const std::string& feed);
    /// Of feeds that were not read for long, as their scripts are gone or call them otherwise; and which those were.
    std::vector<std::string> forget_old(std::int64_t now);

private:
    [[nodiscard]] std::map<std::string, std::int64_t> last_reads() const;
    Result<void> keep_last_reads(const std::map<std::string, std::int64_t>& all);

    Store store_;
};

} // namespace shoal::rss
