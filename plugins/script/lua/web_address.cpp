#include "web_address.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/host_name.hpp>

#include <algorithm>
#include <charconv>

namespace shoal::script_lua {
namespace {

Error wrong_address(const std::string& why) { return make_error(Errc::invalid_argument, "web address: " + why); }

std::string in_lower_case(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return out;
}

bool is_sendable(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<' && c != '>'; });
}

std::string bracketed(const std::string& host) { return host.find(':') == host.npos ? host : "[" + host + "]"; }

Result<void> read_authority(std::string_view text, WebAddress& address)
{
    if (text.find('@') != text.npos) return wrong_address("names and passwords belong into headers");
    auto name = text;
    const auto colon = text.rfind(':');
    if (colon != text.npos && !text.ends_with(']')) {
        const auto port = text.substr(colon + 1);
        name = text.substr(0, colon);
        const auto read = std::from_chars(port.data(), port.data() + port.size(), address.port);
        if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || address.port == 0) return wrong_address("the port is none");
    }
    const bool is_bracketed = name.starts_with('[') && name.ends_with(']');
    if (is_bracketed) name = name.substr(1, name.size() - 2);
    address.host = in_lower_case(name);
    const auto number = Address::parse(address.host);
    if (number && number->is_v6() == is_bracketed) {
        address.host = number->to_string();
        return {};
    }
    if (is_bracketed || !is_host_name(address.host)) return wrong_address("the host has no name that can be looked up");
    if (address.host.ends_with('.')) address.host.pop_back();
    return {};
}

} // namespace

Result<WebAddress> WebAddress::parse(std::string_view text)
{
    if (text.size() > longest) return wrong_address("it is too long");
    if (!is_sendable(text)) return wrong_address("blanks and letters that are not ASCII have to be percent-encoded");
    WebAddress address;
    const auto scheme = in_lower_case(text.substr(0, text.find(':')));
    if ((scheme != "http" && scheme != "https") || !text.substr(scheme.size()).starts_with("://")) {
        return wrong_address("it begins with http:// or https://");
    }
    address.is_secure = scheme == "https";
    address.port = address.is_secure ? 443 : 80;
    text.remove_prefix(scheme.size() + 3);
    text = text.substr(0, text.find('#'));
    const auto end = std::min(text.find_first_of("/?"), text.size());
    if (const auto read = read_authority(text.substr(0, end), address); !read) return read.error();
    address.target = text.substr(end);
    if (!address.target.starts_with('/')) address.target.insert(address.target.begin(), '/');
    return address;
}

Result<WebAddress> WebAddress::follow(std::string_view location) const
{
    const auto origin = std::string(is_secure ? "https://" : "http://") + place();
    if (in_lower_case(location.substr(0, 4)) == "http" && location.find("://") != location.npos) return parse(location);
    if (location.starts_with("//")) return parse((is_secure ? "https:" : "http:") + std::string(location));
    if (location.starts_with('/')) return parse(origin + std::string(location));
    const auto path = target.substr(0, target.find('?'));
    if (location.starts_with('?')) return parse(origin + path + std::string(location));
    return parse(origin + path.substr(0, path.rfind('/') + 1) + std::string(location));
}

std::string WebAddress::place() const
{
    auto place = bracketed(host);
    if (!has_usual_port()) place.append(":").append(std::to_string(port));
    return place;
}

std::string WebAddress::text() const { return (is_secure ? "https://" : "http://") + place() + target; }

} // namespace shoal::script_lua
