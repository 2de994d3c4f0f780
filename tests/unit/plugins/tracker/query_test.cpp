#include "query.hpp"
#include "answers.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace shoal::http_tracker {
namespace {

std::string repeated(std::string_view text, int times)
{
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
}

TrackerUrl url_of(std::string_view text)
{
    auto url = parse_url(text);
    REQUIRE(url);
    return *url;
}

Announce plain_announce()
{
    return {.url = {},
            .info_hash = hash_of('\x01'),
            .peer_id = *WirePeerId::from(as_bytes("-SH0100-abcdefghijkl")),
            .uploaded = 1,
            .downloaded = 2,
            .left = 3,
            .key = 0xbeef,
            .num_want = 50,
            .port = 6881,
            .tracker_id = {}};
}

const std::string plain_arguments =
    "info_hash=" + repeated("%01", 20)
    + "&peer_id=-SH0100-abcdefghijkl&port=6881&uploaded=1&downloaded=2&left=3&compact=1"
      "&no_peer_id=1&numwant=50&key=0000beef";

std::string announced(std::string_view url, const Announce& announce = plain_announce())
{
    return announce_url(url_of(url), announce);
}

} // namespace

TEST_CASE("an announce carries what BEP 3 asks for", "[tracker]")
{
    CHECK(announced("http://t.example.org/announce") == "http://t.example.org/announce?" + plain_arguments);
}

TEST_CASE("every octet of an info-hash arrives, whatever it is", "[tracker]")
{
    Bytes all;
    for (int octet = 0; octet < 256; ++octet) all.push_back(static_cast<std::byte>(octet));
    const auto text = percent_encoded(all);
    CHECK(text.size() == 66 + 3 * (256 - 66)); // RFC 3986: 66 unreserved characters
    CHECK(text.find("%00%01") == 0);
    CHECK(text.find("%2F0123456789%3A") != std::string::npos);
    CHECK(text.find("%2B") != std::string::npos);
    CHECK(text.find("-.%2F") != std::string::npos);
    CHECK(text.ends_with("%FF"));
}

TEST_CASE("the event is named, and not at all when there is none", "[tracker]")
{
    const auto url_with = [](AnnounceEvent event) {
        auto announce = plain_announce();
        announce.event = event;
        return announced("http://t.example.org/announce", announce);
    };
    CHECK(url_with(AnnounceEvent::started).ends_with("&event=started"));
    CHECK(url_with(AnnounceEvent::completed).ends_with("&event=completed"));
    CHECK(url_with(AnnounceEvent::stopped).ends_with("&event=stopped"));
    CHECK(url_with(AnnounceEvent::none).find("event") == std::string::npos);
}

TEST_CASE("the tracker's id goes back to it octet by octet", "[tracker]")
{
    auto announce = plain_announce();
    announce.tracker_id = as_bytes("a&b=\x80");
    CHECK(announced("http://t.example.org/announce", announce).ends_with("&trackerid=a%26b%3D%80"));
}

TEST_CASE("numbers of 64 bits are written in full", "[tracker]")
{
    auto announce = plain_announce();
    announce.left = UINT64_MAX;
    CHECK(announced("http://t.example.org/announce", announce).find("&left=18446744073709551615&")
          != std::string::npos);
}

TEST_CASE("the URL's own arguments are kept, before ours", "[tracker]")
{
    CHECK(announced("http://t.example.org/announce.php?passkey=ab%20c&&x")
          == "http://t.example.org/announce.php?passkey=ab%20c&x&" + plain_arguments);
    CHECK(announced("http://t.example.org/announce?") == "http://t.example.org/announce?" + plain_arguments);
}

TEST_CASE("T8 arguments of the URL that an announce sets itself are dropped, however they are written",
          "[tracker]")
{
    CHECK(announced("http://t.example.org/announce?info_hash=other&passkey=1&info%5Fhash=other&%70ort=1&left"
                    "&event=stopped&trackerid=x&ip=1.2.3.4")
          == "http://t.example.org/announce?passkey=1&ip=1.2.3.4&" + plain_arguments);
}

TEST_CASE("a torn percent sign in the URL is passed on as it is", "[tracker]")
{
    CHECK(announced("http://t.example.org/announce?a=%&b%=%4&%zz=1")
          == "http://t.example.org/announce?a=%&b%=%4&%zz=1&" + plain_arguments);
}

TEST_CASE("a scrape is asked for where the convention says", "[tracker]")
{
    const std::vector<Hash20> one = {hash_of('a')};
    const auto scrape = [&](std::string_view url) { return scrape_url(url_of(url), one); };
    const auto argument = "info_hash=" + std::string(20, 'a');
    CHECK(*scrape("http://example.com/announce") == "http://example.com/scrape?" + argument);
    CHECK(*scrape("http://example.com/x/announce") == "http://example.com/x/scrape?" + argument);
    CHECK(*scrape("http://example.com/announce.php") == "http://example.com/scrape.php?" + argument);
    CHECK(*scrape("http://example.com/announce?key=1&info_hash=x")
          == "http://example.com/scrape?key=1&" + argument);
    for (const auto* url :
         {"http://example.com/a", "http://example.com/announce?x=2/4", "http://example.com/x%61nnounce",
          "http://example.com/announce/", "http://example.com/x/xannounce", "http://example.com"}) {
        INFO(url);
        REQUIRE_FALSE(scrape(url));
        CHECK(scrape(url).error().code == Errc::unsupported);
    }
}

TEST_CASE("several torrents are scraped at once, none and too many are not", "[tracker]")
{
    const auto url = url_of("http://example.com/announce");
    const std::vector<Hash20> two = {hash_of('a'), hash_of('\xff')};
    CHECK(*scrape_url(url, two)
          == "http://example.com/scrape?info_hash=" + std::string(20, 'a')
                 + "&info_hash=" + repeated("%FF", 20));
    CHECK(scrape_url(url, {}).error().code == Errc::invalid_argument);
    CHECK(scrape_url(url, std::vector<Hash20>(most_scraped)).has_value());
    CHECK(scrape_url(url, std::vector<Hash20>(most_scraped + 1)).error().code == Errc::limit_exceeded);
}

} // namespace shoal::http_tracker
