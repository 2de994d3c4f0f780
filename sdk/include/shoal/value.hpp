// The small value type of the control plane: what events, methods and settings carry, in a plug-in and in the core alike.
#pragma once

#include <shoal/abi/types.h>
#include <shoal/bytes.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace shoal {

// A tree of plain data: what events, methods and settings carry. Text is UTF-8. A value type, no sharing.
class Value {
public:
    using List = std::vector<Value>;

    // In the order of insertion, keys unique: keys()[i] has values()[i].
    class Map {
    public:
        // Replaces what the key had.
        Map& set(std::string key, Value value);
        // The caller knows that the key is new.
        void append(std::string key, Value value);
        const Value* find(std::string_view key) const;
        Value* find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }
        std::size_t size() const { return keys_.size(); }
        const std::vector<std::string>& keys() const { return keys_; }
        const std::vector<Value>& values() const { return values_; }
        friend bool operator==(const Map& a, const Map& b);

    private:
        std::vector<std::string> keys_;
        std::vector<Value> values_;
    };

    enum class Type { null, boolean, integer, real, text, bytes, list, map };

    Value() = default;
    Value(bool value) : state_(value) {}
    Value(std::int64_t value) : state_(value) {}
    Value(int value) : state_(std::int64_t{value}) {}
    Value(double value) : state_(value) {}
    Value(std::string value) : state_(std::move(value)) {}
    Value(std::string_view value) : state_(std::string(value)) {}
    Value(const char* value) : state_(std::string(value)) {}
    Value(Bytes value) : state_(std::move(value)) {}
    Value(List value) : state_(std::move(value)) {}
    Value(Map value) : state_(std::move(value)) {}

    Type type() const { return static_cast<Type>(state_.index()); }
    bool is_null() const { return type() == Type::null; }

    // Null when the value is of another type.
    const bool* as_bool() const { return std::get_if<bool>(&state_); }
    const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&state_); }
    const double* as_real() const { return std::get_if<double>(&state_); }
    const std::string* as_text() const { return std::get_if<std::string>(&state_); }
    const Bytes* as_bytes() const { return std::get_if<Bytes>(&state_); }
    const List* as_list() const { return std::get_if<List>(&state_); }
    const Map* as_map() const { return std::get_if<Map>(&state_); }

    friend bool operator==(const Value& a, const Value& b) { return a.state_ == b.state_; }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes, List, Map> state_;
};

inline bool operator==(const Value::Map& a, const Value::Map& b)
{
    return a.keys_ == b.keys_ && a.values_ == b.values_;
}

inline Value::Map& Value::Map::set(std::string key, Value value)
{
    const auto found = std::ranges::find(keys_, key);
    if (found != keys_.end()) {
        values_[static_cast<std::size_t>(found - keys_.begin())] = std::move(value);
    } else {
        append(std::move(key), std::move(value));
    }
    return *this;
}

inline void Value::Map::append(std::string key, Value value)
{
    keys_.push_back(std::move(key));
    values_.push_back(std::move(value));
}

inline const Value* Value::Map::find(std::string_view key) const
{
    const auto found = std::ranges::find(keys_, key);
    return found == keys_.end() ? nullptr : &values_[static_cast<std::size_t>(found - keys_.begin())];
}

inline std::string_view type_name(Value::Type type)
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

static_assert(static_cast<int>(Value::Type::boolean) == SHOAL_VALUE_BOOL
              && static_cast<int>(Value::Type::integer) == SHOAL_VALUE_INT
              && static_cast<int>(Value::Type::real) == SHOAL_VALUE_REAL
              && static_cast<int>(Value::Type::text) == SHOAL_VALUE_TEXT
              && static_cast<int>(Value::Type::bytes) == SHOAL_VALUE_BYTES
              && static_cast<int>(Value::Type::list) == SHOAL_VALUE_LIST
              && static_cast<int>(Value::Type::map) == SHOAL_VALUE_MAP);

} // namespace shoal
