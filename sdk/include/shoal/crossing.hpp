// What crosses the waist of the plug-in contract, in both directions: texts, octets, endpoints, status codes,
// and arrays whose elements may have grown since this header was written. Views only; whoever lent them says
// for how long.
#pragma once

#include <shoal/abi/types.h>
#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>

namespace shoal {

[[nodiscard]] constexpr shoal_text to_abi(std::string_view text) noexcept
{
    return {text.data(), text.size()};
}

[[nodiscard]] constexpr std::string_view from_abi(shoal_text text) noexcept
{
    return {text.data, static_cast<std::size_t>(text.size)};
}

[[nodiscard]] inline shoal_bytes to_abi(ByteView bytes) noexcept
{
    return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

[[nodiscard]] inline ByteView from_abi(shoal_bytes bytes) noexcept
{
    return {reinterpret_cast<const std::byte*>(bytes.data), static_cast<std::size_t>(bytes.size)};
}

[[nodiscard]] inline shoal_endpoint to_abi(const Endpoint& endpoint) noexcept
{
    shoal_endpoint out{};
    const auto address = endpoint.address.view();
    std::memcpy(out.address, address.data(), address.size());
    out.port = endpoint.port;
    out.family = endpoint.address.v6 ? 6 : 4;
    return out;
}

/// Any `family` but 6 is read as IPv4.
[[nodiscard]] inline Endpoint from_abi(const shoal_endpoint& endpoint) noexcept
{
    Endpoint out;
    out.address.v6 = endpoint.family == 6;
    std::memcpy(out.address.bytes.data(), endpoint.address, out.address.v6 ? 16 : 4);
    out.port = endpoint.port;
    return out;
}

[[nodiscard]] constexpr shoal_status to_status(Errc code) noexcept
{
    switch (code) {
    case Errc::ok: return SHOAL_OK;
    case Errc::invalid_argument: return SHOAL_E_ARGUMENT;
    case Errc::bad_input: return SHOAL_E_CORRUPT;
    case Errc::not_found: return SHOAL_E_NOT_FOUND;
    case Errc::permission_denied: return SHOAL_E_ACCESS;
    case Errc::disk_full: return SHOAL_E_NO_SPACE;
    case Errc::io_error: return SHOAL_E_IO;
    case Errc::network_error: return SHOAL_E_NETWORK;
    case Errc::refused: return SHOAL_E_REFUSED;
    case Errc::timed_out: return SHOAL_E_TIMEOUT;
    case Errc::cancelled: return SHOAL_E_CANCELLED;
    case Errc::limit_exceeded: return SHOAL_E_LIMIT;
    case Errc::protocol_error: return SHOAL_E_PROTOCOL;
    case Errc::plugin_broken: return SHOAL_E_PLUGIN;
    case Errc::unsupported: return SHOAL_E_UNSUPPORTED;
    case Errc::hash_mismatch: return SHOAL_E_CORRUPT;
    case Errc::would_block: return SHOAL_E_STATE;
    case Errc::end_of_file: return SHOAL_E_IO;
    }
    return SHOAL_E_PLUGIN;
}

/// The nearest code; a status nobody here knows is plugin_broken. 0 and above is ok.
[[nodiscard]] constexpr Errc to_errc(shoal_status status) noexcept
{
    if (status >= 0) return Errc::ok;
    switch (status) {
    case SHOAL_E_ARGUMENT:
    case SHOAL_E_THREAD:
    case SHOAL_E_STATE:
    case SHOAL_E_STALE: return Errc::invalid_argument;
    case SHOAL_E_UNSUPPORTED: return Errc::unsupported;
    case SHOAL_E_PERMISSION:
    case SHOAL_E_ACCESS: return Errc::permission_denied;
    case SHOAL_E_NOT_FOUND: return Errc::not_found;
    case SHOAL_E_NO_SPACE: return Errc::disk_full;
    case SHOAL_E_IO: return Errc::io_error;
    case SHOAL_E_NETWORK: return Errc::network_error;
    case SHOAL_E_REFUSED:
    case SHOAL_E_REMOTE: return Errc::refused;
    case SHOAL_E_LIMIT: return Errc::limit_exceeded;
    case SHOAL_E_PROTOCOL: return Errc::protocol_error;
    case SHOAL_E_CORRUPT: return Errc::bad_input;
    case SHOAL_E_CANCELLED: return Errc::cancelled;
    case SHOAL_E_TIMEOUT: return Errc::timed_out;
    default: return Errc::plugin_broken;
    }
}

/// A status as a Result; `what` begins the text, e.g. "listening on 0.0.0.0:80".
[[nodiscard]] inline Result<void> to_result(shoal_status status, std::string_view what)
{
    if (status >= 0) return {};
    const auto code = to_errc(status);
    return make_error(code, std::string(what) + ": " + std::string(errc_name(code)) + " ("
                                + std::to_string(status) + ")");
}

/// Elements `stride` octets apart: an array of a struct that the other side may know in a longer version.
template <class T>
class Strided {
public:
    class Iterator {
    public:
        using value_type = T;
        using difference_type = std::ptrdiff_t;

        Iterator() = default;
        Iterator(const std::byte* at, std::size_t stride) noexcept : at_(at), stride_(stride) {}

        const T& operator*() const noexcept { return *reinterpret_cast<const T*>(at_); }
        const T* operator->() const noexcept { return reinterpret_cast<const T*>(at_); }
        Iterator& operator++() noexcept
        {
            at_ += stride_;
            return *this;
        }
        Iterator operator++(int) noexcept
        {
            auto before = *this;
            ++*this;
            return before;
        }
        friend bool operator==(Iterator a, Iterator b) noexcept { return a.at_ == b.at_; }

    private:
        const std::byte* at_ = nullptr;
        std::size_t stride_ = sizeof(T);
    };

    Strided() = default;
    Strided(const T* first, std::uint32_t count, std::uint32_t stride) noexcept
        : first_(reinterpret_cast<const std::byte*>(first)), count_(count), stride_(stride)
    {
    }

    [[nodiscard]] std::uint32_t size() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
    [[nodiscard]] Iterator begin() const noexcept { return {first_, stride_}; }
    [[nodiscard]] Iterator end() const noexcept { return {first_ + offset(count_), stride_}; }

    [[nodiscard]] const T& operator[](std::uint32_t i) const
    {
        SHOAL_ASSERT(i < count_);
        return *reinterpret_cast<const T*>(first_ + offset(i));
    }

private:
    [[nodiscard]] std::size_t offset(std::uint32_t i) const noexcept { return std::size_t{i} * stride_; }

    const std::byte* first_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t stride_ = sizeof(T);
};

} // namespace shoal
