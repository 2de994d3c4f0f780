#include "support/made_torrent.hpp"
#include "support/temporary_folder.hpp"

#include "cli/show_command.hpp"
#include "metainfo/create.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

using namespace shoal;
using namespace shoal::cli;

namespace {

const std::string zeros(40, '0');

struct ShowBench {
    ShowBench() : registry(host::Log{}) { registry.scan(SHOAL_TEST_PLUGINS); }

    int run(const std::string& source, bool is_json = false) { return run(FetchOptions{.source = source, .swarm = {}, .is_json = is_json}); }
    int run(const FetchOptions& options)
    {
        net::LiveEnvironment live({.workers = 2});
        Program program{.live = live, .registry = registry, .log = {}, .out = out, .err = err, .checked = true, .arguments = {}};
        return static_cast<int>(show(program, options));
    }

    test::TemporaryFolder folder;
    host::Registry registry;
    std::ostringstream out;
    std::ostringstream err;
};

}  // namespace

TEST_CASE("a .torrent is shown with what is in it", "[cli]")
{
    ShowBench bench;
    const auto made = test::make_torrent({.name = "made", .files = {{"a.txt", 40'000}}});
    const auto path = bench.folder.write("x.torrent", as_text(metainfo::to_torrent(*made.torrent)));
    CHECK(bench.run(path) == 0);
    CHECK_THAT(bench.out.str(), Catch::Contains("name          made") && Catch::Contains("made/a.txt"));
    CHECK(bench.err.str().empty());
}

TEST_CASE("a magnet link is shown with what it says, the files it selects on one line", "[cli]")
{
    ShowBench bench;
    CHECK(bench.run("magnet:?xt=urn:btih:" + zeros + "&so=0,2,4-7") == 0);
    CHECK(bench.out.str() == "info-hash     " + zeros + "\nfiles         only 0, 2, 4 to 7, counted from 0\n");
}

TEST_CASE("a link that selects nothing says nothing of files", "[cli]")
{
    ShowBench bench;
    CHECK(bench.run("magnet:?xt=urn:btih:" + zeros) == 0);
    CHECK(bench.out.str() == "info-hash     " + zeros + "\n");
}

TEST_CASE("an info-hash is shown as the link that it stands for", "[cli]")
{
    ShowBench bench;
    CHECK(bench.run(zeros, true) == 0);
    CHECK_THAT(bench.out.str(), Catch::StartsWith(R"({"info_hash":")" + zeros + R"(",)"));
}

TEST_CASE("the example of the plug-in guide reads words, and hands on where they lead", "[cli]")
{
    ShowBench bench;
    bench.registry.scan(EXAMPLE_PLUGINS);
    FetchOptions options{.source = "word:debian", .swarm = {}};
    options.swarm.sources = {{"word", "magnet"}, false};
    options.swarm.plugin_settings["word"]["book"] = "arch=x debian=magnet:?xt=urn:btih:" + zeros + " suse=y";
    CHECK(bench.run(options) == 0);
    CHECK(bench.out.str() == "info-hash     " + zeros + "\n");
    options.source = "word:ubuntu";
    CHECK(bench.run(options) == 5);
    CHECK(bench.err.str() == "shoal: ubuntu: this word is not in your book\n");
}

TEST_CASE("what cannot be shown is said on the other stream, with the path", "[cli]")
{
    ShowBench bench;
    CHECK(bench.run(bench.folder / "none") == 5);
    CHECK(bench.err.str() == "shoal: " + (bench.folder / "none") + ": No such file or directory\n");
    bench.err.str({});
    CHECK(bench.run(bench.folder.write("x", "hello")) == 5);
    CHECK_THAT(bench.err.str(), Catch::StartsWith("shoal: " + (bench.folder / "x") + ": not a torrent: "));
    bench.err.str({});
    CHECK(bench.run(bench.folder.path().native()) == 5);
    CHECK(bench.err.str() == "shoal: " + bench.folder.path().native() + ": a folder, not a torrent\n");
    CHECK(bench.out.str().empty());
}
