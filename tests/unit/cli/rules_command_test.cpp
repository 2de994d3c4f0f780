#include "cli/rules_arguments.hpp"
#include "cli/rules_command.hpp"
#include "cli/saved_bodies.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

using namespace shoal;
using namespace shoal::cli;
using Catch::Contains;
using Catch::StartsWith;

namespace {

const std::string folder = SHOAL_SOURCE_DIR "/tests/unit/cli/rules/";
const std::string shipped = SHOAL_SOURCE_DIR "/scripts/rules/";

struct RulesBench {
    RulesBench() : registry(host::Log{}) { registry.scan(SHOAL_TEST_PLUGINS); }

    int run(const RulesRequest& request)
    {
        net::LiveEnvironment live({.workers = 2});
        return run(request, live);
    }

    int run(const RulesRequest& request, net::LiveEnvironment& live)
    {
        out.str("");
        err.str("");
        Program program{.live = live, .registry = registry, .log = {}, .out = out, .err = err, .checked = true, .arguments = {}};
        return static_cast<int>(rules(program, request));
    }

    test::TemporaryFolder made;
    host::Registry registry;
    std::ostringstream out;
    std::ostringstream err;
};

control::Field any(const char* field) { return {.name = field, .type = control::Value::Type::null, .help = "h"}; }

std::string text_in_file(const std::string& path)
{
    std::ifstream file(path);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("the shipped rule sets take from their feeds what they are meant to", "[cli][rules]")
{
    RulesBench bench;
    for (const std::string name : {"series", "distribution", "podcast", "films"}) {
        CAPTURE(name);
        const auto code = bench.run({.verb = RulesVerb::test, .file = shipped + name + ".lua", .feeds = {folder + name + ".xml"}, .now = 1767614400,
                                     .expected = folder + name + ".json", .is_json = true});
        INFO(bench.out.str());
        CHECK(bench.err.str() == "");
        CHECK(code == 0);
    }
}

TEST_CASE("what is no file to be read, or has no end, is named, and nothing ends for it", "[cli][rules]")
{
    RulesBench bench;
    CHECK(bench.run({.verb = RulesVerb::import, .file = folder}) == 5);
    CHECK_THAT(bench.err.str(), Contains("cannot be read"));
    CHECK(bench.run({.verb = RulesVerb::test, .file = shipped + "series.lua", .feeds = {folder + "series.xml"}, .seen = folder}) == 5);
    CHECK_THAT(bench.err.str(), Contains("cannot be read"));
    CHECK(bench.run({.verb = RulesVerb::import, .file = "/dev/zero"}) != 0);
    CHECK_THAT(bench.err.str(), Contains("too large"));
}

TEST_CASE("decisions that are not those that were expected are shown, and the code says so", "[cli][rules]")
{
    RulesBench bench;
    const auto code = bench.run({.verb = RulesVerb::test, .file = shipped + "podcast.lua", .feeds = {folder + "podcast.xml"}, .now = 1767614400 + 30 * 86400,
                                 .expected = folder + "podcast.json"});
    CHECK(code == 1);
    CHECK_THAT(bench.err.str(), Contains("- Night Radio #121: Before the Storm: added by night-radio") && Contains("+ Night Radio #121: Before the Storm: rejected"));
}

TEST_CASE("a wrong rule is code 2, with what is wrong", "[cli][rules]")
{
    RulesBench bench;
    const auto rule = bench.made.write("rule.json", R"([{"name": "a", "feeds": "*", "serie": "x"}])");
    const auto items = bench.made.write("items.json", R"([{"title": "X S01E01", "url": "https://feeds.example/x"}])");
    CHECK(bench.run({.verb = RulesVerb::test, .file = rule, .feeds = {items}}) == 2);
    CHECK_THAT(bench.err.str(), StartsWith("shoal: rule a: serie: there is no such key; did you mean series?\n"));
    const auto script = bench.made.write("rule.lua", "shoal.rules.rule {");
    CHECK(bench.run({.verb = RulesVerb::test, .file = script, .feeds = {items}}) == 2);
    CHECK_THAT(bench.err.str(), Contains("rule"));
    CHECK(bench.run({.verb = RulesVerb::test, .file = "/no/such/file.lua", .feeds = {items}}) == 5);
}

TEST_CASE("beside a wrong rule the others decide, as they do in the daemon", "[cli][rules]")
{
    RulesBench bench;
    const auto file = bench.made.write("rules.json", R"([{"name": "a", "feeds": "*", "serie": "x"}, {"name": "b", "feeds": "*", "series": "X"}])");
    const auto items = bench.made.write("items.json", R"([{"title": "X S01E01", "url": "https://feeds.example/x"}])");
    CHECK(bench.run({.verb = RulesVerb::test, .file = file, .feeds = {items}, .is_explained = true}) == 2);
    CHECK_THAT(bench.err.str(), Contains("rule a: serie: there is no such key"));
    CHECK_THAT(bench.out.str(), StartsWith("X S01E01: added by b\n"));
}

TEST_CASE("rules and items may be JSON, and a trace has every test", "[cli][rules]")
{
    RulesBench bench;
    const auto rule = bench.made.write("rule.json", R"([{"name": "a", "feeds": "daily", "series": "Field Notes", "size": "<1GB"}])");
    const auto items = bench.made.write("items.json", R"([{"title": "Field Notes S01E01", "url": "https://feeds.example/x", "size": 2147483648}])");
    CHECK(bench.run({.verb = RulesVerb::test, .file = rule, .feeds = {"daily=" + items}, .is_explained = true}) == 0);
    CHECK_THAT(bench.out.str(), Contains("Field Notes S01E01: rejected by a (size: got 2 GB, wanted <1GB)") && Contains("FAIL size        got 2 GB, wanted <1GB")
                                    && Contains("ok   series      got field notes, wanted field notes"));
    CHECK(bench.run({.verb = RulesVerb::test, .file = rule, .feeds = {"weekly=" + items}}) == 0);
    CHECK_THAT(bench.out.str(), Contains("feeds: got weekly, wanted daily"));
}

TEST_CASE("a rule file requires what is in lib beside it, and one that is a folder what is in that", "[cli][rules]")
{
    RulesBench bench;
    const auto items = bench.made.write("items.json", R"([{"title": "X S01E01", "url": "https://feeds.example/x"}])");
    bench.made.write("lib/names.lua", "return { one = 'X' }");
    bench.made.write("shows/all.lua", "return { feeds = '*' }");
    const auto file = bench.made.write("one.lua", "shoal.rules.rule { name = 'a', feeds = '*', series = require('names').one }");
    const auto main = bench.made.write("shows/main.lua", "shoal.rules.rule { name = 'a', feeds = require('all').feeds, series = require('names').one }");
    for (const auto& path : {file, main}) {
        CAPTURE(path);
        CHECK(bench.run({.verb = RulesVerb::test, .file = path, .feeds = {items}}) == 0);
        CHECK(bench.err.str() == "");
        CHECK_THAT(bench.out.str(), Contains("added"));
        CHECK(bench.run({.verb = RulesVerb::why, .file = path, .title = "X S01E01"}) == 0);
    }
    const auto lost = bench.made.write("lost.lua", "require 'nowhere'");
    CHECK(bench.run({.verb = RulesVerb::test, .file = lost, .feeds = {items}}) == 2);
    CHECK_THAT(bench.err.str(), Contains("there is no module nowhere: lib/nowhere.lua is not there"));
}

TEST_CASE("a file says why it takes a title or not", "[cli][rules]")
{
    RulesBench bench;
    CHECK(bench.run({.verb = RulesVerb::why, .file = shipped + "series.lua", .title = "Field.Notes.S01E02.1080p.WEB-DL", .size = 5LL << 30}) == 0);
    CHECK_THAT(bench.out.str(), Contains("taken for field notes/s01e02, 1080p webdl") && Contains("to change that: rule Field Notes: let size take 5 GB (it wants <4GB, or unknown)"));
}

TEST_CASE("a rule with a function takes a title only if that does", "[cli][rules]")
{
    RulesBench bench;
    CHECK(bench.run({.verb = RulesVerb::why, .file = shipped + "podcast.lua", .now = 4'000'000'000, .title = "Night Radio #130"}) == 0);
    CHECK_THAT(bench.out.str(), Contains("rule night-radio takes it, if its where does\n") && Contains("?    where       got not asked, wanted yes"));
}

TEST_CASE("a file that runs is tried beside what was taken by another name", "[cli][rules]")
{
    RulesBench bench;
    net::LiveEnvironment live({.workers = 1});
    control::Registry methods;
    std::string name;
    methods.offer({.name = "rules.test", .help = "tries", .arguments = {any("name"), any("text"), any("feeds"), any("seen"), any("explain")}},
                  [&name](const control::Value::Map& arguments, auto done) {
                      name = *arguments.find("name")->as_text();
                      done(control::Value::Map{}.set("decisions", control::Value::List{}));
                  });
    rpc::Server server(live.loop(), methods);
    const std::string socket = bench.made / "rpc.sock";
    REQUIRE(server.open([&](environment::Network::Accepted accepted) { return net::LocalListener::open(live.loop(), socket, std::move(accepted)); }));
    CHECK(bench.run({.verb = RulesVerb::test, .file = shipped + "series.lua", .seen = "live", .socket = socket}, live) == 0);
    CHECK(name == "series (tried)");
}

TEST_CASE("what was taken before is nothing, what the daemon remembers, or what a file says", "[cli][rules]")
{
    RulesBench bench;
    const auto rule = bench.made.write("rule.json", R"([{"name": "a", "feeds": "*", "series": "X"}])");
    const auto items = bench.made.write("items.json", R"([{"title": "X S01E01", "url": "https://feeds.example/1"}, {"title": "X S01E02", "url": "https://feeds.example/2"}])");
    const auto taken = bench.made.write("seen.json", R"([{"key": "x/s01e01", "state": "added", "rule": "a", "at": 1767614400, "title": "X S01E01 720p", "torrent": "aabb"}])");
    const auto run = [&](const std::string& seen) { return bench.run({.verb = RulesVerb::test, .file = rule, .feeds = {items}, .seen = seen, .is_explained = true}); };
    CHECK(run("none") == 0);
    CHECK_THAT(bench.out.str(), Contains("X S01E01: added by a") && Contains("X S01E02: added by a"));
    CHECK(run(taken) == 0);
    CHECK_THAT(bench.out.str(), Contains("X S01E01: rejected by a (seen: got x/s01e01, taken as X S01E01 720p by rule a") && Contains("X S01E02: added by a"));
    CHECK(run("sometimes") == 2);
    CHECK_THAT(bench.err.str(), Contains("--seen is none, live or a file: there is no file sometimes"));
    CHECK(run(bench.made.write("map.json", "{}")) == 5);
    CHECK_THAT(bench.err.str(), Contains("what seen.list prints is a list"));
}

TEST_CASE("what a feed sent is saved as it came, one body or all of them, and nothing is written over", "[cli][rules]")
{
    RulesBench bench;
    net::LiveEnvironment live({.workers = 1});
    control::Registry methods;
    const std::vector<std::string> kept{"new\xff", "old"};
    methods.offer({.name = "feeds.bodies", .help = "bodies", .arguments = {any("feed"), any("from"), any("limit"), any("raw")}},
                  [&kept](const control::Value::Map& arguments, auto done) {
                      if (*arguments.find("feed") == control::Value("none")) return done(make_error(Errc::not_found, "there is no feed 'none'"));
                      const auto from = static_cast<std::size_t>(*arguments.find("from")->as_integer());
                      CHECK(*arguments.find("raw") == control::Value(true));
                      control::Value::List all;
                      const bool is_there = from < kept.size() && *arguments.find("feed") == control::Value("tv/daily");
                      if (is_there) all.emplace_back(control::Value::Map{}.set("body", Bytes(as_bytes(kept[from]).begin(), as_bytes(kept[from]).end())));
                      done(all);
                  });
    rpc::Server server(live.loop(), methods);
    const std::string socket = bench.made / "rpc.sock";
    REQUIRE(server.open([&](environment::Network::Accepted accepted) { return net::LocalListener::open(live.loop(), socket, std::move(accepted)); }));
    const auto save = [&](const std::string& feed, const std::string& output, bool is_all) {
        return bench.run({.verb = RulesVerb::save, .feed = feed, .output = output, .socket = socket, .is_all = is_all}, live);
    };
    CHECK(save("tv/daily", "", false) == 0);
    CHECK(bench.out.str() == "new\xff");
    CHECK(save("tv/daily", bench.made / "one.xml", false) == 0);
    CHECK(text_in_file(bench.made / "one.xml") == "new\xff");
    CHECK(save("tv/daily", bench.made / "one.xml", false) == 2);
    CHECK_THAT(bench.err.str(), Contains("is there already"));
    CHECK(save("tv/daily", bench.made / "all.xml", true) == 0);
    CHECK(text_in_file(bench.made / "all-1.xml") == "old");
    CHECK(text_in_file(bench.made / "all-2.xml") == "new\xff");
    CHECK(bench.out.str() == bench.made / "all-1.xml" + "\n" + (bench.made / "all-2.xml") + "\n");
    std::filesystem::create_directory(bench.made / "saved");
    CHECK(save("tv/daily", bench.made / "saved/", true) == 0);
    CHECK(text_in_file(bench.made / "saved/tv_daily-1.xml") == "old");
    CHECK(text_in_file(bench.made / "saved/tv_daily-2.xml") == "new\xff");
    CHECK(save("tv/daily", bench.made / "saved", false) == 0);
    CHECK(text_in_file(bench.made / "saved/tv_daily.xml") == "new\xff");
    CHECK(save("tv/daily", bench.made / "nowhere/", false) != 0);
    CHECK(save("empty", "", false) == 5);
    CHECK_THAT(bench.err.str(), Contains("nothing of feed empty is kept"));
    CHECK(save("none", "", true) == 5);
    CHECK(file_name_of("tv/daily") == "tv_daily");
    CHECK(file_name_of("../x") == "_._x");
}

TEST_CASE("a file that is no feed is an error", "[cli][rules]")
{
    RulesBench bench;
    const auto rule = bench.made.write("rule.json", R"([{"name": "a", "feeds": "*", "series": "X"}])");
    const auto page = bench.made.write("page.html", "<!DOCTYPE html><html><body>x</body></html>");
    const auto items = bench.made.write("items.json", R"([{"title": "X S01E01", "url": "https://feeds.example/1"}])");
    CHECK(bench.run({.verb = RulesVerb::test, .file = rule, .feeds = {items, page}, .is_explained = true}) == 5);
    CHECK_THAT(bench.err.str(), StartsWith("shoal: feed 2: ") && Contains("no feed"));
    CHECK_THAT(bench.out.str(), Contains("X S01E01: added by a"));
}

TEST_CASE("a feed that the daemon does not have is said, with the one that was meant", "[cli][rules]")
{
    RulesBench bench;
    net::LiveEnvironment live({.workers = 1});
    control::Registry methods;
    methods.offer({.name = "rules.why", .help = "why", .arguments = {any("title"), any("feed")}},
                  [](const control::Value::Map&, auto done) { done(control::Value::Map{}.set("rules", control::Value::List{})); });
    methods.offer({.name = "feeds.list", .help = "feeds", .arguments = {}},
                  [](const control::Value::Map&, auto done) { done(control::Value::List{control::Value::Map{}.set("feed", "daily")}); });
    rpc::Server server(live.loop(), methods);
    const std::string socket = bench.made / "rpc.sock";
    REQUIRE(server.open([&](environment::Network::Accepted accepted) { return net::LocalListener::open(live.loop(), socket, std::move(accepted)); }));
    CHECK(bench.run({.verb = RulesVerb::why, .title = "x", .feed = "dialy", .socket = socket}, live) == 0);
    CHECK(bench.err.str() == "shoal: there is no feed called dialy; did you mean 'daily'?\n");
    CHECK(bench.run({.verb = RulesVerb::why, .title = "x", .feed = "daily", .socket = socket}, live) == 0);
    CHECK(bench.err.str() == "");
}

TEST_CASE("what an edited file changes adds up", "[cli][rules]")
{
    RulesBench bench;
    net::LiveEnvironment live({.workers = 1});
    control::Registry methods;
    methods.offer({.name = "rules.compare", .help = "compares", .arguments = {any("name"), any("text")}}, [](const control::Value::Map&, auto done) {
        const control::Value::List one{control::Value::Map{}.set("title", "X").set("decision", "added").set("rule", "a")};
        done(control::Value::Map{}.set("items", 8).set("same", 5).set("more", one).set("fewer", control::Value::List{}));
    });
    rpc::Server server(live.loop(), methods);
    const std::string socket = bench.made / "rpc.sock";
    REQUIRE(server.open([&](environment::Network::Accepted accepted) { return net::LocalListener::open(live.loop(), socket, std::move(accepted)); }));
    CHECK(bench.run({.verb = RulesVerb::diff, .file = bench.made.write("one.lua", "-- none"), .socket = socket}, live) == 0);
    CHECK(bench.out.str() == "1 more, 0 fewer, 5 as before, 2 taken by neither, of 8 items\n+ X: added by a\n");
}

TEST_CASE("without a daemon it is said what to do", "[cli][rules]")
{
    RulesBench bench;
    CHECK(bench.run({.verb = RulesVerb::why, .file = "", .title = "x", .socket = bench.made / "none.sock"}) == 1);
    CHECK_THAT(bench.err.str(), Contains("start one with `shoal daemon`"));
}

TEST_CASE("rules of qBittorrent's become a file that can be read", "[cli][rules]")
{
    RulesBench bench;
    const auto exported = bench.made.write("download_rules.json", R"({"Notes": {"mustContain": "field|", "affectedFeeds": ["https://feeds.example/a"]}})");
    const std::string made = bench.made / "made.lua";
    CHECK(bench.run({.verb = RulesVerb::import, .file = exported, .output = made}) == 0);
    CHECK_THAT(bench.err.str(), Contains("empty alternative"));
    CHECK_THAT(text_in_file(made), Contains("dialect = \"qbittorrent\""));
    CHECK(bench.run({.verb = RulesVerb::import, .file = exported, .output = made}) == 2);
    const auto items = bench.made.write("items.json", R"([{"title": "Anything", "url": "https://feeds.example/x"}])");
    CHECK(bench.run({.verb = RulesVerb::test, .file = made, .feeds = {items}}) == 0);
    CHECK_THAT(bench.out.str(), Contains("added"));
}

TEST_CASE("an imported rule of no feed is read, and matches nothing", "[cli][rules]")
{
    RulesBench bench;
    const auto exported = bench.made.write("download_rules.json", R"({"Idle": {"mustContain": "any", "affectedFeeds": []}, "Notes": {"mustContain": "any", "affectedFeeds": ["https://feeds.example/a"]}})");
    const std::string made = bench.made / "made.lua";
    CHECK(bench.run({.verb = RulesVerb::import, .file = exported, .output = made}) == 0);
    CHECK_THAT(text_in_file(made), Contains("feeds = {}"));
    const auto items = bench.made.write("items.json", R"([{"title": "Anything", "url": "https://feeds.example/x"}])");
    CHECK(bench.run({.verb = RulesVerb::test, .file = made, .feeds = {items}, .is_explained = true}) == 0);
    CHECK(bench.err.str() == "");
    CHECK_THAT(bench.out.str(), StartsWith("Anything: added by Notes\n") && Contains("wanted it names none"));
}

TEST_CASE("moments are dates in UTC, or seconds", "[cli][rules]")
{
    CHECK(*parse_moment("2026-01-05T12:00Z") == 1767614400);
    CHECK(*parse_moment("2026-01-05T12:00") == 1767614400);
    CHECK(*parse_moment("2026-01-05T12:00:07") == 1767614407);
    CHECK(*parse_moment("2026-01-05") == 1767571200);
    CHECK(*parse_moment("1767614400") == 1767614400);
    for (const auto* wrong : {"", "today", "2026-13-05", "2026-01-05T25:00", "2026-01-05T12", "2026-01-05 x"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_moment(wrong));
    }
}

TEST_CASE("what is typed becomes a request, or what is wrong with it", "[cli][rules]")
{
    RulesArguments typed{.verb = RulesVerb::why, .title = "x", .now = "2026-01-05", .size = "3G"};
    const auto request = rules_request(typed);
    REQUIRE(request);
    CHECK(request->size == 3LL << 30);
    CHECK(request->now == 1767571200);
    typed.size = "large";
    CHECK_FALSE(rules_request(typed));
    typed.size.clear();
    typed.now = "soon";
    CHECK_FALSE(rules_request(typed));
}
