// Dates, sizes, addresses and definitions: the small parts.
#include "amount.hpp"
#include "date.hpp"
#include "declarations.hpp"
#include "pace.hpp"
#include "secrets.hpp"
#include "seen_items.hpp"
#include "torznab.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace shoal::rss::test {
namespace {

using Map = Value::Map;
using std::chrono::seconds;

Map feed_map(const std::string& url, const std::string& name = "")
{
    Map map;
    map.set("url", url);
    if (!name.empty()) map.set("name", name);
    return map;
}

std::string problem_of(const Map& map)
{
    const auto definition = read_definition(map);
    return definition ? "none" : definition.error().text;
}

Item item_with(const std::string& title, const std::string& guid, const std::string& url = "")
{
    Item item;
    item.title = title;
    item.guid = guid;
    item.url = url;
    return item;
}

} // namespace

TEST_CASE("a date is read however it is written", "[feed][date]")
{
    constexpr std::int64_t moment = 1772706030; // 2026-03-05 10:20:30 UTC
    for (const auto* text : {"Thu, 05 Mar 2026 10:20:30 GMT", "Thu, 05 Mar 2026 10:20:30 +0000", "Mon, 5 Mar 2026 10:20:30 UT", "5 Mar 26 10:20:30 Z",
                             "05 March 2026 10:20:30", "Thursday, 05-Mar-26 10:20:30 GMT", "Thu Mar  5 10:20:30 2026", "Thu, 05 Mar 2026 05:20:30 EST",
                             "Thu, 05 Mar 2026 12:20:30 +02:00", "Thu, 05 Mar 2026 02:20:30 -8", " Thu, 05 Mar 2026 10:20:30 nowhere ",
                             "2026-03-05T10:20:30Z", "2026-03-05T10:20:30", "2026-03-05 10:20:30", "2026-03-05T10:20:30.999+00:00",
                             "2026-03-05T15:50:30+0530", "2026/03/05 10:20:30", "20260305T10:20:30Z", "1772706030", "Mar 5, 2026 10:20:30"}) {
        CAPTURE(text);
        CHECK(parse_date(text) == moment);
    }
    CHECK(parse_date("2026-03-05") == moment - 37'230);
    CHECK(parse_date("05 Mar 2026") == moment - 37'230);
    CHECK(parse_date("Sat, 29 Feb 2020 00:00:00 GMT") == 1582934400);
    CHECK(parse_date("1 Jan 70 00:00:00 GMT") == 0);
}

TEST_CASE("what is no date is none", "[feed][date]")
{
    for (const auto* text : {"", "yesterday", "32 Mar 2026 10:00:00", "Mon, 29 Feb 2021 00:00:00 GMT", "2026-13-01", "2026-00-10", "0000-00-00T00:00:00Z",
                             "05 Mar 1066 10:00:00", "2201-01-01", "99999999999999", "::::", "+", "-", "T", "2026-03-05T99:00:00Z"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_date(text));
    }
    CHECK_FALSE(parse_date(std::string(10'000, '1')));
}

TEST_CASE("a size is read however it is written", "[feed][amount]")
{
    CHECK(parse_octets("734003200") == 734003200);
    CHECK(parse_octets("1.5 GiB") == 1610612736);
    CHECK(parse_octets("1.5GB") == 1500000000);
    CHECK(parse_octets("700 MB") == 700000000);
    CHECK(parse_octets("1,5 GiB") == 1610612736);
    CHECK(parse_octets("1,234,567 bytes") == 1234567);
    CHECK(parse_octets("1.234,5 KB") == 1234500);
    CHECK(parse_octets("1,234.5 KB") == 1234500);
    CHECK(parse_octets("12 kib") == 12288);
    CHECK(parse_octets("2 Tio") == 2199023255552);
    for (const auto* text : {"", "-5", "GB", "1.5 parsecs", "9999999 PiB", "big", "1..5 GB"}) {
        CAPTURE(text);
        CHECK(parse_octets(text).value_or(0) <= 1);
    }
    CHECK(parse_count(" 1,234 ") == 1234);
    CHECK_FALSE(parse_count("-1"));
    CHECK_FALSE(parse_count("99999999999999999999"));
    CHECK_FALSE(parse_count("9223372036854775807"));
    CHECK_FALSE(parse_octets("9223372036854775807"));
    CHECK_FALSE(parse_octets("8000 PiB"));
    CHECK(find_octets("Category: TV | SIZE: 1.37 GiB (2 files)") == 1471026298);
    CHECK_FALSE(find_octets("Size: 3"));
    CHECK_FALSE(find_octets("no such thing"));
}

TEST_CASE("nothing secret is left in an address that is shown", "[feed][secret]")
{
    CHECK(shown_url("https://eve:word@x.example/rss?passkey=abcd&t=search") == "https://…@x.example/rss?passkey=…&t=search");
    CHECK(shown_url("http://localhost:9117/api/v2.0/indexers/all/results/torznab/api?apikey=k3y&q=a&cat=5000") ==
          "http://localhost:9117/api/v2.0/indexers/all/results/torznab/api?apikey=…&q=a&cat=5000");
    CHECK(shown_url("https://x.example/rss/0a1b2c3d4e5f60718293/all") == "https://x.example/rss/…/all");
    CHECK(shown_url("https://x.example/?0a1b2c") == "https://x.example/?…");
    CHECK(shown_url("https://x.example/") == "https://x.example/");
    CHECK(shown_url("secret nonsense") == "…");
}

TEST_CASE("nothing secret is left in a text about a feed", "[feed][secret]")
{
    FeedDefinition feed{.url = "https://eve:word1@x.example/dl/0a1b2c3d4e5f60718293?apikey=k3yk3y", .cookies = "sid=c00kie; other=1", .headers = {{"Authorization", "Bearer t0ken"}}};
    const Secrets secrets(feed);
    CHECK(secrets.without("bad key k3yk3y of 0a1b2c3d4e5f60718293, c00kie, Bearer t0ken or t0ken, eve:word1, word1") ==
          "bad key … of …, …, … or …, …, …");
    CHECK(secrets.without("nothing of it") == "nothing of it");
}

TEST_CASE("a definition is checked before anybody is asked", "[feed][definition]")
{
    CHECK(problem_of(feed_map("https://x.example/rss")) == "none");
    CHECK(problem_of(Map{}) == "a feed needs a 'url'");
    CHECK(problem_of(feed_map("ftp://x.example/")) == "web address: not http:// or https://");
    CHECK(problem_of(feed_map("https://x.example/").set("evry", 5)) == "a feed has no 'evry'");
    CHECK(problem_of(feed_map("https://x.example/").set("name", 5)) == "'name' has to be a text");
    CHECK(problem_of(feed_map("https://x.example/", "two\nlines")) == "'name' has to be a short text of one line");
    CHECK(problem_of(feed_map("https://x.example/").set("every", 59)) == "'every' has to be 60 seconds or more: sites lock out who asks more often");
    CHECK(problem_of(feed_map("https://x.example/").set("every", "soon")) == "'every' has to be seconds, or a text like 30m or 2h");
    CHECK(problem_of(feed_map("https://x.example/").set("cookies", "a=b\r\nHost: y")) == "'cookies' has to be one line: NAME=VALUE; NAME=VALUE");
    CHECK(problem_of(feed_map("https://x.example/").set("headers", Map{}.set("X-A", "b\r\nc"))) == "the header 'X-A' cannot be sent");
    CHECK(problem_of(feed_map("https://x.example/").set("headers", Map{}.set("Host", "y"))) == "the header 'Host' is Shoal's to choose");
    CHECK(problem_of(feed_map("https://x.example/").set("headers", 5)) == "'headers' has to be a map from names to texts");
    CHECK(read_definition(feed_map("https://x.example/").set("every", "2h"))->every == seconds{7200});
    CHECK(read_definition(feed_map("https://x.example/").set("every", 90.4))->every == seconds{90});
}

TEST_CASE("a feed without a name is called after its host, and two of one host are told apart", "[feed][definition]")
{
    Declarations declarations;
    CHECK(*declarations.add(*read_definition(feed_map("https://www.x.example/one"))) == "x.example");
    CHECK(*declarations.add(*read_definition(feed_map("https://www.x.example/one"))) == "x.example");
    const auto second = *declarations.add(*read_definition(feed_map("https://www.x.example/two")));
    CHECK_THAT(second, Catch::StartsWith("x.example-"));
    CHECK(*declarations.add(*read_definition(feed_map("https://eve:word@z.example:8443/rss"))) == "z.example");
    CHECK(declarations.all().size() == 3);
    CHECK(*declarations.add(*read_definition(feed_map("https://y.example/", second))) == second);
    CHECK(declarations.all().at(second).definition.url == "https://y.example/");
}

TEST_CASE("what scripts declare stands beside what people add, and goes with the last that wants it", "[feed][definition]")
{
    Declarations declarations;
    static_cast<void>(*declarations.add(*read_definition(feed_map("https://x.example/1", "mine"))));
    const auto first = declarations.load("a", {Value(feed_map("https://s.example/1", "shows")), Value(feed_map("https://x.example/1", "mine")), Value(5),
                                               Value(feed_map("https://s.example/2", "shows"))});
    CHECK(first.names == std::vector<std::string>{"shows", "mine"});
    CHECK(first.problems == std::vector<std::string>{"feed 3: it has to be a map", "feed 4: the name 'shows' is there twice"});
    const auto second = declarations.load("b", {Value(feed_map("https://s.example/1", "shows")), Value(feed_map("https://z.example/", "mine"))});
    CHECK(second.names == std::vector<std::string>{"shows"});
    CHECK(second.problems == std::vector<std::string>{"feed 2: the name 'mine' is that of a feed that was added"});
    CHECK(declarations.remove("shows").error().text == "the script a declares it: remove it there");
    CHECK(declarations.remove("none").error().code == Errc::not_found);
    CHECK(declarations.remove("mine"));
    CHECK(declarations.all().at("mine").source == "a");
    CHECK(declarations.load("a", {}).names.empty());
    CHECK(declarations.all().at("shows").source == "b");
    declarations.load("b", {});
    CHECK(declarations.all().empty());
}

TEST_CASE("there is an end to feeds", "[feed][definition]")
{
    Declarations declarations;
    Value::List many;
    for (std::size_t i = 0; i < Declarations::most + 1; ++i) many.emplace_back(feed_map("https://x.example/" + std::to_string(i), std::to_string(i)));
    const auto loaded = declarations.load("a", many);
    CHECK(loaded.names.size() == Declarations::most);
    CHECK(loaded.problems == std::vector<std::string>{"feed 501: there are 500 feeds already"});
    CHECK(declarations.add(*read_definition(feed_map("https://y.example/"))).error().code == Errc::limit_exceeded);
}

TEST_CASE("what the feed asks for counts when nobody says how often it is read", "[feed][pace]")
{
    CHECK(interval_of(std::nullopt, seconds{1800}, std::nullopt) == seconds{1800});
    CHECK(interval_of(std::nullopt, seconds{1800}, seconds{3600}) == seconds{3600});
    CHECK(interval_of(std::nullopt, seconds{1800}, seconds{60}) == seconds{1800});
    CHECK(interval_of(seconds{600}, seconds{1800}, seconds{3600}) == seconds{600});
    CHECK(after_success(seconds{1000}, [](std::uint64_t) { return 0; }) == seconds{1000});
    CHECK(after_success(seconds{1000}, [](std::uint64_t bound) { return bound - 1; }) == seconds{1100});
}

TEST_CASE("a feed that fails is asked less and less often, in bounds, and not before its server wants it", "[feed][pace]")
{
    const auto middle = [](std::uint64_t bound) { return bound / 2; };
    const auto pause = [&](std::uint32_t failures) { return after_failure(failures, seconds{1800}, std::nullopt, middle); };
    CHECK(pause(1) == seconds{300});
    CHECK(pause(2) == seconds{600});
    CHECK(pause(4) == seconds{2400});
    CHECK(pause(100) == std::chrono::hours{6});
    CHECK(after_failure(100, std::chrono::days{2}, std::nullopt, middle) == std::chrono::days{2});
    CHECK(after_failure(1, seconds{60}, std::nullopt, middle) == seconds{60});
    CHECK(after_failure(1, seconds{1800}, seconds{7000}, middle) == seconds{7000});
    CHECK(after_failure(1, seconds{1800}, std::chrono::days{400}, middle) == std::chrono::days{1});
    CHECK(after_failure(1, seconds{1800}, std::nullopt, [](std::uint64_t) { return 0; }) == seconds{225});
    CHECK(read_retry_after("120", 0) == seconds{120});
    CHECK(read_retry_after("Thu, 05 Mar 2026 10:20:30 GMT", 1772706000) == seconds{30});
    CHECK_FALSE(read_retry_after("Thu, 05 Mar 2026 10:20:30 GMT", 1772709999));
    CHECK_FALSE(read_retry_after("later", 0));
}

TEST_CASE("an item is new once, in whatever order it is listed", "[feed][seen]")
{
    SeenItems seen;
    const auto a = item_with("A", "1");
    const auto b = item_with("B", "2");
    const auto c = item_with("C", "", "https://x.example/c");
    CHECK(seen.learn({a, b}) == std::vector<std::size_t>{0, 1});
    CHECK(seen.learn({b, c, a}) == std::vector<std::size_t>{1});
    CHECK(seen.learn({c, a, b}).empty());
    CHECK(seen.learn({}).empty());
    CHECK(seen.learn({a}).empty());
    auto again = SeenItems::decode(seen.encode());
    CHECK(again.count() == 3);
    CHECK(again.learn({c, b, a, item_with("D", "4")}) == std::vector<std::size_t>{3});
}

TEST_CASE("an item is known by its guid, its hash, its address, its title and date, the first that it has", "[feed][seen]")
{
    auto item = item_with("T", "g", "https://x.example/1?key=1");
    item.info_hash = "ab";
    item.published = 5;
    CHECK(identity_of(item) == "guid g");
    item.guid.clear();
    CHECK(identity_of(item) == "hash ab");
    item.info_hash.clear();
    CHECK(identity_of(item) == "url https://x.example/1?key=1");
    item.url.clear();
    CHECK(identity_of(item) == "title T 5");
}

TEST_CASE("a feed that gives all its items one guid is not new only once", "[feed][seen]")
{
    SeenItems seen;
    CHECK(seen.learn({item_with("A", "same", "u1"), item_with("B", "same", "u2")}).size() == 2);
    CHECK(seen.learn({item_with("C", "same", "u3"), item_with("A", "same", "u1"), item_with("B", "same", "u2")}) == std::vector<std::size_t>{0});
    CHECK(seen.learn({item_with("C", "same", "u3"), item_with("C", "same", "u3")}).empty());
}

TEST_CASE("the memory of a feed has an end, and what is listed is never beyond it", "[feed][seen]")
{
    SeenItems seen;
    const auto first = item_with("first", "first");
    for (int i = 0; i < 3'000; ++i) seen.learn({first, item_with("t", std::to_string(i))});
    CHECK(seen.count() == SeenItems::least_kept);
    CHECK(seen.learn({first}).empty());
    CHECK(seen.learn({item_with("t", "0")}).size() == 1);
    CHECK(SeenItems::decode(as_bytes("12345678123")).count() == 1);
}

TEST_CASE("a search goes to the feed's own address, with its key and without its question", "[feed][torznab]")
{
    const auto url = [](const char* feed, const Map& arguments) { return search_url(*WebUrl::parse(feed), *read_question(arguments)); };
    const auto query = Map{}.set("query", "paper boats & more").set("limit", 20);
    CHECK(url("http://localhost:9117/torznab/api?apikey=k3y&t=tvsearch&cat=&q=", query) ==
          "http://localhost:9117/torznab/api?apikey=k3y&t=search&q=paper%20boats%20%26%20more&extended=1&limit=20");
    auto series = Map{}.set("query", "boats").set("limit", 5).set("season", 2).set("episode", 3).set("category", "5000,5040");
    CHECK(url("http://localhost:9696/1/api", series) == "http://localhost:9696/1/api?t=tvsearch&q=boats&cat=5000,5040&season=2&ep=3&extended=1&limit=5");
    CHECK(in_words(*read_question(series)).query == "boats S02E03");
    CHECK(read_question(Map{}.set("query", "a").set("category", "TV")).error().text == "'category' has to be numbers with commas between, like 5000,5040");
    CHECK(read_question(Map{}.set("query", "a").set("episode", 1)).error().text == "an episode of which season?");
}

TEST_CASE("an address of Torznab is recognised, and asked for its newest", "[feed][torznab]")
{
    const auto is_one = [](const char* url) { return is_torznab(*WebUrl::parse(url)); };
    CHECK(is_one("http://localhost:9117/api/v2.0/indexers/all/results/torznab/?apikey=x"));
    CHECK(is_one("http://localhost:9696/1/api?apikey=x"));
    CHECK(is_one("https://x.example/api?t=search&apikey=x"));
    CHECK_FALSE(is_one("https://x.example/rss?passkey=x"));
    CHECK_FALSE(is_one("https://x.example/api"));
    CHECK(latest_url("http://localhost:9696/1/api?apikey=x") == "http://localhost:9696/1/api?apikey=x&t=search");
    CHECK(latest_url("http://localhost:9696/1/api?apikey=x&t=tvsearch") == "http://localhost:9696/1/api?apikey=x&t=tvsearch");
    CHECK(latest_url("https://x.example/rss") == "https://x.example/rss");
}

} // namespace shoal::rss::test
