#include "fake_store.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"
#include "torrent/checker.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>

using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;
using namespace std::chrono_literals;

namespace {

struct CheckerBench {
    explicit CheckerBench(std::uint32_t pieces)
        : geometry(*Geometry::make(std::uint64_t{pieces} * 16384, 16384, {})),
          disk(std::make_shared<FakeDisk>(pieces)), store(loop, disk), ledger(geometry),
          checker(std::make_unique<Checker>(Bitfield(pieces, true), store, ledger,
                                            [this](Result<void> result) { outcome = std::move(result); }))
    {
    }

    lab::World world;
    environment::Loop& loop = world.add_node().loop();
    Geometry geometry;
    std::shared_ptr<FakeDisk> disk;
    FakeStore store;
    piece::Ledger ledger;
    std::optional<Result<void>> outcome;
    std::unique_ptr<Checker> checker;
};

}  // namespace

TEST_CASE("what is found on disk is had, and the rest is missing", "[torrent]")
{
    CheckerBench bench(20);
    for (const auto p : {0u, 3u, 19u}) bench.disk->pieces.set(p);
    bench.checker->start();
    CHECK_FALSE(bench.outcome);
    bench.world.run_for(1s);
    REQUIRE(bench.outcome);
    CHECK(*bench.outcome);
    CHECK(bench.ledger.have() == bench.disk->pieces);
    CHECK(bench.checker->checked() == 20);
    CHECK(bench.ledger.wanted_count() == 17);
}

TEST_CASE("every piece is checked once, in order, a few at a time", "[torrent]")
{
    CheckerBench bench(20);
    bench.checker->start();
    bench.world.run_for(1s);
    REQUIRE(bench.disk->calls.size() == 20);
    for (std::uint32_t p = 0; p < 20; ++p) CHECK(bench.disk->calls[p] == "check " + std::to_string(p));
    CHECK(bench.disk->most_checks == 4);
}

TEST_CASE("a torrent of fewer pieces than are checked at a time is checked as well", "[torrent]")
{
    CheckerBench bench(1);
    bench.checker->start();
    bench.world.run_for(1s);
    REQUIRE(bench.outcome);
    CHECK(bench.disk->calls.size() == 1);
}

TEST_CASE("a disk that fails ends the check, once", "[torrent]")
{
    CheckerBench bench(20);
    bench.disk->check_error = make_error(Errc::io_error, "the disk is on fire");
    int ends = 0;
    bench.checker =
        std::make_unique<Checker>(Bitfield(20, true), bench.store, bench.ledger, [&](Result<void> result) {
            ++ends;
            CHECK(result.error().text == "the disk is on fire");
        });
    bench.checker->start();
    bench.world.run_for(1s);
    CHECK(ends == 1);
}

TEST_CASE("a checker that is destroyed hears of nothing any more, even from inside its end", "[torrent]")
{
    CheckerBench bench(20);
    bench.checker->start();
    bench.checker.reset();
    bench.world.run_for(1s);
    CHECK_FALSE(bench.outcome);
    CHECK(bench.ledger.have().none());

    CheckerBench inside(3);
    inside.checker =
        std::make_unique<Checker>(Bitfield(3, true), inside.store, inside.ledger, [&](Result<void> result) {
            inside.outcome = std::move(result);
            inside.checker.reset();
        });
    inside.checker->start();
    inside.world.run_for(1s);
    CHECK(inside.outcome);
}
