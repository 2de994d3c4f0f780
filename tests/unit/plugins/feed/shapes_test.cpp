// What feeds of torrents look like in the wild: the names in them are invented.
#include "fixture.hpp"

namespace shoal::rss::test {
namespace {

using Texts = std::vector<std::string>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

} // namespace

TEST_CASE("a feed whose links are the .torrents, with numbers in a namespace of its own", "[feed][shape]")
{
    const auto feed = parsed(fixture("nyaa_like.xml"));
    CHECK(feed.title == "Hako - Torrent File RSS");
    REQUIRE(feed.items.size() == 1);
    const auto& item = feed.items[0];
    CHECK(item.title == "[Lantern] Paper Boats - 03 (1080p) [9C0FFEE1].mkv");
    CHECK(item.guid == "https://hako.example/view/4401");
    CHECK(item.link == "https://hako.example/view/4401");
    CHECK(item.url == "https://hako.example/download/4401.torrent");
    CHECK(item.published == 1772706030);
    CHECK(item.size == 1610612736);
    CHECK(item.seeders == 120);
    CHECK(item.peers == 150);
    CHECK(item.info_hash == "0123456789abcdef0123456789abcdef01234567");
    CHECK(item.categories == Texts{"1_2", "Animation - Subtitled"});
    CHECK(item.attributes == Pairs{{"downloads", "999"}, {"comments", "2"}, {"trusted", "Yes"}});
    CHECK(feed.warnings.empty());
}

TEST_CASE("a feed with the torrent namespace, in its two manners", "[feed][shape]")
{
    const auto feed = parsed(fixture("eztv_like.xml"));
    CHECK(feed.time_to_live == std::chrono::minutes{5});
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].url == "https://store.example/torrents/Harbour.Lights.S02E03.720p.mkv.torrent");
    CHECK(feed.items[0].link == "https://evening.example/ep/77/harbour-lights-s02e03/");
    CHECK(feed.items[0].info_hash == "89abcdef0123456789abcdef0123456789abcdef");
    CHECK(feed.items[0].size == 734003200);
    CHECK(feed.items[0].seeders == 41);
    CHECK(feed.items[0].peers == 50);
    CHECK(feed.items[0].published == 1772686799);
    CHECK(feed.items[1].url == "https://evening.example/old.torrent");
    CHECK(feed.items[1].info_hash == "aaaabbbbccccddddeeeeffff0000111122223333");
    CHECK(feed.items[1].size == 1000000);
    CHECK(feed.items[1].attributes.empty());
}

TEST_CASE("a feed whose links are magnet links", "[feed][shape]")
{
    const auto feed = parsed(fixture("showrss_like.xml"));
    REQUIRE(feed.items.size() == 1);
    const auto& item = feed.items[0];
    CHECK(item.url == "magnet:?xt=urn:btih:1111222233334444555566667777888899990000&dn=Night+Ferry+4x05&tr=udp%3A%2F%2Ftracker.example%3A80");
    CHECK(item.link.empty());
    CHECK(item.info_hash == "1111222233334444555566667777888899990000");
    CHECK_FALSE(item.size);
    CHECK(item.attributes == Pairs{{"show_id", "12"}, {"show_name", "Night Ferry"}, {"raw_title", "Night.Ferry.S04E05.1080p.WEB.x264-DOCK"}});
}

TEST_CASE("a Torznab feed as Jackett gives it", "[feed][shape][torznab]")
{
    const auto feed = parsed(fixture("jackett_like.xml"), {.url = "http://localhost:9117/torznab/api"});
    REQUIRE(feed.items.size() == 2);
    const auto& item = feed.items[0];
    CHECK(item.url == "http://localhost:9117/dl/shed/?jackett_apikey=k3yk3yk3y&path=UTB4&file=Meadow+Linux");
    CHECK(item.link == "https://shed.example/details/31");
    CHECK(item.size == 3221225472);
    CHECK(item.seeders == 12);
    CHECK(item.peers == 15);
    CHECK(item.info_hash == "2222333344445555666677778888999900001111");
    CHECK(item.categories == Texts{"4000", "100001"});
    CHECK(item.attributes == Pairs{{"jackettindexer", "Shed"}, {"type", "public"}, {"grabs", "44"}, {"downloadvolumefactor", "0"}, {"tag", "freeleech, internal"}});
    CHECK(feed.items[1].peers == 100);
}

TEST_CASE("a Torznab feed as Prowlarr gives it: what an attribute says counts more than an element", "[feed][shape][torznab]")
{
    const auto feed = parsed(fixture("prowlarr_like.xml"), {.url = "http://localhost:9696/1/api"});
    REQUIRE(feed.items.size() == 1);
    CHECK(feed.items[0].size == 5368709121);
    CHECK(feed.items[0].url == "http://localhost:9696/3/download?apikey=53cr37&link=abc&file=Tin");
    CHECK(feed.items[0].categories == Texts{"5000", "5045"});
    CHECK_FALSE(feed.items[0].peers);
}

TEST_CASE("an Atom feed, with relative links, markup in its texts and a prefix", "[feed][shape]")
{
    const auto feed = parsed(fixture("atom.xml"));
    CHECK(feed.title == "Meadow & Friends");
    REQUIRE(feed.items.size() == 2);
    CHECK(feed.items[0].title == "Meadow Linux 12.1");
    CHECK(feed.items[0].guid == "tag:meadow.example,2026:12.1");
    CHECK(feed.items[0].link == "https://meadow.example/releases/12.1.html");
    CHECK(feed.items[0].url == "https://meadow.example/releases/12.1/meadow.torrent");
    CHECK(feed.items[0].size == 4000000000);
    CHECK(feed.items[0].published == 1772704800);
    CHECK(feed.items[0].categories == Texts{"linux"});
    CHECK(feed.items[0].description == "A release");
    CHECK(feed.items[1].title == "Meadow Linux 12.0");
    CHECK(feed.items[1].url == "https://meadow.example/12.0/meadow.torrent");
}

TEST_CASE("an RSS 1.0 feed", "[feed][shape]")
{
    const auto feed = parsed(fixture("rdf.xml"));
    CHECK(feed.title == "Old Site");
    REQUIRE(feed.items.size() == 1);
    CHECK(feed.items[0].title == "First light");
    CHECK(feed.items[0].guid == "https://old.example/1");
    CHECK(feed.items[0].url == "https://old.example/1.torrent");
    CHECK(feed.items[0].published == 1772702430);
}

TEST_CASE("what a Torznab indexer refuses with is an error that says what to do", "[feed][torznab]")
{
    const auto feed = parse_feed(as_bytes(fixture("torznab_error.xml")));
    REQUIRE_FALSE(feed);
    CHECK(feed.error().code == Errc::permission_denied);
    CHECK(feed.error().text == "the indexer refuses: Invalid API Key: k3yk3yk3y (100); check the apikey in the feed's address, and the account "
                               "it belongs to");
    CHECK(parse_feed(as_bytes("<error code='203' description='no tv'/>")).error().code == Errc::unsupported);
    CHECK(parse_feed(as_bytes("<error code='500'/>")).error().text == "the indexer refuses: no reason given (500); it was asked too often: search less, "
                                                                       "or tomorrow");
    CHECK(parse_feed(as_bytes("<error>")).error().code == Errc::refused);
}

TEST_CASE("a link is the address of the torrent when nothing says it better", "[feed][shape]")
{
    const auto only = [](const std::string& item) { return parsed(rss_of("<item><title>t</title>" + item + "</item>")).items.at(0); };
    CHECK(only("<link>https://x.example/download.php?id=1</link>").url == "https://x.example/download.php?id=1");
    CHECK(only("<link>https://x.example/download.php?id=1</link>").link.empty());
    CHECK(only("<link>https://x.example/p</link><enclosure url='https://x.example/a.jpg' type='image/jpeg'/>").url == "https://x.example/p");
    CHECK(only("<link>https://x.example/p</link><enclosure url='https://x.example/dl/1'/>").url == "https://x.example/dl/1");
    CHECK(only("<guid>https://x.example/1.torrent</guid>").url == "https://x.example/1.torrent");
    CHECK(only("<guid isPermaLink='false'>1.torrent</guid>").url.empty());
    const auto both = only("<link>https://x.example/p</link><enclosure url='magnet:?xt=urn:btih:1111222233334444555566667777888899990000' "
                           "type='application/x-bittorrent'/><enclosure url='https://x.example/1.torrent' type='application/x-bittorrent'/>");
    CHECK(both.url == "https://x.example/1.torrent");
    CHECK(both.info_hash == "1111222233334444555566667777888899990000");
    CHECK(both.link == "https://x.example/p");
}

TEST_CASE("numbers beyond reason are unknown", "[feed][shape]")
{
    const auto item = parsed(rss_of("<item><title>t</title><torznab:attr name='seeders' value='9223372036854775807'/><size>9223372036854775807</size>"
                                    "<torznab:attr name='leechers' value='9223372036854775807'/></item>")).items.at(0);
    CHECK_FALSE(item.seeders);
    CHECK_FALSE(item.peers);
    CHECK_FALSE(item.size);
    const auto large = parsed(rss_of("<item><title>t</title><torznab:attr name='seeders' value='1000000000000000000'/>"
                                     "<torznab:attr name='leechers' value='1000000000000000000'/></item>")).items.at(0);
    CHECK(large.peers == 2'000'000'000'000'000'000);
}

TEST_CASE("an enclosure that is as small as a .torrent says nothing of the size", "[feed][shape]")
{
    const auto size_of = [](const std::string& length) {
        return parsed(rss_of("<item><title>t</title><enclosure url='https://x.example/1.torrent' length='" + length + "'/></item>")).items.at(0).size;
    };
    CHECK_FALSE(size_of("0"));
    CHECK_FALSE(size_of("25312"));
    CHECK_FALSE(size_of("-1"));
    CHECK(size_of("734003200") == 734003200);
}

} // namespace shoal::rss::test
