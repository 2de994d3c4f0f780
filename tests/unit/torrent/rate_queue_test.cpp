#include "torrent/rate_intake.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

using namespace shoal;
using namespace shoal::torrent;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t block = 16384;

// A peer that takes what it may, as far as it has use for it.
class Taker {
public:
    Taker(RateGroup& group, const char* address = "1.2.3.4", std::uint64_t piece = block)
        : seat(group, *Address::parse(address), [this] { take(); }), piece_(piece)
    {
    }

    void want(std::uint64_t octets)
    {
        wanted_ += octets;
        take();
    }
    void take()
    {
        ++turns;
        while (wanted_ > 0 && seat.available() >= block) {
            seat.spend(piece_);
            had += piece_;
            wanted_ -= std::min(wanted_, piece_);
        }
    }

    RateSeat seat;
    std::uint64_t had = 0;
    int turns = 0;

private:
    std::uint64_t piece_;
    std::uint64_t wanted_ = 0;
};

struct RateQueueBench {
    lab::World world;
    environment::Loop& loop = world.add_node().loop();
    RateQueue queue{loop};
    std::vector<std::unique_ptr<RateGroup>> groups;

    RateGroup& add_group(std::uint64_t rate = 0)
    {
        auto& group = *groups.emplace_back(std::make_unique<RateGroup>(queue));
        group.set_rate(rate);
        return group;
    }
};

constexpr std::uint64_t insatiable = std::uint64_t{1} << 40;
constexpr std::uint64_t plenty = std::uint64_t{1} << 30;  // hours of the rates below, and not for ever where there is no limit

}  // namespace

TEST_CASE("without a limit nobody waits", "[torrent][rate]")
{
    RateQueueBench bench;
    Taker taker(bench.add_group());
    taker.want(1000 * block);
    CHECK(taker.had == 1000 * block);
    CHECK(taker.turns == 1);
    CHECK_FALSE(taker.seat.is_limited());
}

TEST_CASE("a peer has no more of a turn because it takes big pieces", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(100'000);
    auto& group = bench.add_group();
    Taker small(group);
    Taker big(group, "1.2.3.5", 8 * block);
    small.want(insatiable);
    big.want(insatiable);
    bench.world.run_for(100s);
    CHECK(small.had + big.had <= 100'000 * 100 + 25'000 + 8 * block);
    CHECK(small.had + big.had >= 95 * 100'000);
    CHECK(small.had >= 45 * 100'000);
    CHECK(big.had >= 45 * 100'000);
}

TEST_CASE("who was idle has no more afterwards than who was not", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(1'000'000);
    Taker early(bench.add_group());
    Taker late(bench.add_group());
    early.want(insatiable);
    bench.world.run_for(60s);
    const auto before = early.had;
    late.want(insatiable);
    bench.world.run_for(10s);
    CHECK(early.had - before > 4'800'000);
    CHECK(late.had > 4'800'000);
}

TEST_CASE("who was held up by its own limit does not catch up when it is lifted", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(1'000'000);
    auto& slow = bench.add_group(50'000);
    Taker held(slow);
    Taker other(bench.add_group());
    held.want(insatiable);
    other.want(insatiable);
    bench.world.run_for(60s);
    CHECK(held.had < 60 * 52'000);
    const auto before = other.had;
    CHECK(before > 60 * 930'000);
    slow.set_rate(0);
    bench.world.run_for(10s);
    CHECK(other.had - before > 4'800'000);
    CHECK(other.had - before < 5'200'000);
}

TEST_CASE("a limited torrent holds up no other", "[torrent][rate]")
{
    RateQueueBench bench;
    Taker held(bench.add_group(1'000));
    Taker free(bench.add_group());
    held.want(insatiable);
    free.want(plenty);
    CHECK(free.had == plenty);
    bench.world.run_for(100s);
    CHECK(held.had >= 90'000);
    CHECK(held.had <= 100'000 + 3 * block);
}

TEST_CASE("a class whose limit is used up holds up nobody else of its torrent", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(1'000'000);
    bench.queue.set_classes({{*PeerRule::parse("1.1.1.1"), 50'000, false}, {*PeerRule::parse("2.2.2.2"), 0, true}});
    auto& group = bench.add_group();
    Taker held(group, "1.1.1.1");
    Taker other(group, "3.3.3.3");
    Taker free(group, "2.2.2.2");
    held.want(insatiable);
    other.want(insatiable);
    free.want(plenty);
    bench.world.run_for(20s);
    CHECK(free.had == plenty);
    CHECK(held.had < 20 * 53'000);
    CHECK(held.had > 20 * 47'000);
    CHECK(other.had > 20 * 930'000);
}

TEST_CASE("who waits is let go when the limit is lifted", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(10);
    Taker taker(bench.add_group());
    taker.want(100 * block);
    bench.world.run_for(60s);
    CHECK(taker.had < 4 * block);
    bench.queue.set_rate(0);
    bench.world.run_for(1s);
    CHECK(taker.had == 100 * block);
    CHECK_FALSE(taker.seat.is_waiting);
}

TEST_CASE("who leaves while it waits is asked no more", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(20'000);
    auto& group = bench.add_group();
    auto leaver = std::make_unique<Taker>(group);
    Taker other(bench.add_group());
    leaver->want(insatiable);
    other.want(insatiable);
    bench.world.run_for(10s);
    leaver.reset();
    const auto before = other.had;
    bench.world.run_for(50s);
    CHECK(other.had - before >= 50 * 19'000);
}

TEST_CASE("who wants nothing costs nothing", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(20'000);
    Taker taker(bench.add_group());
    taker.want(2 * block);
    bench.world.run_for(10s);
    const auto turns = taker.turns;
    bench.world.run_for(1000s);
    CHECK(taker.turns == turns);
    CHECK(taker.had == 2 * block);
}

// ---- intake -----------------------------------------------------------------------------------------------------

TEST_CASE("a block that was paid for when it was asked for is let in at once, and once", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(20'000);
    auto& group = bench.add_group();
    int turns = 0;
    RateIntake intake(group, *Address::parse("1.2.3.4"), [&] {
        if (++turns == 1) intake.pay(block);
    });
    CHECK(intake.available(0) == 0);
    bench.world.run_for(5s);
    CHECK(turns == 2);
    CHECK(intake.admit(block));
    CHECK(intake.admit(block));  // asked again, after a pause for memory
    intake.on_arrived();
    CHECK_FALSE(intake.admit(block));
    CHECK(intake.is_holding());
}

TEST_CASE("a block that nobody paid for waits for its turn", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(8'192);
    auto& group = bench.add_group();
    std::uint64_t had = 0;
    // A peer that sends on and on and was asked for nothing.
    RateIntake intake(group, *Address::parse("1.2.3.4"), [&] {
        if (!intake.admit_held()) return;
        REQUIRE(intake.admit(block));
        intake.on_arrived();
        had += block;
        REQUIRE_FALSE(intake.admit(block));
    });
    CHECK_FALSE(intake.admit(block));
    bench.world.run_for(100s);
    CHECK(had >= 90 * 8'192);
    CHECK(had <= 100 * 8'192 + 2 * block);
}

TEST_CASE("what was paid for and will not come is given back", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(8'192);
    auto& group = bench.add_group();
    std::uint64_t paid = 0;
    RateIntake intake(group, *Address::parse("1.2.3.4"), [&] {
        while (intake.available(paid) >= block) {
            intake.pay(block);
            paid += block;
        }
    });
    intake.available(0);
    bench.world.run_for(10s);
    const auto before = paid;
    REQUIRE(before >= 4 * block);
    paid = 0;  // the peer chokes us
    intake.available(0);
    bench.world.run_for(100ms);
    CHECK(paid >= 2 * block);
}

TEST_CASE("what was paid under another limit is paid again", "[torrent][rate]")
{
    RateQueueBench bench;
    bench.queue.set_rate(1'000'000);
    auto& group = bench.add_group();
    RateIntake intake(group, *Address::parse("1.2.3.4"), [&] {
        if (!intake.admit_held()) intake.pay(block);
    });
    intake.available(0);
    bench.world.run_for(100ms);
    REQUIRE(intake.admit(block));
    intake.on_arrived();
    bench.queue.set_rate(10'000);
    CHECK_FALSE(intake.admit(block));
}
