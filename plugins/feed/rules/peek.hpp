// What is in a torrent that a rule would take, known before it is added: of a rule with peek = true size and files are judged by that, and
// not by what the feed says.
#pragma once

#include "rule.hpp"
#include "trace.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::feed_rules {

struct Peek {
    struct File {
        std::string path;
        std::int64_t size = 0;
    };
    std::string torrent; // its info-hash
    bool is_here = false; // it was added already, and nothing else is known
    std::optional<std::int64_t> size;
    std::vector<File> files;

    /// As torrents.peek answers. Never fails: what is missing is unknown.
    static Peek read(const Value& answer);
    /// For a rule's own function: the item with `files` (maps: path, size) and the true size.
    [[nodiscard]] Value::Map complete(Value::Map item) const;
};

/// The tests that can be made now.
void judge_peek(const Rule& rule, const Peek& peek, Sheet& sheet);

} // namespace shoal::feed_rules
