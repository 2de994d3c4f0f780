// Values on their way across the waist of the contract: copied when they come, lent when they go.
#pragma once

#include <shoal/abi/types.h>
#include <shoal/assert.hpp>
#include <shoal/result.hpp>
#include <shoal/utf8.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal {

struct ValueLimits {
    std::uint32_t depth = 64;
    std::uint32_t nodes = 100'000;
    std::uint64_t octets = 16u << 20;  // of all texts, byte strings and keys together
};

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

namespace detail {

// Copies a tree whose every pointer and count came from a plug-in, and stops at the limits before it
// allocates.
class ValueReader {
public:
    explicit ValueReader(const ValueLimits& limits) : limits_(limits) {}

    Result<Value> read(const shoal_value& value, std::uint32_t depth)
    {
        if (depth >= limits_.depth) return make_error(Errc::limit_exceeded, "a value is nested too deeply");
        if (++nodes_ > limits_.nodes) return make_error(Errc::limit_exceeded, "a value has too many parts");
        if (value.reserved != 0) return make_error(Errc::bad_input, "a value's reserved field is not zero");
        switch (value.type) {
        case SHOAL_VALUE_NULL: return Value{};
        case SHOAL_VALUE_BOOL: return Value(value.as.integer != 0);
        case SHOAL_VALUE_INT: return Value(value.as.integer);
        case SHOAL_VALUE_REAL: return Value(value.as.real);
        case SHOAL_VALUE_TEXT: return text(value.as.text, value.size);
        case SHOAL_VALUE_BYTES: return bytes(value);
        case SHOAL_VALUE_LIST: return list(value, depth);
        case SHOAL_VALUE_MAP: return map(value, depth);
        default:
            return make_error(Errc::bad_input, "a value has the unknown type " + std::to_string(value.type));
        }
    }

private:
    Result<void> take(const void* data, std::uint64_t size)
    {
        if (size > 0 && data == nullptr) return make_error(Errc::bad_input, "a value has a size but no data");
        if (size > limits_.octets - octets_) return make_error(Errc::limit_exceeded, "a value is too long");
        octets_ += size;
        return {};
    }

    Result<void> take_parts(const void* data, std::uint64_t count) const
    {
        if (count > 0 && data == nullptr) return make_error(Errc::bad_input, "a value has parts but no data");
        if (count > limits_.nodes - nodes_)
            return make_error(Errc::limit_exceeded, "a value has too many parts");
        return {};
    }

    Result<Value> text(const char* data, std::uint64_t size)
    {
        if (auto taken = take(data, size); !taken) return taken.error();
        const std::string_view view(data, static_cast<std::size_t>(size));
        if (!is_valid_utf8(view)) return make_error(Errc::bad_input, "a text is not UTF-8");
        return Value(view);
    }

    Result<Value> bytes(const shoal_value& value)
    {
        if (auto taken = take(value.as.bytes, value.size); !taken) return taken.error();
        const auto view = std::as_bytes(std::span(value.as.bytes, static_cast<std::size_t>(value.size)));
        return Value(Bytes(view.begin(), view.end()));
    }

    Result<Value> list(const shoal_value& value, std::uint32_t depth)
    {
        if (auto taken = take_parts(value.as.items, value.size); !taken) return taken.error();
        Value::List out;
        for (const auto& item : std::span(value.as.items, static_cast<std::size_t>(value.size))) {
            auto part = read(item, depth + 1);
            if (!part) return part.error();
            out.push_back(std::move(*part));
        }
        return Value(std::move(out));
    }

    Result<Value> map(const shoal_value& value, std::uint32_t depth)
    {
        if (auto taken = take_parts(value.as.entries, value.size); !taken) return taken.error();
        Value::Map out;
        std::set<std::string> keys;  // a linear look-up per key would be quadratic in what the plug-in sends
        for (const auto& entry : std::span(value.as.entries, static_cast<std::size_t>(value.size))) {
            auto key = text(entry.key.data, entry.key.size);
            if (!key) return key.error();
            if (!keys.insert(*key->as_text()).second) {
                return make_error(Errc::bad_input,
                                  "the key '" + printable(*key->as_text()) + "' is there twice");
            }
            auto part = read(entry.value, depth + 1);
            if (!part) return part.error();
            out.append(*key->as_text(), std::move(*part));
        }
        return Value(std::move(out));
    }

    const ValueLimits& limits_;
    std::uint64_t octets_ = 0;
    std::uint32_t nodes_ = 0;
};

} // namespace detail

// Copies a borrowed tree. Errors, all bad_input: an unknown type, a non-zero reserved field, a null pointer
// with a size, text that is not UTF-8, a key twice in one map; limit_exceeded beyond `limits`.
inline Result<Value> from_abi(const shoal_value& value, const ValueLimits& limits = {})
{
    return detail::ValueReader(limits).read(value, 0);
}

inline AbiValue::AbiValue(const Value& value) : root_(convert(value, 0)) {}

inline shoal_value AbiValue::convert(const Value& value, std::uint32_t depth)
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

} // namespace shoal
