#include "tracker_url.hpp"

#include "host_name.hpp"

#include <shoal/hex.hpp>
#include <shoal/local_network.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

namespace shoal::http_tracker {
namespace {

constexpr std::string_view unsafe = "\"<>\\^`{|}";

struct Authority {
    std::string_view host; // brackets included
    std::string_view port;
};

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

Error wrong(std::string_view what)
{
    return make_error(Errc::bad_input, "tracker URL: " + std::string(what));
}

/// Where the authority begins; nothing for another scheme.
std::optional<std::size_t> end_of_scheme(std::string_view url)
{
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (lower(url.substr(0, scheme.size())) == scheme) return scheme.size();
    }
    return std::nullopt;
}

// Where parsers differ (several '@', a backslash) one of them would ask a host that the other never looked
// at: what is not plain is refused.
Result<Authority> split_authority(std::string_view text)
{
    if (text.find('\\') != text.npos) return wrong("a backslash before the path");
    const auto at = text.find('@');
    if (at != text.npos) {
        if (text.find('@', at + 1) != text.npos) return wrong("more than one '@' before the path");
        text.remove_prefix(at + 1);
    }
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == text.npos) return wrong("'[' without ']'");
    const auto colon = text.find(':', bracket);
    const auto host = text.substr(0, colon);
    return Authority{host, colon == text.npos ? std::string_view{} : text.substr(colon + 1)};
}

Result<void> check_port(std::string_view digits)
{
    if (digits.empty()) return {};
    std::uint16_t port = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure == std::errc{} && end == digits.data() + digits.size() && port != 0) return {};
    return wrong("the port is not 1 to 65535");
}

/// None: it is a name.
Result<std::optional<Address>> read_host(std::string_view host)
{
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const auto address = Address::parse(is_bracketed ? host.substr(1, host.size() - 2) : host);
    if (address && address->v6 == is_bracketed) return std::optional(*address);
    if (is_host_name(host)) return std::optional<Address>{};
    const bool is_ascii = std::ranges::all_of(host, [](unsigned char c) { return c < 0x80; });
    if (!is_ascii)
        return wrong("host names are ASCII (xn--… for others), unlike " + printable(host.substr(0, 64)));
    return wrong("neither a host name nor an address: '" + printable(host.substr(0, 64)) + "'");
}

Result<void> check_local_path(const TrackerUrl& url, bool is_own)
{
    if (is_tracker_path(url.path, is_own)) return {};
    return make_error(Errc::permission_denied,
                      "the tracker " + url.host + " is in the local network and its path is not "
                          + (is_own ? "/announce" : "…/announce")
                          + ": it may be something else that a torrent should not reach");
}

/// Octets that would end or bend the request line are percent-encoded; what is encoded already stays.
std::string sendable(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet > 0x20 && octet < 0x7f && unsafe.find(c) == unsafe.npos) {
            out += c;
        } else {
            out += '%';
            out += to_hex(as_bytes({&c, 1}));
        }
    }
    return out;
}

} // namespace

Result<TrackerUrl> TrackerUrl::parse(std::string_view text)
{
    if (text.size() > longest) return wrong("longer than " + std::to_string(longest) + " bytes");
    text = text.substr(0, text.find('#'));
    const auto scheme = end_of_scheme(text);
    if (!scheme) return wrong("not http:// or https://");
    const auto rest = text.find_first_of("/?", *scheme);
    const auto authority = split_authority(text.substr(*scheme, rest == text.npos ? rest : rest - *scheme));
    if (!authority) return authority.error();
    const auto address = read_host(authority->host);
    if (!address) return address.error();
    if (auto port = check_port(authority->port); !port) return std::move(port).error();

    const auto question = text.find('?', *scheme);
    TrackerUrl url;
    url.origin = sendable(text.substr(0, rest));
    url.host = *address ? (*address)->to_string() : lower(authority->host);
    if (url.host.ends_with('.')) url.host.pop_back();
    // To ask a name server about it would tell the world what is meant to stay inside.
    if (url.host.ends_with(".i2p"))
        return make_error(Errc::unsupported, "the tracker " + url.host + " is inside I2P");
    if (rest != text.npos)
        url.path = sendable(text.substr(rest, question == text.npos ? question : question - rest));
    if (url.path.empty()) url.path = "/";
    if (question != text.npos) url.query = sendable(text.substr(question + 1));
    if (*address ? !is_local_address(**address) : !is_local_name(url.host)) return url;

    url.is_local = true;
    const bool is_own = *address ? is_own_address(**address) : is_own_name(url.host);
    if (auto allowed = check_local_path(url, is_own); !allowed) return std::move(allowed).error();
    return url;
}

} // namespace shoal::http_tracker
