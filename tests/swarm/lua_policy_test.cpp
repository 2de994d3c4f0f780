// Scripts in place of pickers and chokers, in whole swarms: those of scripts/ fetch, and wrong ones are got rid of like wrong plug-ins.
#include "support/crowd.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace std::chrono_literals;
using shoal::support::Crowd;
using shoal::support::Member;

namespace {

using Names = std::vector<std::string>;

std::string shipped(const std::string& path) { return SHOAL_SOURCE_DIR "/scripts/" + path; }

// A folder with one script.
struct Written {
    explicit Written(const std::string& text) : path(folder.write("my.lua", text)) {}

    shoal::test::TemporaryFolder folder;
    std::string path;
};

const std::string& text_of(const shoal::control::Value& event, const char* field)
{
    return *event.as_map()->find(field)->as_text();
}

void require_survival_of_script(const std::string& script)
{
    const Written written(script);
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 128u << 10}});  // slow: pieces are ranked once a second
    Member& leecher = crowd.add({.pickers = {written.path}});
    crowd.start();
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(leecher.count("plugin.replaced") >= 1);
    REQUIRE(text_of(*leecher.last("plugin.replaced"), "plugin") == "my.lua");
}

std::uint64_t fingerprint_with(const std::string& picker, std::uint64_t replicate)
{
    Crowd crowd({.pieces = 24, .files = {}, .trackers = {}}, {.experiment = 43, .replicate = replicate});
    const auto choker = shipped("chokers/most_generous.lua");
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}, .choker = choker});
    for (int i = 0; i < 5; ++i) crowd.add({.node = {.up = 1u << 20}, .pickers = {picker, "endgame"}, .choker = choker});
    crowd.start();
    REQUIRE(crowd.run_until_complete(600s));
    return crowd.world.fingerprint();
}

// Frozen as in determinism_test.cpp: what scripts decide, in every build, on every machine.
constexpr std::uint64_t golden_rank = 0x18b6e39225f5ed98U;
constexpr std::uint64_t golden_pick = 0x255dd90fbf2f1d81U;

}  // namespace

TEST_CASE("every picker of scripts/pickers fetches a torrent whole, and nothing twice", "[swarm][lua]")
{
    const std::string name = GENERATE("rarest_first.lua", "beginning_and_end.lua", "random.lua");
    Crowd crowd({.pieces = 64, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}});
    for (int i = 0; i < 4; ++i) crowd.add({.node = {.up = 1u << 20}, .pickers = {shipped("pickers/" + name)}});
    crowd.start();
    REQUIRE(crowd.run_until_complete(600s));
    for (const auto& member : crowd.members) {
        CHECK(member->count("plugin.replaced") == 0);
        CHECK(member->status().totals.wasted == 0);
    }
    CHECK(crowd.members.back()->status().pickers == Names{name});
}

TEST_CASE("a script that ranks and one that picks may change places half way, and nothing is fetched twice", "[swarm][lua]")
{
    Crowd crowd({.pieces = 64, .files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 256u << 10}});
    Member& leecher = crowd.add({.pickers = {shipped("pickers/random.lua")}});
    crowd.start();
    const Names scripts = {"pickers/rarest_first.lua", "pickers/random.lua", "pickers/beginning_and_end.lua"};
    for (std::size_t turn = 0; turn < 200 && !leecher.is_complete(); ++turn) {
        crowd.world.run_for(1s);
        if (leecher.torrent().stage() != shoal::torrent::Stage::downloading) continue;
        REQUIRE(leecher.torrent().set_pickers({shipped(scripts[turn % scripts.size()])}));
    }
    REQUIRE(crowd.run_until_complete(60s));
    CHECK(leecher.count("plugin.replaced") == 0);
    CHECK(leecher.status().totals.wasted == 0);
}

TEST_CASE("a choker that is a script serves a swarm", "[swarm][lua]")
{
    Crowd crowd({.pieces = 64, .files = {}, .trackers = {}});
    const auto choker = shipped("chokers/most_generous.lua");
    crowd.add({.is_seed = true, .node = {.up = 1u << 20}, .choker = choker});
    for (int i = 0; i < 8; ++i) crowd.add({.node = {.up = 1u << 20}, .choker = choker});
    crowd.start();
    REQUIRE(crowd.run_until_complete(600s));
    for (const auto& member : crowd.members) CHECK(member->count("plugin.replaced") == 0);
}

TEST_CASE("a download completes although the script that picks for it is wrong", "[swarm][lua]")
{
    const auto* script = GENERATE("function pick(swarm) return swarm.nothing.here end",  // an error in every call
                                  "function rank() while true do end end",               // an endless loop
                                  "function pick() while true do pcall(error) end end",  // one that catches
                                  "function pick(swarm, request, out) for piece = 0, swarm.pieces - 1 do out:add(piece, 0) end end",
                                  "function pick() end");                                // nothing, ever
    INFO(script);
    require_survival_of_script(script);
}

TEST_CASE("an upload goes on although the script that unchokes for it is wrong", "[swarm][lua]")
{
    const auto* script = GENERATE("function decide(view) return view.nothing.here end", "function decide() while true do end end",
                                  "function decide() return {12345} end");
    const Written written(script);
    Crowd crowd({.files = {}, .trackers = {}});
    Member& seed = crowd.add({.is_seed = true, .choker = written.path});
    crowd.add();
    crowd.start();
    REQUIRE(crowd.run_until_complete(300s));
    REQUIRE(seed.count("plugin.replaced") == 1);
    CHECK(text_of(*seed.last("plugin.replaced"), "plugin") == "my.lua");
}

TEST_CASE("a script that is not there, or wrong, leaves the old pickers at work", "[swarm][lua]")
{
    const Written broken("function rank(swarm, ranks)\n  ranks[0] =\nend");
    const Written long_one(std::string(300'000, ' '));
    const Written no_text("-- \xff\xfe");
    const Written folder("");
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true, .node = {.up = 256u << 10}});
    Member& leecher = crowd.add();
    crowd.start();
    crowd.world.run_for(3s);
    const auto refusal = [&](const std::string& name) {
        const auto swapped = leecher.torrent().set_pickers({name});
        return swapped ? std::string() : swapped.error().text;
    };
    CHECK_THAT(refusal("/no/such.lua"), Catch::Contains("there is no script /no/such.lua") && Catch::Contains("absolute path"));
    CHECK_THAT(refusal(broken.path), Catch::Contains("my.lua:3: unexpected symbol near 'end'"));
    CHECK_THAT(refusal(long_one.path), Catch::Contains("is longer than 256 KiB"));
    CHECK_THAT(refusal(no_text.path), Catch::Contains("is no text in UTF-8"));
    std::filesystem::create_directory(folder.path + ".lua");
    CHECK_THAT(refusal(folder.path + ".lua"), Catch::Contains("is no file"));
    CHECK_THAT(refusal("lua"), Catch::Contains("name a file that ends in .lua"));
    CHECK(leecher.status().pickers == Names{"rarest-first", "endgame"});
    REQUIRE(crowd.run_until_complete(120s));
}

TEST_CASE("a torrent whose script is wrong fails and says where", "[swarm][lua]")
{
    const Written broken("function pick(\n");
    Crowd crowd({.files = {}, .trackers = {}});
    crowd.add({.is_seed = true});
    Member& leecher = crowd.add({.pickers = {broken.path}});
    crowd.start();
    crowd.world.run_for(10s);
    REQUIRE(leecher.status().failure);
    CHECK_THAT(leecher.status().failure->text, Catch::Contains("my.lua:2: "));
}

TEST_CASE("a swarm of scripts has the same fingerprint every time, and the frozen one", "[swarm][lua][determinism]")
{
    const auto [name, golden] = GENERATE(table<std::string, std::uint64_t>(
        {{"pickers/rarest_first.lua", golden_rank}, {"pickers/random.lua", golden_pick}}));
    const auto first = fingerprint_with(shipped(name), 1);
    CHECK(fingerprint_with(shipped(name), 1) == first);
    CHECK(first == golden);
    CHECK(fingerprint_with(shipped(name), 2) != first);
}
