// Result<T>: a T, or an Error with a code a program can branch on and a text a person can act on.
// Everything that the network, a disk, a plug-in or a user can cause travels as one of these, never as an
// exception. Threads: a value type; no sharing, no locks.
#pragma once

#include <shoal/assert.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace shoal {

enum class Errc : int {
    ok,
    invalid_argument,
    bad_input,
    not_found,
    permission_denied,
    disk_full,
    io_error,
    network_error,
    refused,
    timed_out,
    cancelled,
    limit_exceeded,
    protocol_error,
    plugin_broken,
    unsupported,
    hash_mismatch,
    would_block,
    end_of_file,
};

/// The enumerator's own spelling; "unknown" for a value outside the enumeration.
[[nodiscard]] constexpr std::string_view errc_name(Errc code) noexcept
{
    switch (code) {
    case Errc::ok: return "ok";
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::bad_input: return "bad_input";
    case Errc::not_found: return "not_found";
    case Errc::permission_denied: return "permission_denied";
    case Errc::disk_full: return "disk_full";
    case Errc::io_error: return "io_error";
    case Errc::network_error: return "network_error";
    case Errc::refused: return "refused";
    case Errc::timed_out: return "timed_out";
    case Errc::cancelled: return "cancelled";
    case Errc::limit_exceeded: return "limit_exceeded";
    case Errc::protocol_error: return "protocol_error";
    case Errc::plugin_broken: return "plugin_broken";
    case Errc::unsupported: return "unsupported";
    case Errc::hash_mismatch: return "hash_mismatch";
    case Errc::would_block: return "would_block";
    case Errc::end_of_file: return "end_of_file";
    }
    return "unknown";
}

struct Error {
    Errc code = Errc::ok;
    std::string text;

    friend bool operator==(const Error&, const Error&) = default;
};

[[nodiscard]] inline Error make_error(Errc code, std::string text) { return Error{code, std::move(text)}; }

template <class T = void>
class [[nodiscard]] Result {
    static_assert(std::is_object_v<T> && !std::is_same_v<T, Error>,
                  "a Result holds a value; lend with a pointer");

    // A pointer would turn into `true` unnoticed, so a Result<bool> takes bool alone.
    template <class U>
    static constexpr bool is_plain_value = !std::is_same_v<U, Result> && !std::is_same_v<U, Error>
                                           && (!std::is_same_v<T, bool> || std::is_same_v<U, bool>);

public:
    using value_type = T;

    // Two constraints, not one: asking whether a Result converts to its own T would ask this question again.
    template <class U = T>
        requires is_plain_value<std::remove_cvref_t<U>> && std::is_convertible_v<U, T>
    Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value))
    {
    }

    /// `error.code` must not be Errc::ok: a success has a value.
    Result(Error error) : state_(std::in_place_index<1>, std::move(error))
    {
        SHOAL_ASSERT(this->error().code != Errc::ok);
    }

    [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    /// Asking a failure for its value is our own bug, and asserts. So is asking a success for its error.
    [[nodiscard]] T& value() & { return *pointer(); }
    [[nodiscard]] const T& value() const& { return *pointer(); }
    [[nodiscard]] T&& value() && { return std::move(*pointer()); }

    [[nodiscard]] T& operator*() & { return *pointer(); }
    [[nodiscard]] const T& operator*() const& { return *pointer(); }
    [[nodiscard]] T&& operator*() && { return std::move(*pointer()); }

    [[nodiscard]] T* operator->() { return pointer(); }
    [[nodiscard]] const T* operator->() const { return pointer(); }

    [[nodiscard]] const Error& error() const&
    {
        SHOAL_ASSERT(!has_value());
        return *std::get_if<1>(&state_);
    }

    [[nodiscard]] Error&& error() &&
    {
        SHOAL_ASSERT(!has_value());
        return std::move(*std::get_if<1>(&state_));
    }

    template <class U>
    [[nodiscard]] T value_or(U&& fallback) const&
    {
        return has_value() ? *pointer() : static_cast<T>(std::forward<U>(fallback));
    }

    template <class U>
    [[nodiscard]] T value_or(U&& fallback) &&
    {
        return has_value() ? std::move(*pointer()) : static_cast<T>(std::forward<U>(fallback));
    }

private:
    T* pointer()
    {
        SHOAL_ASSERT(has_value());
        return std::get_if<0>(&state_);
    }

    const T* pointer() const
    {
        SHOAL_ASSERT(has_value());
        return std::get_if<0>(&state_);
    }

    std::variant<T, Error> state_;
};

/// Success without a value: `return {};`.
template <>
class [[nodiscard]] Result<void> {
public:
    using value_type = void;

    Result() = default;

    Result(Error error) : error_(std::move(error)) { SHOAL_ASSERT(error_.code != Errc::ok); }

    [[nodiscard]] bool has_value() const noexcept { return error_.code == Errc::ok; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

    void value() const { SHOAL_ASSERT(has_value()); }

    [[nodiscard]] const Error& error() const&
    {
        SHOAL_ASSERT(!has_value());
        return error_;
    }

    [[nodiscard]] Error error() &&
    {
        SHOAL_ASSERT(!has_value());
        return std::move(error_);
    }

private:
    Error error_;
};

} // namespace shoal
