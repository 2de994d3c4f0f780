#pragma once

#include <shoal/abi/types.h>
#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace shoal::control {

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

std::string_view type_name(Value::Type type);

// One line of JSON. Bytes become lower-case hex, a number that JSON cannot say (infinity) becomes null.
std::string to_json(const Value& value);

struct ValueLimits {
    std::uint32_t depth = 64;
    std::uint32_t nodes = 100'000;
    std::uint64_t octets = 16u << 20;  // of all texts, byte strings and keys together
};

// Copies a borrowed tree. Errors, all bad_input: an unknown type, a non-zero reserved field, a null pointer
// with a size, text that is not UTF-8, a key twice in one map; limit_exceeded beyond `limits`.
Result<Value> from_abi(const shoal_value& value, const ValueLimits& limits = {});

// A tree in the ABI's form. Borrows texts and bytes from `value`, which outlives it. The depth must be within
// ValueLimits.
class AbiValue {
public:
    explicit AbiValue(const Value& value);
    AbiValue(const AbiValue&) = delete;
    AbiValue& operator=(const AbiValue&) = delete;

    const shoal_value* pointer() const { return &root_; }

private:
    shoal_value convert(const Value& value, std::uint32_t depth);

    std::deque<std::vector<shoal_value>> lists_;
    std::deque<std::vector<shoal_entry>> maps_;
    shoal_value root_;
};

}  // namespace shoal::control
