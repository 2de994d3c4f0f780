#include "cli/check_command.hpp"

#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

using namespace shoal;
using namespace shoal::cli;

namespace {

struct CheckBench {
    CheckBench() : registry(host::Log{}) { registry.scan(SHOAL_TEST_PLUGINS); }

    ExitCode run(const CheckRequest& request) { return plugin_check(registry, request, out, err); }

    test::TemporaryFolder folder;
    host::Registry registry;
    std::ostringstream out;
    std::ostringstream err;
};

}  // namespace

TEST_CASE("plugin check says of each promise that a picker keeps it", "[cli]")
{
    CheckBench bench;
    CHECK(bench.run({.name = "rarest-first"}) == ExitCode::ok);
    CHECK_THAT(bench.out.str(), Catch::StartsWith("picker rarest-first\n  ok    it is made, says what it is, and is destroyed\n"));
    CHECK_THAT(bench.out.str(), Catch::EndsWith(" kept, 0 broken\n"));
    CHECK(bench.err.str().empty());
}

TEST_CASE("plugin check knows of pickers that leave blocks to others", "[cli]")
{
    CheckBench bench;
    CHECK(bench.run({.name = "endgame"}) == ExitCode::other);
    CHECK(bench.run({.name = "endgame", .leaves_blocks = true}) == ExitCode::ok);
}

TEST_CASE("plugin check says in sentences what a script does wrong", "[cli]")
{
    CheckBench bench;
    const auto script = bench.folder.write("again.lua", "function pick(swarm, request, out)\n  out:add(0, 0)\nend\n");
    CHECK(bench.run({.name = script}) == ExitCode::other);
    CHECK_THAT(bench.out.str(), Catch::Contains("  FAIL  no more pieces are opened than are allowed\n") ||
                                    Catch::Contains("  FAIL  peers that have a part each make the whole\n"));
    CHECK_THAT(bench.out.str(), Catch::Contains("piece 0 block 0: the peer does not have it\n"));
}

TEST_CASE("plugin check knows a script that is a choker, and what it does wrong", "[cli]")
{
    CheckBench bench;
    const auto twice = bench.folder.write("twice.lua", "function decide(view, out)\n  for i = 1, 2 do if view.peers[1] then out:add(view.peers[1]) end end\nend\n");
    CHECK(bench.run({.name = SHOAL_SOURCE_DIR "/scripts/chokers/most_generous.lua"}) == ExitCode::ok);
    CHECK_THAT(bench.out.str(), Catch::StartsWith("choker ") && Catch::Contains("  ok    it decides while nobody is there\n") && Catch::EndsWith(" kept, 0 broken\n"));
    CHECK(bench.run({.name = "tit-for-tat"}) == ExitCode::ok);
    CHECK(bench.run({.name = twice}) == ExitCode::other);
    CHECK_THAT(bench.out.str(), Catch::Contains("  FAIL  it decides about one peer\n          peer 1000 twice\n"));
}

TEST_CASE("plugin check says of a script that is neither what each is to have, and of a broken one what is wrong, once", "[cli]")
{
    CheckBench bench;
    CHECK(bench.run({.name = bench.folder.write("neither.lua", "x = 1")}) == ExitCode::bad_input);
    CHECK_THAT(bench.err.str(), Catch::Contains("as a picker: neither.lua has neither a function rank(swarm, ranks)")
                                    && Catch::Contains("as a choker: neither.lua has no function decide(view, out)"));
    bench.err.str("");
    CHECK(bench.run({.name = bench.folder.write("broken.lua", "\nfunction rank(")}) == ExitCode::bad_input);
    CHECK_THAT(bench.err.str(), Catch::StartsWith("shoal: broken.lua:2: ") && !Catch::Contains("as a choker"));
}

TEST_CASE("plugin check holds storages to theirs", "[cli]")
{
    CheckBench bench;
    CHECK(bench.run({.name = "file"}) == ExitCode::ok);
    CHECK_THAT(bench.out.str(), Catch::Contains("  ok    a move writes over nothing\n"));
}

TEST_CASE("plugin check says why something cannot be checked", "[cli]")
{
    CheckBench bench;
    CHECK(bench.run({.name = "nobody"}) == ExitCode::bad_input);
    CHECK(bench.run({.name = "pex"}) == ExitCode::bad_input);
    CHECK(bench.run({.name = "strain"}) == ExitCode::bad_input);
    CHECK(bench.run({.name = bench.folder.path().native() + "/none.lua"}) == ExitCode::bad_input);
    CHECK_THAT(bench.err.str(), Catch::Contains("there is no picker, no choker and no storage called pex") &&
                                    Catch::Contains("strain lies on another storage"));
}
