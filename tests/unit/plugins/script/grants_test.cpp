#include "grants.hpp"
#include "script_bench.hpp"
#include "web_address.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace shoal::script_lua::test {
namespace {

Grants granted(const std::string& line)
{
    auto grants = Grants::parse("-- A script.\n-- grants: " + line + "\nprint(1)\n-- grants: late\n");
    REQUIRE(grants);
    return std::move(*grants);
}

} // namespace

TEST_CASE("grants are the words of the lines that a script begins with", "[script][grants]")
{
    const auto grants = granted("delete_data, settings\n-- grants: notify");
    CHECK(grants.has("delete_data"));
    CHECK(grants.has("settings"));
    CHECK(grants.has("notify"));
    CHECK_FALSE(grants.has("late"));
    CHECK(granted("http( a.example , b.example:81 ) fs(/x)").words() == std::set<std::string, std::less<>>{"fs(/x)", "http(a.example)", "http(b.example:81)"});
}

TEST_CASE("a host is granted by its name and port; a star takes what is below, in public", "[script][grants]")
{
    using Reach = Grants::Reach;
    const auto grants = granted("http(api.example.org, *.lan.example:8080, [::1]:9, any.example:*, LOUD.example)");
    CHECK(grants.reach("api.example.org", 443, true) == Reach::anywhere);
    CHECK(grants.reach("api.example.org", 8080, false) == Reach::nowhere);
    CHECK(grants.reach("evil-api.example.org", 443, true) == Reach::nowhere);
    CHECK(grants.reach("api.example.org.evil.example", 443, true) == Reach::nowhere);
    CHECK(grants.reach("a.lan.example", 8080, false) == Reach::in_public);
    CHECK(grants.reach("lan.example", 8080, false) == Reach::nowhere);
    CHECK(grants.reach("evil-lan.example", 8080, false) == Reach::nowhere);
    CHECK(grants.reach("::1", 9, false) == Reach::anywhere);
    CHECK(grants.reach("any.example", 12345, false) == Reach::anywhere);
    CHECK(grants.reach("loud.example", 80, true) == Reach::anywhere);
}

TEST_CASE("a grant that is malformed is an error that names it", "[script][grants]")
{
    const auto* line = GENERATE("http(", "http(a.example:0)", "http(a.example:70000)", "http(*)", "http(a/b)", "http(u@a)", "fs(relative)", "fs(/a/../b)",
                                "fs(/)", "fs(/a//b)", "proc(ffprobe)", "shell(all)", "settings(all)");
    CAPTURE(line);
    CHECK_FALSE(Grants::parse(std::string("-- grants: ") + line));
}

TEST_CASE("a grant that nobody knows is an error with the nearest that is known", "[script][grants]")
{
    const auto said = GENERATE(table<std::string, std::string>({{"delete-data", "did you mean 'delete_data'?"},
                                                                {"setting", "did you mean 'settings'?"},
                                                                {"htttp(a.example)", "did you mean 'http'?"},
                                                                {"http", "in brackets: http(…)"},
                                                                {"delete_data, everything", "the grant everything:"}}));
    const auto grants = Grants::parse("-- grants: " + std::get<0>(said));
    REQUIRE_FALSE(grants);
    CHECK_THAT(grants.error().text, Catch::Contains(std::get<1>(said)));
}

TEST_CASE("grants are read however the comment is written, and refused where it has several lines", "[script][grants]")
{
    const auto* good = GENERATE("--grants: notify", "---  Grants : notify", "\r\n  -- grants: notify\r\n", "--[[ A script.\nOf mine. ]]\n-- grants: notify",
                                "--[==[ ]] ]==] -- grants: notify");
    CAPTURE(good);
    const auto grants = Grants::parse(good);
    REQUIRE(grants);
    CHECK(grants->has("notify"));
    const auto* bad = GENERATE("--[[ grants: notify ]]", "--[=[\n  grants: notify\n]=]", "--[[\n-- grants: notify", "-- About it.\n--[[grants:notify]]");
    CAPTURE(bad);
    const auto refused = Grants::parse(bad);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Catch::Contains("a line of their own"));
    CHECK(Grants::parse("-- grants are few\n--[[ no grants ]]\nprint(1) --[[ grants: x ]]"));
}

TEST_CASE("a folder is granted to be read, or with :rw to be written", "[script][grants]")
{
    const auto grants = granted("fs(/data/done:rw, /media:r, /more/)");
    REQUIRE(grants.folders().size() == 3);
    CHECK(grants.folders()[0].path == "/data/done");
    CHECK(grants.folders()[0].may_write);
    CHECK(grants.folders()[1].path == "/media");
    CHECK_FALSE(grants.folders()[1].may_write);
    CHECK(grants.folders()[2].path == "/more");
}

TEST_CASE("a web address has one reading, or none", "[script][grants]")
{
    const auto good = GENERATE(table<std::string, std::string>({{"http://A.example", "http://a.example/"},
                                                                {"https://a.example:443/x?y#z", "https://a.example/x?y"},
                                                                {"http://a.example:8080?q", "http://a.example:8080/?q"},
                                                                {"http://[::0001]:9/", "http://[::1]:9/"},
                                                                {"http://a.example/\r\nx", "http://a.example/%0d%0ax"},
                                                                {"http://a.example./x", "http://a.example/x"}}));
    CAPTURE(std::get<0>(good));
    const auto address = WebAddress::parse(std::get<0>(good));
    REQUIRE(address);
    CHECK(address->text() == std::get<1>(good));
    const auto* bad = GENERATE("ftp://a.example/", "http:a.example", "http://u:p@a.example/", "http://a.example\\@b.example/", "http://127.1/",
                               "http://2130706433/", "http://0x7f.1/", "http://a.example:0/", "http://a.example:99999/", "http:///x", "http://a b/",
                               "http://[127.0.0.1]/", "http://::1/");
    CAPTURE(bad);
    CHECK_FALSE(WebAddress::parse(bad));
}

TEST_CASE("where a redirect leads may be said in short", "[script][grants]")
{
    const auto from = WebAddress::parse("https://a.example:8443/x/y?z");
    REQUIRE(from);
    const auto said = GENERATE(table<std::string, std::string>({{"http://b.example/q", "http://b.example/q"},
                                                                {"//b.example/q", "https://b.example/q"},
                                                                {"/q", "https://a.example:8443/q"},
                                                                {"q", "https://a.example:8443/x/q"},
                                                                {"?q", "https://a.example:8443/x/y?q"}}));
    const auto to = from->follow(std::get<0>(said));
    REQUIRE(to);
    CHECK(to->text() == std::get<1>(said));
    CHECK_FALSE(from->follow("mailto:somebody@b.example"));
}

TEST_CASE("a torrent is added by a web address when its host is granted", "[script][grants]")
{
    const auto call = [](const std::string& grants, const std::string& method, const std::string& source) {
        ScriptBench bench;
        REQUIRE(bench.load(grants + "shoal.on('go', 'h', function() print(select(2, shoal.call('" + method + "', { source = '" + source + "' }))) end)").empty());
        bench.hear("go");
        return bench.wishes.size() == 1 ? "asked" : bench.lines.at(0);
    };
    const std::string method = GENERATE("torrents.add", "torrents.peek");
    CHECK(call("", method, "https://example.org/a.torrent")
          == "example.org is not granted; the script has to begin with the line \"-- grants: http(example.org)\"");
    CHECK_THAT(call("", method, "HTTP://user:word@Example.org:8080/a"), Catch::EndsWith("\"-- grants: http(example.org:8080)\""));
    CHECK_THAT(call("-- grants: http(example.org)\n", method, "http://example.org:8080/"), Catch::Contains("example.org:8080 is not granted"));
    CHECK_THAT(call("-- grants: http(*.0.0.1)\n", method, "http://127.0.0.1/"), Catch::Contains("127.0.0.1 is not granted"));
    CHECK_THAT(call("-- grants: http(example.org)\n", method, "http://example.org@example.net/"), Catch::Contains("example.net is not granted"));
    CHECK(call("-- grants: http(example.org)\n", method, "https://example.org/a.torrent") == "asked");
    CHECK(call("-- grants: http(*.example.org)\n", method, "http://user:word@www.example.org/a.torrent") == "asked");
    CHECK(call("-- grants: http(127.0.0.1:8080)\n", method, "http://127.0.0.1:8080/") == "asked");
    CHECK(call("", method, "magnet:?xt=urn:btih:1&tr=http://example.org/announce") == "asked");
    CHECK(call("", method, "/srv/a.torrent") == "asked");
}

TEST_CASE("what runs other scripts, or reads any page, is granted as control", "[script][grants]")
{
    const std::string call = GENERATE("'scripts.run'", "'scripts.read'", "'rules.load'", "'rules.test'", "'feeds.add'", "'feeds.search'", "'rates.switch'",
                                      "'torrents.set', { torrent = 't', changes = { pickers = { 'rarest', '/tmp/mine.lua' } } }",
                                      "'torrents.set', { torrent = 't', changes = { choker = 'mine.lua' } }",
                                      "'torrents.add', { source = 's', own = { choker = 'mine.lua' } }");
    CAPTURE(call);
    const auto body = "shoal.on('go', 'h', function() print(select(2, shoal.call(" + call + "))) end)";
    ScriptBench bench;
    REQUIRE(bench.load(body).empty());
    bench.hear("go");
    CHECK(bench.wishes.empty());
    REQUIRE(bench.lines.size() == 1);
    CHECK_THAT(bench.lines[0], Catch::Contains("-- grants: control"));
    REQUIRE(bench.load("-- grants: control\n" + body).empty());
    bench.hear("go");
    CHECK(bench.wishes.size() == 1);
}

TEST_CASE("what only tells, or changes what is one's own, needs no grant", "[script][grants]")
{
    const std::string call = GENERATE("'scripts.list'", "'rules.why'", "'rules.list'", "'feeds.items'", "'feeds.refresh'", "'feeds.list'",
                                      "'torrents.set', { torrent = 't', changes = { pickers = { 'rarest' }, down = 1 } }");
    CAPTURE(call);
    ScriptBench bench;
    REQUIRE(bench.load("shoal.on('go', 'h', function() shoal.call(" + call + ") end)").empty());
    bench.hear("go");
    CHECK(bench.wishes.size() == 1);
}

} // namespace shoal::script_lua::test
