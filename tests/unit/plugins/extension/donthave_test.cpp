#include "donthave.hpp"
#include "peer_host.hpp"

#include <catch2/catch.hpp>

namespace shoal::donthave {
namespace {

using Wired = test::Wired<DontHave>;

Bytes index(std::uint32_t piece)
{
    Bytes payload(4);
    store_be(payload.data(), piece);
    return payload;
}

} // namespace

TEST_CASE("a lost piece is told to the host", "[extension][donthave]")
{
    Wired wired;
    wired.piece_count = 0x01020305;
    const auto peer = wired.join({.remote = "1.2.3.4:5"});
    wired.say(peer, index(0x01020304));
    CHECK(wired.lost == std::vector{std::pair{peer, 0x01020304u}});
    CHECK(wired.disconnected.empty());
}

TEST_CASE("X5: a lost piece in any but four octets ends the connection", "[extension][donthave]")
{
    const std::size_t size = GENERATE(0u, 1u, 3u, 5u, 8u, 4096u);
    Wired wired;
    wired.piece_count = 10;
    const auto peer = wired.join({.remote = "1.2.3.4:5"});
    wired.say(peer, Bytes(size));
    CHECK(wired.disconnected.contains(peer));
    CHECK(wired.lost.empty());
}

TEST_CASE("X5: a lost piece beyond the last ends the connection", "[extension][donthave]")
{
    const std::uint32_t piece = GENERATE(10u, 0x80000000u, 0xffffffffu);
    Wired wired;
    wired.piece_count = 10;
    const auto peer = wired.join({.remote = "1.2.3.4:5"});
    wired.say(peer, index(9));
    CHECK(wired.disconnected.empty());
    wired.say(peer, index(piece));
    CHECK(wired.disconnected.contains(peer));
    CHECK(wired.lost.size() == 1);
}

TEST_CASE("a lost piece is no offence while nobody knows how many there are", "[extension][donthave]")
{
    Wired wired;
    const auto peer = wired.join({.remote = "1.2.3.4:5"});
    wired.say(peer, index(3));
    CHECK(wired.lost.empty());
    CHECK(wired.disconnected.empty());
}

TEST_CASE("nothing of a lost piece is waited for", "[extension][donthave]")
{
    Wired wired;
    wired.piece_count = 10;
    const auto peer = wired.join({.remote = "1.2.3.4:5"});
    wired.say(peer, index(3));
    wired.say(peer, index(3));
    wired.leave(peer);
    CHECK(wired.armed_timers() == 0);
    CHECK(wired.sent.empty());
}

} // namespace shoal::donthave
