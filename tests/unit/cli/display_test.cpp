#include "unit/cli/lines.hpp"

#include "cli/display.hpp"
#include "cli/screen_log.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

using namespace shoal;
using namespace shoal::cli;
using namespace std::chrono_literals;
using torrent::Stage;

using test::lines_of;

namespace {

DisplayLine line(Stage stage, std::uint64_t had = 0, std::uint64_t wanted = 1000)
{
    DisplayLine made{.name = "alice.txt", .info_hash = "abcd", .pieces = 0, .status = {.stage = stage}, .outcome = {}};
    made.status.wanted_octets = wanted;
    made.status.had_octets = had;
    return made;
}

}  // namespace

TEST_CASE("a line shows name, bar, percent, rate, what is left of time, and peers", "[cli]")
{
    auto fetching = line(Stage::downloading, 500 << 20, std::uint64_t{1000} << 20);
    fetching.status.swarm.download_rate = 10 << 20;
    fetching.status.swarm.peers = 5;
    CHECK(progress_line(fetching, 200) ==
          "alice.txt [############............]  50.0 %  10.0 MiB/s  ETA 50s  5 peers");
}

TEST_CASE("when nothing moves the line says why", "[cli]")
{
    auto stalled = line(Stage::downloading);
    stalled.status.swarm.stall = "3 peers have missing pieces, all choke us";
    CHECK_THAT(progress_line(stalled, 200), Catch::EndsWith("3 peers have missing pieces, all choke us"));
}

TEST_CASE("a hundred percent is said when it is true, and not before", "[cli]")
{
    CHECK_THAT(progress_line(line(Stage::downloading, 999'999, 1'000'000), 200), Catch::Contains(" 99.9 %"));
    CHECK_THAT(progress_line(line(Stage::seeding, 1'000'000, 1'000'000), 200), Catch::Contains("100.0 %"));
    CHECK_THAT(progress_line(line(Stage::seeding, 0, 0), 200), Catch::Contains("100.0 %"));
    CHECK_THAT(progress_line(line(Stage::failed, 0, 0), 200), Catch::Contains("  0.0 %"));
    CHECK_THAT(progress_line(line(Stage::checking, 500, 1000), 200), Catch::Contains(" 0.0 %"));
}

TEST_CASE("every stage has its own words", "[cli]")
{
    auto checking = line(Stage::checking);
    checking.status.pieces_checked = 17;
    checking.pieces = 68;
    CHECK_THAT(progress_line(checking, 200), Catch::Contains(" 25.0 %  checking, 17 of 68 pieces"));
    CHECK_THAT(progress_line(line(Stage::paused), 200), Catch::EndsWith("stopped"));
    auto failed = line(Stage::failed);
    CHECK_THAT(progress_line(failed, 200), Catch::EndsWith("failed"));
    failed.status.failure = make_error(Errc::disk_full, "the disk is full");
    CHECK_THAT(progress_line(failed, 200), Catch::EndsWith("the disk is full"));
    auto seeding = line(Stage::seeding, 1000);
    seeding.status.totals.uploaded = 2048;
    seeding.status.swarm.peers = 2;
    CHECK_THAT(progress_line(seeding, 200), Catch::EndsWith("seeding  up 0 B/s  2.0 KiB given  2 peers"));
    seeding.status.swarm.sources = {{"dht", 1}, {"incoming", 1}};
    CHECK_THAT(progress_line(seeding, 200), Catch::EndsWith("2 peers (1 dht, 1 incoming)"));
}

TEST_CASE("a long name gives way, then the line is cut, never inside a letter", "[cli]")
{
    auto long_name = line(Stage::paused);
    long_name.name = std::string(300, 'x');
    CHECK(progress_line(long_name, 80).size() == 80);
    CHECK_THAT(progress_line(long_name, 80), Catch::Contains("...") && Catch::EndsWith("stopped"));
    // Umlauts of two octets: no width may cut one in half.
    long_name.name.clear();
    for (int i = 0; i < 150; ++i) long_name.name += "\xc3\xa4";
    for (unsigned columns = 1; columns < 120; ++columns) {
        const auto text = progress_line(long_name, columns);
        CHECK(text.size() <= columns);
        CHECK((text.empty() || text.back() != '\xc3'));
        CHECK(text.find("\xc3.") == std::string::npos);
    }
}

TEST_CASE("T4 what a tracker says cannot take over the terminal", "[cli]")
{
    auto stalled = line(Stage::downloading);
    stalled.status.swarm.stall = "tracker: \x1b[2J\x1b]0;owned\x07\r\nall gone";
    const auto text = progress_line(stalled, 200);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.find('\n') == std::string::npos);
    auto failed = line(Stage::failed);
    failed.status.failure = make_error(Errc::io_error, "\x1b[31mred");
    CHECK(progress_line(failed, 200).find('\x1b') == std::string::npos);
    stalled.status.swarm.stall = std::string(1 << 20, 'x');
    CHECK(progress_line(stalled, 80).size() == 80);
}

TEST_CASE("bars are redrawn in place", "[cli]")
{
    std::ostringstream out;
    const auto display = make_display(DisplayKind::bars, out, [] { return 80u; });
    display->show({line(Stage::paused), line(Stage::paused)});
    CHECK(out.str().find('\x1b') == std::string::npos);
    display->show({line(Stage::paused), line(Stage::paused)});
    CHECK_THAT(out.str(), Catch::Contains("\x1b[2A\x1b[J"));
    out.str({});
    display->say("a sentence");
    CHECK(out.str() == "\x1b[2A\x1b[Ja sentence\n");
    out.str({});
    display->show({line(Stage::paused)});
    CHECK(out.str().find('\x1b') == std::string::npos);
    CHECK(display->interval() < 1s);
}

TEST_CASE("off a terminal there are plain lines, every ten seconds", "[cli]")
{
    std::ostringstream out;
    const auto display = make_display(DisplayKind::plain, out, [] { return 80u; });
    CHECK(display->interval() == 10s);
    display->show({line(Stage::paused), line(Stage::checking)});
    display->on_event("abcd", "piece.verified", control::Value::Map{});
    display->say("a sentence");
    CHECK(lines_of(out.str()).size() == 3);
    CHECK(out.str().find('\x1b') == std::string::npos);
}

TEST_CASE("JSON is one record a line", "[cli]")
{
    std::ostringstream out;
    const auto display = make_display(DisplayKind::json, out, [] { return 80u; });
    auto shown = line(Stage::downloading, 250);
    shown.status.swarm.stall = "no \"peers\"\n";
    shown.status.pickers = {"rarest-first", "endgame"};
    display->show({shown});
    control::Value::Map payload;
    payload.set("piece", 3);
    display->on_event("abcd", "piece.verified", std::move(payload));
    display->say("done");
    const auto records = lines_of(out.str());
    REQUIRE(records.size() == 3);
    CHECK_THAT(records[0], Catch::StartsWith("{\"event\":\"status\"") && Catch::Contains("\"had\":250") &&
                               Catch::Contains("\"wanted\":1000") &&
                               Catch::Contains("\"state\":\"downloading\"") &&
                               Catch::Contains("\"pickers\":[\"rarest-first\",\"endgame\"]") &&
                               Catch::Contains(R"("stall":"no \"peers\"\n")"));
    CHECK(records[1] == R"({"event":"piece.verified","torrent":"abcd","piece":3})");
    CHECK(records[2] == R"({"event":"message","text":"done"})");
}

TEST_CASE("quiet is quiet", "[cli]")
{
    std::ostringstream out;
    const auto display = make_display(DisplayKind::silent, out, [] { return 80u; });
    display->show({line(Stage::paused)});
    display->say("a sentence");
    display->on_event("abcd", "torrent.finished", control::Value::Map{});
    display->end();
    CHECK(out.str().empty());
}

TEST_CASE("what a person should know is said once, also between bars", "[cli]")
{
    for (const auto kind : {DisplayKind::bars, DisplayKind::plain}) {
        std::ostringstream out;
        const auto display = make_display(kind, out, [] { return 80u; });
        const control::Value replaced(
            control::Value::Map{}.set("kind", "picker").set("plugin", "hel\x1blo").set("why", "it answered badly"));
        display->on_event("abcd", "plugin.replaced", replaced);
        display->on_event("abcd", "plugin.replaced", replaced);
        display->on_event("abcd", "peer.banned", control::Value::Map{}.set("address", "127.0.0.9"));
        display->on_event("abcd", "tracker.error",
                          control::Value::Map{}.set("url", "http://127.0.0.1/").set("failure", "refused"));
        display->on_event({}, "session.listening", control::Value::Map{}.set("address", "127.0.0.1:6881"));
        const auto said = lines_of(out.str());
        REQUIRE(said.size() == 4);
        CHECK_THAT(said[0], Catch::StartsWith("picker hel") && Catch::EndsWith("it answered badly"));
        CHECK(said[0].find('\x1b') == std::string::npos);
        CHECK_THAT(said[1], Catch::StartsWith("127.0.0.9 is banned"));
        CHECK(said[2] == "tracker http://127.0.0.1/: refused");
        CHECK(said[3] == "listening on 127.0.0.1:6881");
    }
}

TEST_CASE("a log line gets its own place between two states of the bars", "[cli]")
{
    std::ostringstream screen;  // both streams go to the same terminal
    const auto display = make_display(DisplayKind::bars, screen, [] { return 80u; });
    ScreenLog sink(screen, host::LogLevel::warning);
    const host::Log log(sink);
    sink.show_around(display.get());
    display->show({line(Stage::paused)});
    screen.str({});
    log.warning("look here");
    CHECK(screen.str() == "\x1b[1A\x1b[Jwarning: look here\n");
    screen.str({});
    display->show({line(Stage::paused)});
    CHECK(screen.str().find('\x1b') == std::string::npos);
    sink.show_around(nullptr);
}

TEST_CASE("bars are cleared as wide as the window is by now", "[cli]")
{
    unsigned columns = 80;
    std::ostringstream out;
    const auto display = make_display(DisplayKind::bars, out, [&] { return columns; });
    auto wide = line(Stage::paused);
    wide.name = std::string(100, 'x');
    display->show({wide});
    columns = 40;
    out.str({});
    display->show({wide});
    CHECK_THAT(out.str(), Catch::StartsWith("\x1b[2A\x1b[J"));
    CHECK(lines_of(out.str()).front().size() <= 7 + 40);
}

TEST_CASE("the last line says what became of it, not that it is paused", "[cli]")
{
    auto over = line(Stage::paused, 1000);
    over.outcome = "complete, 0 B given";
    CHECK_THAT(progress_line(over, 200), Catch::EndsWith("100.0 %  complete, 0 B given"));
}
