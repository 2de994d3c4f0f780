#include "store_bench.hpp"

#include <algorithm>

// A disk that fails, as far as the store: every failure is a value, and what was acknowledged is there.
using namespace shoal;
using namespace shoal::disk;
using namespace shoal::disk::test;

namespace {

// Over the file storage; the first call of that verb fails, and only that.
struct Failing : StoreBench {
    explicit Failing(const std::string& verb)
        : Failing(host::SettingValues{{"fail", verb}, {"fail_from", std::int64_t{1}}})
    {
    }
    explicit Failing(const host::SettingValues& faults) : StoreBench(one_file(), "strain") { set(faults); }

    void set(const host::SettingValues& faults)
    {
        settings = support::strain("file", faults);
        renew();
    }
    Result<void> move(const std::string& to)
    {
        return wait<void>([&](auto done) { store->move(folder / to, [](auto, auto) {}, std::move(done)); });
    }
    Result<void> rename(const std::string& path)
    {
        return wait<void>([&](auto done) { store->rename(*made.torrent->geometry.file(0), path, std::move(done)); });
    }
    Result<void> remove()
    {
        return wait<void>([&](auto done) { store->remove({*made.torrent->geometry.file(0)}, std::move(done)); });
    }
};

template <class T>
void is_told(const Result<T>& result, const std::string& verb)
{
    REQUIRE_FALSE(result);
    CHECK(errc_name(result.error().code) == errc_name(Errc::io_error));
    CHECK_THAT(result.error().text, Catch::Contains("the storage 'strain' lets call 1, a " + verb + ", fail"));
}

}  // namespace

TEST_CASE("a storage that cannot be opened or looked at is an error, and can be opened after it", "[disk][strain]")
{
    const auto verb = GENERATE(as<std::string>{}, "open", "size");
    Failing bench(verb);
    is_told(bench.open(), verb);
    CHECK(bench.open());
}

TEST_CASE("whatever fails in an open storage is an error, and goes well the next time", "[disk][strain]")
{
    const auto tries = [](const std::string& verb, auto call) {
        Failing bench(verb);
        REQUIRE(bench.open());
        for (std::uint32_t piece = 0; piece < 4 && verb != "write"; ++piece) REQUIRE(bench.write(piece));
        is_told(call(bench), verb);
        CHECK(call(bench));
    };
    SECTION("read") { tries("read", [](Failing& bench) { return bench.read({0, 0, 16'384}); }); }
    SECTION("a piece that is checked") { tries("read", [](Failing& bench) { return bench.check(0); }); }
    SECTION("write") { tries("write", [](Failing& bench) { return bench.write(0); }); }
    SECTION("a block") { tries("write", [](Failing& bench) { return bench.write_block(0, 1); }); }
    SECTION("finish") { tries("finish", [](Failing& bench) { return bench.finish(0); }); }
    SECTION("flush") { tries("flush", [](Failing& bench) { return bench.flush(); }); }
    SECTION("move") { tries("move", [](Failing& bench) { return bench.move("new"); }); }
    SECTION("rename") { tries("rename", [](Failing& bench) { return bench.rename("other.bin"); }); }
    SECTION("remove") { tries("remove", [](Failing& bench) { return bench.remove(); }); }
}

TEST_CASE("a close whose flush fails is closed all the same, and says so", "[disk][strain]")
{
    Failing bench("flush");
    REQUIRE(bench.open());
    REQUIRE(bench.write(0));
    is_told(bench.close(), "flush");
    REQUIRE(bench.open());
    CHECK(*bench.check(0) == true);
}

TEST_CASE("what was acknowledged is there, whatever failed beside it", "[disk][strain]")
{
    const std::int64_t seed = GENERATE(1, 2, 3, 4);
    Failing bench(host::SettingValues{{"seed", seed}, {"fail", std::string("write")}, {"fail_often", std::int64_t{500}}});
    REQUIRE(bench.open());
    std::vector<std::uint32_t> acknowledged;
    int failed = 0;
    for (std::uint32_t piece = 0; piece < 4; ++piece) {
        if (bench.write(piece)) acknowledged.push_back(piece);
        else ++failed;
    }
    // Over what is there already, and torn.
    for (std::uint32_t piece = 0; piece < 4; ++piece) failed += bench.write(piece) ? 0 : 1;
    CHECK(failed > 0);
    bench.set({});
    REQUIRE(bench.open());
    for (const auto piece : acknowledged) CHECK(*bench.check(piece) == true);
    CHECK(bench.pool.in_use() == 0);
}

TEST_CASE("a read gives the right octets or an error, and never less", "[disk][strain]")
{
    Failing bench(host::SettingValues{{"fail", std::string("read")}, {"fail_often", std::int64_t{200}}, {"short", std::int64_t{900}}});
    REQUIRE(bench.open());
    for (std::uint32_t piece = 0; piece < 4; ++piece) REQUIRE(bench.write(piece));
    int wrong = 0;
    int failed = 0;
    int right = 0;
    for (std::uint32_t i = 0; i < 200; ++i) {
        const peer::BlockHead head{i % 4, i % 7 * 100, 1'000};
        const auto read = bench.read(head);
        if (!read) ++failed;
        else if (std::ranges::equal(**read, bench.range(head))) ++right;
        else ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(failed > 10);
    CHECK(right > 10);
}

TEST_CASE("a storage below that is not there is an error which names it", "[disk][strain]")
{
    Failing bench(host::SettingValues{{"inner", std::string("cloud")}});
    const auto opened = bench.open();
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().text, Catch::Contains("'cloud'"));
    bench.set({{"fail", std::string("read think")}});
    const auto thoughtless = bench.open();
    REQUIRE_FALSE(thoughtless);
    CHECK_THAT(thoughtless.error().text, Catch::Contains("'think'"));
}

TEST_CASE("the write window of a store is full when its disk takes longer than is good, until writes have ended", "[disk][strain]")
{
    StoreBench bench(make_torrent({.name = "long.bin", .files = {{"", 100 * 32'768, false}}}), "strain");
    bench.settings = {{"inner", std::string("memory")}, {"rate", std::int64_t{500'000}}};
    bench.renew();
    REQUIRE(bench.open());
    std::size_t ended = 0;
    for (std::uint32_t piece = 0; piece < 100; ++piece) {
        auto buffer = std::move(*bench.pool.take(32'768));
        bench.store->write(bench.index(piece), std::move(buffer), [&](Buffer, Result<void>) { ++ended; });
    }
    CHECK_FALSE(bench.store->write_window()->is_full());  // nobody knows yet how fast it is
    REQUIRE(bench.world.run_until([&] { return ended == 4; }, bench.world.now() + 10s));
    CHECK(bench.store->write_window()->is_full());
    REQUIRE(bench.world.run_until([&] { return ended == 100; }, bench.world.now() + 10s));
    CHECK_FALSE(bench.store->write_window()->is_full());
}
