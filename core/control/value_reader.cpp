#include "control/value.hpp"

#include <shoal/utf8.hpp>

#include <set>
#include <span>
#include <utility>

namespace shoal::control {

namespace {

// Copies a tree whose every pointer and count came from a plug-in, and stops at the limits before it
// allocates.
class Reader {
public:
    explicit Reader(const ValueLimits& limits) : limits_(limits) {}

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

}  // namespace

Result<Value> from_abi(const shoal_value& value, const ValueLimits& limits)
{
    return Reader(limits).read(value, 0);
}

}  // namespace shoal::control
