#include "rss_host.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

namespace shoal::rss::test {
namespace {

using std::chrono::seconds;

} // namespace

TEST_CASE("a feed that is added is read at once, and what it lists is told, the oldest first", "[feed][service]")
{
    RssHost host;
    host.start();
    CHECK(host.add(address, "show") == Value(Map{}.set("feed", "show")));
    CHECK(host.commits == 1); // it is on record before anybody hears that it was added
    REQUIRE(host.questions.size() == 1);
    CHECK(host.questions.front().url == address);
    CHECK(host.questions.front().max_body == 16u << 20);
    CHECK(host.questions.front().max_redirects == 0);
    host.answer(200, feed_of({"new", "old"}));
    CHECK(host.told("rss.item", "item") == Texts{"old", "new"});
    CHECK(host.told("rss.item", "is_first") == Texts{"true", "true"});
    CHECK(host.told("rss.item", "feed") == Texts{"show", "show"});
    CHECK(host.told("rss.refreshed", "new") == Texts{"2"});
    CHECK(titles_of(host.call("feeds.items", Map{}.set("feed", "show").set("from", 0).set("limit", 10))) == Texts{"new", "old"});
    CHECK(host.service->summary() == "1 feed");
}

TEST_CASE("at the next reading only what is new is told, in whatever order the feed lists it", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show", 600);
    host.answer(200, feed_of({"b", "a"}));
    host.events.clear();
    host.pass(seconds{599});
    CHECK(host.questions.empty());
    host.pass(seconds{62});
    host.answer(200, feed_of({"a", "c", "b"}));
    CHECK(host.told("rss.item", "item") == Texts{"c"});
    CHECK(host.told("rss.item", "is_first") == Texts{"false"});
    CHECK(host.told("rss.refreshed", "items") == Texts{"3"});
}

TEST_CASE("a feed is asked whether it has changed, and 304 is an answer", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    CHECK(host.header("if-none-match") == "-");
    host.answer(200, feed_of({"a"}), {{"etag", "\"v1\""}, {"last-modified", "Thu, 05 Mar 2026 10:20:30 GMT"}});
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    CHECK(host.header("if-none-match") == "\"v1\"");
    CHECK(host.header("if-modified-since") == "Thu, 05 Mar 2026 10:20:30 GMT");
    host.answer(304);
    CHECK(host.answered() == Value(Value::List{Value(Map{}.set("feed", "show").set("items", 1).set("new", 0))}));
    CHECK(titles_of(host.call("feeds.items", Map{}.set("from", 0).set("limit", 10))) == Texts{"a"});
    CHECK(host.told("rss.refreshed", "new") == Texts{"1", "0"});
}

TEST_CASE("after a restart nothing is told twice, and the items are there before anybody is asked", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.answer(200, feed_of({"a"}), {{"etag", "\"v1\""}});
    host.stop();
    host.events.clear();
    host.start();
    CHECK(host.questions.empty());
    CHECK(titles_of(host.call("feeds.items", Map{}.set("from", 0).set("limit", 10))) == Texts{"a"});
    host.pass(seconds{1900});
    CHECK(host.header("if-none-match") == "\"v1\"");
    host.answer(200, feed_of({"b", "a"}));
    CHECK(host.told("rss.item", "item") == Texts{"b"});
    CHECK(host.told("rss.item", "is_first") == Texts{"false"});
}

TEST_CASE("what a feed lists at the first reading is backlog when only what comes later is wanted, also after a restart", "[feed][service]")
{
    RssHost host;
    host.start();
    host.call("feeds.add", Map{}.set("url", address).set("name", "show").set("first_run", "learn"));
    host.answer(200, feed_of({"b", "a"}));
    const auto backlog = [&host] {
        Texts out;
        const auto answer = host.call("feeds.items", Map{}.set("from", 0).set("limit", 10));
        for (const auto& item : *answer.as_list()) {
            if (item.as_map()->find("backlog") != nullptr) out.push_back(*item.as_map()->find("title")->as_text());
        }
        return out;
    };
    CHECK(host.told("rss.item", "is_first") == Texts{"true", "true"});
    CHECK(backlog() == Texts{"b", "a"});
    host.stop();
    host.start();
    CHECK(backlog() == Texts{"b", "a"});
    host.pass(seconds{1900});
    host.answer(200, feed_of({"c", "b", "a"}));
    CHECK(backlog() == Texts{"b", "a"});
}

TEST_CASE("without a kept body a feed is not asked whether it has changed", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.answer(200, feed_of({"a"}), {{"etag", "\"v1\""}});
    host.stop();
    host.folder_setting = host.folder / "elsewhere";
    host.start();
    host.pass(seconds{1900});
    CHECK(host.header("if-none-match") == "-");
}

TEST_CASE("a feed that was cut off is not asked whether it has changed", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    const auto whole = feed_of({"b", "a"});
    host.answer(200, whole.substr(0, whole.size() - 40), {{"etag", "\"v1\""}});
    CHECK(host.told("rss.item", "item") == Texts{"b"});
    CHECK(in(only(host.call("feeds.list")), "warnings") == Value(Value::List{"it is cut off: what was whole before the cut is used"}));
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    CHECK(host.header("if-none-match") == "-");
    host.answer(200, whole, {{"etag", "\"v1\""}});
    CHECK(host.told("rss.item", "item") == Texts{"b", "a"});
}

TEST_CASE("cookies and headers go to the feed's own site alone, also after a redirect", "[feed][service]")
{
    RssHost host;
    host.start();
    host.call("feeds.add", Map{}.set("url", "http://x.example/rss").set("name", "x").set("cookies", "sid=c00kie").set("headers", Map{}.set("X-Key", "k3yk3y")));
    CHECK(host.header("cookie") == "sid=c00kie");
    CHECK(host.header("X-Key") == "k3yk3y");
    CHECK(host.questions.front().local_targets == SHOAL_LOCAL_ALL);
    host.answer(301, "", {{"location", "https://x.example/rss"}});
    CHECK(host.header("cookie") == "sid=c00kie");
    CHECK(host.questions.front().local_targets == SHOAL_LOCAL_NONE);
    host.answer(302, "", {{"location", "https://y.example/rss"}});
    CHECK(host.questions.front().url == "https://y.example/rss");
    CHECK(host.header("cookie") == "-");
    CHECK(host.header("X-Key") == "-");
    host.answer(200, feed_of({"a"}));
    CHECK(host.told("rss.item", "item") == Texts{"a"});
}

TEST_CASE("T9 a feed in the local network may be read and may redirect there; one on the internet may not", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add("http://localhost:9117/torznab/api?apikey=s3cr3tk3y", "jackett");
    CHECK(host.questions.front().local_targets == SHOAL_LOCAL_ALL);
    CHECK(host.questions.front().url == "http://localhost:9117/torznab/api?apikey=s3cr3tk3y&t=search");
    host.answer(302, "", {{"location", "/elsewhere"}});
    CHECK(host.questions.front().local_targets == SHOAL_LOCAL_ALL);
    host.answer(200, feed_of({"a"}));
    host.add(address, "far");
    host.answer(302, "", {{"location", "http://192.168.1.1/admin"}});
    CHECK(host.has_logged("redirects from https down to http"));
    host.add("http://far.example/rss", "farther");
    host.answer(302, "", {{"location", "http://192.168.1.1/admin"}});
    CHECK(host.questions.front().local_targets == SHOAL_LOCAL_NONE);
    host.fail(SHOAL_E_ACCESS, "whatever the client says");
    CHECK(host.has_logged("192.168.1.1 is in the local network, where a redirect from the internet does not lead"));
}

TEST_CASE("T1 a loop of redirects ends, and no redirect leads to a file", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add("http://x.example/a", "x");
    for (int i = 0; i < 6; ++i) host.answer(302, "", {{"location", "/a"}});
    CHECK(host.questions.empty());
    CHECK(host.told("rss.error", "why") == Texts{"x.example redirects, and so did those before it: 5 times is enough"});
    host.add("http://y.example/a", "y");
    host.answer(302, "", {{"location", "file:///etc/hostname"}});
    CHECK(host.told("rss.error", "why").back() == "what y.example redirects to is no web address");
}

TEST_CASE("a feed that fails is tried again, later and later, and says why", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.fail(SHOAL_E_TIMEOUT, "cannot fetch from feeds.example.org: too slow");
    CHECK(host.told("rss.error", "why") == Texts{"cannot fetch from feeds.example.org: too slow"});
    const auto feed = host.call("feeds.list");
    CHECK(in(only(feed), "failures") == Value(1));
    CHECK(in(only(feed), "error") == Value("cannot fetch from feeds.example.org: too slow"));
    host.pass(seconds{224});
    CHECK(host.questions.empty());
    host.pass(seconds{152});
    REQUIRE(host.questions.size() == 1);
    host.answer(503, "", {{"retry-after", "4000"}});
    CHECK(host.told("rss.error", "why").back() == "feeds.example.org is too busy (HTTP 503)");
    host.pass(seconds{3999});
    CHECK(host.questions.empty());
    host.pass(seconds{1});
    host.answer(200, feed_of({"a"}));
    CHECK(in(only(host.call("feeds.list")), "failures") == Value(0));
    CHECK(in(only(host.call("feeds.list")), "error") == Value(""));
    CHECK(host.told("rss.item", "is_first") == Texts{"true"});
}

TEST_CASE("a login page in the place of the feed is an error, and what was listed stays", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.answer(200, feed_of({"a"}));
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    host.answer(200, "<!DOCTYPE html><html>Log in</html>");
    REQUIRE(host.answered().as_text() != nullptr);
    CHECK_THAT(*host.answered().as_text(), Catch::StartsWith("!show: this is a web page and no feed"));
    CHECK(titles_of(host.call("feeds.items", Map{}.set("from", 0).set("limit", 10))) == Texts{"a"});
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    host.answer(200, feed_of({"a"}));
    CHECK(host.told("rss.item", "item") == Texts{"a"});
}

TEST_CASE("T14 what is secret in a feed is in no log, no error, no event about it and no list", "[feed][service][secret]")
{
    RssHost host;
    host.start();
    host.call("feeds.add", Map{}.set("url", address).set("name", "show").set("cookies", "sid=c00kie"));
    host.fail(SHOAL_E_NETWORK, std::string("cannot fetch ") + address + " with c00kie");
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    host.answer(200, "<error code='100' description='wrong key s3cr3tk3y'/>");
    CHECK(in(only(host.call("feeds.list")), "url") == Value("https://feeds.example.org/rss?passkey=…"));
    std::string all;
    for (const auto& line : host.fake.logged) all += line;
    for (const auto& why : host.told("rss.error", "why")) all += why;
    all += *in(only(host.call("feeds.list")), "error").as_text();
    CHECK_THAT(all, Catch::Contains("wrong key …"));
    CHECK_THAT(all, !Catch::Contains("s3cr3tk3y") && !Catch::Contains("c00kie"));
}

TEST_CASE("four feeds are read at once, and of a site one after the other", "[feed][service]")
{
    RssHost host;
    host.start();
    for (const auto* name : {"a", "b", "c", "d", "e"}) host.add(std::string("https://") + name + ".example/rss", name);
    host.add("https://a.example/other", "a2");
    CHECK(host.questions.size() == 4);
    host.answer(200, feed_of({"1"}));
    CHECK(host.questions.size() == 4);
    CHECK(host.questions.back().url == "https://e.example/rss");
    host.answer(304);
    CHECK(host.questions.back().url == "https://a.example/other");
}

TEST_CASE("what is told takes turns with the rest of the host, and is told again if all ends in between", "[feed][service]")
{
    RssHost host;
    Texts titles;
    for (int i = 0; i < 250; ++i) titles.push_back("t" + std::to_string(i));
    host.start();
    host.add(address, "show");
    const auto question = host.questions.front();
    const auto text = feed_of(titles);
    const auto response = response_of(200, text);
    host.questions.clear();
    question.done(question.user, 1, SHOAL_OK, &response);
    const auto job = host.jobs.front();
    host.jobs.clear();
    job.work(job.user);
    job.done(job.user, SHOAL_OK);
    CHECK(host.told("rss.item", "item").size() == 100);
    host.stop();
    host.events.clear();
    host.start();
    host.answer(200, feed_of(titles));
    CHECK(host.told("rss.item", "item").size() == 250);
    CHECK(host.told("rss.refreshed", "new") == Texts{"250"});
}

TEST_CASE("a feed that is removed is forgotten with its files, and what is under way for it is nobody's", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.answer(200, feed_of({"a"}));
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    CHECK(host.call("feeds.remove", Map{}.set("feed", "show")) == Value("done"));
    host.answer(200, feed_of({"b"}));
    CHECK(host.told("rss.item", "item") == Texts{"a"});
    CHECK(host.call("feeds.list").as_list()->empty());
    CHECK(host.call("feeds.remove", Map{}.set("feed", "show")) == Value("!there is no feed 'show'"));
    CHECK(std::filesystem::is_empty(host.folder_setting));
    host.add(address, "show");
    host.answer(200, feed_of({"a"}));
    CHECK(host.told("rss.item", "is_first").back() == "true");
}

TEST_CASE("the feeds of a script come and go with it, and what they listed is remembered", "[feed][service]")
{
    RssHost host;
    host.start();
    const Value::List feeds{Value(Map{}.set("url", address).set("name", "show")), Value(Map{}.set("name", "nothing"))};
    const auto loaded = host.call("feeds.load", Map{}.set("source", "rules").set("feeds", feeds));
    CHECK(in(loaded, "accepted") == Value(1));
    CHECK(in(loaded, "names") == Value(Value::List{"show"}));
    CHECK(in(loaded, "problems") == Value(Value::List{"feed 2: a feed needs a 'url'"}));
    host.answer(200, feed_of({"a"}));
    CHECK(in(only(host.call("feeds.list")), "source") == Value("rules"));
    CHECK(host.call("feeds.remove", Map{}.set("feed", "show")) == Value("!the script rules declares it: remove it there"));
    host.call("feeds.load", Map{}.set("source", "rules").set("feeds", Value::List{}));
    CHECK(host.call("feeds.list").as_list()->empty());
    host.call("feeds.load", Map{}.set("source", "rules").set("feeds", feeds));
    host.pass(seconds{1900});
    host.answer(200, feed_of({"b", "a"}));
    CHECK(host.told("rss.item", "item") == Texts{"a", "b"});
    CHECK(host.told("rss.item", "is_first") == Texts{"true", "false"});
    CHECK(host.call("feeds.load", Map{}.set("source", "").set("feeds", Value::List{})) == Value("!'source' is empty"));
}

TEST_CASE("a feed whose address changes keeps its memory, and is read at once", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.answer(200, feed_of({"a"}), {{"etag", "\"v1\""}});
    host.add("https://feeds.example.org/rss?passkey=an0th3r", "show");
    CHECK(host.header("if-none-match") == "-");
    host.answer(200, feed_of({"b", "a"}));
    CHECK(host.told("rss.item", "item") == Texts{"a", "b"});
}

TEST_CASE("the last bodies are kept for replay, no more than wanted and none twice", "[feed][service]")
{
    RssHost host;
    host.start();
    host.add(address, "show");
    host.answer(200, feed_of({"0"}));
    for (const auto* title : {"1", "1", "2", "3"}) {
        host.pass(seconds{1});
        host.call("feeds.refresh", Map{}.set("feed", "show"));
        host.answer(200, feed_of({title}));
    }
    host.pass(seconds{1});
    host.call("feeds.refresh", Map{}.set("feed", "show"));
    host.answer(403, "<html>no</html>");
    const auto bodies = host.call("feeds.bodies", Map{}.set("feed", "show").set("from", 0).set("limit", 10));
    REQUIRE(bodies.as_list() != nullptr);
    REQUIRE(bodies.as_list()->size() == 4);
    CHECK(in(bodies.as_list()->at(0), "status") == Value(403));
    CHECK(in(bodies.as_list()->at(0), "body") == Value("<html>no</html>"));
    CHECK(in(bodies.as_list()->at(1), "body") == Value(feed_of({"3"})));
    CHECK(in(bodies.as_list()->at(3), "body") == Value(feed_of({"1"})));
    const auto second = host.call("feeds.bodies", Map{}.set("feed", "show").set("from", 1).set("limit", 1));
    CHECK(in(only(second), "body") == Value(feed_of({"3"})));
    const auto raw = host.call("feeds.bodies", Map{}.set("feed", "show").set("from", 1).set("limit", 1).set("raw", true));
    REQUIRE(raw.as_list() != nullptr);
    const auto third = feed_of({"3"});
    const auto octets = as_bytes(third);
    CHECK(in(raw.as_list()->at(0), "body") == Value(Bytes(octets.begin(), octets.end())));
    CHECK(host.call("feeds.bodies", Map{}.set("feed", "none").set("from", 0).set("limit", 1)) == Value("!there is no feed 'none'"));
}

TEST_CASE("bodies go into the daemon's folder when the plug-in's own setting is empty, and nowhere when there is none", "[feed][service]")
{
    RssHost host;
    const auto state = host.folder / "state";
    host.folder_setting.clear();
    host.start();
    host.add(address, "show");
    CHECK(host.questions.empty());
    REQUIRE(host.asked.size() == 1);
    const auto reply = [&](shoal_status status, const Value& value) {
        const auto [done, user] = host.asked.front();
        host.asked.clear();
        const AbiValue raw(value);
        done(user, 1, status, raw.pointer());
        host.answer(200, feed_of({"a"}));
    };
    SECTION("there is one")
    {
        reply(SHOAL_OK, Value(Map{}.set("value", state)));
        CHECK_FALSE(std::filesystem::is_empty(std::filesystem::path(state) / "feeds"));
    }
    SECTION("there is none")
    {
        reply(SHOAL_E_NOT_FOUND, Value("no such setting"));
        CHECK(host.has_logged("the bodies of feeds are not kept"));
        CHECK(host.told("rss.item", "item") == Texts{"a"});
        CHECK(host.call("feeds.bodies", Map{}.set("feed", "show").set("from", 0).set("limit", 1)).as_list()->empty());
    }
}

} // namespace shoal::rss::test
