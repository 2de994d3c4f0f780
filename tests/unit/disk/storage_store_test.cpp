#include "store_bench.hpp"

#include "net/live_environment.hpp"

#include <algorithm>
#include <atomic>
#include <unistd.h>

using namespace shoal;
using namespace shoal::disk;
using namespace shoal::disk::test;

namespace {

// Pieces of 32 KiB over three files, an empty one and padding between them.
MadeTorrent several_files()
{
    return make_torrent({.name = "books",
                         .files = {{"a/first.txt", 50'000, false},
                                   {"a/empty.txt", 0, false},
                                   {".pad/15536", 15'536, true},
                                   {"second.txt", 40'000, false},
                                   {"third.txt", 7, false}}});
}

Bytes octets_of(const environment::FileRegion& region)
{
    Bytes octets(region.length);
    REQUIRE(::pread(region.descriptor, octets.data(), octets.size(), static_cast<off_t>(region.offset)) ==
            static_cast<ssize_t>(octets.size()));
    return octets;
}

}  // namespace

TEST_CASE("what is written piece by piece is there, checked, and read again", "[disk]")
{
    const auto storage = GENERATE(std::string("file"), std::string("memory"), std::string("strain"));
    CAPTURE(storage);
    StoreBench bench(several_files(), storage);
    const auto pieces = bench.made.torrent->geometry.piece_count();
    REQUIRE(pieces == 4);
    CHECK(*bench.open() == false);
    for (std::uint32_t piece = 0; piece < pieces; ++piece) {
        CHECK(*bench.check(piece) == false);
        REQUIRE(bench.write(piece));
        CHECK(*bench.check(piece) == true);
    }
    for (const peer::BlockHead head : {peer::BlockHead{0, 0, 16384}, peer::BlockHead{1, 100, 30'000},
                                       peer::BlockHead{2, 7'000, 20'000}, peer::BlockHead{3, 7'000, 239}}) {
        const auto read = bench.read(head);
        REQUIRE(read);
        CHECK(std::ranges::equal(**read, bench.range(head)));
    }
    CHECK(bench.pool.in_use() == 0);
}

TEST_CASE("a piece that does not match its hash is found out", "[disk]")
{
    StoreBench bench(several_files(), GENERATE(as<std::string>{}, "file", "strain"));
    REQUIRE(bench.open());
    Bytes wrong(bench.made.piece(0).begin(), bench.made.piece(0).end());
    wrong[20'000] ^= std::byte{1};
    REQUIRE(bench.write(0, wrong));
    CHECK(*bench.check(0) == false);
    REQUIRE(bench.write(0));
    CHECK(*bench.check(0) == true);
}

TEST_CASE("a piece may be written block by block", "[disk]")
{
    StoreBench bench(several_files(), GENERATE(as<std::string>{}, "file", "strain"));
    REQUIRE(bench.open());
    for (const auto block : {1u, 0u}) REQUIRE(bench.write_block(1, block));
    CHECK(*bench.check(1) == true);
}

TEST_CASE("files get their names, their lengths and their folders; padding is never on disk", "[disk]")
{
    StoreBench bench(several_files(), GENERATE(as<std::string>{}, "file", "strain"));
    REQUIRE(bench.open());
    for (std::uint32_t piece = 0; piece < 4; ++piece) REQUIRE(bench.write(piece));
    for (const std::uint32_t file : {0u, 1u, 3u, 4u}) REQUIRE(bench.finish(file));
    REQUIRE(bench.close());
    CHECK(bench.folder.read("books/a/first.txt") == as_text(bench.made.file(0)));
    CHECK(bench.folder.has("books/a/empty.txt"));
    CHECK(bench.folder.read("books/second.txt") == as_text(bench.made.file(3)));
    CHECK(bench.folder.read("books/third.txt") == as_text(bench.made.file(4)));
    CHECK_FALSE(bench.folder.has("books/.pad"));
}

TEST_CASE("a second run finds what the first one left and says that it is worth checking", "[disk]")
{
    StoreBench bench(several_files(), GENERATE(as<std::string>{}, "file", "strain"));
    CHECK(*bench.open() == false);
    REQUIRE(bench.write(1));
    REQUIRE(bench.close());
    bench.renew();
    CHECK(*bench.open() == true);
    CHECK(*bench.check(0) == false);
    CHECK(*bench.check(1) == true);
    CHECK(*bench.check(2) == false);
}

TEST_CASE("blocks are located as regions of files once the plug-in named the descriptors", "[disk]")
{
    StoreBench bench(several_files(), "file");
    REQUIRE(bench.open());
    for (std::uint32_t piece = 0; piece < 4; ++piece) REQUIRE(bench.write(piece));
    const peer::BlockHead one_file{0, 1'000, 16'384};
    CHECK_FALSE(bench.store->locate(one_file, bench.index(0)).has_value());  // asks for the descriptor
    bench.world.run_for(1s);
    const auto parts = bench.store->locate(one_file, bench.index(0));
    REQUIRE(parts.has_value());
    REQUIRE(parts->size() == 1);
    CHECK(
        std::ranges::equal(octets_of(std::get<environment::FileRegion>((*parts)[0])), bench.range(one_file)));

    // Over the border of two files.
    const peer::BlockHead two_files{3, 7'200, 39};
    CHECK_FALSE(bench.store->locate(two_files, bench.index(3)).has_value());
    bench.world.run_for(1s);
    const auto both = bench.store->locate(two_files, bench.index(3));
    REQUIRE(both.has_value());
    REQUIRE(both->size() == 2);
    Bytes joined;
    for (const auto& part : *both) {
        const auto octets = octets_of(std::get<environment::FileRegion>(part));
        joined.insert(joined.end(), octets.begin(), octets.end());
    }
    CHECK(std::ranges::equal(joined, bench.range(two_files)));
}

TEST_CASE("a block that touches padding is read, not located", "[disk]")
{
    StoreBench bench(several_files(), "file");
    REQUIRE(bench.open());
    REQUIRE(bench.write(1));
    const peer::BlockHead head{1, 16'384, 16'384};
    bench.store->locate(head, bench.index(1));
    bench.world.run_for(1s);
    CHECK_FALSE(bench.store->locate(head, bench.index(1)).has_value());
    const auto read = bench.read(head);
    REQUIRE(read);
    CHECK(std::ranges::equal(**read, bench.range(head)));
}

TEST_CASE("a storage without descriptors is asked for one once, and its blocks are read", "[disk]")
{
    StoreBench bench(several_files(), "memory");
    REQUIRE(bench.open());
    REQUIRE(bench.write(0));
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(bench.store->locate({0, 0, 16'384}, bench.index(0)).has_value());
        bench.world.run_for(1s);
    }
    CHECK(bench.read({0, 0, 16'384}));
}

TEST_CASE("after a file got its name its blocks are located anew", "[disk]")
{
    StoreBench bench(several_files(), "file");
    REQUIRE(bench.open());
    REQUIRE(bench.write(0));
    REQUIRE(bench.write(1));
    const peer::BlockHead head{0, 0, 16'384};
    bench.store->locate(head, bench.index(0));
    bench.world.run_for(1s);
    REQUIRE(bench.store->locate(head, bench.index(0)).has_value());
    REQUIRE(bench.finish(0));
    CHECK_FALSE(bench.store->locate(head, bench.index(0)).has_value());
    bench.world.run_for(1s);
    const auto parts = bench.store->locate(head, bench.index(0));
    REQUIRE(parts.has_value());
    CHECK(std::ranges::equal(octets_of(std::get<environment::FileRegion>((*parts)[0])), bench.range(head)));
}

TEST_CASE("a store that is destroyed drops what is still to come and gives the memory back", "[disk]")
{
    StoreBench bench(several_files(), GENERATE(as<std::string>{}, "file", "strain"));
    REQUIRE(bench.open());
    auto buffer = std::move(*bench.pool.take(32'768));
    std::ranges::copy(bench.made.piece(0), buffer.bytes().begin());
    bool is_told = false;
    bench.store->write(bench.index(0), std::move(buffer), [&](Buffer, Result<void>) { is_told = true; });
    bench.store->check(bench.index(0), [&](Result<bool>) { is_told = true; });
    bench.store.reset();
    bench.world.run_for(10s);
    CHECK_FALSE(is_told);
    CHECK(bench.pool.in_use() == 0);
}

TEST_CASE("a store is closed after all that was submitted before", "[disk]")
{
    StoreBench bench(several_files(), GENERATE(as<std::string>{}, "file", "strain"));
    REQUIRE_FALSE(*bench.open());
    std::vector<std::string> ended;
    for (std::uint32_t piece = 0; piece < 4; ++piece) {
        bench.store->check(bench.index(piece), [&](Result<bool>) { ended.push_back("check"); });
    }
    bench.store->close([&](Result<void>) { ended.push_back("close"); });
    REQUIRE(bench.world.run_until([&] { return ended.size() == 5; }, bench.world.now() + 100s));
    CHECK(ended.back() == "close");
}

TEST_CASE("a store works on the threads of the live environment", "[disk]")
{
    StoreBench bench(several_files(), "file");
    bench.store.reset();
    host::Registry registry;
    registry.scan(SHOAL_TEST_PLUGINS);
    net::LiveEnvironment live({.workers = 2});
    auto environment = live.environment();
    const auto factory = registry.find(SHOAL_KIND_STORAGE, "file");
    REQUIRE(factory);
    auto instance = host::Instance::create(
        **factory, {.environment = environment, .random = RandomStream(1, 1), .checked = true});
    REQUIRE(instance);
    auto store = std::make_unique<StorageStore>(environment, std::move(*instance), bench.made.torrent,
                                                StorageSettings{bench.folder.path().native()});
    std::uint32_t left = 4;
    std::uint32_t matching = 0;
    CHECK(store->check_depth() == 4);
    store->open([&](Result<Bitfield> opened) {
        CHECK(opened->none());
        for (std::uint32_t piece = 0; piece < 4; ++piece) {
            auto buffer =
                std::move(*bench.pool.take(static_cast<std::uint32_t>(bench.made.piece(piece).size())));
            std::ranges::copy(bench.made.piece(piece), buffer.bytes().begin());
            store->write(bench.index(piece), std::move(buffer), [&, piece](Buffer, Result<void> written) {
                CHECK(written);
                store->check(bench.index(piece), [&](Result<bool> checked) {
                    matching += *checked ? 1 : 0;
                    --left;
                });
            });
        }
    });
    CHECK(live.loop().run_until([&] { return left == 0; }));
    CHECK(matching == 4);
    bool is_closed = false;
    store->close([&](Result<void>) { is_closed = true; });
    CHECK(live.loop().run_until([&] { return is_closed; }));
    store.reset();
}
