// Text forms of bytes: hexadecimal, and base32 (RFC 4648 §6), which old magnet links use for the info-hash.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <string>
#include <string_view>

namespace shoal {

namespace detail {

inline constexpr std::string_view hex_digits = "0123456789abcdef";
inline constexpr std::string_view base32_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The digit's value, or -1.
constexpr int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

constexpr int base32_value(char c) noexcept
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

/// The text without its padding; an error where the padding is not what RFC 4648 asks for.
inline Result<std::string_view> without_padding(std::string_view text)
{
    const auto last = text.find_last_not_of('=');
    const auto digits = text.substr(0, last == text.npos ? 0 : last + 1);
    if (digits.size() != text.size() && (text.size() % 8 != 0 || text.size() - digits.size() > 6)) {
        return make_error(Errc::bad_input, "base32: wrong padding at the end");
    }
    const auto rest = digits.size() % 8;
    if (rest == 1 || rest == 3 || rest == 6) {
        return make_error(Errc::bad_input, "base32: " + std::to_string(digits.size())
                                               + " digits are not a whole number of bytes");
    }
    return digits;
}

} // namespace detail

/// Lower case, two digits a byte.
[[nodiscard]] inline std::string to_hex(ByteView bytes)
{
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const auto byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text.push_back(detail::hex_digits[value >> 4]);
        text.push_back(detail::hex_digits[value & 15]);
    }
    return text;
}

/// Either case; nothing but digits, an even number of them. Errors: bad_input.
[[nodiscard]] inline Result<Bytes> from_hex(std::string_view text)
{
    if (text.size() % 2 != 0) {
        return make_error(Errc::bad_input,
                          "hex: an odd number of digits (" + std::to_string(text.size()) + ")");
    }
    Bytes bytes;
    bytes.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = detail::hex_value(text[i]);
        const int low = detail::hex_value(text[i + 1]);
        if (high < 0 || low < 0) {
            return make_error(Errc::bad_input,
                              "hex: not a digit at character " + std::to_string(high < 0 ? i : i + 1));
        }
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

/// Upper case, padded with '=' to a multiple of eight characters.
[[nodiscard]] inline std::string to_base32(ByteView bytes)
{
    std::string text;
    text.reserve((bytes.size() + 4) / 5 * 8);
    std::uint32_t pending = 0;
    int bits = 0;
    for (const auto byte : bytes) {
        pending = (pending << 8) | std::to_integer<std::uint32_t>(byte);
        for (bits += 8; bits >= 5; bits -= 5) {
            text.push_back(detail::base32_digits[(pending >> (bits - 5)) & 31]);
        }
    }
    if (bits > 0) text.push_back(detail::base32_digits[(pending << (5 - bits)) & 31]);
    while (text.size() % 8 != 0) text.push_back('=');
    return text;
}

/// Either case, padding optional but right where it is given; spare bits must be zero. Errors: bad_input.
[[nodiscard]] inline Result<Bytes> from_base32(std::string_view text)
{
    const auto digits = detail::without_padding(text);
    if (!digits) return digits.error();
    Bytes bytes;
    bytes.reserve(digits->size() * 5 / 8);
    std::uint32_t pending = 0;
    int bits = 0;
    for (std::size_t i = 0; i < digits->size(); ++i) {
        const int value = detail::base32_value((*digits)[i]);
        if (value < 0)
            return make_error(Errc::bad_input, "base32: not a digit at character " + std::to_string(i));
        pending = (pending << 5) | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<std::byte>((pending >> bits) & 0xff));
        }
    }
    if ((pending & ((1U << bits) - 1)) != 0)
        return make_error(Errc::bad_input, "base32: the spare bits are not zero");
    return bytes;
}

} // namespace shoal
