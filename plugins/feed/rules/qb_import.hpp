// qBittorrent's download_rules.json as a rule file of ours: rules in its dialect, with its semantics, and the feeds they name.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace shoal::feed_rules {

struct QbImport {
    std::string lua;
    Value::List rules;                 // the same as maps
    std::vector<std::string> warnings; // what the rules do that their author hardly wanted, and what has no like here
};

/// `file`: an object with a rule under each name. Errors: bad_input.
Result<QbImport> import_qbittorrent(const Value& file);

/// RFC 2822: "10 Jan 2024 20:15:00 +0000". Nothing: it is none.
[[nodiscard]] std::optional<std::int64_t> mail_date(std::string_view text);

} // namespace shoal::feed_rules
