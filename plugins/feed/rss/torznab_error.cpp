#include "torznab_error.hpp"

#include "amount.hpp"
#include "plain_text.hpp"
#include "xml.hpp"

#include <string>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_said = 300;

struct Meaning {
    Errc code;
    std::string_view advice;
};

Meaning meaning_of(std::int64_t code)
{
    if (code >= 100 && code <= 199) return {Errc::permission_denied, "check the apikey in the feed's address, and the account it belongs to"};
    if (code >= 201 && code <= 203) return {Errc::unsupported, "this indexer has no such search"};
    if (code == 200) return {Errc::refused, "something is missing in the feed's address: copy it again from the indexer"};
    if (code == 500 || code == 501) return {Errc::limit_exceeded, "it was asked too often: search less, or tomorrow"};
    if (code == 910) return {Errc::refused, "switch its API on"};
    return {Errc::refused, "look into the indexer's own log"};
}

} // namespace

Error torznab_error(std::string_view xml)
{
    const auto piece = read_xml(xml);
    std::int64_t code = 0;
    std::string said;
    for (const auto& element : piece.elements) {
        if (element.name != "error") continue;
        code = parse_count(element.attribute("code")).value_or(0);
        said = plain_line(element.attribute("description"), longest_said);
        break;
    }
    if (said.empty()) said = "no reason given";
    const auto meaning = meaning_of(code);
    return make_error(meaning.code, "the indexer refuses: " + said + " (" + std::to_string(code) + "); " + std::string(meaning.advice));
}

} // namespace shoal::rss
