// The URL of a tracker, taken apart as far as an announce needs it, and the rules of which one is asked at
// all. Torrents come from strangers, so a tracker URL may be aimed at a service on this machine or behind its
// firewall: what is near is asked only where the path looks like a tracker's.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/hex.hpp>
#include <shoal/host_name.hpp>
#include <shoal/local_network.hpp>
#include <shoal/result.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace shoal {

struct TrackerUrl {
    static constexpr std::size_t longest = 8192;

    /// `schemes` in lower case. Errors name the host and never path or query, which carry pass keys:
    /// bad_input for another scheme and for a host that is neither address nor ASCII name;
    /// permission_denied for a local host whose path is not that of a tracker; unsupported for I2P names.
    [[nodiscard]] static Result<TrackerUrl> parse(std::string_view url,
                                                  std::initializer_list<std::string_view> schemes);

    /// May this address be asked, which a name led to?
    [[nodiscard]] bool allows(const Address& where) const
    {
        return !is_local_address(where) || is_tracker_path(path, is_own_address(where));
    }

    std::string origin;               // "http://user:word@host:80", as given
    std::string host;                 // lower case, without brackets or port: for people and for rules
    std::optional<Address> address{}; // when the host is one
    std::uint16_t port = 0;           // 0: none given
    std::string path{};               // as given, or empty; no octet left that a request line cannot carry
    std::string query{};              // without '?'; likewise
    bool is_local = false;
};

/// "udp" of a URL, in lower case; empty when it has none.
[[nodiscard]] inline std::string tracker_scheme(std::string_view url);

namespace detail {

inline constexpr std::string_view unsafe_in_url = "\"<>\\^`{|}";

struct UrlAuthority {
    std::string_view host; // brackets included
    std::string_view port;
};

inline std::string lower_case(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    return out;
}

inline Error wrong_tracker_url(std::string_view what)
{
    return make_error(Errc::bad_input, "tracker URL: " + std::string(what));
}

/// Where the authority begins.
inline Result<std::size_t> end_of_scheme(std::string_view url, std::initializer_list<std::string_view> schemes)
{
    std::string known;
    for (const auto scheme : schemes) {
        const auto wanted = std::string(scheme) + "://";
        if (lower_case(url.substr(0, wanted.size())) == wanted) return wanted.size();
        known.append(known.empty() ? "" : " or ").append(wanted);
    }
    return wrong_tracker_url("not " + known);
}

// Where parsers differ (several '@', a backslash) one of them would ask a host that the other never looked
// at: what is not plain is refused.
inline Result<UrlAuthority> split_authority(std::string_view text)
{
    if (text.find('\\') != text.npos) return wrong_tracker_url("a backslash before the path");
    const auto at = text.find('@');
    if (at != text.npos) {
        if (text.find('@', at + 1) != text.npos) return wrong_tracker_url("more than one '@' before the path");
        text.remove_prefix(at + 1);
    }
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    if (bracket == text.npos) return wrong_tracker_url("'[' without ']'");
    const auto colon = text.find(':', bracket);
    const auto host = text.substr(0, colon);
    return UrlAuthority{host, colon == text.npos ? std::string_view{} : text.substr(colon + 1)};
}

/// 0: none given.
inline Result<std::uint16_t> read_url_port(std::string_view digits)
{
    std::uint16_t port = 0;
    if (digits.empty()) return port;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failure == std::errc{} && end == digits.data() + digits.size() && port != 0) return port;
    return wrong_tracker_url("the port is not 1 to 65535");
}

/// None: it is a name.
inline Result<std::optional<Address>> read_url_host(std::string_view host)
{
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const auto address = Address::parse(is_bracketed ? host.substr(1, host.size() - 2) : host);
    if (address && address->v6 == is_bracketed) return std::optional(*address);
    if (is_host_name(host)) return std::optional<Address>{};
    const bool is_ascii = std::ranges::all_of(host, [](unsigned char c) { return c < 0x80; });
    const auto shown = printable(host.substr(0, 64));
    if (!is_ascii) return wrong_tracker_url("host names are ASCII (xn--… for others), unlike " + shown);
    return wrong_tracker_url("neither a host name nor an address: '" + shown + "'");
}

inline Result<void> check_local_path(const TrackerUrl& url, bool is_own)
{
    if (is_tracker_path(url.path, is_own)) return {};
    return make_error(Errc::permission_denied,
                      "the tracker " + url.host + " is in the local network and its path is not "
                          + (is_own ? "/announce" : "…/announce")
                          + ": it may be something else that a torrent should not reach");
}

/// Octets that would end or bend the request line are percent-encoded; what is encoded already stays.
inline std::string sendable(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet > 0x20 && octet < 0x7f && unsafe_in_url.find(c) == unsafe_in_url.npos) {
            out += c;
        } else {
            out += '%';
            out += to_hex(as_bytes({&c, 1}));
        }
    }
    return out;
}

} // namespace detail

inline std::string tracker_scheme(std::string_view url)
{
    const auto colon = url.find("://");
    return colon == url.npos ? std::string() : detail::lower_case(url.substr(0, colon));
}

inline Result<TrackerUrl> TrackerUrl::parse(std::string_view text,
                                            std::initializer_list<std::string_view> schemes)
{
    if (text.size() > longest) {
        return detail::wrong_tracker_url("longer than " + std::to_string(longest) + " bytes");
    }
    text = text.substr(0, text.find('#'));
    const auto scheme = detail::end_of_scheme(text, schemes);
    if (!scheme) return scheme.error();
    const auto rest = text.find_first_of("/?", *scheme);
    const auto authority =
        detail::split_authority(text.substr(*scheme, rest == text.npos ? rest : rest - *scheme));
    if (!authority) return authority.error();
    const auto address = detail::read_url_host(authority->host);
    if (!address) return address.error();
    const auto port = detail::read_url_port(authority->port);
    if (!port) return port.error();

    const auto question = text.find('?', *scheme);
    TrackerUrl url{.origin = detail::sendable(text.substr(0, rest)),
                   .host = *address ? (*address)->to_string() : detail::lower_case(authority->host),
                   .address = *address,
                   .port = *port};
    if (url.host.ends_with('.')) url.host.pop_back();
    // To ask a name server about it would tell the world what is meant to stay inside.
    if (url.host.ends_with(".i2p"))
        return make_error(Errc::unsupported, "the tracker " + url.host + " is inside I2P");
    if (rest != text.npos)
        url.path = detail::sendable(text.substr(rest, question == text.npos ? question : question - rest));
    if (question != text.npos) url.query = detail::sendable(text.substr(question + 1));
    url.is_local = *address ? is_local_address(**address) : is_local_name(url.host);
    if (!url.is_local) return url;

    const bool is_own = *address ? is_own_address(**address) : is_own_name(url.host);
    if (auto allowed = detail::check_local_path(url, is_own); !allowed) return std::move(allowed).error();
    return url;
}

} // namespace shoal
