#include "answer.hpp"

#include <shoal/bytes.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::http_source {
namespace {

constexpr std::size_t longest_type = 80;

std::string why_refused(std::uint32_t status)
{
    switch (status) {
    case 401:
    case 403: return "wants you to log in, or does not let programs in; fetch the .torrent with your browser and name the file";
    case 404:
    case 410: return "has nothing at this address";
    case 429:
    case 503: return "is too busy; try again later";
    default: return "does not give it";
    }
}

bool is_web_page(const HttpResponse& response)
{
    if (response.headers.find("content-type").value_or("").find("html") != std::string_view::npos) return true;
    const auto text = as_text(response.body);
    const auto first = text.find_first_not_of(" \t\r\n");
    return first != text.npos && text[first] == '<';
}

} // namespace

bool is_redirect(std::uint32_t status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<void> check_answer(const HttpResponse& response, std::string_view host)
{
    const std::string who(host);
    if (response.status != 200) {
        return make_error(Errc::refused, who + " " + why_refused(response.status) + " (HTTP " + std::to_string(response.status) + ")");
    }
    // A .torrent is a dictionary; whether it is a good one is for the host to say.
    if (!response.body.empty() && response.body.front() == std::byte{'d'}) return {};
    if (response.body.empty()) return make_error(Errc::bad_input, who + " sends an empty file");
    if (is_web_page(response)) {
        return make_error(Errc::bad_input, who + " sends a web page and no torrent; open it in a browser and copy the address of the "
                                                 ".torrent, or the magnet link");
    }
    const auto type = printable(response.headers.find("content-type").value_or("of no type"), longest_type);
    return make_error(Errc::bad_input, who + " sends something that is no torrent (" + type + ")");
}

} // namespace shoal::http_source
