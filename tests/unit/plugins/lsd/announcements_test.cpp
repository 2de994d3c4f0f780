#include "announcements.hpp"
#include "numbered_hash.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace shoal::lsd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Time = Announcements::Time;

constexpr Time start = std::chrono::hours{1};
constexpr std::uint16_t port = 6881;

Endpoint neighbour(std::uint16_t number) { return {Address::from_v4(0x0a000000u + number), number}; }

// Says all that is due until then, and when.
std::vector<std::string> said(Announcements& announcements, Time end)
{
    std::vector<std::string> all;
    for (auto next = announcements.next(); next && *next <= end; next = announcements.next()) {
        const auto turns = announcements.take(*next);
        REQUIRE_FALSE(turns.empty());
        const auto at = std::chrono::duration_cast<milliseconds>(*next - start).count();
        for (const auto& turn : turns) all.push_back(std::to_string(at) + (turn.answers ? " answer" : " search"));
    }
    return all;
}

using Said = std::vector<std::string>;

} // namespace

TEST_CASE("a search is announced at once, and once more when nobody answers", "[lsd]")
{
    Announcements announcements;
    CHECK_FALSE(announcements.next());
    announcements.announce(numbered(1), port, start);
    CHECK(said(announcements, start + minutes{30}) == Said{"0 search", "2000 search"});
}

TEST_CASE("who answers saves the repetition", "[lsd]")
{
    Announcements announcements;
    announcements.announce(numbered(1), port, start);
    CHECK(said(announcements, start) == Said{"0 search"});
    announcements.hear(numbered(1), neighbour(1), milliseconds{500}, start + seconds{1});
    // The neighbour may not have heard us: it gets its answer.
    CHECK(said(announcements, start + minutes{30}) == Said{"1500 answer"});
}

TEST_CASE("who is heard for the first time is answered after some patience, and then no more", "[lsd]")
{
    Announcements announcements;
    announcements.announce(numbered(1), port, start);
    CHECK(said(announcements, start + minutes{5}).size() == 2);
    const auto later = start + minutes{5};
    announcements.hear(numbered(1), neighbour(1), milliseconds{500}, later);
    announcements.hear(numbered(1), neighbour(2), milliseconds{100}, later);
    CHECK(said(announcements, later + minutes{4}) == Said{"300100 answer"});
    for (int i = 1; i < 5; ++i) {
        announcements.hear(numbered(1), neighbour(1), milliseconds{500}, later + i * minutes{5});
        CHECK_FALSE(announcements.next());
    }
    // Half an hour of silence, and it is new again.
    announcements.hear(numbered(1), neighbour(2), milliseconds{0}, later + minutes{31});
    CHECK(announcements.next());
}

TEST_CASE("a torrent has one search and one answer a minute, however many want one", "[lsd]")
{
    Announcements announcements;
    Said all;
    for (int second = 0; second < 600; ++second) {
        const auto now = start + seconds{second};
        announcements.announce(numbered(1), port, now);
        announcements.hear(numbered(1), neighbour(static_cast<std::uint16_t>(second + 1)), milliseconds{0}, now);
        for (auto& one : said(announcements, now)) all.push_back(std::move(one));
    }
    const auto answers = std::ranges::count_if(all, [](const auto& one) { return one.ends_with("answer"); });
    CHECK(answers == 10);
    CHECK(all.size() == 20);
    CHECK(all[0] == "0 search");
    CHECK(all[1] == "1000 answer");
}

TEST_CASE("few torrents have a datagram each, many travel together, and the rest waits for the next second", "[lsd]")
{
    Announcements announcements;
    for (std::uint32_t i = 0; i < 250; ++i) announcements.announce(numbered(i), port, start);
    std::vector<std::size_t> sizes;
    for (int second = 0; second < 2; ++second) {
        CHECK(announcements.next() == start + seconds{second});
        std::vector<Hash20> hashes;
        for (const auto& turn : announcements.take(start + seconds{second})) hashes.push_back(turn.info_hash);
        CHECK(announcements.take(start + seconds{second}).empty());
        const auto datagrams = Announcements::packed(hashes);
        CHECK(datagrams.size() == Announcements::most_datagrams);
        for (const auto& datagram : datagrams) sizes.push_back(datagram.size());
    }
    CHECK(sizes == std::vector<std::size_t>(8, most_in_one));
    CHECK(Announcements::packed({numbered(1), numbered(2), numbered(3)}).size() == 3);
    CHECK(Announcements::packed({}).empty());
}

TEST_CASE("one datagram names one port", "[lsd]")
{
    Announcements announcements;
    announcements.announce(numbered(1), 1, start);
    announcements.announce(numbered(2), 2, start);
    const auto first = announcements.take(start);
    const auto second = announcements.take(start + seconds{1});
    REQUIRE(first.size() == 1);
    REQUIRE(second.size() == 1);
    CHECK(announcements.port(first[0].info_hash) == 1);
    CHECK(announcements.port(second[0].info_hash) == 2);
}

TEST_CASE("a search that is called off says nothing more, and what is not ours is not answered", "[lsd]")
{
    Announcements announcements;
    SECTION("before its turn")
    {
        announcements.announce(numbered(1), port, start);
        announcements.withdraw(numbered(1));
        CHECK_FALSE(announcements.next());
    }
    SECTION("before it is repeated")
    {
        announcements.announce(numbered(1), port, start);
        CHECK(said(announcements, start).size() == 1);
        announcements.withdraw(numbered(1));
        CHECK_FALSE(announcements.next());
        announcements.hear(numbered(1), neighbour(1), milliseconds{0}, start + seconds{1});
        announcements.hear(numbered(1), neighbour(2), milliseconds{0}, start + seconds{2});
        CHECK(said(announcements, start + minutes{5}) == Said{"1000 answer"});
    }
    SECTION("forgotten")
    {
        announcements.announce(numbered(1), port, start);
        announcements.forget(numbered(1));
        announcements.hear(numbered(1), neighbour(1), milliseconds{0}, start);
        CHECK_FALSE(announcements.next());
        CHECK(announcements.torrents() == 0);
    }
    SECTION("never searched")
    {
        announcements.hear(numbered(1), neighbour(1), milliseconds{0}, start);
        CHECK_FALSE(announcements.next());
    }
}

TEST_CASE("torrents that nobody searches any more are forgotten", "[lsd]")
{
    Announcements announcements;
    for (std::uint32_t i = 0; i < 1000; ++i) announcements.announce(numbered(i), port, start);
    CHECK(said(announcements, start + minutes{5}).size() == 2000);
    announcements.announce(numbered(5000), port, start + std::chrono::hours{1});
    CHECK(announcements.torrents() == 1);
}

TEST_CASE("of a crowd of neighbours those heard last are remembered", "[lsd]")
{
    Announcements announcements;
    announcements.announce(numbered(1), port, start);
    CHECK(said(announcements, start).size() == 1);
    for (std::uint16_t i = 1; i <= 10'000; ++i) {
        announcements.hear(numbered(1), neighbour(i), milliseconds{0}, start + milliseconds{i});
    }
    CHECK(said(announcements, start + minutes{5}) == Said{"1000 answer"});
    const auto later = start + minutes{5};
    for (std::uint16_t i = 0; i < Announcements::most_neighbours; ++i) {
        announcements.hear(numbered(1), neighbour(static_cast<std::uint16_t>(10'000 - i)), milliseconds{0}, later);
    }
    CHECK_FALSE(announcements.next());
    announcements.hear(numbered(1), neighbour(1), milliseconds{0}, later);
    CHECK(announcements.next());
}

} // namespace shoal::lsd
