#include "web_url.hpp"

#include <shoal/bytes.hpp>
#include <shoal/hex.hpp>
#include <shoal/host_name.hpp>
#include <shoal/local_network.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::http_source {
namespace {

constexpr std::string_view plain = "http://";
constexpr std::string_view secure = "https://";

std::string lower_case(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool begins_with(std::string_view text, std::string_view scheme) { return lower_case(text.substr(0, scheme.size())) == scheme; }

Error wrong(std::string_view what) { return make_error(Errc::bad_input, "web address: " + std::string(what)); }

/// Octets that would end or bend the request line are percent-encoded; what is encoded already stays.
std::string sendable(std::string_view text)
{
    constexpr std::string_view unsafe = "\"<>\\^`{|}";
    std::string out;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet > 0x20 && octet < 0x7f && unsafe.find(c) == unsafe.npos) out += c;
        else out += "%" + to_hex(as_bytes({&c, 1}));
    }
    return out;
}

// Where parsers differ (several '@', a backslash) one of them would ask a host that the other never looked at.
Result<void> read_authority(WebUrl& url, std::string_view text)
{
    const bool is_plain = std::ranges::count(text, '@') <= 1 && text.find('\\') == text.npos &&
                          std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
    if (!is_plain) return wrong("what is before its path is not plain ASCII, or has a '@' or a '\\' too many");
    url.authority = text;
    auto host = text.substr(std::min(text.find('@') + 1, text.size()));
    const auto bracket = host.starts_with('[') ? host.find(']') : 0;
    if (bracket == host.npos) return wrong("'[' without ']'");
    host = host.substr(0, host.find(':', bracket));
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    const auto address = Address::parse(is_bracketed ? host.substr(1, host.size() - 2) : host);
    if (address && address->v6 == is_bracketed) {
        url.address = *address;
        url.host = address->to_string();
        return {};
    }
    if (!is_host_name(host)) return wrong("neither a host name nor an address: '" + printable(host, 64) + "'");
    url.host = lower_case(host);
    if (url.host.ends_with('.')) url.host.pop_back();
    return {};
}

} // namespace

bool WebUrl::is_one(std::string_view text) { return begins_with(text, plain) || begins_with(text, secure); }

Result<WebUrl> WebUrl::parse(std::string_view text)
{
    if (text.size() > longest) return wrong("longer than " + std::to_string(longest) + " bytes");
    if (!is_one(text)) return wrong("not http:// or https://");
    WebUrl url;
    url.is_secure = begins_with(text, secure);
    text = text.substr((url.is_secure ? secure : plain).size());
    text = text.substr(0, text.find('#'));
    const auto end = std::min(text.find_first_of("/?"), text.size());
    if (auto read = read_authority(url, text.substr(0, end)); !read) return std::move(read).error();
    const auto question = std::min(text.find('?', end), text.size());
    url.path = sendable(text.substr(end, question - end));
    if (url.path.empty()) url.path = "/";
    url.query = sendable(text.substr(question));
    return url;
}

Result<WebUrl> WebUrl::follow(std::string_view location) const
{
    const std::string_view scheme = is_secure ? secure : plain;
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

std::string WebUrl::text() const { return std::string(is_secure ? secure : plain) + authority + path + query; }

bool WebUrl::is_near() const { return address ? is_local_address(*address) : is_local_name(host); }

} // namespace shoal::http_source
