#include "declarations.hpp"

#include <utility>

namespace shoal::script_lua {
namespace {

const std::string* text_field(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    return value == nullptr || value->as_text() == nullptr || value->as_text()->empty() ? nullptr : value->as_text();
}

} // namespace

Result<void> Declarations::check_room(const Value::List& list) const
{
    if (is_closed_) return make_error(Errc::invalid_argument, "rules and feeds are declared while the script is loaded, not in a handler");
    if (list.size() >= most) return make_error(Errc::limit_exceeded, "a script declares at most 1,000 rules and 1,000 feeds");
    return {};
}

Result<void> Declarations::add_rule(Value::Map rule, int predicate)
{
    if (const auto room = check_room(all_.rules); !room) return room.error();
    const auto* name = text_field(rule, "name");
    if (name == nullptr) return make_error(Errc::invalid_argument, "a rule needs a name");
    if (!predicates_.emplace(*name, predicate).second) {
        return make_error(Errc::invalid_argument, "there are two rules called " + *name);
    }
    if (predicate != 0) rule.set("where", true);
    all_.rules.emplace_back(std::move(rule));
    return {};
}

Result<void> Declarations::add_feed(Value::Map feed)
{
    if (const auto room = check_room(all_.feeds); !room) return room.error();
    if (text_field(feed, "url") == nullptr) return make_error(Errc::invalid_argument, "a feed needs a url");
    all_.feeds.emplace_back(std::move(feed));
    return {};
}

void Declarations::warn(std::string text)
{
    if (!is_closed_ && all_.warnings.size() < most_warnings) all_.warnings.emplace_back(std::move(text));
}

int Declarations::predicate_of(std::string_view rule) const
{
    const auto at = predicates_.find(rule);
    return at == predicates_.end() ? 0 : at->second;
}

} // namespace shoal::script_lua
