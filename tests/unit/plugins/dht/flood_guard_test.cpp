#include "flood_guard.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Verdict = FloodGuard::Verdict;

TEST_CASE("an allowance is spent, comes back with time, and no more than its burst", "[dht]")
{
    Allowance allowance(10, 20);
    const auto begin = Time(seconds{1000});
    CHECK(allowance.spend(20, begin));
    CHECK_FALSE(allowance.spend(1, begin));
    CHECK(allowance.ready_at(begin) == begin + milliseconds{100});
    CHECK(allowance.spend(1, begin + milliseconds{100}));
    CHECK_FALSE(allowance.spend(21, begin + minutes{600}));
    CHECK(allowance.spend(20, begin + minutes{600}));
}

TEST_CASE("D7 five queries a second are heard after a burst, the others dropped", "[dht]")
{
    FloodGuard guard({});
    const auto from = at("198.51.100.1:6881");
    int heard = 0;
    for (int i = 0; i < 40; ++i) heard += guard.count(from, Time(seconds{1})) == Verdict::heard ? 1 : 0;
    CHECK(heard == 40);
    CHECK(guard.count(from, Time(seconds{1})) == Verdict::dropped);
    heard = 0;
    for (int i = 1; i <= 20; ++i) heard += guard.count(from, Time(seconds{1} + i * milliseconds{100})) == Verdict::heard ? 1 : 0;
    CHECK(heard == 10);
    CHECK(guard.count(at("198.51.100.2:6881"), Time(seconds{1})) == Verdict::heard);
}

TEST_CASE("D7 who floods is not heard for five minutes, from none of its ports", "[dht]")
{
    FloodGuard guard({});
    for (int i = 0; i < 100; ++i) static_cast<void>(guard.count(at("198.51.100.1:6881"), Time(seconds{1})));
    CHECK(guard.is_banned(at("198.51.100.1:6882"), Time(seconds{2})));
    CHECK(guard.is_banned(at("198.51.100.1:6881"), Time(minutes{5})));
    CHECK_FALSE(guard.is_banned(at("198.51.100.1:6881"), Time(minutes{5} + seconds{2})));
    CHECK_FALSE(guard.is_banned(at("198.51.100.2:6881"), Time(seconds{2})));
}

TEST_CASE("D7 an IPv6 network is one stranger, and on this machine a port is", "[dht]")
{
    FloodGuard guard({});
    for (std::uint16_t i = 0; i < 200; ++i) {
        auto from = at("[2001:db8::]:6881");
        store_be(from.address.bytes.data() + 14, i);
        static_cast<void>(guard.count(from, Time(seconds{1})));
        static_cast<void>(guard.count({ip("127.0.0.1"), static_cast<std::uint16_t>(1000 + i)}, Time(seconds{1})));
    }
    CHECK(guard.is_banned(at("[2001:db8::ffff]:1"), Time(seconds{2})));
    CHECK_FALSE(guard.is_banned(at("[2001:db8:0:1::1]:1"), Time(seconds{2})));
    CHECK_FALSE(guard.is_banned(at("127.0.0.1:1000"), Time(seconds{2})));
}

TEST_CASE("D7 a million forged sources do not fill the memory", "[dht]")
{
    FloodGuard guard({});
    for (std::uint32_t i = 0; i < 10'000; ++i) static_cast<void>(guard.count({Address::from_v4(0xc6000000 + i), 1}, Time{}));
    CHECK(guard.origins() == 4096);
}

} // namespace shoal::test
