// What tests ask of the service, and read of its answers.
#pragma once

#include "made.hpp"
#include "rules_host.hpp"

#include <shoal/value_fields.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace shoal::feed_rules::test {

inline Value::List notes_rules(Value::Map more = {})
{
    auto map = Value::Map{}.set("name", "notes").set("feeds", "daily").set("series", "Field Notes");
    for (std::size_t i = 0; i < more.size(); ++i) map.set(more.keys()[i], more.values()[i]);
    return {map};
}

inline Value::Map load(Value::List rules) { return Value::Map{}.set("source", "notes.lua").set("rules", std::move(rules)); }

inline const Value::Map& map_of(const std::optional<Result<Value>>& answer)
{
    REQUIRE(answer);
    if (!*answer) FAIL(answer->error().text);
    REQUIRE((*answer)->as_map() != nullptr);
    return *(*answer)->as_map();
}

inline bool has_event(const RulesHost& host, const std::string& event)
{
    return std::ranges::any_of(host.fake.events, [&](const auto& line) { return line.starts_with(event + " "); });
}

inline Value feed_of(Value::List items) { return Value::List{Value::Map{}.set("name", "daily").set("items", std::move(items))}; }

// title and decision, one a line.
inline std::string decisions_of(const Value::Map& answer)
{
    std::string out;
    for (const auto& decision : list_in(answer, "decisions")) {
        out += text_in(*decision.as_map(), "title") + ": " + text_in(*decision.as_map(), "decision") + "\n";
    }
    return out;
}

} // namespace shoal::feed_rules::test
