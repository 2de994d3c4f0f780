// The web address of a .torrent or a feed, taken apart as far as asking and being redirected needs it, by plug-ins that follow
// redirects themselves: what may be asked after one is not what may be asked before.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/hex.hpp>
#include <shoal/host_name.hpp>
#include <shoal/local_network.hpp>
#include <shoal/result.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

struct WebUrl {
    static constexpr std::size_t longest = 8192;

    /// http or https. Errors: bad_input, and they name the host and never path or query, which may carry keys.
    [[nodiscard]] static Result<WebUrl> parse(std::string_view text);
    /// Begins like one, in whatever case.
    [[nodiscard]] static bool is_one(std::string_view text);

    /// Where a redirect or a link leads, which may be said in short (RFC 3986 §4.2). Errors: as parse(); protocol_error when it is
    /// no web address.
    [[nodiscard]] Result<WebUrl> follow(std::string_view location) const;

    [[nodiscard]] std::string text() const;
    /// It says itself that it is this machine or in the local network; a name may lead there without saying so.
    [[nodiscard]] bool is_near() const;
    /// Scheme, host and port are the same (RFC 6454): what is meant for one may be told the other.
    [[nodiscard]] bool is_same_origin(const WebUrl& other) const;

    bool is_secure = false;  // https
    std::string authority{}; // "user:word@host:80", as given
    std::string host{};      // lower case, without brackets or port: for people and for rules
    std::optional<Address> address{}; // when the host is one
    std::string path{};      // begins with '/'; no octet left that a request line cannot carry
    std::string query{};     // with its '?', or empty; likewise
};

namespace detail {

inline constexpr std::string_view plain_web = "http://";
inline constexpr std::string_view secure_web = "https://";

inline std::string web_lower_case(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

inline bool begins_with_scheme(std::string_view text, std::string_view scheme)
{
    return web_lower_case(text.substr(0, scheme.size())) == scheme;
}

inline Error wrong_web_address(std::string_view what) { return make_error(Errc::bad_input, "web address: " + std::string(what)); }

/// Octets that would end or bend the request line are percent-encoded; what is encoded already stays.
inline std::string sendable_in_url(std::string_view text)
{
    constexpr std::string_view unsafe = "\"<>\\^`{|}";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        const bool is_safe = octet > 0x20 && octet < 0x7f && unsafe.find(c) == unsafe.npos;
        if (!is_safe) out += '%';
        out += is_safe ? std::string(1, c) : to_hex(as_bytes({&c, 1}));
    }
    return out;
}

// Where parsers differ (several '@', a backslash) one of them would ask a host that the other never looked at.
inline Result<void> read_authority(WebUrl& url, std::string_view text)
{
    const bool is_plain = std::ranges::count(text, '@') <= 1 && text.find('\\') == text.npos &&
                          std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_plain) return wrong_web_address("what is before its path is not plain ASCII, or has a '@' or a '\\' too many");
    url.authority = text;
    auto host = text.substr(std::min(text.find('@') + 1, text.size()));
    const auto bracket = host.starts_with('[') ? host.find(']') : 0;
    if (bracket == host.npos) return wrong_web_address("'[' without ']'");
    host = host.substr(0, host.find(':', bracket));
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const auto address = Address::parse(is_bracketed ? host.substr(1, host.size() - 2) : host);
    if (address && address->v6 == is_bracketed) {
        url.address = *address;
        url.host = address->to_string();
        return {};
    }
    if (!is_host_name(host)) return wrong_web_address("neither a host name nor an address: '" + printable(host, 64) + "'");
    url.host = web_lower_case(host);
    if (url.host.ends_with('.')) url.host.pop_back();
    return {};
}

/// The digits after the host, or what the scheme means without.
inline std::string_view port_of(const WebUrl& url)
{
    const auto host = std::string_view(url.authority).substr(std::min(url.authority.find('@') + 1, url.authority.size()));
    const auto colon = host.find(':', host.starts_with('[') ? host.find(']') : 0);
    const auto port = colon == host.npos ? std::string_view{} : host.substr(colon + 1);
    return port.empty() ? (url.is_secure ? "443" : "80") : port;
}

} // namespace detail

inline bool WebUrl::is_one(std::string_view text)
{
    return detail::begins_with_scheme(text, detail::plain_web) || detail::begins_with_scheme(text, detail::secure_web);
}

inline Result<WebUrl> WebUrl::parse(std::string_view text)
{
    if (text.size() > longest) return detail::wrong_web_address("longer than " + std::to_string(longest) + " bytes");
    if (!is_one(text)) return detail::wrong_web_address("not http:// or https://");
    WebUrl url;
    url.is_secure = detail::begins_with_scheme(text, detail::secure_web);
    text = text.substr((url.is_secure ? detail::secure_web : detail::plain_web).size());
    text = text.substr(0, text.find('#'));
    const auto end = std::min(text.find_first_of("/?"), text.size());
    if (auto read = detail::read_authority(url, text.substr(0, end)); !read) return std::move(read).error();
    const auto question = std::min(text.find('?', end), text.size());
    url.path = detail::sendable_in_url(text.substr(end, question - end));
    if (url.path.empty()) url.path.push_back('/');
    url.query = detail::sendable_in_url(text.substr(question));
    return url;
}

inline Result<WebUrl> WebUrl::follow(std::string_view location) const
{
    const std::string_view scheme = is_secure ? detail::secure_web : detail::plain_web;
    const auto origin = std::string(scheme) + authority;
    if (is_one(location)) return parse(location);
    if (location.starts_with("//")) return parse(std::string(scheme.substr(0, scheme.size() - 2)) + std::string(location));
    const auto colon = location.find(':');
    if (colon < location.find_first_of("/?#")) {
        return make_error(Errc::protocol_error, "what " + host + " redirects to is no web address");
    }
    if (location.starts_with('/')) return parse(origin + std::string(location));
    if (location.starts_with('?')) return parse(origin + path + std::string(location));
    return parse(origin + path.substr(0, path.rfind('/') + 1) + std::string(location));
}

inline std::string WebUrl::text() const
{
    return std::string(is_secure ? detail::secure_web : detail::plain_web) + authority + path + query;
}

inline bool WebUrl::is_near() const { return address ? is_local_address(*address) : is_local_name(host); }

inline bool WebUrl::is_same_origin(const WebUrl& other) const
{
    return is_secure == other.is_secure && host == other.host && detail::port_of(*this) == detail::port_of(other);
}

} // namespace shoal
