#include "control/value.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <utility>

namespace shoal::control {

Value::Map& Value::Map::set(std::string key, Value value)
{
    const auto found = std::ranges::find(keys_, key);
    if (found != keys_.end()) {
        values_[static_cast<std::size_t>(found - keys_.begin())] = std::move(value);
    } else {
        append(std::move(key), std::move(value));
    }
    return *this;
}

void Value::Map::append(std::string key, Value value)
{
    keys_.push_back(std::move(key));
    values_.push_back(std::move(value));
}

const Value* Value::Map::find(std::string_view key) const
{
    const auto found = std::ranges::find(keys_, key);
    return found == keys_.end() ? nullptr : &values_[static_cast<std::size_t>(found - keys_.begin())];
}

std::string_view type_name(Value::Type type)
{
    switch (type) {
    case Value::Type::null: return "null";
    case Value::Type::boolean: return "bool";
    case Value::Type::integer: return "int";
    case Value::Type::real: return "real";
    case Value::Type::text: return "text";
    case Value::Type::bytes: return "bytes";
    case Value::Type::list: return "list";
    case Value::Type::map: return "map";
    }
    return "null";
}

AbiValue::AbiValue(const Value& value) : root_(convert(value, 0)) {}

shoal_value AbiValue::convert(const Value& value, std::uint32_t depth)
{
    SHOAL_ASSERT(depth < ValueLimits{}.depth);
    shoal_value out{};
    out.type = static_cast<std::uint32_t>(value.type());
    if (const auto* flag = value.as_bool()) {
        out.as.integer = *flag ? 1 : 0;
    } else if (const auto* integer = value.as_integer()) {
        out.as.integer = *integer;
    } else if (const auto* real = value.as_real()) {
        out.as.real = *real;
    } else if (const auto* text = value.as_text()) {
        out.size = text->size();
        out.as.text = text->data();
    } else if (const auto* bytes = value.as_bytes()) {
        out.size = bytes->size();
        out.as.bytes = reinterpret_cast<const std::uint8_t*>(bytes->data());
    } else if (const auto* list = value.as_list()) {
        std::vector<shoal_value> items;
        items.reserve(list->size());
        for (const auto& item : *list) items.push_back(convert(item, depth + 1));
        out.size = items.size();
        out.as.items = lists_.emplace_back(std::move(items)).data();
    } else if (const auto* map = value.as_map()) {
        std::vector<shoal_entry> entries;
        entries.reserve(map->size());
        for (std::size_t i = 0; i < map->size(); ++i) {
            const auto& key = map->keys()[i];
            entries.push_back({{key.data(), key.size()}, convert(map->values()[i], depth + 1)});
        }
        out.size = entries.size();
        out.as.entries = maps_.emplace_back(std::move(entries)).data();
    }
    return out;
}

static_assert(static_cast<int>(Value::Type::boolean) == SHOAL_VALUE_BOOL
              && static_cast<int>(Value::Type::integer) == SHOAL_VALUE_INT
              && static_cast<int>(Value::Type::real) == SHOAL_VALUE_REAL
              && static_cast<int>(Value::Type::text) == SHOAL_VALUE_TEXT
              && static_cast<int>(Value::Type::bytes) == SHOAL_VALUE_BYTES
              && static_cast<int>(Value::Type::list) == SHOAL_VALUE_LIST
              && static_cast<int>(Value::Type::map) == SHOAL_VALUE_MAP);

}  // namespace shoal::control
