#include "magnet_source.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace shoal::magnet_source {
namespace {

constexpr std::string_view scheme = "magnet:";
constexpr std::size_t hex_digits_v1 = 40;
constexpr std::size_t base32_digits_v1 = 32;
constexpr std::size_t hex_digits_v2 = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_link(std::string_view text)
{
    return text.size() >= scheme.size() && std::ranges::equal(text.substr(0, scheme.size()), scheme, {}, lower);
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); }

// RFC 4648 §6: no 0, 1, 8 or 9.
bool is_base32(char c) { return (c >= '2' && c <= '7') || (lower(c) >= 'a' && lower(c) <= 'z'); }

bool is_number(std::string_view text, std::size_t digits, bool (*is_digit)(char))
{
    return text.size() == digits && std::ranges::all_of(text, is_digit);
}

} // namespace

std::optional<std::string> link_of(std::string_view identifier)
{
    if (is_link(identifier)) return std::string(identifier);
    const bool is_v1 = is_number(identifier, hex_digits_v1, is_hex) || is_number(identifier, base32_digits_v1, is_base32);
    if (is_v1) return "magnet:?xt=urn:btih:" + std::string(identifier);
    // A multihash: SHA-256, 32 octets.
    if (is_number(identifier, hex_digits_v2, is_hex)) return "magnet:?xt=urn:btmh:1220" + std::string(identifier);
    return std::nullopt;
}

MagnetSource::MagnetSource(Host& host) : answers_(host), timers_(host.timers()) {}

std::int32_t MagnetSource::claims(std::string_view identifier)
{
    if (is_link(identifier)) return certain;
    return link_of(identifier) ? claim_of_hash : 0;
}

Result<void> MagnetSource::resolve(std::uint64_t operation, const SourceRequest& request)
{
    auto link = link_of(request.identifier);
    if (!link) return make_error(Errc::bad_input, std::string(request.identifier) + ": neither a magnet link nor an info-hash");
    links_.emplace(operation, std::move(*link));
    if (turn_.is_armed()) return {};
    turn_ = timers_.after(std::chrono::nanoseconds{0}, [this] { answer(); });
    if (turn_.is_armed()) return {};
    links_.erase(operation);
    return make_error(Errc::cancelled, "the host has no time left");
}

void MagnetSource::answer()
{
    for (const auto& [operation, link] : std::exchange(links_, {})) answers_.magnet(operation, link);
}

void MagnetSource::cancel(std::uint64_t operation)
{
    if (links_.erase(operation) != 0) answers_.failed(operation, make_error(Errc::cancelled, "cancelled"));
}

void MagnetSource::on_stop()
{
    for (const auto& [operation, link] : std::exchange(links_, {})) {
        answers_.failed(operation, make_error(Errc::cancelled, "cancelled"));
    }
}

} // namespace shoal::magnet_source
