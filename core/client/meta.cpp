#include "client/meta.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>

namespace shoal::client {

using control::Value;

namespace {

constexpr std::size_t longest_key = 64;
constexpr std::size_t most_keys = 64;
constexpr std::size_t most_changes = 2 * most_keys;  // all that there are give way to others
constexpr std::size_t most_octets = 4096;  // keys and texts; other values count as eight

bool is_plain(const Value& value)
{
    return value.is_null() || value.as_text() != nullptr || value.as_integer() != nullptr || value.as_real() != nullptr || value.as_bool() != nullptr;
}

std::size_t size_of(const std::string& key, const Value& value)
{
    return key.size() + (value.as_text() != nullptr ? value.as_text()->size() : 8);
}

Value::Map without_nulls(const Value::Map& map)
{
    Value::Map kept;
    for (std::size_t i = 0; i < map.size(); ++i) {
        if (!map.values()[i].is_null()) kept.append(map.keys()[i], map.values()[i]);
    }
    return kept;
}

}  // namespace

Result<Value> checked_meta(const Value& change)
{
    if (change.is_null()) return change;
    const auto* map = change.as_map();
    if (map == nullptr) return make_error(Errc::invalid_argument, "meta is a map of keys of your own, or null");
    if (map->size() > most_changes) return make_error(Errc::invalid_argument, fmt::format("at most {} keys of meta are changed at once", most_changes));
    for (std::size_t i = 0; i < map->size(); ++i) {
        const auto& key = map->keys()[i];
        if (key.empty() || key.size() > longest_key || !is_valid_utf8(key)) {
            return make_error(Errc::invalid_argument, fmt::format("a key of meta has 1 to {} octets of UTF-8", longest_key));
        }
        if (!is_plain(map->values()[i])) {
            return make_error(Errc::invalid_argument, fmt::format("meta.{} is to be a text, a number, a boolean or null", printable(key)));
        }
    }
    return change;
}

Result<Value::Map> changed_meta(Value::Map kept, const Value& change)
{
    if (change.is_null()) return Value::Map{};
    const auto& map = *change.as_map();
    for (std::size_t i = 0; i < map.size(); ++i) kept.set(map.keys()[i], map.values()[i]);
    kept = without_nulls(kept);
    std::size_t octets = 0;
    for (std::size_t i = 0; i < kept.size(); ++i) octets += size_of(kept.keys()[i], kept.values()[i]);
    if (kept.size() > most_keys || octets > most_octets) {
        return make_error(Errc::limit_exceeded, fmt::format("a torrent keeps {} keys of meta and {} octets", most_keys, most_octets));
    }
    return kept;
}

}  // namespace shoal::client
