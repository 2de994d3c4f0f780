#include "item_reader.hpp"

#include "amount.hpp"
#include "ascii.hpp"
#include "date.hpp"
#include "plain_text.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <array>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_title = 1'000;
constexpr std::size_t longest_guid = 2'000;
constexpr std::size_t longest_link = 16 << 10; // a magnet link with many trackers
constexpr std::size_t longest_description = 4'000;
constexpr std::size_t longest_attribute = 500;
constexpr std::size_t longest_category = 100;
constexpr std::size_t most_categories = 32;
constexpr std::size_t most_attributes = 64;
constexpr std::int64_t longest_torrent = 1 << 20; // most enclosures that say less mean the .torrent itself

bool is_magnet(std::string_view text) { return begins(text, "magnet:?"); }

bool ends_like_torrent(std::string_view url)
{
    const auto path = lower(url.substr(0, url.find_first_of("?#")));
    return path.ends_with(".torrent");
}

bool is_torrent_type(std::string_view type) { return begins(type, "application/x-bittorrent") || begins(type, "x-scheme-handler/magnet"); }

// Lower case, 40 digits; of a magnet link's base32, too. Empty: it is none.
std::string hash_of(std::string_view text)
{
    text = trimmed(text);
    if (text.size() == 40) {
        const auto octets = from_hex(text);
        return octets ? to_hex(*octets) : std::string();
    }
    if (text.size() != 32) return {};
    const auto octets = from_base32(text);
    return octets && octets->size() == 20 ? to_hex(*octets) : std::string();
}

std::string hash_of_magnet(std::string_view magnet)
{
    constexpr std::string_view topic = "urn:btih:";
    const auto at = find_ignoring_case(magnet, topic);
    if (at == magnet.npos) return {};
    const auto rest = magnet.substr(at + topic.size());
    return hash_of(rest.substr(0, rest.find_first_of("&?#")));
}

// What somebody broke into lines, or wrote a name with spaces into.
std::string without_blanks(std::string_view magnet)
{
    std::string out;
    for (const char c : magnet) {
        if (c == ' ') out += "%20";
        else if (static_cast<unsigned char>(c) > 0x20 && c != 0x7f) out += c;
    }
    return out;
}

class Reader {
public:
    Reader(const XmlPiece& piece, const std::optional<WebUrl>& base) : piece_(piece), base_(base) {}

    std::optional<Item> read()
    {
        const auto& root = piece_.elements.front();
        if (const auto nearer = root.attribute("xml:base"); !nearer.empty()) {
            if (auto url = linked(nearer, base_)) base_ = std::move(*url);
        }
        for (std::size_t i = 1; i < piece_.elements.size(); ++i) {
            const auto& element = piece_.elements[i];
            const bool is_own = element.depth == 1 && (element.prefix.empty() || element.prefix == root.prefix);
            const bool has_elements = i + 1 < piece_.elements.size() && piece_.elements[i + 1].depth > element.depth;
            if (is_own && read_own(element)) continue;
            if (!has_elements) read_foreign(element);
        }
        return finished();
    }

private:
    std::string link_in(std::string_view text) const { return whole_link(text, base_); }

    // Of RSS and Atom themselves. False: it is none of them.
    bool read_own(const XmlElement& element)
    {
        const auto& name = element.name;
        const auto& text = element.text;
        if (name == "title") item_.title = plain_line(text, longest_title);
        else if (name == "guid" || name == "id") read_guid(element);
        else if (name == "link") read_link(element);
        else if (name == "enclosure") read_enclosure(element.attribute("url"), element.attribute("type"), element.attribute("length"));
        else if (name == "comments") comments_ = link_in(text);
        else if (name == "pubdate" || name == "published") published_ = parse_date(text);
        else if (name == "updated" || name == "modified" || name == "issued") updated_ = parse_date(text);
        else if (name == "category") add_category(element.attribute("term").empty() ? text : element.attribute("term"));
        else if (name == "description" || name == "summary") item_.description = plain_line(text, longest_description);
        else if (name == "content" && item_.description.empty()) item_.description = plain_line(text, longest_description);
        else if (name == "size" && !item_.size) item_.size = parse_octets(text);
        else return name == "content" || name == "author" || name == "source";
        return true;
    }

    void read_guid(const XmlElement& element)
    {
        item_.guid = plain_line(element.text, longest_guid);
        is_guid_link_ = element.name == "guid" && !begins(element.attribute("ispermalink"), "false") && WebUrl::is_one(item_.guid);
    }

    // RSS writes it as the text, Atom as an attribute, with its relation.
    void read_link(const XmlElement& element)
    {
        const auto href = element.attribute("href");
        const auto relation = element.attribute("rel");
        if (begins(relation, "enclosure")) return read_enclosure(href, element.attribute("type"), element.attribute("length"));
        if (!relation.empty() && lower(relation) != "alternate") return;
        auto link = link_in(href.empty() ? std::string_view(element.text) : href);
        if (!link.empty() && link_.empty()) link_ = std::move(link);
    }

    void read_enclosure(std::string_view url, std::string_view type, std::string_view length)
    {
        auto link = link_in(url);
        if (link.empty()) return;
        const bool is_sure = is_torrent_type(type) || is_magnet(link) || ends_like_torrent(link);
        const bool is_possible = is_sure || type.empty() || begins(type, "application/");
        if (!is_possible || (has_sure_enclosure_ && !is_sure) || (has_sure_enclosure_ && is_magnet(link))) return;
        if (is_magnet(link)) magnet_ = link;
        enclosure_ = std::move(link);
        has_sure_enclosure_ = is_sure;
        const auto octets = parse_octets(length);
        if (octets && *octets > longest_torrent) enclosed_ = octets;
    }

    void add_category(std::string_view text)
    {
        auto category = plain_line(text, longest_category);
        const bool is_new = std::ranges::find(item_.categories, category) == item_.categories.end();
        if (!category.empty() && is_new && item_.categories.size() < most_categories) item_.categories.push_back(std::move(category));
    }

    // <torznab:attr name="seeders" value="3"/>, <torrent:seeds>3</…>, <nyaa:seeders>3</…>, <torrent><infoHash>…</…></torrent>
    void read_foreign(const XmlElement& element)
    {
        if (element.name == "attr") return read_attribute(lower(element.attribute("name")), element.attribute("value"), true);
        if (element.prefix == "dc" && element.name == "date") published_ = published_ ? published_ : parse_date(element.text);
        else if (element.prefix == "content" || element.prefix == "media" || element.prefix == "itunes" || element.prefix == "dc") return;
        else read_attribute(element.name, element.text, element.depth == 1);
    }

    void read_attribute(const std::string& name, std::string_view value, bool is_kept)
    {
        const auto text = plain_line(value, longest_link);
        if (name == "size" || name == "contentlength") take(item_.size, parse_octets(text));
        else if (name == "seeders" || name == "seeds") take(item_.seeders, parse_count(text));
        else if (name == "peers") take(peers_, parse_count(text));
        else if (name == "leechers") take(leechers_, parse_count(text));
        else if (name == "infohash" || name == "info_hash") item_.info_hash = hash_of(text);
        else if (name == "magneturl" || name == "magneturi") magnet_ = is_magnet(trimmed(value)) ? link_in(value) : magnet_;
        else if (name == "category" || name == "categoryid") add_category(text);
        else if (is_kept) keep(name, text.substr(0, longest_attribute));
    }

    static void take(std::optional<std::int64_t>& place, const std::optional<std::int64_t>& value)
    {
        if (value) place = value;
    }

    void keep(const std::string& name, const std::string& value)
    {
        if (name.empty() || name.size() > longest_category || value.empty()) return;
        for (auto& [kept, all] : item_.attributes) {
            if (kept != name) continue;
            if (all.size() < longest_attribute) all += ", " + value;
            return;
        }
        if (item_.attributes.size() < most_attributes) item_.attributes.emplace_back(name, value);
    }

    void choose_links()
    {
        const bool links_torrent = is_magnet(link_) || ends_like_torrent(link_);
        const bool is_guid_torrent = is_magnet(item_.guid) || (is_guid_link_ && ends_like_torrent(item_.guid));
        if (magnet_.empty() && is_magnet(link_)) magnet_ = link_;
        if (!enclosure_.empty()) item_.url = enclosure_;
        else if (links_torrent && !is_magnet(link_)) item_.url = link_;
        else if (!magnet_.empty()) item_.url = magnet_;
        else if (is_guid_torrent) item_.url = link_in(item_.guid);
        else item_.url = link_; // many a tracker's download.php
        if (!is_magnet(link_) && link_ != item_.url) item_.link = link_;
        else if (!comments_.empty()) item_.link = comments_;
        else if (is_guid_link_ && !is_guid_torrent) item_.link = link_in(item_.guid);
        if (item_.link == item_.url) item_.link.clear();
    }

    std::optional<Item> finished()
    {
        choose_links();
        item_.published = published_ ? published_ : updated_;
        if (!item_.size || *item_.size == 0) item_.size = enclosed_;
        if (!item_.size) item_.size = find_octets(item_.description);
        item_.peers = peers_;
        if (!peers_ && leechers_ && item_.seeders) item_.peers = *leechers_ + *item_.seeders;
        if (item_.info_hash.empty()) item_.info_hash = hash_of_magnet(is_magnet(item_.url) ? item_.url : magnet_);
        if (item_.guid.empty()) item_.guid = plain_line(piece_.elements.front().attribute("rdf:about"), longest_guid);
        if (item_.title.empty()) item_.title = name_instead();
        if (item_.title.empty() && item_.url.empty()) return std::nullopt;
        return std::move(item_);
    }

    // An item without a title is known by the beginning of what it says, or by its file.
    std::string name_instead() const
    {
        if (!item_.description.empty()) return plain_line(item_.description, 100);
        const auto path = std::string_view(item_.url).substr(0, item_.url.find_first_of("?#"));
        return is_magnet(item_.url) ? item_.info_hash : plain_line(path.substr(path.rfind('/') + 1), 100);
    }

    const XmlPiece& piece_;
    std::optional<WebUrl> base_;
    Item item_;
    std::string link_;
    std::string comments_;
    std::string enclosure_;
    std::string magnet_;
    std::optional<std::int64_t> published_;
    std::optional<std::int64_t> updated_;
    std::optional<std::int64_t> enclosed_;
    std::optional<std::int64_t> peers_;
    std::optional<std::int64_t> leechers_;
    bool is_guid_link_ = false;
    bool has_sure_enclosure_ = false;
};

} // namespace

// Whoever has a feed on the internet has no business with what only we can reach.
std::optional<WebUrl> linked(std::string_view link, const std::optional<WebUrl>& base)
{
    auto url = base ? base->follow(link) : WebUrl::parse(link);
    const bool is_intruding = url && base && url->is_near() && !base->is_near();
    return url && !is_intruding ? std::optional(std::move(*url)) : std::nullopt;
}

// '&amp;' is what is left of an ampersand that was escaped twice; no other entity is looked for, as "&copy=1" is a part of a query.
std::string whole_link(std::string_view link, const std::optional<WebUrl>& base)
{
    if (link.size() > 2 * longest_link) return {};
    std::string plain(trimmed(link));
    for (auto at = plain.find("&amp;"); at != plain.npos; at = plain.find("&amp;", at + 1)) plain.erase(at + 1, 4);
    if (plain.empty() || plain.size() > longest_link) return {};
    if (is_magnet(plain)) return without_blanks(plain);
    const auto url = linked(plain, base);
    return url ? url->text() : std::string();
}

std::optional<Item> read_item(const XmlPiece& piece, const std::optional<WebUrl>& base)
{
    if (piece.elements.empty()) return std::nullopt;
    return Reader(piece, base).read();
}

} // namespace shoal::rss
