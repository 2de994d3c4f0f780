#include "control/json.hpp"

#include <shoal/hex.hpp>
#include <shoal/utf8.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cmath>

namespace shoal::control {

namespace {

namespace json = boost::json;

json::value convert(const Value& value)
{
    if (const auto* flag = value.as_bool()) return *flag;
    if (const auto* integer = value.as_integer()) return *integer;
    if (const auto* real = value.as_real()) return std::isfinite(*real) ? json::value(*real) : json::value();
    if (const auto* text = value.as_text()) return json::value(to_valid_utf8(*text));
    if (const auto* bytes = value.as_bytes()) return json::value(to_hex(*bytes));
    if (const auto* list = value.as_list()) {
        json::array out;
        for (const auto& item : *list) out.push_back(convert(item));
        return out;
    }
    if (const auto* map = value.as_map()) {
        json::object out;
        for (std::size_t i = 0; i < map->size(); ++i) {
            out[to_valid_utf8(map->keys()[i])] = convert(map->values()[i]);
        }
        return out;
    }
    return {};
}

}  // namespace

std::string to_json(const Value& value)
{
    return json::serialize(convert(value));
}

}  // namespace shoal::control
