// Chokers that are scripts: what they see, how they answer, and what becomes of those that do wrong.
#include "swarm_clock.hpp"

#include <lua_choker.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

namespace shoal::test {
namespace {

using Handles = std::set<std::uint64_t>;
using Texts = std::vector<std::string>;

std::string most_generous()
{
    std::ifstream file(SHOAL_SOURCE_DIR "/scripts/chokers/most_generous.lua");
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct ScriptedChoker {
    explicit ScriptedChoker(const std::string& text, std::uint64_t seed = 1)
        : choker({"my.lua", text}, [] { return std::chrono::nanoseconds{}; }, seed,
                 [this](std::string_view line) { printed.emplace_back(line); })
    {
        swarm.other_choker = [this](const ChokerView& view, UnchokeList& list) { choker.decide(view, list); };
        for (std::uint64_t peer = 1; peer <= 10; ++peer) swarm.add(peer, peer * 1000, (11 - peer) * 1000);
    }
    std::string failure()
    {
        try {
            swarm.decide();
        } catch (const std::exception& failure) {
            return failure.what();
        }
        return {};
    }

    Texts printed;
    choker_lua::LuaChoker choker;
    SwarmClock swarm;
};

std::string loading_failure(const std::string& text)
{
    try {
        ScriptedChoker scripted(text);
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return {};
}

} // namespace

TEST_CASE("most_generous.lua unchokes three who give most, and one of the others", "[choker][lua]")
{
    Handles lucky;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        ScriptedChoker scripted(most_generous(), seed);
        scripted.swarm.lose_interest(9);
        auto unchoked = scripted.swarm.decide();
        REQUIRE(unchoked.size() == 4);
        for (const auto best : {10U, 8U, 7U}) REQUIRE(unchoked.erase(best) == 1);
        lucky.insert(unchoked.begin(), unchoked.end());
    }
    CHECK(lucky.size() >= 4);
    CHECK_FALSE(lucky.contains(9));
}

TEST_CASE("the choker of the guide unchokes the two best and a third", "[choker][lua]")
{
    std::ifstream file(SHOAL_SOURCE_DIR "/docs/lua-pickers.md");
    const std::string guide{std::istreambuf_iterator<char>(file), {}};
    const auto decide = guide.find("function decide");
    REQUIRE(decide != guide.npos);
    ScriptedChoker scripted(guide.substr(decide, guide.find("```", decide) - decide));
    scripted.swarm.peer(3).uploaded = 0;
    for (const auto other : {1U, 2U, 4U, 5U, 6U, 7U, 8U}) scripted.swarm.peer(other).uploaded = other;
    scripted.swarm.peer(9).uploaded = scripted.swarm.peer(10).uploaded = 100;
    CHECK(scripted.swarm.decide() == Handles{3, 9, 10});
}

TEST_CASE("most_generous.lua, seeding, unchokes three who take fastest", "[choker][lua]")
{
    ScriptedChoker scripted(most_generous());
    scripted.swarm.is_seeding = true;
    auto unchoked = scripted.swarm.decide();
    CHECK(unchoked.size() == 4);
    CHECK(std::ranges::includes(unchoked, Handles{1, 2, 3}));
}

TEST_CASE("a script sees the peers as the host has them", "[choker][lua]")
{
    ScriptedChoker scripted(R"(function decide(view)
        print(#view.peers, view.slots, view.is_seeding, view.is_timer, view.now)
        local p = view.peers[2]
        print(p.peer, p.is_interested, p.is_unchoked, p.is_snubbed, p.is_seed, p.marks)
        print(p.download_rate, p.upload_rate, p.downloaded, p.uploaded, p.connected_at, p.unchoked_at)
    end)");
    auto& peer = scripted.swarm.peer(2);
    peer.flags = SHOAL_CHOKER_PEER_SNUBBED | SHOAL_CHOKER_PEER_SEED;
    peer.marks = SHOAL_MARK_PREFERRED;
    peer.downloaded = UINT64_MAX;
    peer.uploaded = 5;
    peer.connected_at_ns = 1'500'000'000;
    peer.unchoked_at_ns = 0;
    CHECK(scripted.swarm.decide().empty());
    CHECK(scripted.printed
          == Texts{"10\t100\tfalse\ttrue\t3600.0", "2\tfalse\tfalse\ttrue\ttrue\t1", "2000\t9000\t9223372036854775807\t5\t1.5\tnil"});
}

TEST_CASE("a script answers with a list, of peers or their handles, or adds them one by one", "[choker][lua]")
{
    const auto* text = GENERATE("function decide(view) return {3, view.peers[5], 7} end",
                                "function decide(view, out) out:add(3) out:add(view.peers[5]) out:add(7) end",
                                "return { decide = function(view, out) out:add(3) return {5, 7} end }");
    ScriptedChoker scripted(text);
    CHECK(scripted.swarm.decide() == Handles{3, 5, 7});
}

TEST_CASE("scores and reasons go to the trace", "[choker][lua]")
{
    ScriptedChoker scripted("function decide(view, out) out:add(4, 12.7, 3) end");
    scripted.swarm.decide();
    REQUIRE(scripted.swarm.last.size() == 1);
    CHECK(scripted.swarm.last[0].score == 12);
    CHECK(scripted.swarm.last[0].reason == 3);
}

TEST_CASE("no more are unchoked than there are slots", "[choker][lua]")
{
    const auto* text = GENERATE("function decide(view) return view.peers end",
                                "function decide(view, out) for _, peer in ipairs(view.peers) do more = out:add(peer) end print(more) end");
    ScriptedChoker scripted(text);
    scripted.swarm.host_slots = 3;
    CHECK(scripted.swarm.decide() == Handles{1, 2, 3});
}

TEST_CASE("what is wrong in a script of a choker is said with file and line", "[choker][lua]")
{
    CHECK_THAT(loading_failure("function decide("), Catch::StartsWith("my.lua:1: "));
    CHECK(loading_failure("x = 1") == "my.lua has no function decide(view, out)");
    CHECK_THAT(ScriptedChoker("function decide(view)\n return view.nobody.peer end").failure(),
               Catch::StartsWith("my.lua:2: attempt to index a nil value"));
    CHECK_THAT(ScriptedChoker("function decide() return {{}} end").failure(), Catch::Contains("number expected"));
    CHECK_THAT(ScriptedChoker("function decide(view, out) out:add() end").failure(), Catch::StartsWith("my.lua:1: "));
    CHECK_THAT(ScriptedChoker("function decide() while true do end end").failure(), Catch::Contains("all the instructions"));
    CHECK_THAT(ScriptedChoker("function decide(view, out) kept = kept or out return setmetatable({}, {__index = error}) end").failure(), Catch::Equals(""));
}

} // namespace shoal::test
