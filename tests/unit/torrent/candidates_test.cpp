#include "torrent/candidates.hpp"
#include "torrent/peer_priority.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace shoal;
using namespace shoal::torrent;
using namespace std::chrono_literals;

using environment::Time;

namespace {

Endpoint peer_at(int number, int port = 6881)
{
    return *Endpoint::parse("10.0." + std::to_string(number / 250) + "." + std::to_string(1 + number % 250) +
                            ":" + std::to_string(port));
}

constexpr Time start{100s};

}  // namespace

TEST_CASE("a candidate is known once", "[torrent]")
{
    Candidates candidates;
    CHECK(candidates.add(peer_at(1), PeerSource::tracker));
    CHECK_FALSE(candidates.add(peer_at(1), PeerSource::user));
    CHECK(candidates.add(peer_at(1, 7000), PeerSource::tracker));
    CHECK(candidates.size() == 2);
}

TEST_CASE("X3 addresses that lead nowhere are no candidates", "[torrent]")
{
    Candidates candidates;
    CHECK_FALSE(candidates.add(peer_at(1, 0), PeerSource::tracker));
    CHECK_FALSE(candidates.add(*Endpoint::parse("0.0.0.0:6881"), PeerSource::tracker));
    CHECK_FALSE(candidates.add(*Endpoint::parse("224.0.0.1:6881"), PeerSource::tracker));
    CHECK_FALSE(candidates.add(*Endpoint::parse("[::]:6881"), PeerSource::tracker));
    CHECK_FALSE(candidates.add(*Endpoint::parse("[ff02::1]:6881"), PeerSource::tracker));
    CHECK(candidates.size() == 0);
}

TEST_CASE("T3 a million addresses are as many as are kept", "[torrent]")
{
    Candidates candidates(100);
    for (int i = 0; i < 50'000; ++i) candidates.add(peer_at(i), PeerSource::tracker);
    CHECK(candidates.size() == 100);
}

TEST_CASE("each candidate is called once, in order of its address", "[torrent]")
{
    Candidates candidates;
    for (const int i : {3, 1, 2}) candidates.add(peer_at(i), PeerSource::tracker);
    CHECK(candidates.next(start) == peer_at(1));
    CHECK(candidates.next(start) == peer_at(2));
    CHECK(candidates.next(start) == peer_at(3));
    CHECK_FALSE(candidates.next(start));
    CHECK(candidates.next_time() == environment::time_never);
}

TEST_CASE("whom the user named comes first", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.add(peer_at(2), PeerSource::user);
    CHECK(candidates.next(start) == peer_at(2));
}

TEST_CASE("who failed less comes first, then who was tried longest ago", "[torrent]")
{
    Candidates candidates;
    for (const int i : {1, 2, 3}) candidates.add(peer_at(i), PeerSource::tracker);
    for (int i = 0; i < 3; ++i) candidates.next(start);
    candidates.on_ended(peer_at(1), start, false);
    candidates.on_ended(peer_at(3), start, true);
    candidates.on_ended(peer_at(2), start + 1s, true);
    CHECK(candidates.next(start + 1h) == peer_at(3));
    CHECK(candidates.next(start + 1h) == peer_at(2));
    CHECK(candidates.next(start + 1h) == peer_at(1));
}

TEST_CASE("whom the user named is called again soon, and in the end as seldom as others", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::user);
    auto now = start;
    for (const auto wait : {2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 512s, 1024s, 1024s}) {
        REQUIRE(candidates.next(now));
        candidates.on_ended(peer_at(1), now, false);
        CHECK(candidates.next_time() == now + wait);
        now += wait;
    }
}

TEST_CASE("a failure doubles the wait", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    auto now = start;
    for (const auto wait : {20s, 40s, 80s, 160s, 320s, 640s, 1280s, 1280s}) {
        REQUIRE(candidates.next(now) == peer_at(1));
        candidates.on_ended(peer_at(1), now, false);
        CHECK(candidates.next_time() == now + wait);
        CHECK_FALSE(candidates.next(now + wait - 1ns));
        now += wait;
    }
}

TEST_CASE("who was of use is called again after ten seconds, as if nothing had been", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    for (int i = 0; i < 5; ++i) {
        candidates.next(start + i * 1h);
        candidates.on_ended(peer_at(1), start + i * 1h, false);
    }
    candidates.next(start + 10h);
    candidates.on_connected(peer_at(1));
    candidates.on_ended(peer_at(1), start + 10h, true);
    CHECK(candidates.next_time() == start + 10h + 10s);
}

TEST_CASE("whom a tracker named is given up after nine failures, whom the user named never", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.add(peer_at(2), PeerSource::user);
    auto now = start;
    for (int i = 0; i < 20; ++i) {
        while (const auto next = candidates.next(now)) candidates.on_ended(*next, now, false);
        now += 1h;
        CHECK((candidates.size() == 2) == (i < 8));
    }
    CHECK(candidates.next(now) == peer_at(2));
}

TEST_CASE("a ban is of the address: no other port helps", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::user);
    candidates.add(peer_at(1, 7000), PeerSource::user);
    candidates.add(peer_at(2), PeerSource::tracker);
    candidates.ban(peer_at(1).address);
    CHECK(candidates.size() == 1);
    CHECK(candidates.is_banned(peer_at(1).address));
    CHECK_FALSE(candidates.add(peer_at(1, 8000), PeerSource::user));
    CHECK(candidates.next(start) == peer_at(2));
    CHECK(candidates.banned_count() == 1);
}

TEST_CASE("ourselves are forgotten for good", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.next(start);
    candidates.forget(peer_at(1));
    candidates.on_ended(peer_at(1), start, true);
    CHECK_FALSE(candidates.add(peer_at(1), PeerSource::tracker));
    CHECK_FALSE(candidates.next(start + 1h));
    // Somebody else on our address is welcome.
    CHECK(candidates.add(peer_at(1, 7000), PeerSource::tracker));
}

TEST_CASE("who was postponed can be recalled, who failed cannot", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.add(peer_at(2), PeerSource::tracker);
    candidates.postpone(peer_at(1), start + 1h);
    candidates.on_ended(peer_at(2), start, false);
    CHECK_FALSE(candidates.next(start));
    candidates.recall_postponed();
    CHECK(candidates.next(start) == peer_at(1));
}

TEST_CASE("a candidate that is postponed waits that long at least", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.next(start);
    candidates.on_ended(peer_at(1), start, true);
    candidates.postpone(peer_at(1), start + 1h);
    candidates.postpone(peer_at(1), start + 1s);
    candidates.postpone(peer_at(2), start + 1s);
    CHECK(candidates.next_time() == start + 1h);
    CHECK_FALSE(candidates.next(start + 59min));
    CHECK(candidates.next(start + 1h) == peer_at(1));
}

TEST_CASE("a candidate remembers all who named it", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.add(peer_at(1), {"dht"});
    candidates.add(peer_at(1), {"dht"});
    candidates.add(peer_at(2), {"dht"});
    CHECK(candidates.source_of(peer_at(1))->name == "tracker");
    CHECK_FALSE(candidates.source_of(peer_at(3)));
    const auto counts = candidates.count_by_source();
    CHECK(counts.at("tracker") == 1);
    CHECK(counts.at("dht") == 2);
}

TEST_CASE("M21 a torrent found to be private forgets whom only strangers named", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), {"dht"});
    candidates.add(peer_at(2), {"pex"});
    candidates.add(peer_at(2), PeerSource::tracker);
    candidates.add(peer_at(3), PeerSource::magnet);
    candidates.keep_for_private();
    CHECK(candidates.size() == 2);
    CHECK(candidates.source_of(peer_at(2)) == PeerSource::tracker);
    CHECK(candidates.source_of(peer_at(3)) == PeerSource::magnet);
    CHECK(candidates.count_by_source().count("pex") == 0);
}

TEST_CASE("no stranger fills the list alone, and all together leave room for trackers", "[torrent]")
{
    Candidates candidates(100);
    for (int i = 0; i < 200; ++i) candidates.add(peer_at(i), {"pex"});
    CHECK(candidates.size() == 50);
    for (int i = 200; i < 400; ++i) candidates.add(peer_at(i), {"dht"});
    CHECK(candidates.size() == 75);
    for (int i = 400; i < 500; ++i) candidates.add(peer_at(i), PeerSource::tracker);
    CHECK(candidates.size() == 100);
    CHECK(candidates.count_by_source().at("tracker") == 25);
}

TEST_CASE("whom the user or a link names has a place in a full list, of one who failed rather than of another", "[torrent]")
{
    Candidates candidates(10);
    for (int i = 0; i < 10; ++i) candidates.add(peer_at(i), PeerSource::tracker);
    CHECK(candidates.next(start) == peer_at(0));  // is being called
    CHECK(candidates.next(start) == peer_at(1));
    candidates.on_ended(peer_at(1), start, false);
    CHECK(candidates.add(peer_at(100), PeerSource::user));
    CHECK_FALSE(candidates.source_of(peer_at(1)));
    for (int i = 200; i < 300; ++i) candidates.add(peer_at(i), PeerSource::magnet);
    CHECK(candidates.size() == 10);
    CHECK(candidates.source_of(peer_at(0)));
    CHECK(candidates.source_of(peer_at(100)));
}

TEST_CASE("X3 of a public address eight ports are called, unless the user names more", "[torrent]")
{
    Candidates candidates;
    const auto victim = [](int port) { return Endpoint{Address::from_v4(0x50010203), static_cast<std::uint16_t>(port)}; };
    for (int port = 2000; port < 2100; ++port) candidates.add(victim(port), {port % 2 == 0 ? "pex" : "dht"});
    CHECK(candidates.size() == 8);
    CHECK_FALSE(candidates.add(victim(3000), PeerSource::tracker));
    CHECK(candidates.add({Address::from_v4(0x50010204), 2000}, {"pex"}));
    CHECK(candidates.add(victim(3000), PeerSource::user));
    // Many may run on one machine of the local network, for tests and experiments.
    for (int port = 2000; port < 2100; ++port) candidates.add(peer_at(1, port), {"pex"});
    CHECK(candidates.size() == 110);
}

TEST_CASE("X3 those who answer in our name do not fill the memory", "[torrent]")
{
    Candidates candidates;
    for (int i = 0; i < 1000; ++i) candidates.forget(peer_at(i));
    int known_as_ourselves = 0;
    for (int i = 0; i < 1000; ++i) known_as_ourselves += candidates.add(peer_at(i), PeerSource::tracker) ? 0 : 1;
    CHECK(known_as_ourselves == 64);
    CHECK_FALSE(candidates.add(peer_at(999), PeerSource::tracker));
}

TEST_CASE("T11 ports below 1024 are not called unless the user names them", "[torrent]")
{
    Candidates candidates(100, false);
    CHECK_FALSE(candidates.add(peer_at(1, 25), PeerSource::tracker));
    CHECK(candidates.add(peer_at(1, 1024), PeerSource::tracker));
    CHECK(candidates.add(peer_at(1, 80), PeerSource::user));
}

TEST_CASE("who expects our call is called at once", "[torrent]")
{
    Candidates candidates;
    candidates.add(peer_at(1), PeerSource::tracker);
    candidates.next(start);
    candidates.on_ended(peer_at(1), start, false);
    CHECK_FALSE(candidates.next(start + 1s));
    candidates.expect(peer_at(1), {"holepunch"});
    CHECK(candidates.next(start + 1s) == peer_at(1));
}

TEST_CASE("BEP 40 once others told us our address, the higher priority is called first", "[torrent]")
{
    Candidates candidates;
    const auto ours = *Endpoint::parse("123.213.32.10:6881");
    const auto low = *Endpoint::parse("123.213.32.234:6881");
    const auto high = *Endpoint::parse("98.76.54.32:6881");
    candidates.add(low, PeerSource::tracker);
    candidates.add(high, PeerSource::tracker);
    candidates.set_external(ours);
    const bool high_is_higher = peer_priority(ours, high) > peer_priority(ours, low);
    CHECK(candidates.next(start) == (high_is_higher ? high : low));
}

TEST_CASE("BEP 40 its own examples come out", "[torrent]")
{
    const auto of = [](const char* a, const char* b) {
        return peer_priority(*Endpoint::parse(a), *Endpoint::parse(b));
    };
    CHECK(of("123.213.32.10:0", "98.76.54.32:0") == 0xec2d7224);
    CHECK(of("123.213.32.10:0", "123.213.32.234:0") == 0x99568189);
    CHECK(of("98.76.54.32:0", "123.213.32.10:0") == 0xec2d7224);
    CHECK(of("1.2.3.4:5", "[::1]:5") == 0);
}
