#include "support/as_nobody.hpp"
#include "support/made_torrent.hpp"
#include "support/temporary_folder.hpp"

#include "cli/transfer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>

// One transfer after the other from its options to its exit code, on loopback.
using namespace shoal;
using namespace shoal::cli;
using namespace std::chrono_literals;

namespace {

struct TransferBench {
    TransferBench() : registry(host::Log{}) { registry.scan(SHOAL_TEST_PLUGINS); }

    // A .torrent of one file, and its content.
    std::string torrent(const std::string& name = "one.bin", std::uint64_t size = 100'000)
    {
        const test::Recipe recipe{.name = name, .files = {{"", size, false}}};
        made = test::make_torrent(recipe);
        bencode::Writer writer;
        writer.begin_dict().key("info").raw(made.torrent->info).end_dict();
        return folder.write(name + ".torrent", as_text(writer.take()));
    }

    TransferOptions options(const std::string& source)
    {
        TransferOptions options;
        options.sources = {source};
        options.folder = folder / "out";
        options.swarm.listen = {*Endpoint::parse("127.0.0.1:0")};
        options.end.at_once = true;
        options.display = DisplayKind::plain;
        return options;
    }

    int run(TransferOptions options, const std::function<void(net::LiveLoop&)>& meanwhile = {})
    {
        net::LiveEnvironment live({.workers = 2});
        Program program{.live = live,
                        .registry = registry,
                        .log = host::Log(log),
                        .out = out,
                        .err = err,
                        .checked = true,
                        .arguments = {"shoal", "get", "a file.torrent"}};
        Transfer transfer(program, std::move(options));
        if (meanwhile) meanwhile(live.loop());
        return static_cast<int>(transfer.run());
    }

    test::TemporaryFolder folder;
    host::Registry registry;
    test::MadeTorrent made;
    std::ostringstream out;
    std::ostringstream err;
    host::StreamLog log{err, host::LogLevel::error};  // as without -v
};

}  // namespace

TEST_CASE("data that is all there is verified and the transfer is over: 0", "[cli]")
{
    TransferBench bench;
    const auto options = bench.options(bench.torrent());
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    CHECK(bench.run(options) == 0);
    CHECK(bench.err.str().empty());
    CHECK_THAT(bench.out.str(),
               Catch::Contains("one.bin: complete and verified") && Catch::Contains("100.0 %"));
}

TEST_CASE("seeding what is there ends well: 0", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.is_seeding_only = true;
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    CHECK(bench.run(options) == 0);
}

TEST_CASE("seeding without an end goes on until it is told to end", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.is_seeding_only = true;
    options.end = {};
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    bool is_told = false;
    const auto code = bench.run(options, [&](net::LiveLoop& loop) {
        loop.start_timer(400ms, [&] {
            is_told = true;
            ::raise(SIGINT);
        });
    });
    CHECK(is_told);
    CHECK(code == 0);
}

TEST_CASE("seeding what is not there, or not right, is a hash failure: 6", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.is_seeding_only = true;
    bench.folder.write("out/one.bin", std::string(100'000, 'x'));
    CHECK(bench.run(options) == 6);
    CHECK_THAT(bench.err.str(),
               Catch::Contains("4 of 4 pieces of one.bin") && Catch::Contains("do not match"));
    CHECK(bench.folder.read("out/one.bin") == std::string(100'000, 'x'));
}

TEST_CASE("nobody to get it from, in time: 3, with the reason", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.patience = 1s;
    CHECK(bench.run(options) == 3);
    CHECK_THAT(bench.err.str(), Catch::Contains("no peers in 1s") && Catch::Contains("nobody to ask"));
}

TEST_CASE("one torrent without peers does not stop the others, and its code is the last word", "[cli]")
{
    TransferBench bench;
    const auto lonely = bench.torrent("lonely.bin");
    auto options = bench.options(bench.torrent("here.bin", 200'000));
    bench.folder.write("out/here.bin", as_text(bench.made.content));
    options.sources.insert(options.sources.begin(), lonely);
    options.patience = 1s;
    CHECK(bench.run(options) == 3);
    CHECK_THAT(bench.err.str(), Catch::Contains("lonely.bin: no peers in 1s"));
    CHECK_THAT(bench.out.str(), Catch::Contains("here.bin: complete and verified"));
    CHECK_THAT(bench.out.str(), Catch::Contains("complete, 0 B given"));
}

TEST_CASE("an output nobody reads any more ends the transfer: 1", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    const auto code = bench.run(options, [&](net::LiveLoop& loop) {
        loop.start_timer(100ms, [&] { bench.out.setstate(std::ios::badbit); });
    });
    CHECK(code == 1);
    CHECK_THAT(bench.err.str(), Catch::Contains("output"));
}

TEST_CASE("a bad second source ends what the first began", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    options.sources.push_back(bench.folder / "nowhere.torrent");
    CHECK(bench.run(options) == 5);
}

TEST_CASE("settings of a plug-in that does not exist are a wrong argument: 2", "[cli]")
{
    TransferBench bench;
    const auto source = bench.torrent();
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    for (const auto* plugin : {"bogus", "rarest-first"}) {
        auto options = bench.options(source);
        options.swarm.plugin_settings[plugin]["x"] = "1";
        CHECK(bench.run(options) == 2);
    }
    CHECK_THAT(bench.err.str(), Catch::Contains("no plug-in 'bogus'") && Catch::Contains("no setting 'x'"));
    auto options = bench.options(source);
    options.swarm.plugin_settings["org.shoal.picker.rarest-first"] = {};
    CHECK(bench.run(options) == 0);
}

TEST_CASE("a script that picks is not taken for a library", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    options.pickers = {bench.folder.write("mine.lua", "function rank(swarm, ranks) end"), "endgame"};
    CHECK(bench.run(options) == 0);
    CHECK(std::ranges::all_of(bench.registry.list(), [](const auto& plugin) { return plugin->path.extension() == ".so"; }));
}

TEST_CASE("a glob may name the torrent's folder, too", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    options.select = {"one.bin"};
    CHECK(bench.run(options) == 0);
}

TEST_CASE("a torrent that makes no sense, or is none, is bad input: 5", "[cli]")
{
    TransferBench bench;
    CHECK(bench.run(bench.options(bench.folder.write("bad.torrent", "d4:infoi5ee"))) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("bad.torrent"));
    CHECK(bench.run(bench.options(bench.folder / "nowhere.torrent")) == 5);
    CHECK(bench.run(bench.options("magnet:?xt=urn:btih:" + std::string(40, 'a'))) == 5);
    CHECK_FALSE(bench.folder.has("out"));
}

TEST_CASE("a magnet link is no torrent to seed, which is said with what would be: 5", "[cli]")
{
    TransferBench bench;
    auto options = bench.options("magnet:?xt=urn:btih:" + std::string(40, 'a'));
    options.is_seeding_only = true;
    CHECK(bench.run(options) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("to seed, the metadata must be here: name the .torrent"));
}

TEST_CASE("a link of BitTorrent v2 alone is refused at once: 5", "[cli]")
{
    TransferBench bench;
    CHECK(bench.run(bench.options("magnet:?xt=urn:btmh:1220" + std::string(64, 'a'))) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("BitTorrent v2 alone (urn:btmh)"));
    bench.err.str({});
    CHECK(bench.run(bench.options(std::string(64, 'a'))) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("BitTorrent v2 alone (urn:btmh)"));
}

TEST_CASE("without source plug-ins the kind that is missing is named: 5", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.swarm.sources.names.clear();
    CHECK(bench.run(options) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("there is no source plug-in (shoal.source/1"));
}

TEST_CASE("a plug-in that does not exist is bad input and names those that do: 5", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.storage = "tape";
    CHECK(bench.run(options) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("tape") && Catch::Contains("memory"));
    bench.err.str({});
    options = bench.options(bench.torrent());
    options.pickers = {"psychic"};
    CHECK(bench.run(options) == 5);
    CHECK_THAT(bench.err.str(), Catch::Contains("psychic") && Catch::Contains("rarest-first"));
    CHECK_FALSE(bench.folder.has("out"));
}

TEST_CASE("a glob that selects nothing is a wrong argument: 2", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.select = {"*.mkv"};
    CHECK(bench.run(options) == 2);
    CHECK_THAT(bench.err.str(), Catch::Contains("*.mkv"));
}

TEST_CASE("a folder that is a file is the disk's fault: 4", "[cli]")
{
    TransferBench bench;
    const auto options = bench.options(bench.torrent());
    bench.folder.write("out", "in the way");
    CHECK(bench.run(options) == 4);
    CHECK_THAT(bench.err.str(), Catch::Contains("out"));
}

TEST_CASE("what fails a torrent is said to the user once", "[cli]")
{
    TransferBench bench;
    const auto options = bench.options(bench.torrent());
    bench.folder.write("out", "in the way");
    REQUIRE(bench.run(options) == 4);
    const auto said = bench.err.str();
    CHECK(std::ranges::count(said, '\n') == 1);
    CHECK(said.starts_with("shoal: open "));
    CHECK_THAT(said, Catch::Contains("out"));
}

TEST_CASE("seeding from a folder that is not there is the disk's fault: 4", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.is_seeding_only = true;
    CHECK(bench.run(options) == 4);
}

TEST_CASE("a folder without rights is a matter of access: 8", "[cli]")
{
    namespace fs = std::filesystem;
    TransferBench bench;
    const auto options = bench.options(bench.torrent());
    fs::create_directory(bench.folder.path() / "out");
    fs::permissions(bench.folder.path(), fs::perms::all);
    fs::permissions(bench.folder.path() / "out", fs::perms::none);
    {
        const test::AsNobody nobody;
        CHECK(bench.run(options) == 8);
    }
    CHECK_THAT(bench.err.str(), Catch::Contains("out: Permission denied"));
    fs::permissions(bench.folder.path() / "out", fs::perms::owner_all);  // so that it can be removed
}

TEST_CASE("an address that is taken is said by name", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    net::LiveEnvironment live({.workers = 2});
    auto environment = live.environment();
    auto taken = environment.network.listen(*Endpoint::parse("127.0.0.1:0"), [](auto) {});
    REQUIRE(taken);
    options.swarm.listen = {(*taken)->local()};
    CHECK(bench.run(options) == 1);
    CHECK_THAT(bench.err.str(), Catch::Contains((*taken)->local().to_string()));
}

TEST_CASE("an interrupted transfer says how to go on: 7", "[cli]")
{
    TransferBench bench;
    const auto options = bench.options(bench.torrent());
    const auto code = bench.run(options, [](net::LiveLoop& loop) {
        loop.start_timer(100ms, [] { ::raise(SIGINT); });
    });
    CHECK(code == 7);
    CHECK_THAT(bench.err.str(), Catch::Contains("shoal get 'a file.torrent'"));
}

TEST_CASE("what was interrupted when all was here is complete: 0", "[cli]")
{
    TransferBench bench;
    auto options = bench.options(bench.torrent());
    options.end = {};
    bench.folder.write("out/one.bin", as_text(bench.made.content));
    CHECK(bench.run(options,
                    [](net::LiveLoop& loop) { loop.start_timer(500ms, [] { ::raise(SIGTERM); }); }) == 0);
}

TEST_CASE("a transfer fetches from another one, and both end: 0", "[cli]")
{
    TransferBench seeder;
    const auto source = seeder.torrent("two.bin", 3'000'000);
    seeder.folder.write("out/two.bin", as_text(seeder.made.content));
    test::TemporaryFolder target;
    net::LiveEnvironment live({.workers = 2});
    std::ostringstream out;
    std::ostringstream err;
    Program program{.live = live,
                    .registry = seeder.registry,
                    .log = {},
                    .out = out,
                    .err = err,
                    .checked = true,
                    .arguments = {}};
    // The seeder is a session of its own on the same loop.
    struct Deaf final : torrent::TorrentEvents {
        void on_event(TorrentHandle, std::string_view, control::Value) override {}
    } deaf;
    auto environment = live.environment();
    peer::StreamTransport transport(environment.loop, environment.network);
    session::Session giving({environment, transport, seeder.registry, deaf, {}},
                            {.listen = {*Endpoint::parse("127.0.0.1:0")}, .checked = true});
    REQUIRE(giving.listen());
    REQUIRE(giving.add(*seeder.made.torrent, {.folder = seeder.folder / "out", .is_read_only = true}));

    TransferOptions options;
    options.sources = {source};
    options.folder = target.path().native();
    options.swarm.listen = {*Endpoint::parse("127.0.0.1:0")};
    options.swarm.peers = giving.listening();
    options.end.at_once = true;
    Transfer transfer(program, options);
    CHECK(static_cast<int>(transfer.run()) == 0);
    CHECK(err.str().empty());
    CHECK(target.read("two.bin") == as_text(seeder.made.content));
    CHECK_FALSE(target.has("two.bin.part"));
    bool is_stopped = false;
    giving.stop([&] { is_stopped = true; });
    live.loop().run_until([&] { return is_stopped; });
}
