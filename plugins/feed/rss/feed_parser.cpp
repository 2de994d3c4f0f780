#include "feed_parser.hpp"

#include "amount.hpp"
#include "ascii.hpp"
#include "encoding.hpp"
#include "item_reader.hpp"
#include "outline.hpp"
#include "plain_text.hpp"
#include "torznab_error.hpp"
#include "xml.hpp"

#include <algorithm>
#include <array>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_feed_title = 300;
constexpr std::chrono::seconds longest_time_to_live = std::chrono::days{1};

// Elements that people put HTML, or a lone '<', into without escaping it.
constexpr std::array talkative = {"description", "content:encoded", "content", "summary", "title"};

struct Span {
    std::size_t begin = 0; // after "<name …>"
    std::size_t end = 0;   // of the last "</name>"
};

std::optional<Span> inside_of(std::string_view item, std::string_view name)
{
    const auto first = find_ignoring_case(item, std::string(name).insert(0, 1, '<'));
    const auto begin = first == item.npos ? first : item.find('>', first);
    const auto last_tag = std::string(name).insert(0, "</").append(">");
    std::optional<Span> span;
    for (auto at = begin; at < item.size();) {
        const auto found = find_ignoring_case(item.substr(at), last_tag);
        if (found == item.npos) break;
        at += found;
        span = Span{begin + 1, at};
        at += last_tag.size();
    }
    return span;
}

// What is inside of "<name …>" is made a text, whatever it looks like.
std::string with_literal(std::string_view item, std::string_view name)
{
    const auto span = inside_of(item, name);
    if (!span) return std::string(item);
    const auto inside = item.substr(span->begin, span->end - span->begin);
    const auto literal = inside.find("]]>") == inside.npos ? std::string(inside).insert(0, "<![CDATA[").append("]]>") : std::string();
    return std::string(item.substr(0, span->begin)) + literal + std::string(item.substr(span->end));
}

XmlPiece read_item_piece(std::string_view item)
{
    auto piece = read_xml(item);
    if (piece.is_whole) return piece;
    std::string rest(item);
    for (const auto* name : talkative) rest = with_literal(rest, name);
    return rest.size() == item.size() ? piece : read_xml(rest);
}

std::string counted(std::size_t count, std::string_view one, std::string_view many)
{
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

class DocumentReader {
public:
    DocumentReader(const Outline& outline, const FeedSource& source, ParsedFeed& out) : outline_(outline), out_(out)
    {
        if (auto url = WebUrl::parse(source.url)) base_ = std::move(*url);
    }

    void read_head()
    {
        const auto piece = read_xml(outline_.head);
        const std::string_view channel = outline_.kind == Outline::Kind::atom ? "feed" : "channel";
        for (const auto& element : piece.elements) {
            if (const auto nearer = element.attribute("xml:base"); element.depth <= 1 && !nearer.empty()) follow(nearer);
            if (element.parent != channel) continue;
            if (element.name == "title" && out_.title.empty()) out_.title = plain_line(element.text, longest_feed_title);
            if (element.name == "ttl") read_time_to_live(element.text);
        }
    }

    void read_items()
    {
        std::size_t broken = 0;
        out_.items.reserve(outline_.items.size());
        for (const auto text : outline_.items) {
            const auto piece = read_item_piece(text);
            auto item = piece.is_whole ? read_item(piece, base_) : std::nullopt;
            if (item) out_.items.push_back(std::move(*item));
            else ++broken;
        }
        if (broken > 0) out_.warnings.push_back(counted(broken, "item is broken", "items are broken") + " and left out");
        if (outline_.left_out > 0) out_.warnings.push_back(counted(outline_.left_out, "item is", "items are") + " too long or too many, and left out");
        if (outline_.is_cut_off) out_.warnings.push_back("it is cut off: what was whole before the cut is used");
    }

private:
    // It may itself be relative.
    void follow(std::string_view nearer)
    {
        if (auto url = linked(nearer, base_)) base_ = std::move(*url);
    }

    // In minutes.
    void read_time_to_live(std::string_view text)
    {
        const auto minutes = parse_count(text);
        if (!minutes || *minutes == 0) return;
        out_.time_to_live = std::min(std::chrono::seconds(std::min<std::int64_t>(*minutes, 100'000) * 60), longest_time_to_live);
    }

    const Outline& outline_;
    ParsedFeed& out_;
    std::optional<WebUrl> base_;
};

} // namespace

Result<ParsedFeed> parse_feed(ByteView octets, const FeedSource& source)
{
    if (octets.size() > largest_feed) return make_error(Errc::limit_exceeded, "a feed of more than 16 MiB");
    if (as_text(octets).starts_with("\x1f\x8b")) return make_error(Errc::bad_input, "this is a packed file (gzip) and no feed");
    const auto decoded = decode_text(octets, source.content_type);
    const auto cut = outline(decoded.text);
    if (!cut) return cut.error();
    if (cut->kind == Outline::Kind::error) return torznab_error(cut->head);
    ParsedFeed feed{.encoding = decoded.encoding, .is_cut_off = cut->is_cut_off};
    DocumentReader reader(*cut, source, feed);
    reader.read_head();
    reader.read_items();
    if (feed.items.empty() && !feed.warnings.empty()) return make_error(Errc::bad_input, "no item of it can be read: " + feed.warnings.front());
    return feed;
}

} // namespace shoal::rss
