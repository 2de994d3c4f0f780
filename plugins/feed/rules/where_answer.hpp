// What a rule's own function said, as scripts.ask answers.
#pragma once

#include "trace.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>
#include <shoal/value_fields.hpp>

#include <string>

namespace shoal::feed_rules {

struct WhereAnswer {
    bool is_ok = false;
    std::string why; // one line
};

/// A function that raises says no. Where it raised is the first line; the others, of a traceback, are for the script's own log.
[[nodiscard]] inline WhereAnswer where_answer(const Result<Value>& answer)
{
    if (!answer) {
        const auto& text = answer.error().text;
        return {.is_ok = false, .why = "it failed: " + text.substr(0, text.find('\n'))};
    }
    const auto* map = answer->as_map();
    if (map == nullptr) return {};
    return {.is_ok = flag_in(*map, "ok"), .why = text_in(*map, "why")};
}

/// Its line of a trace.
[[nodiscard]] inline Finding where_finding(bool is_ok, const std::string& why)
{
    return {.test = "where", .got = !why.empty() ? why : is_ok ? "yes" : "it said no", .wanted = "yes", .is_ok = is_ok};
}

} // namespace shoal::feed_rules
