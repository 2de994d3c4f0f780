#include "rss_host.hpp"

#include <catch2/catch.hpp>

namespace shoal::rss::test {

TEST_CASE("a document is parsed without being a feed here", "[feed][service]")
{
    RssHost host;
    host.start();
    const auto parse = [&](const Value& text, int from = 0, int limit = 100) {
        return host.call("feeds.parse", Map{}.set("text", text).set("feed", "any").set("url", "https://x.example/").set("from", from).set("limit", limit));
    };
    const auto whole = parse(Value(feed_of({"a", "b", "c"})));
    CHECK(in(whole, "title") == Value("Invented"));
    CHECK(titles_of(in(whole, "items")) == Texts{"a", "b", "c"});
    CHECK(in(whole, "next").is_null());
    CHECK(in(only(in(parse(Value(feed_of({"a"}))), "items")), "feed") == Value("any"));
    CHECK(titles_of(in(parse(Value(feed_of({"a", "b", "c"})), 1, 1), "items")) == Texts{"b"});
    CHECK(in(parse(Value(feed_of({"a", "b", "c"})), 1, 1), "next") == Value(2));
    CHECK(in(parse(Value(Bytes{})), "error") == Value("this is empty, and no feed"));
    CHECK(host.questions.empty());
}

TEST_CASE("a search asks all indexers, and one that does not answer spoils it for no other", "[feed][service][torznab]")
{
    RssHost host;
    host.start();
    CHECK(host.call("feeds.search", Map{}.set("query", "boats").set("limit", 5)) ==
          Value("!no feed can be searched: add one of Jackett or Prowlarr with feeds.add"));
    for (const auto* name : {"one", "two"}) {
        host.add(std::string("http://") + name + ".local/torznab/api?apikey=s3cr3tk3y", name);
        host.answer(200, feed_of({}));
    }
    host.add(address, "plain");
    host.answer(200, feed_of({}));
    CHECK(host.call("feeds.search", Map{}.set("query", "boats").set("limit", 2)).is_null());
    REQUIRE(host.questions.size() == 2);
    CHECK(host.questions.front().url == "http://one.local/torznab/api?apikey=s3cr3tk3y&t=search&q=boats&extended=1&limit=2");
    host.answer(200, "<rss><channel><item><title>few</title><torznab:attr name='seeders' value='1'/></item><item><title>many</title>"
                     "<torznab:attr name='seeders' value='9'/></item><item><title>unknown</title></item></channel></rss>");
    CHECK(host.answered().is_null());
    SECTION("the other refuses")
    {
        host.answer(401, "<error code='100' description='no s3cr3tk3y'/>");
        CHECK(titles_of(in(host.answered(), "items")) == Texts{"many", "few"});
        CHECK(in(only(in(host.answered(), "problems")), "feed") == Value("two"));
        CHECK_THAT(*in(only(in(host.answered(), "problems")), "why").as_text(), Catch::StartsWith("the indexer refuses: no … (100); check the apikey"));
    }
    SECTION("the other answers, too")
    {
        host.answer(200, feed_of({"more"}));
        CHECK(in(host.answered(), "problems") == Value(Value::List{}));
        CHECK(titles_of(in(host.answered(), "items")) == Texts{"many", "few"});
    }
}

TEST_CASE("a search that nobody answers is an error with the reason", "[feed][service][torznab]")
{
    RssHost host;
    host.start();
    host.call("feeds.search", Map{}.set("query", "boats").set("limit", 2).set("url", "http://localhost:9117/api?apikey=x"));
    host.answer(502);
    CHECK(host.answered() == Value("!localhost: localhost does not give it (HTTP 502)"));
}

TEST_CASE("an indexer that knows nothing of series is asked in words", "[feed][service][torznab]")
{
    RssHost host;
    host.start();
    host.call("feeds.search", Map{}.set("query", "boats").set("limit", 2).set("season", 1).set("episode", 2).set("url", "http://localhost/api?apikey=x"));
    CHECK(host.questions.front().url == "http://localhost/api?apikey=x&t=caps");
    host.answer(404);
    CHECK(host.questions.front().url == "http://localhost/api?apikey=x&t=tvsearch&q=boats&season=1&ep=2&extended=1&limit=2");
    host.answer(200, "<error code='203' description='Function Not Available'/>");
    CHECK(host.questions.front().url == "http://localhost/api?apikey=x&t=search&q=boats%20S01E02&extended=1&limit=2");
    host.answer(200, feed_of({"boats"}));
    CHECK(titles_of(in(host.answered(), "items")) == Texts{"boats"});
}

TEST_CASE("a feed that is no indexer cannot be searched, and says so", "[feed][service][torznab]")
{
    RssHost host;
    host.start();
    host.add("https://plain.example/rss", "plain");
    host.answer(200, feed_of({"newest"}));
    const auto search = [&host] { return host.call("feeds.search", Map{}.set("query", "boats").set("limit", 2).set("feed", "plain")); };
    search();
    CHECK(host.questions.front().url == "https://plain.example/rss?t=caps");
    SECTION("what it gives for every question is what is newest")
    {
        host.answer(200, feed_of({"newest"}));
        CHECK(host.answered() == Value("!plain: it cannot be searched: it is a feed, and no Torznab indexer"));
        search();
        CHECK(host.questions.empty());
    }
    SECTION("one that says what it can is an indexer, whatever its address looks like")
    {
        host.answer(200, "<caps><searching><search available='yes' supportedParams='q'/></searching></caps>");
        CHECK(host.questions.front().url == "https://plain.example/rss?t=search&q=boats&extended=1&limit=2");
        host.answer(200, feed_of({"boats"}));
        CHECK(titles_of(in(host.answered(), "items")) == Texts{"boats"});
    }
}

TEST_CASE("an indexer is asked what it can, once a day, and then what it understands", "[feed][service][torznab]")
{
    RssHost host;
    host.start();
    const auto search = [&host](Map more) {
        more.set("query", "boats").set("url", "http://localhost:9117/api/v2.0/indexers/all/results/torznab/api?apikey=x");
        host.call("feeds.search", more);
    };
    search(Map{}.set("limit", 500).set("season", 1).set("episode", 2).set("category", "5040,8000"));
    CHECK(host.questions.front().url == "http://localhost:9117/api/v2.0/indexers/all/results/torznab/api?apikey=x&t=caps");
    const std::string limits = "<?xml version='1.0'?><caps><server title='J'/><limits default='100' max='100'/><searching><search available='yes' supportedParams='q'/>";
    const std::string categories = "</searching><categories><category id='5000' name='TV'><subcat id='5040' name='TV/HD'/></category></categories></caps>";
    SECTION("one that knows nothing of series, and has one of the categories")
    {
        host.answer(200, limits + "<tv-search available='no' supportedParams='q,season,ep'/>" + categories);
        CHECK_THAT(host.questions.front().url, Catch::EndsWith("t=search&q=boats%20S01E02&cat=5040&extended=1&limit=100"));
        host.answer(200, feed_of({"boats"}));
        search(Map{}.set("limit", 500));
        CHECK_THAT(host.questions.front().url, Catch::EndsWith("t=search&q=boats&extended=1&limit=100"));
    }
    SECTION("one that knows series")
    {
        host.answer(200, limits + "<tv-search available='yes' supportedParams='q,season,ep,tvdbid'/>" + categories);
        CHECK_THAT(host.questions.front().url, Catch::EndsWith("t=tvsearch&q=boats&cat=5040&season=1&ep=2&extended=1&limit=100"));
    }
    SECTION("one that has none of the categories says which it has, and is not asked")
    {
        host.answer(200, limits + "</searching><categories><category id='2000' name='Movies'/></categories></caps>");
        CHECK(host.questions.empty());
        CHECK(host.answered() == Value("!localhost: it has no category 5040,8000; it has 2000 Movies"));
    }
    SECTION("one that refuses the key")
    {
        host.answer(200, "<error code='100' description='Invalid API Key'/>");
        CHECK(host.questions.empty());
        CHECK_THAT(*host.answered().as_text(), Catch::Contains("Invalid API Key (100)"));
    }
}

TEST_CASE("all feeds are refreshed together, and each says how it went", "[feed][service]")
{
    RssHost host;
    host.start();
    CHECK(host.call("feeds.refresh") == Value(Value::List{}));
    host.add("https://a.example/", "a");
    host.answer(200, feed_of({"1"}));
    host.add("https://b.example/", "b");
    host.answer(200, feed_of({"1"}));
    host.call("feeds.refresh");
    host.answer(200, feed_of({"1", "2"}));
    CHECK(host.answered().is_null());
    host.answer(404);
    CHECK(host.answered() == Value(Value::List{Value(Map{}.set("feed", "a").set("items", 2).set("new", 1)),
                                               Value(Map{}.set("feed", "b").set("items", 0).set("new", 0)
                                                         .set("error", "b: b.example has no feed at this address any more (HTTP 404)"))}));
}

TEST_CASE("what waits for a feed is answered when the service ends", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    host.stop();
    CHECK(host.answered() == Value("!cancelled"));
}

} // namespace shoal::rss::test
