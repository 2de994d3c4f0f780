#include "unit/cli/lines.hpp"

#include "cli/ctl_table.hpp"
#include "cli/ctl_text.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::cli;
using control::Value;

using test::lines_of;

namespace {

Value::Map torrent_row(std::string name, std::int64_t size = 1 << 20)
{
    Value::Map map;
    map.set("name", std::move(name));
    map.set("torrent", std::string(40, 'a'));
    map.set("size", size);
    map.set("progress", 0.9999);
    map.set("down_rate", 2048);
    return map;
}

}  // namespace

TEST_CASE("a value reads as what its name says it is", "[cli]")
{
    CHECK(field_text("size", 1 << 20) == "1.0 MiB");
    CHECK(field_text("down_rate", 2048) == "2.0 KiB/s");
    CHECK(field_text("progress", 0.9999) == "99.9 %");
    CHECK(field_text("progress", 1.0) == "100.0 %");
    CHECK(field_text("ratio", 1.5) == "1.50");
    CHECK(field_text("eta", 65) == "1m05s");
    CHECK(field_text("seeding_s", 3600) == "1h00m");
    CHECK(field_text("added_at", 0) == "never");
    CHECK_THAT(field_text("added_at", 1'700'000'000), Catch::StartsWith("2023-11-1"));
    CHECK(field_text("peers", 7) == "7");
    CHECK(field_text("size", -1) == "-1");
    CHECK(field_text("private", true) == "yes");
    CHECK(field_text("private", false) == "no");
    CHECK(field_text("label", Value()) == "-");
    CHECK(field_text("pickers", Value::List{"a", "b"}) == "a, b");
    CHECK(field_text("limits", Value::Map{}.set("down", 1)) == R"({"down":1})");
    CHECK(field_text("octets", Value(Bytes{std::byte{0xab}})) == "ab");
}

TEST_CASE("a list is a table with a heading, numbers to the right", "[cli]")
{
    const Value::List rows{torrent_row("alice"), torrent_row("bob", 5)};
    CHECK(table_text(rows, {"name", "size"}, {}) == "name      size\nalice  1.0 MiB\nbob        5 B\n");
    CHECK(table_text({}, {"name"}, {}).empty());
}

TEST_CASE("a table without chosen columns has all there are, and a gap where a row has none", "[cli]")
{
    const Value::List rows{Value::Map{}.set("a", 1), Value::Map{}.set("b", "x")};
    CHECK(table_text(rows, {}, {}) == "a  b\n1\n   x\n");
    CHECK(plain_text(rows, {}) == table_text(rows, {}, {}));
    CHECK(plain_text(Value::List{"one", "two"}, {}) == "one\ntwo\n");
}

TEST_CASE("a table fits: the longest text gives way, then columns are left out", "[cli]")
{
    const Value::List rows{torrent_row(std::string(200, 'x')), torrent_row("bob")};
    for (unsigned width = 20; width < 120; ++width) {
        CAPTURE(width);
        const auto lines = lines_of(table_text(rows, {"name", "size", "down_rate"}, width));
        REQUIRE(lines.size() == 3);
        for (const auto& line : lines) CHECK(display_width(line) <= width);
        CHECK_THAT(lines[1], Catch::Contains("…"));
        if (width > 35) CHECK_THAT(lines[1], Catch::EndsWith("2.0 KiB/s"));
    }
    CHECK(lines_of(table_text(rows, {"name", "size"}, 20))[0] == "name            size");
    CHECK(lines_of(table_text(rows, {"name"}, 5))[1] == "xxxx…");
}

TEST_CASE("what a torrent is called takes the columns that it takes on a screen", "[cli]")
{
    CHECK(display_width("abc") == 3);
    CHECK(display_width("\xc3\xa4") == 1);          // ä
    CHECK(display_width("a\xcc\x88") == 1);         // a with a combining diaeresis
    CHECK(display_width("\xe6\xbc\xa2") == 2);      // 漢
    CHECK(display_width("\xf0\x9f\x90\x9f") == 2);  // a fish
    CHECK(fitted("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 4) == "\xe6\xbc\xa2…");
    CHECK(fitted("abc", 3) == "abc");
    CHECK(fitted("abcd", 3) == "ab…");
}

TEST_CASE("T4 what a stranger called a torrent, a file or an event cannot take over the terminal", "[cli]")
{
    const std::string name = "\x1b[2J\x1b]0;owned\x07\r\nall gone\xe2\x80\xae";
    const Value::Map map = Value::Map{}.set("name", name).set(name, Value::List{name, Value::Map{}.set(name, name)});
    for (const auto& text : {plain_text(map, {}), plain_text(Value::List{map, name}, 80), plain_text(name, {}), event_text(name, map),
                             table_text({map}, {"name", name}, 40)}) {
        CAPTURE(text);
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find('\r') == std::string::npos);
        CHECK(text.find("\xe2\x80\xae") == std::string::npos);
    }
    CHECK(lines_of(event_text(name, map)).size() == 1);
    CHECK(lines_of(table_text({map}, {"name"}, {})).size() == 2);
}

TEST_CASE("a page keeps its lines, and nothing in them moves the cursor", "[cli]")
{
    CHECK(page_text("one\n  two\x1b[2J\n") == "one\n  two\\x1b[2J\n");
}

TEST_CASE("a map is a line for each field, what is in it indented", "[cli]")
{
    auto map = torrent_row("alice");
    map.set("trackers", Value::List{"http://a/", "http://b/"});
    map.set("files", Value::List{Value::Map{}.set("path", "a").set("size", 5)});
    map.set("limits", Value::Map{}.set("down", 7));
    const auto lines = lines_of(plain_text(map, 80));
    CHECK(lines[0] == "name             alice");
    CHECK(lines[1] == "torrent          " + std::string(40, 'a'));
    CHECK(lines[5] == "trackers         http://a/, http://b/");
    CHECK(lines[6] == "files");
    CHECK(lines[7] == "  path  size");
    CHECK(lines[8] == "  a      5 B");
    CHECK(lines[9] == "limits");
    CHECK(lines[10] == "  down             7");
    CHECK(plain_text(Value(), {}).empty());
}

TEST_CASE("of a torrent the columns that matter are shown, as long as they are there", "[cli]")
{
    const Value::List rows{torrent_row("alice").set("failure", "x")};
    CHECK(torrent_columns(rows) == std::vector<std::string>{"torrent", "name", "progress", "size", "down_rate"});
    CHECK_THAT(table_text(rows, torrent_columns(rows), {}), Catch::Contains("\naaaaaaaaaa  alice"));
    const Value::List stuck{Value(Value::Map{}.set("torrent", "ab").set("state", "moving").set("moved", 0.5)),
                            Value(Value::Map{}.set("torrent", "cd").set("state", "downloading").set("stall", "the disk is full"))};
    CHECK_THAT(table_text(stuck, torrent_columns(stuck), {}), Catch::Contains("50.0 %") && Catch::Contains("the disk is full"));
}

TEST_CASE("an event is one line, its values quoted where they must be", "[cli]")
{
    CHECK(event_text("torrent.finished", Value::Map{}.set("torrent", "ab").set("name", "a b").set("size", 1024))
          == "torrent.finished  torrent=ab name='a b' size='1.0 KiB'");
    CHECK(event_text("torrent.finished", Value::Map{}.set("seq", 7).set("time", 1000).set("cause", "user")) == "torrent.finished  cause=user");
    CHECK(event_text("torrent.finished", {}) == "torrent.finished");
}

TEST_CASE("methods are shown with their arguments and their help, events after them", "[cli]")
{
    const auto argument = Value::Map{}.set("name", "torrent").set("type", "text").set("required", true);
    const auto option = Value::Map{}.set("name", "data").set("type", "bool").set("required", false);
    const auto method = Value::Map{}.set("name", "a.b").set("help", "does it").set("arguments", Value::List{argument, option});
    const auto event = Value::Map{}.set("name", "a.done").set("help", "it is done");
    CHECK(methods_text(Value::Map{}.set("methods", Value::List{method}).set("events", Value::List{event}))
          == "a.b torrent: text, data?: bool\n    does it\n\nevents:\na.done\n    it is done\n");
}
