#include "message.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace shoal::lsd {
namespace {

constexpr std::string_view method = "BT-SEARCH * HTTP/1.";

Error wrong(const char* what) { return make_error(Errc::bad_input, what); }

std::string_view take_line(std::string_view& text)
{
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_name(std::string_view text, std::string_view lower_case)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::ranges::equal(text, lower_case, {}, lower);
}

std::optional<std::uint16_t> port_of(std::string_view digits)
{
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    const bool is_number = failure == std::errc{} && end == digits.data() + digits.size() && digits.size() <= 5;
    if (!is_number || port == 0) return {};
    return port;
}

std::optional<Hash20> hash_of(std::string_view digits)
{
    if (digits.size() != 2 * Hash20::size) return {};
    const auto octets = from_hex(digits);
    if (!octets) return {};
    const auto hash = *Hash20::from(*octets);
    if (hash == Hash20{}) return {};
    return hash;
}

} // namespace

Endpoint group(bool v6)
{
    constexpr std::uint32_t tail = 0xefc0988f; // the IPv4 group, and the end of the other
    if (!v6) return {Address::from_v4(tail), 6771};
    Endpoint group{{.bytes = {std::byte{0xff}, std::byte{0x15}}, .v6 = true}, 6771};
    store_be(group.address.bytes.data() + 12, tail);
    return group;
}

std::string write(const Message& message, const Endpoint& host)
{
    std::string text = "BT-SEARCH * HTTP/1.1\r\nHost: " + host.to_string();
    text += "\r\nPort: " + std::to_string(message.port) + "\r\n";
    for (const auto& hash : message.info_hashes) text += "Infohash: " + hash.hex() + "\r\n";
    text += "cookie: " + message.cookie + "\r\n";
    // Two empty lines, as the BEP shows it: Transmission 3 takes nothing else for the end.
    return text + "\r\n\r\n";
}

Result<Message> read(ByteView datagram)
{
    if (datagram.size() > longest_taken) return wrong("longer than a datagram of BEP 14 may be");
    auto text = as_text(datagram);
    if (!take_line(text).starts_with(method)) return wrong("no BT-SEARCH");
    Message message;
    bool has_port = false;
    while (!text.empty()) {
        const auto line = take_line(text);
        if (line.empty()) break;
        const auto colon = line.find(':');
        if (colon == line.npos) continue;
        const auto name = trimmed(line.substr(0, colon));
        const auto value = trimmed(line.substr(colon + 1));
        if (is_name(name, "port")) {
            const auto port = port_of(value);
            // Of two different ones, nobody knows which is meant.
            if (!port || (has_port && *port != message.port)) return wrong("no port to call at");
            message.port = *port;
            has_port = true;
        } else if (is_name(name, "infohash")) {
            if (const auto hash = hash_of(value)) message.info_hashes.push_back(*hash);
        } else if (is_name(name, "cookie")) {
            message.cookie = value.substr(0, longest_cookie);
        }
    }
    if (!has_port) return wrong("no port to call at");
    std::ranges::sort(message.info_hashes);
    message.info_hashes.erase(std::unique(message.info_hashes.begin(), message.info_hashes.end()),
                              message.info_hashes.end());
    if (message.info_hashes.empty()) return wrong("no info-hash");
    return message;
}

} // namespace shoal::lsd
