// What is wrong with feeds, and what becomes of it.
#include "fixture.hpp"

#include <shoal/utf8.hpp>

#include <chrono>

namespace shoal::rss::test {
namespace {

std::vector<std::string> titles(const ParsedFeed& feed)
{
    std::vector<std::string> all;
    for (const auto& item : feed.items) all.push_back(item.title);
    return all;
}

using Texts = std::vector<std::string>;

std::string repeated(const std::string& part, std::size_t times)
{
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += part;
    return out;
}

} // namespace

TEST_CASE("broken items take no others with them, and the feed says how many they were", "[feed][bad]")
{
    const auto feed = parsed(fixture("broken.xml"));
    CHECK(titles(feed) == Texts{"Cats & Dogs &xxe;", "Unclosed", "HTML outside", "Second", "Fish chips", "only words", "A picture"});
    CHECK(feed.warnings == Texts{"1 item is broken and left out", "1 item is too long or too many, and left out",
                                 "it is cut off: what was whole before the cut is used"});
    CHECK(feed.items[0].url == "https://x.example/a?id=1&key=2&copy=3");
    CHECK(feed.items[2].url == "https://feeds.example.org/c.torrent");
    CHECK(feed.items[2].size == 350'400'000);
    CHECK(feed.items[6].url.empty());
}

TEST_CASE("L2 entities are never resolved: neither those that read files nor those that grow", "[feed][bad]")
{
    const auto feed = parsed(fixture("broken.xml"));
    CHECK(feed.title == "R&D feed &lol2;");
    CHECK(feed.items[0].title == "Cats & Dogs &xxe;");
    const auto laughing = "<!DOCTYPE rss [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>" + rss_of(item_called("&b;"));
    CHECK(titles(parsed(laughing)) == Texts{"&b;"});
}

TEST_CASE("L2 XML of 10 MB and of any depth is read in bounds", "[feed][bad]")
{
    const auto begun = std::chrono::steady_clock::now();
    const auto deep = rss_of("<item><title>" + repeated("<b>", 60'000) + "</item>" + item_called("whole"));
    CHECK(titles(parsed(deep)) == Texts{"whole"});
    const auto nested = rss_of("<item><title>" + repeated("<b>", 20'000) + "x" + repeated("</b>", 20'000) + "</title></item>");
    CHECK(titles(parsed(nested)).size() <= 1);
    const auto wide = rss_of("<item><title>wide</title>" + repeated("<a/>", 60'000) + "</item>");
    CHECK(titles(parsed(wide)) == Texts{"wide"});
    CHECK(titles(parsed(rss_of(repeated("<!x>", 500'000) + item_called("declared")))) == Texts{"declared"});
    CHECK(refused("<rss>" + repeated("<", 10'000'000)) == "no item of it can be read: it is cut off: what was whole before the cut is used");
    CHECK(refused("<rss><item><title>" + repeated("x", 10'000'000)) == "no item of it can be read: it is cut off: what was whole before the cut is used");
    CHECK(refused(std::string(largest_feed + 1, ' ')) == "a feed of more than 16 MiB");
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{60}); // quadratic would be hours
}

TEST_CASE("L2 declarations that open what nothing closes are read in one go, however many they are", "[feed][bad]")
{
    const auto text = rss_of(repeated("<![>", 1 << 20) + item_called("declared"));
    const auto begun = std::chrono::steady_clock::now();
    CHECK(titles(parsed(text)) == Texts{"declared"});
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{10}); // a search to the end for each would be minutes
}

TEST_CASE("items beyond the bounds are left out, and that is said", "[feed][bad]")
{
    const auto many = parsed(rss_of(repeated(item_called("t"), 20'003)));
    CHECK(many.items.size() == 20'000);
    CHECK(many.warnings == Texts{"3 items are too long or too many, and left out"});
    const auto longest = parsed(rss_of(item_called(std::string(300 << 10, 'x')) + item_called(std::string(2'000, 'y'))));
    REQUIRE(longest.items.size() == 1);
    CHECK(longest.items[0].title == std::string(1'000, 'y'));
    CHECK(longest.warnings == Texts{"1 item is too long or too many, and left out"});
}

TEST_CASE("what is no feed is called what it is", "[feed][bad]")
{
    CHECK(refused("") == "this is empty, and no feed");
    CHECK(refused(" \r\n") == "this is empty, and no feed");
    CHECK_THAT(refused("<!DOCTYPE html><html><body>Please log in</body></html>"), Catch::StartsWith("this is a web page and no feed"));
    CHECK_THAT(refused("<HTML><p>unclosed"), Catch::StartsWith("this is a web page and no feed"));
    CHECK_THAT(refused("{\"items\": []}"), Catch::StartsWith("this is JSON and no feed"));
    CHECK(refused("\x1f\x8b\x08 packed") == "this is a packed file (gzip) and no feed");
    CHECK(refused("<opml/>") == "this is neither RSS nor Atom nor Torznab");
    CHECK(refused("nothing at all") == "this is neither RSS nor Atom nor Torznab");
    CHECK(refused("<caps><server/></caps>") == "this is neither RSS nor Atom nor Torznab");
}

TEST_CASE("a feed that lists nothing is a feed", "[feed][bad]")
{
    CHECK(parsed("<rss><channel><title>none</title></channel></rss>").items.empty());
    CHECK(parsed("<feed xmlns='http://www.w3.org/2005/Atom'/>").items.empty());
    CHECK(parsed("\xef\xbb\xbf<?xml version='1.0'?><!-- <item> --><rss/>").warnings.empty());
}

TEST_CASE("a cut-off feed is good up to the cut, wherever it is", "[feed][bad]")
{
    const auto whole = rss_of(item_called("one") + item_called("two") + item_called("three"));
    std::size_t most = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        const auto feed = parse_feed(as_bytes(whole.substr(0, length)));
        if (!feed) continue;
        CHECK(feed->items.size() >= most);
        most = feed->items.size();
        CHECK(feed->warnings.size() == 1);
    }
    CHECK(most == 3);
}

TEST_CASE("T9 what a feed on the internet lists leads nowhere in the local network; what a feed there lists does", "[feed][bad]")
{
    const auto urls = [](const std::string& feed, const std::string& item) {
        const auto parsed_feed = parsed("<rss xmlns:x='y'>" + item + "</rss>", {.url = feed});
        return parsed_feed.items.at(0).url + "|" + parsed_feed.items.at(0).link;
    };
    const std::string item = "<item><title>t</title><link>http://192.168.1.1/reboot</link><enclosure url='http://localhost:8080/x.torrent'/></item>";
    CHECK(urls("https://far.example/rss", item) == "|");
    CHECK(urls("http://nas.local/rss", item) == "http://localhost:8080/x.torrent|http://192.168.1.1/reboot");
    CHECK(urls("https://far.example/rss", "<channel xml:base='http://127.0.0.1/'><item xml:base='http://127.0.0.1/'><title>t</title><link>a</link></item></channel>") ==
          "https://far.example/a|");
}

TEST_CASE("an item without a title is called by what it says, or by its file", "[feed][bad]")
{
    const auto title_of = [](const std::string& inside) {
        const auto feed = parse_feed(as_bytes(rss_of("<item>" + inside + "</item>")));
        return feed ? feed->items.at(0).title : "none";
    };
    CHECK(title_of("<description>&lt;p&gt;A &lt;b&gt;bold&lt;/b&gt; word&lt;/p&gt;</description>") == "A bold word");
    CHECK(title_of("<link>https://x.example/d/Some.Name.torrent?k=1</link>") == "Some.Name.torrent");
    CHECK(title_of("<title> \n </title>") == "none");
    CHECK(title_of("") == "none");
}

TEST_CASE("a title is one line of text, however often it was escaped", "[feed][bad]")
{
    const auto title_of = [](const std::string& title) { return parsed(rss_of(item_called(title))).items.at(0).title; };
    CHECK(title_of("Tom &amp;amp; Jerry") == "Tom & Jerry");
    CHECK(title_of("R&D & more &nbsp;&eacute;&#x41;&#66;") == "R&D & more éAB");
    CHECK(title_of("<![CDATA[a &lt; b <i>c</i>]]>") == "a < b c");
    CHECK(title_of("two\n\tlines\x1b[31m") == "two lines [31m");
    CHECK(title_of("1 < 2 <3") == "1 < 2 <3");
    CHECK(title_of("x&#0;y") == "x");
    CHECK(title_of("Notes\u202e gpj&#x202c;\u2066.exe\u2069") == "Notes gpj.exe");
    CHECK(title_of("\u200bNo\u200dt\u200fes \u200e S01") == "Notes S01");
    CHECK(title_of("“Notes” – one…") == "“Notes” – one…");
    CHECK(is_valid_utf8(title_of("&#xd800;&#x110000;x")));
}

TEST_CASE("what is said of the encoding may be wrong; what the octets look like counts", "[feed][encoding]")
{
    const auto read = [](const std::string& declaration, const std::string& title, std::string_view content_type = {}) {
        const auto text = declaration + rss_of(item_called(title));
        return parsed(text, {.content_type = content_type}).items.at(0).title;
    };
    CHECK(read("", "caf\xc3\xa9") == "café");
    CHECK(read("<?xml version='1.0' encoding='ISO-8859-1'?>", "caf\xe9") == "café");
    CHECK(read("<?xml version='1.0' encoding='ISO-8859-1'?>", "caf\xc3\xa9") == "café");
    CHECK(read("<?xml version='1.0' encoding='iso-8859-1'?>", "it\x92s \x80") == "it’s €");
    CHECK(read("<?xml version='1.0' encoding='utf-8'?>", "caf\xe9") == "café");
    CHECK(read("", "caf\xe9") == "café");
    CHECK(read("<?xml version='1.0' encoding='windows-1251'?>", "\xcf\xf0\xe8\xe2\xe5\xf2") == "Привет");
    CHECK(read("", "\xcf\xf0\xe8\xe2\xe5\xf2", "text/xml; charset=\"windows-1251\"") == "Привет");
    CHECK(read("<?xml version='1.0' encoding='koi8-r'?>", "\xf0\xd2\xc9\xd7\xc5\xd4") == "Привет");
    CHECK(read("<?xml version='1.0' encoding='shift_jis'?>", "\x93\xfa\x96\x7b") == "日本");
    CHECK(read("<?xml version='1.0' encoding='utf-16'?>", "plain") == "plain");
    CHECK(read("<?xml version='1.0' encoding='../../etc/x'?>", "caf\xe9") == "café");
    CHECK(read("<?xml version='1.0' encoding='utf-8'?>", "caf\xc3\xa9 na\xc3\xafve \xff") == "café naïve \xef\xbf\xbd");
}

TEST_CASE("UTF-16 is recognised with and without a mark, also when it is cut off", "[feed][encoding]")
{
    const auto text = rss_of(item_called("Gr\xfc\xdf" "e"));
    const auto wide = [&](bool is_big, const std::string& mark) {
        std::string out = mark;
        for (const char c : text) out += is_big ? std::string{'\0', c} : std::string{c, '\0'};
        return out;
    };
    for (const auto& octets : {wide(false, "\xff\xfe"), wide(true, "\xfe\xff"), wide(false, ""), wide(true, "")}) {
        CHECK(titles(parsed(octets)) == Texts{"Grüße"});
        CHECK_NOTHROW(parse_feed(as_bytes(octets.substr(0, octets.size() - 1))));
    }
}

} // namespace shoal::rss::test
