#include "web_address.hpp"

#include <charconv>
#include <utility>

namespace shoal::script_lua {

Result<WebAddress> WebAddress::of(Result<WebUrl> url)
{
    if (!url) return url.error();
    if (url->authority.find('@') != std::string::npos) {
        return make_error(Errc::bad_input, "web address: names and passwords belong into headers");
    }
    WebAddress address{.url = std::move(*url), .port = 0};
    const auto port = detail::port_of(address.url);
    const auto read = std::from_chars(port.data(), port.data() + port.size(), address.port);
    if (read.ec != std::errc{} || read.ptr != port.data() + port.size() || address.port == 0) {
        return make_error(Errc::bad_input, "web address: the port is none");
    }
    return address;
}

std::string WebAddress::place() const
{
    auto place = url.address && url.address->v6 ? "[" + url.host + "]" : url.host;
    if (!has_usual_port()) place.append(":").append(std::to_string(port));
    return place;
}

std::string WebAddress::text() const { return (url.is_secure ? "https://" : "http://") + place() + url.path + url.query; }

} // namespace shoal::script_lua
