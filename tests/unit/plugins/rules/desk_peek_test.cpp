#include "desk_bench.hpp"

#include <algorithm>

namespace shoal::feed_rules::test {
namespace {

using Catch::Contains;

// A desk whose torrents are looked into.
struct PeekBench : DeskBench {
    explicit PeekBench(const Value::Map& map) : DeskBench({rule(map)}), map_(map) {}

    void begin() { start({rule(map_)}); }
    void die() { DeskBench::die({rule(map_)}); }
    void peek(const Result<Peek>& with)
    {
        REQUIRE_FALSE(peeks.empty());
        const auto key = peeks.front().key;
        peeks.erase(peeks.begin());
        desk.on_peeked(key, with, now);
        look();
    }
    void say(bool is_ok, const std::string& why = {})
    {
        REQUIRE_FALSE(asks.empty());
        const auto ticket = asks.front().ticket;
        asks.erase(asks.begin());
        desk.on_where(ticket, is_ok, why, now);
        look();
    }
    std::string last(const std::string& event)
    {
        const auto at = std::find_if(told.rbegin(), told.rend(), [&](const Tell& tell) { return tell.event == event; });
        return at == told.rend() ? "nothing" : at->payload.find("why") == nullptr ? "" : *at->payload.find("why")->as_text();
    }

private:
    Value::Map map_;
};

Value::Map peeking() { return Value::Map{}.set("series", "Field Notes").set("peek", true); }

Peek of_files(std::int64_t size, const std::vector<std::string>& paths)
{
    Peek out{.torrent = "aa", .is_here = false, .size = size, .files = {}};
    for (const auto& path : paths) out.files.push_back({path, size});
    return out;
}

} // namespace

TEST_CASE("what is in a torrent is judged before it is added", "[rules][peek]")
{
    PeekBench bench(peeking().set("size", "<1GB").set("files", Value::List{"*.mkv", "/\\.mp4$/"}).set("reject_files", "*.exe"));
    bench.offer("Field Notes S01E01 720p");
    REQUIRE(bench.peeks.size() == 1);
    CHECK(bench.adds.empty());
    SECTION("and added when it is wanted")
    {
        bench.peek(of_files(1000, {"Field Notes/one.MP4", "readme.txt"}));
        CHECK(bench.adds.size() == 1);
    }
    SECTION("a feed that does not say the size is no obstacle, and a large torrent is")
    {
        bench.peek(of_files(2L << 30, {"one.mkv"}));
        CHECK(bench.adds.empty());
        CHECK(bench.last("rule.rejected") == "size: got 2 GB, wanted <1GB");
    }
    SECTION("one without the file")
    {
        bench.peek(of_files(1000, {"one.avi"}));
        CHECK(bench.last("rule.rejected") == "files: got none of its 1 files, wanted *.mkv or /\\.mp4$/");
    }
    SECTION("one with a file that nobody wants")
    {
        bench.peek(of_files(1000, {"one.mkv", "Setup.EXE"}));
        CHECK(bench.last("rule.rejected") == "reject_files: got Setup.EXE, wanted not *.exe");
        bench.offer("Field Notes S01E01 720p"); // the feed lists it still
        bench.wait(7200);
        CHECK(bench.peeks.empty());
        CHECK(bench.desk.memory().find("field notes/s01e01")->claim->state == ClaimState::failed);
    }
    SECTION("one that is here is taken")
    {
        bench.peek(Peek{.torrent = "bb", .is_here = true, .size = {}, .files = {}});
        CHECK(bench.adds.empty());
        CHECK(bench.desk.memory().find("field notes/s01e01")->taken->torrent == "bb");
    }
}

TEST_CASE("a feed that says a size that is wrong saves the look", "[rules][peek]")
{
    PeekBench bench(peeking().set("size", "<1GB"));
    bench.offer("Field Notes S01E01", Value::Map{}.set("size", 2L << 30));
    CHECK(bench.peeks.empty());
    CHECK_FALSE(bench.desk.next());
}

TEST_CASE("when what is in the best is not wanted the next one is looked into", "[rules][peek]")
{
    PeekBench bench(peeking().set("files", "*.mkv").set("wait", "1h").set("prefer", Value::List{"1080p"}));
    bench.offer("Field Notes S01E01 720p");
    bench.offer("Field Notes S01E01 1080p");
    bench.wait(3600);
    REQUIRE(bench.peeks.size() == 1);
    CHECK_THAT(bench.peeks[0].source, Contains("1080p"));
    bench.peek(of_files(1, {"one.rar"}));
    REQUIRE(bench.peeks.size() == 1);
    CHECK_THAT(bench.peeks[0].source, Contains("720p"));
    bench.peek(of_files(1, {"one.mkv"}));
    REQUIRE(bench.adds.size() == 1);
    CHECK_THAT(*bench.adds[0].arguments.find("source")->as_text(), Contains("720p"));
}

TEST_CASE("a look that fails is tried again, and then the candidate is given up", "[rules][peek]")
{
    PeekBench bench(peeking());
    bench.offer("Field Notes S01E01 720p");
    for (const std::int64_t delay : {60, 300, 1500, 7200}) {
        bench.peek(make_error(Errc::timed_out, "no metadata"));
        CHECK(bench.peeks.empty());
        bench.wait(delay);
    }
    bench.peek(make_error(Errc::timed_out, "no metadata"));
    CHECK(bench.last("rule.failed") == "no metadata");
    bench.wait(7200);
    CHECK(bench.peeks.empty());
}

TEST_CASE("a rule's function sees the files of a torrent that was looked into", "[rules][peek]")
{
    PeekBench bench(peeking().set("where", true));
    bench.offer("Field Notes S01E01", Value::Map{}.set("attributes", Value::Map{}.set("year", "2019")).set("categories", Value::List{"tv"}).set("size", Value{}));
    CHECK(bench.asks.empty());
    bench.peek(of_files(7, {"one.mkv"}));
    REQUIRE(bench.asks.size() == 1);
    const auto& asked = bench.asks[0].item;
    CHECK(*asked.find("size") == Value(7));
    CHECK(*asked.find("files") == Value(Value::List{Value::Map{}.set("path", "one.mkv").set("size", 7)}));
    CHECK(*asked.find("attributes") == Value(Value::Map{}.set("year", "2019")));
    SECTION("yes")
    {
        bench.say(true);
        CHECK(bench.adds.size() == 1);
    }
    SECTION("no")
    {
        bench.say(false, "a sample");
        CHECK(bench.adds.empty());
        CHECK(bench.last("rule.rejected") == "where: a sample");
    }
    SECTION("rules that are loaded meanwhile begin again")
    {
        bench.begin();
        CHECK(bench.peeks.size() == 1);
        bench.say(true); // nobody listens any more
        CHECK(bench.adds.empty());
    }
    SECTION("a process that dies meanwhile looks again, and has the item")
    {
        bench.die();
        bench.peek(of_files(7, {"one.mkv"}));
        REQUIRE(bench.asks.size() == 1);
        CHECK(*bench.asks[0].item.find("attributes") == Value(Value::Map{}.set("year", "2019")));
        CHECK(*bench.asks[0].item.find("title") == Value("Field Notes S01E01"));
        bench.say(true);
        CHECK(bench.adds.size() == 1);
    }
}

TEST_CASE("a process that dies between the look and the add adds without a second look", "[rules][peek]")
{
    PeekBench bench(peeking());
    bench.offer("Field Notes S01E01");
    SECTION("before the look came to something: it looks again")
    {
        bench.die();
        CHECK(bench.peeks.size() == 1);
        CHECK(bench.adds.empty());
    }
    SECTION("afterwards")
    {
        bench.peek(of_files(1, {"one.mkv"}));
        REQUIRE(bench.adds.size() == 1);
        bench.die();
        CHECK(bench.peeks.empty());
        CHECK(bench.adds.size() == 1);
    }
}

} // namespace shoal::feed_rules::test
