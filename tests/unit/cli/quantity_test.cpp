#include "cli/quantity.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace shoal::cli;
using namespace std::chrono_literals;

TEST_CASE("sizes are read as people write them, in powers of 1024", "[cli]")
{
    CHECK(*parse_size("0") == 0);
    CHECK(*parse_size("4096") == 4096);
    CHECK(*parse_size("512k") == 512 * 1024);
    CHECK(*parse_size("512K") == 512 * 1024);
    CHECK(*parse_size("1.5M") == 3 * 512 * 1024);
    CHECK(*parse_size("2GiB") == std::uint64_t{2} << 30);
    CHECK(*parse_size("2gb") == std::uint64_t{2} << 30);
    CHECK(*parse_size("3T") == std::uint64_t{3} << 40);
    CHECK(*parse_size("100B") == 100);
    CHECK(*parse_size("10 MiB") == 10u << 20);
}

TEST_CASE("what is no size is refused with an example", "[cli]")
{
    for (const auto* text : {"", "k", "M5", "-1", "1x", "1kk", "1 M M", "nan", "nank", "inf", "1e30",
                             "99999999999T", "0x10", "1,5M", "5ibb"}) {
        CAPTURE(text);
        const auto size = parse_size(text);
        REQUIRE_FALSE(size);
        CHECK(size.error().code == Errc::invalid_argument);
        CHECK_THAT(size.error().text, Catch::Contains("512k"));
    }
}

TEST_CASE("sizes and rates are written with one decimal", "[cli]")
{
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(1023) == "1023 B");
    CHECK(size_text(1024) == "1.0 KiB");
    CHECK(size_text(1536) == "1.5 KiB");
    CHECK(size_text((1u << 20) - 1) == "1.0 MiB");
    CHECK(size_text(std::uint64_t{5} << 40) == "5.0 TiB");
    CHECK(size_text(UINT64_MAX) == "16384.0 PiB");
    CHECK(rate_text(3'355'443) == "3.2 MiB/s");
}

TEST_CASE("durations are written with their two greatest units", "[cli]")
{
    CHECK(duration_text(0s) == "0s");
    CHECK(duration_text(59s) == "59s");
    CHECK(duration_text(65s) == "1m05s");
    CHECK(duration_text(7800s) == "2h10m");
    CHECK(duration_text(3 * 86400s + 4 * 3600s) == "3d4h");
}

TEST_CASE("durations are read as people write them, in seconds unless they say otherwise", "[cli]")
{
    CHECK(*control::parse_duration("0") == 0s);
    CHECK(*control::parse_duration("90") == 90s);
    CHECK(*control::parse_duration("90s") == 90s);
    CHECK(*control::parse_duration("90 s") == 90s);
    CHECK(*control::parse_duration("1h30m") == 5400s);
    CHECK(*control::parse_duration("1h 30m") == 5400s);
    CHECK(*control::parse_duration("1.5h") == 5400s);
    CHECK(*control::parse_duration("2d") == 172800s);
    CHECK(*control::parse_duration("1w") == 604800s);
}

TEST_CASE("what is no duration is refused with an example", "[cli]")
{
    for (const auto* text : {"", "s", "-1", "1h30", "1x", "1ss", "nan", "inf", "1e30", "101000000h", "1:30", " 1"}) {
        CAPTURE(text);
        const auto duration = control::parse_duration(text);
        REQUIRE_FALSE(duration);
        CHECK(duration.error().code == Errc::invalid_argument);
        CHECK_THAT(duration.error().text, Catch::Contains("1h30m"));
    }
}

TEST_CASE("an address to listen on may be a port alone", "[cli]")
{
    CHECK(*parse_listen("6881") == *Endpoint::parse("0.0.0.0:6881"));
    CHECK(*parse_listen(":6881") == *Endpoint::parse("0.0.0.0:6881"));
    CHECK(*parse_listen("127.0.0.1:0") == *Endpoint::parse("127.0.0.1:0"));
    CHECK(*parse_listen("[::1]:6881") == *Endpoint::parse("[::1]:6881"));
    for (const auto* text : {"", ":", "host:1", "127.0.0.1", "127.0.0.1:70000", "-1"}) {
        CAPTURE(text);
        const auto endpoint = parse_listen(text);
        REQUIRE_FALSE(endpoint);
        CHECK(endpoint.error().code == Errc::invalid_argument);
        CHECK_THAT(endpoint.error().text, Catch::Contains(std::string("'") + text + "'"));
    }
}

TEST_CASE("a list is split at its separator, without empty parts", "[cli]")
{
    CHECK(split("a,b,c", ',') == std::vector<std::string>{"a", "b", "c"});
    CHECK(split("", ',').empty());
    CHECK(split(",,a,,b,", ',') == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a quoted argument is what a shell reads back", "[cli]")
{
    CHECK(shell_quoted("plain-1.0_x") == "plain-1.0_x");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("two words") == "'two words'");
    CHECK(shell_quoted("it's") == "'it'\\''s'");
    CHECK(shell_quoted("$(rm -rf ~)") == "'$(rm -rf ~)'");
    CHECK(shell_quoted("a;b") == "'a;b'");
}

TEST_CASE("a peer's address has a port, and is no name", "[cli]")
{
    CHECK(parse_peer("127.0.0.1:99")->port == 99);
    for (const auto* text : {"127.0.0.1", "127.0.0.1:0", "localhost:99", "", ":99"}) {
        CAPTURE(text);
        const auto peer = parse_peer(text);
        REQUIRE_FALSE(peer);
        CHECK(peer.error().code == Errc::invalid_argument);
    }
}

TEST_CASE("one of a thing is not many", "[cli]")
{
    CHECK(count_text(0, "peer") == "0 peers");
    CHECK(count_text(1, "peer") == "1 peer");
    CHECK(count_text(2, "piece") == "2 pieces");
}
