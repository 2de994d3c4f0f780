#include "torrent/traffic_account.hpp"

#include <catch2/catch.hpp>

using namespace std::chrono_literals;
using namespace shoal;
using namespace shoal::torrent;

namespace {

constexpr environment::Time opened{1h};

}  // namespace

TEST_CASE("what a peer moved is told at most every ten seconds, each octet once", "[torrent][traffic]")
{
    TrafficAccount account(opened);
    CHECK_FALSE(account.take({100, 7}, opened + 9s));
    const auto first = account.take({100, 7}, opened + 10s);
    REQUIRE(first);
    CHECK(first->since_last == Moved{100, 7});
    CHECK_FALSE(first->is_last);
    CHECK_FALSE(account.take({150, 7}, opened + 19s));
    const auto second = account.take({150, 8}, opened + 25s);
    REQUIRE(second);
    CHECK(second->since_last == Moved{50, 1});
    CHECK(second->total == Moved{150, 8});
    CHECK_FALSE(account.take({151, 8}, opened + 34s));
    CHECK(account.take({151, 8}, opened + 35s));
}

TEST_CASE("nothing is told of a peer that moves nothing", "[torrent][traffic]")
{
    TrafficAccount account(opened);
    CHECK_FALSE(account.take({}, opened + 1h));
    CHECK_FALSE(account.close({}));
    REQUIRE(account.take({1, 0}, opened + 2h));
    CHECK_FALSE(account.take({1, 0}, opened + 3h));
}

TEST_CASE("the last word of a peer is what was not told yet, or that it is gone", "[torrent][traffic]")
{
    TrafficAccount account(opened);
    REQUIRE(account.take({100, 0}, opened + 10s));
    const auto untold = GENERATE(0u, 5u);
    const auto last = account.close({100, untold});
    REQUIRE(last);
    CHECK(last->is_last);
    CHECK(last->since_last == Moved{0, untold});
    CHECK(last->total == Moved{100, untold});
}
