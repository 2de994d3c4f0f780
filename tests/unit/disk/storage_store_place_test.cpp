#include "store_bench.hpp"

#include <filesystem>
#include <optional>
#include <unistd.h>

// Fences: moving, renaming and removing between what came before and what comes after.
using namespace shoal;
using namespace shoal::disk;
using namespace shoal::disk::test;

namespace {

// A store with everything written, and a list of what ended, in order.
struct Fenced {
    explicit Fenced(const std::string& storage = "file") : bench(one_file(), storage)
    {
        REQUIRE(bench.open());
        for (std::uint32_t piece = 0; piece < 4; ++piece) REQUIRE(bench.write(piece));
    }

    void read(const std::string& name)
    {
        bench.store->read({0, 0, 16'384}, bench.index(0), [this, name](Result<peer::OwnedBytes> octets) {
            CHECK(std::ranges::equal(**octets, bench.range({0, 0, 16'384})));
            ended.push_back(name);
        });
    }
    void write(const std::string& name)
    {
        auto buffer = std::move(*bench.pool.take(32'768));
        std::ranges::copy(bench.made.piece(1), buffer.bytes().begin());
        bench.store->write(bench.index(1), std::move(buffer), [this, name](Buffer, Result<void> written) {
            CHECK(written);
            ended.push_back(name);
        });
    }
    void move(const std::string& to, std::optional<Error>* error = nullptr)
    {
        bench.store->move(bench.folder / to, [this](auto done, auto total) { progress.emplace_back(done, total); },
                          [this, error](Result<void> moved) {
                              if (!moved && error != nullptr) *error = moved.error();
                              CHECK(moved.has_value() == (error == nullptr));
                              ended.push_back("move");
                          });
    }
    void wait(std::size_t count)
    {
        REQUIRE(bench.world.run_until([&] { return ended.size() >= count; }, bench.world.now() + 100s));
        bench.world.run_for(1s);
        CHECK(ended.size() == count);
    }

    StoreBench bench;
    std::vector<std::string> ended;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
};

}  // namespace

TEST_CASE("a move waits for what came before, and what comes after meets the new place", "[disk][fence]")
{
    Fenced fenced(GENERATE(as<std::string>{}, "file", "strain"));
    fenced.write("write before");
    fenced.read("read before");
    fenced.move("new");
    fenced.read("read after");
    fenced.write("write after");
    CHECK(fenced.bench.store->waiting() == 3);
    CHECK(fenced.ended.empty());
    fenced.wait(5);
    CHECK(fenced.ended[2] == "move");
    CHECK(fenced.bench.store->waiting() == 0);
    CHECK(fenced.bench.folder.has("new/one.bin.part"));
    CHECK_FALSE(fenced.bench.folder.has("one.bin.part"));
    CHECK(fenced.progress.back() == std::pair<std::uint64_t, std::uint64_t>{100'000, 100'000});
    REQUIRE(fenced.bench.finish(0));
    CHECK(fenced.bench.folder.has("new/one.bin"));
}

TEST_CASE("a write that a flush has to wait for does not stop a move for ever", "[disk][fence]")
{
    Fenced fenced;
    fenced.write("write");
    fenced.bench.store->flush([&](Result<void> flushed) {
        CHECK(flushed);
        fenced.ended.push_back("flush");
    });
    fenced.move("new");
    fenced.bench.store->close([&](Result<void> closed) {
        CHECK(closed);
        fenced.ended.push_back("close");
    });
    fenced.wait(4);
    CHECK(fenced.ended == std::vector<std::string>{"write", "flush", "move", "close"});
}

TEST_CASE("from a move until the old place is let go no descriptor is lent, and then they are asked for anew", "[disk][fence]")
{
    Fenced fenced;
    const peer::BlockHead head{0, 0, 16'384};
    auto& store = *fenced.bench.store;
    store.locate(head, fenced.bench.index(0));
    fenced.bench.world.run_for(1s);
    REQUIRE(store.locate(head, fenced.bench.index(0)).has_value());
    fenced.move("new");
    CHECK_FALSE(store.locate(head, fenced.bench.index(0)).has_value());
    fenced.wait(1);
    // What was located before may still be on its way to a peer.
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(store.locate(head, fenced.bench.index(0)).has_value());
        fenced.bench.world.run_for(1s);
    }
    CHECK(fenced.bench.wait<void>([&](auto done) { store.let_go(std::move(done)); }));
    CHECK_FALSE(store.locate(head, fenced.bench.index(0)).has_value());
    fenced.bench.world.run_for(1s);
    const auto parts = store.locate(head, fenced.bench.index(0));
    REQUIRE(parts.has_value());
    const auto& region = std::get<environment::FileRegion>(parts->front());
    Bytes octets(region.length);
    REQUIRE(::pread(region.descriptor, octets.data(), octets.size(), static_cast<off_t>(region.offset)) == 16'384);
    CHECK(std::ranges::equal(octets, fenced.bench.range(head)));
}

TEST_CASE("a move that is cancelled before it begins does not begin, a later one does", "[disk][fence]")
{
    Fenced fenced(GENERATE(as<std::string>{}, "file", "strain"));
    std::optional<Error> error;
    fenced.write("write");
    fenced.move("new", &error);
    fenced.bench.store->cancel_moves();
    fenced.wait(2);
    REQUIRE(error);
    CHECK(error->code == Errc::cancelled);
    CHECK(fenced.bench.folder.has("one.bin.part"));
    CHECK_FALSE(fenced.bench.folder.has("new"));
    fenced.move("new");
    fenced.wait(3);
    CHECK(fenced.bench.folder.has("new/one.bin.part"));
}

TEST_CASE("a move that fails names the folder, and everything is where it was", "[disk][fence]")
{
    Fenced fenced(GENERATE(as<std::string>{}, "file", "strain"));
    fenced.bench.folder.write("new/one.bin", "somebody's");
    std::optional<Error> error;
    fenced.move("new", &error);
    fenced.read("read");
    fenced.wait(2);
    REQUIRE(error);
    CHECK_THAT(error->text, Catch::Contains("new/one.bin"));
    CHECK(fenced.bench.folder.read("new/one.bin") == "somebody's");
    CHECK(*fenced.bench.check(3) == true);
}

TEST_CASE("a file that was renamed is found by the next run that knows of it", "[disk][fence]")
{
    Fenced fenced(GENERATE(as<std::string>{}, "file", "strain"));
    const auto file = *fenced.bench.made.torrent->geometry.file(0);
    const auto renamed = fenced.bench.wait<void>(
        [&](auto done) { fenced.bench.store->rename(file, "shelf/two.bin", std::move(done)); });
    CHECK(renamed);
    REQUIRE(fenced.bench.finish(0));
    CHECK(fenced.bench.folder.has("shelf/two.bin"));
    REQUIRE(fenced.bench.close());
    fenced.bench.renamed[0] = "shelf/two.bin";
    fenced.bench.renew();
    CHECK(fenced.bench.open_pieces()->all());
    CHECK(*fenced.bench.check(2) == true);
}

TEST_CASE("what was removed is not there, and can be written again", "[disk][fence]")
{
    Fenced fenced(GENERATE(as<std::string>{}, "file", "strain"));
    const auto file = *fenced.bench.made.torrent->geometry.file(0);
    const auto removed =
        fenced.bench.wait<void>([&](auto done) { fenced.bench.store->remove({file}, std::move(done)); });
    CHECK(removed);
    CHECK_FALSE(fenced.bench.folder.has("one.bin.part"));
    CHECK(*fenced.bench.check(0) == false);
    REQUIRE(fenced.bench.write(0));
    CHECK(*fenced.bench.check(0) == true);
}

TEST_CASE("a storage that cannot move says so", "[disk][fence]")
{
    StoreBench bench(one_file(), "memory");
    REQUIRE(bench.open());
    const auto moved = bench.wait<void>(
        [&](auto done) { bench.store->move("/away", [](auto, auto) {}, std::move(done)); });
    REQUIRE_FALSE(moved);
    CHECK(moved.error().code == Errc::unsupported);
    CHECK_THAT(moved.error().text, Catch::Contains("cannot move"));
}

TEST_CASE("a closed store answers with an error until it is opened again", "[disk][fence]")
{
    Fenced fenced(GENERATE(as<std::string>{}, "file", "strain"));
    REQUIRE(fenced.bench.close());
    const auto refused = fenced.bench.check(0);
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().text, Catch::Contains("closed"));
    CHECK(fenced.bench.open_pieces()->all());
    CHECK(*fenced.bench.check(0) == true);
}

TEST_CASE("the pieces that may be there are those within the files", "[disk]")
{
    Fenced fenced;
    REQUIRE(fenced.bench.close());
    std::filesystem::resize_file(fenced.bench.folder.path() / "one.bin.part", 40'000);
    fenced.bench.renew();
    const auto there = fenced.bench.open_pieces();
    REQUIRE(there);
    CHECK(there->count() == 1);
    CHECK(there->test(0));
}

TEST_CASE("what was written is written out before a store is closed", "[disk]")
{
    Fenced fenced;
    CHECK(fenced.bench.flush());
    CHECK(fenced.bench.close());
    CHECK(fenced.bench.close());  // at rest already
}
