// The arguments of a method, which the host has checked against its schema, as what they have to be beyond that; the
// first that is wrong is what the caller is told.
#pragma once

#include "node_id.hpp"

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>
#include <shoal/utf8.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::dht {

class MethodArguments {
public:
    explicit MethodArguments(const Value::Map& map) : map_(map) {}

    [[nodiscard]] const Value* find(std::string_view name) const { return map_.find(name); }

    /// Of one that has a fallback.
    [[nodiscard]] std::int64_t integer(std::string_view name) const { return optional_integer(name).value_or(0); }

    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name) const
    {
        const auto* value = map_.find(name);
        const auto* integer = value != nullptr ? value->as_integer() : nullptr;
        return integer != nullptr ? std::optional(*integer) : std::nullopt;
    }

    [[nodiscard]] bool flag(std::string_view name) const
    {
        const auto* value = map_.find(name);
        return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
    }

    [[nodiscard]] std::string text(std::string_view name) const
    {
        const auto* value = map_.find(name);
        return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
    }

    /// Bytes, or a text's.
    [[nodiscard]] Bytes octets(std::string_view name)
    {
        const auto* value = map_.find(name);
        if (value == nullptr) return {};
        if (const auto* bytes = value->as_bytes()) return *bytes;
        if (const auto* given = value->as_text()) {
            const auto view = as_bytes(*given);
            return {view.begin(), view.end()};
        }
        complain(name, "has to be text or bytes");
        return {};
    }

    /// Bytes of one length: an id, a key.
    template <class Fixed>
    [[nodiscard]] std::optional<Fixed> fixed(std::string_view name)
    {
        const auto* value = map_.find(name);
        if (value == nullptr || value->as_bytes() == nullptr) return std::nullopt;
        const auto made = Fixed::from(*value->as_bytes());
        if (made) return *made;
        complain(name, "has to be " + std::to_string(2 * Fixed::size) + " hexadecimal digits");
        return std::nullopt;
    }

    template <class Fixed>
    [[nodiscard]] Fixed needed(std::string_view name)
    {
        const auto made = fixed<Fixed>(name);
        if (!made) complain(name, "is missing");
        return made.value_or(Fixed{});
    }

    void complain(std::string_view name, const std::string& what)
    {
        if (error_) return;
        auto text = printable(name);
        text.insert(0, 1, '\'').append("' ").append(what);
        error_ = make_error(Errc::invalid_argument, std::move(text));
    }

    [[nodiscard]] const std::optional<Error>& error() const noexcept { return error_; }

private:
    const Value::Map& map_;
    std::optional<Error> error_;
};

} // namespace shoal::dht
