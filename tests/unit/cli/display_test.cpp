#include "cli/display.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

using namespace shoal;
using namespace shoal::cli;
using namespace std::chrono_literals;
using torrent::Stage;

namespace {

DisplayLine line(Stage stage, std::uint64_t had = 0, std::uint64_t wanted = 1000)
{
    DisplayLine made{.name = "alice.txt", .info_hash = "abcd", .status = {.stage = stage}};
    made.status.wanted_octets = wanted;
    made.status.had_octets = had;
    return made;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
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
    CHECK_THAT(progress_line(line(Stage::checking, 500, 1000), 200), Catch::Contains(" 0.0 %"));
}

TEST_CASE("every stage has its own words", "[cli]")
{
    auto checking = line(Stage::checking);
    checking.status.pieces_checked = 17;
    CHECK_THAT(progress_line(checking, 200), Catch::EndsWith("checking, 17 pieces done"));
    CHECK_THAT(progress_line(line(Stage::paused), 200), Catch::EndsWith("paused"));
    auto failed = line(Stage::failed);
    CHECK_THAT(progress_line(failed, 200), Catch::EndsWith("failed"));
    failed.status.failure = make_error(Errc::disk_full, "the disk is full");
    CHECK_THAT(progress_line(failed, 200), Catch::EndsWith("the disk is full"));
    auto seeding = line(Stage::seeding, 1000);
    seeding.status.totals.uploaded = 2048;
    seeding.status.swarm.peers = 2;
    CHECK_THAT(progress_line(seeding, 200), Catch::EndsWith("seeding  up 0 B/s  2.0 KiB given  2 peers"));
}

TEST_CASE("a long name gives way, then the line is cut, never inside a letter", "[cli]")
{
    auto long_name = line(Stage::paused);
    long_name.name = std::string(300, 'x');
    CHECK(progress_line(long_name, 80).size() == 80);
    CHECK_THAT(progress_line(long_name, 80), Catch::Contains("...") && Catch::EndsWith("paused"));
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
    const auto display = make_display(DisplayKind::bars, out, 80);
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
    const auto display = make_display(DisplayKind::plain, out, 80);
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
    const auto display = make_display(DisplayKind::json, out, 80);
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
    const auto display = make_display(DisplayKind::silent, out, 80);
    display->show({line(Stage::paused)});
    display->say("a sentence");
    display->on_event("abcd", "torrent.finished", control::Value::Map{});
    display->end();
    CHECK(out.str().empty());
}
