// Internet addresses and endpoints as values, their text, and the compact forms of BEP 23 (IPv4) and BEP 7
// (IPv6). Host names are somebody else's work: nothing here resolves or blocks.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include <arpa/inet.h>

namespace shoal {

/// Network byte order; an IPv4 address fills the first four bytes and leaves the rest zero.
struct Address {
    std::array<std::byte, 16> bytes{};
    bool v6 = false;

    /// "1.2.3.4" or "::1": numbers only, no brackets, no zone. Errors: bad_input.
    [[nodiscard]] static Result<Address> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;

    /// 0x7f000001 is 127.0.0.1.
    [[nodiscard]] static Address from_v4(std::uint32_t host_order) noexcept
    {
        Address address;
        store_be(address.bytes.data(), host_order);
        return address;
    }

    [[nodiscard]] static Address from_v6(const std::array<std::byte, 16>& bytes) noexcept
    {
        return {bytes, true};
    }

    [[nodiscard]] bool is_v4() const noexcept { return !v6; }
    [[nodiscard]] bool is_v6() const noexcept { return v6; }

    /// The 4 or 16 bytes that count.
    [[nodiscard]] ByteView view() const noexcept { return ByteView(bytes).first(v6 ? 16 : 4); }

    /// ::ffff:1.2.3.4, as a dual-stack socket reports an IPv4 peer, becomes 1.2.3.4; others stay.
    [[nodiscard]] Address unmapped() const noexcept;

    // Each looks through an IPv4-mapped address, so that the mapping is no way round a filter.
    [[nodiscard]] bool is_unspecified() const noexcept;
    [[nodiscard]] bool is_loopback() const noexcept;
    [[nodiscard]] bool is_multicast() const noexcept;
    /// 169.254.0.0/16 and fe80::/10.
    [[nodiscard]] bool is_link_local() const noexcept;
    /// RFC 1918 and fc00::/7.
    [[nodiscard]] bool is_private() const noexcept;

    friend bool operator==(const Address&, const Address&) = default;

    /// IPv4 before IPv6, then by value.
    friend std::strong_ordering operator<=>(const Address& a, const Address& b) noexcept
    {
        if (const auto family = a.v6 <=> b.v6; family != 0) return family;
        return std::memcmp(a.bytes.data(), b.bytes.data(), a.bytes.size()) <=> 0;
    }

private:
    [[nodiscard]] unsigned byte_at(std::size_t i) const noexcept
    {
        return std::to_integer<unsigned>(bytes[i]);
    }
};

struct Endpoint {
    static constexpr std::size_t compact4_size = 6;
    static constexpr std::size_t compact6_size = 18;

    Address address;
    std::uint16_t port = 0;

    /// "1.2.3.4:80" or "[::1]:80"; the port is 0 to 65535. Errors: bad_input.
    [[nodiscard]] static Result<Endpoint> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;

    /// Exactly 6 or 18 bytes, or bad_input. Port 0 is let through: the caller knows whether it is of use.
    [[nodiscard]] static Result<Endpoint> from_compact4(ByteView compact);
    [[nodiscard]] static Result<Endpoint> from_compact6(ByteView compact);

    /// 6 bytes for IPv4, 18 for IPv6.
    void append_compact(Bytes& out) const;

    friend bool operator==(const Endpoint&, const Endpoint&) = default;
    friend std::strong_ordering operator<=>(const Endpoint&, const Endpoint&) = default;
};

inline Result<Address> Address::parse(std::string_view text)
{
    const bool v6 = text.find(':') != text.npos;
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    Address address{.bytes = {}, .v6 = v6};
    const bool fits = text.size() < terminated.size() && text.find('\0') == text.npos;
    if (fits) std::ranges::copy(text, terminated.begin());
    if (!fits || inet_pton(v6 ? AF_INET6 : AF_INET, terminated.data(), address.bytes.data()) != 1) {
        return make_error(Errc::bad_input, "not an IP address: '" + std::string(text.substr(0, 64)) + "'");
    }
    return address;
}

inline std::string Address::to_string() const
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(v6 ? AF_INET6 : AF_INET, bytes.data(), text.data(), static_cast<socklen_t>(text.size()));
    return text.data();
}

inline Address Address::unmapped() const noexcept
{
    static constexpr std::array<std::byte, 12> prefix = {
        {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xff}, std::byte{0xff}}};
    if (!v6 || !std::equal(prefix.begin(), prefix.end(), bytes.begin())) return *this;
    return from_v4(load_be<std::uint32_t>(bytes.data() + prefix.size()));
}

inline bool Address::is_unspecified() const noexcept
{
    return unmapped().bytes == std::array<std::byte, 16>{};
}

inline bool Address::is_loopback() const noexcept
{
    const auto plain = unmapped();
    if (!plain.v6) return plain.byte_at(0) == 127;
    auto loopback = std::array<std::byte, 16>{};
    loopback[15] = std::byte{1};
    return plain.bytes == loopback;
}

inline bool Address::is_multicast() const noexcept
{
    const auto plain = unmapped();
    return plain.v6 ? plain.byte_at(0) == 0xff : (plain.byte_at(0) & 0xf0) == 0xe0;
}

inline bool Address::is_link_local() const noexcept
{
    const auto plain = unmapped();
    if (plain.v6) return plain.byte_at(0) == 0xfe && (plain.byte_at(1) & 0xc0) == 0x80;
    return plain.byte_at(0) == 169 && plain.byte_at(1) == 254;
}

inline bool Address::is_private() const noexcept
{
    const auto plain = unmapped();
    if (plain.v6) return (plain.byte_at(0) & 0xfe) == 0xfc;
    return plain.byte_at(0) == 10 || (plain.byte_at(0) == 172 && (plain.byte_at(1) & 0xf0) == 16)
           || (plain.byte_at(0) == 192 && plain.byte_at(1) == 168);
}

inline Result<Endpoint> Endpoint::parse(std::string_view text)
{
    const auto wrong = [&] {
        return make_error(Errc::bad_input, "not an address and a port ('1.2.3.4:80' or '[::1]:80'): '"
                                               + std::string(text.substr(0, 64)) + "'");
    };
    const auto colon = text.rfind(':');
    if (colon == text.npos) return wrong();

    auto host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = Address::parse(host);
    // An IPv6 address without its brackets could have lost its last group to the port.
    if (!address || address->v6 != bracketed) return wrong();

    const auto digits = text.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure != std::errc{} || end != digits.data() + digits.size() || digits.size() > 5) return wrong();
    return Endpoint{*address, port};
}

inline std::string Endpoint::to_string() const
{
    std::string text;
    if (address.v6) text += '[';
    text += address.to_string();
    if (address.v6) text += ']';
    text += ':';
    text += std::to_string(port);
    return text;
}

inline Result<Endpoint> Endpoint::from_compact4(ByteView compact)
{
    if (compact.size() != compact4_size) {
        return make_error(Errc::bad_input,
                          "a compact IPv4 peer has 6 bytes, not " + std::to_string(compact.size()));
    }
    return Endpoint{Address::from_v4(load_be<std::uint32_t>(compact.data())),
                    load_be<std::uint16_t>(compact.data() + 4)};
}

inline Result<Endpoint> Endpoint::from_compact6(ByteView compact)
{
    if (compact.size() != compact6_size) {
        return make_error(Errc::bad_input,
                          "a compact IPv6 peer has 18 bytes, not " + std::to_string(compact.size()));
    }
    Endpoint endpoint{.address = {.bytes = {}, .v6 = true},
                      .port = load_be<std::uint16_t>(compact.data() + 16)};
    std::ranges::copy(compact.first(16), endpoint.address.bytes.begin());
    return endpoint;
}

inline void Endpoint::append_compact(Bytes& out) const
{
    std::array<std::byte, 2> wire_port;
    store_be(wire_port.data(), port);
    append(out, address.view());
    append(out, wire_port);
}

} // namespace shoal

template <>
struct std::hash<shoal::Address> {
    std::size_t operator()(const shoal::Address& address) const noexcept
    {
        return std::hash<std::string_view>{}(shoal::as_text(address.view()));
    }
};

template <>
struct std::hash<shoal::Endpoint> {
    std::size_t operator()(const shoal::Endpoint& endpoint) const noexcept
    {
        return std::hash<shoal::Address>{}(endpoint.address) * 31 + endpoint.port;
    }
};
