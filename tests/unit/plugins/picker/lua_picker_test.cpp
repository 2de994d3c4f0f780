// Pickers that are scripts: what they see, what they may do, and what becomes of those that do wrong.
#include "policies.hpp"
#include "testing/trial_swarm.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace shoal::test {

using testing::TrialShape;
using testing::TrialSwarm;

namespace {

using Numbers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

// Six pieces of four blocks, and a script.
struct ScriptedSwarm {
    explicit ScriptedSwarm(const std::string& text, TrialShape shape = {.pieces = 6}) : swarm(shape), picker(text)
    {
        swarm.attach(picker);
    }

    TrialSwarm swarm;
    ScriptedPicker picker;
};

// What goes wrong in the call; empty if nothing does.
template <class Call>
std::string failure_of(Call&& call)
{
    try {
        call();
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return {};
}

std::string ranking_failure(const std::string& body)
{
    ScriptedSwarm scripted("function rank(swarm, ranks, deadlines)\n" + body + "\nend");
    return failure_of([&] { scripted.swarm.rank(); });
}

} // namespace

TEST_CASE("shipped pickers have at most ten lines", "[picker][lua]")
{
    for (const auto* name : {"rarest_first", "beginning_and_end", "random"}) {
        CAPTURE(name);
        const auto text = shipped_script(std::string("pickers/") + name + ".lua");
        CHECK(std::ranges::count(text, '\n') <= 10);
        CHECK(failure_of([&] { ScriptedPicker picker(text); }).empty());
    }
}

TEST_CASE("every picker of the guide picks, and picks nothing wrong", "[picker][lua]")
{
    const auto guide = shipped_script("../docs/lua-pickers.md");
    int count = 0;
    for (auto at = guide.find("```lua\n"); at != guide.npos; at = guide.find("```lua\n", at + 1)) {
        const auto piece = guide.substr(at + 7, guide.find("```", at + 7) - at - 7);
        if (piece.find("function decide") != piece.npos) continue;
        CAPTURE(piece);
        ScriptedSwarm scripted(piece);
        auto& swarm = scripted.swarm;
        const auto seed = swarm.add_seed();
        if (piece.find("duplicates") != piece.npos) {
            for (std::uint32_t at_piece = 0; at_piece < 6; ++at_piece) {
                for (std::uint32_t block = 0; block < 4; ++block) swarm.request(seed, {at_piece, block});
            }
        }
        const auto answer = swarm.refill(swarm.add_seed(), 24);
        CHECK(answer.refused.empty());
        CHECK(answer.picks.size() == 24);
        ++count;
    }
    CHECK(count == 4);
}

TEST_CASE("rarest_first.lua ranks the rarest highest", "[picker][lua]")
{
    ScriptedSwarm scripted(shipped_script("pickers/rarest_first.lua"));
    for (std::uint32_t piece = 0; piece < 6; ++piece) {
        scripted.swarm.set_availability(piece, static_cast<std::uint16_t>(piece == 4 ? 1 : 2 + piece));
    }
    const auto answer = scripted.swarm.refill(scripted.swarm.add_seed(), 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == std::vector<std::uint32_t>{4, 0, 1, 2, 3, 5});
}

TEST_CASE("rarest_first.lua draws between what is equally rare", "[picker][lua]")
{
    std::vector<std::vector<std::uint32_t>> orders;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        TrialSwarm swarm({.pieces = 20});
        ScriptedPicker picker(shipped_script("pickers/rarest_first.lua"), seed);
        swarm.attach(picker);
        orders.push_back(swarm.ask(swarm.add_seed(), 100).pieces());
    }
    CHECK(std::ranges::count(orders, orders.front()) == 1);
}

TEST_CASE("beginning_and_end.lua begins with both", "[picker][lua]")
{
    ScriptedSwarm scripted(shipped_script("pickers/beginning_and_end.lua"));
    CHECK(scripted.swarm.ask(scripted.swarm.add_seed(), 100).pieces() == std::vector<std::uint32_t>{0, 5, 1, 2, 3, 4});
}

TEST_CASE("random.lua finishes what is open and opens no more than it may", "[picker][lua]")
{
    ScriptedSwarm scripted(shipped_script("pickers/random.lua"));
    auto& swarm = scripted.swarm;
    const auto seed = swarm.add_seed();
    swarm.request(seed, {3, 0});
    swarm.set_open_allowance(2);
    const auto answer = swarm.refill(seed, 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces().size() == 3);
    CHECK(answer.pieces().front() == 3);
    CHECK(answer.picks.size() == 3 + 2 * 4);
}

TEST_CASE("a script sees the torrent as the host has it", "[picker][lua]")
{
    ScriptedSwarm scripted(R"(function rank(swarm)
        print(swarm.pieces, swarm.now, swarm.seeds, swarm.have_count, swarm.wanted_count, swarm.has_unrequested, swarm.open_allowance)
        print(swarm.have[1], swarm.have[2], swarm.availability[0], swarm.priority[3], swarm.state[1], swarm.state[2], #swarm.state)
        print(swarm:blocks(4), swarm:blocks(5), swarm:is_openable(1), swarm:is_openable(2))
    end)",
                           {.pieces = 6, .blocks_per_piece = 4, .blocks_in_last = 2});
    auto& swarm = scripted.swarm;
    swarm.set_now(std::chrono::milliseconds(2500));
    swarm.add_seed();
    swarm.set_have(1);
    swarm.set_availability(0, 65535);
    swarm.set_priority(3, 7);
    swarm.set_open_allowance(9);
    swarm.rank();
    CHECK(scripted.picker.printed
          == Texts{"6\t2.5\t1\t1\t5\ttrue\t9", "true\tfalse\t65535\t7\thave\tmissing\t6", "4\t2\tfalse\ttrue"});
}

TEST_CASE("a script sees the peer, what it owes, and what is open", "[picker][lua]")
{
    ScriptedSwarm scripted(R"(function pick(swarm, request, out)
        print(request.budget, out.room, #out, request.pieces[0], request.pieces[5], request.is_snubbed, request.is_seed, request.marks)
        for place, block in ipairs(request.outstanding) do print(place, block.piece, block.block) end
        for place, partial in ipairs(swarm.partials) do
            print(place, partial.piece, partial.blocks, partial.unrequested, partial.requested[2], partial.received[2], partial.received[0])
        end
        print(#swarm.partials, #request.outstanding, swarm.partials[2], request.outstanding[0])
    end)");
    auto& swarm = scripted.swarm;
    const auto peer = swarm.add_peer(std::vector<std::uint32_t>{0, 1, 2}, SHOAL_PEER_SNUBBED);
    swarm.peer(peer).marks = SHOAL_MARK_PREFERRED;
    swarm.request(peer, {1, 0});
    swarm.request(peer, {1, 2});
    swarm.receive(peer, {1, 0});
    CHECK(swarm.ask(peer, 7).picks.empty());
    CHECK(scripted.picker.printed
          == Texts{"7\t7\t0\ttrue\tfalse\ttrue\tfalse\t1", "1\t1\t2", "1\t1\t4\t2\ttrue\tfalse\ttrue", "1\t1\tnil\tnil"});
}

TEST_CASE("ranks and deadlines are the host's own arrays", "[picker][lua]")
{
    ScriptedSwarm scripted(R"(function rank(swarm, ranks, deadlines)
        ranks[0], ranks[1], ranks[2], ranks[3] = 5, -1.9, math.huge, math.mininteger
        print(ranks[0], deadlines[0])
        deadlines[1], deadlines[2] = swarm.now + 1.5, -3
        deadlines[3] = 1
        deadlines[3] = nil
        print(deadlines[1], deadlines[3])
    end)");
    scripted.swarm.set_now(std::chrono::seconds(10));
    const auto ranking = scripted.swarm.rank();
    CHECK(ranking.ranks == Numbers{5, -1, 9'200'000'000'000'000'000, INT64_MIN, 0, 0});
    CHECK(ranking.deadlines[1] == 11'500'000'000U);
    CHECK(ranking.deadlines[2] == 0);
    CHECK(ranking.deadlines[3] == SHOAL_NO_DEADLINE);
    CHECK(scripted.picker.printed == Texts{"5\tnil", "11.5\tnil"});
}

TEST_CASE("a whole view is added to the ranks in one step", "[picker][lua]")
{
    ScriptedSwarm scripted("function rank(swarm, ranks) ranks:add(swarm.availability, -2) ranks:add(swarm.have) ranks:add(swarm.state, 10) end");
    scripted.swarm.set_availability(1, 7);
    scripted.swarm.set_have(2);
    CHECK(scripted.swarm.rank().ranks == Numbers{0, -14, 31, 0, 0, 0});
}

TEST_CASE("pieces count from 0, also for ipairs and pairs", "[picker][lua]")
{
    const auto* walk = GENERATE("ipairs", "pairs");
    ScriptedSwarm scripted(std::string("function rank(swarm, ranks) for piece, count in ") + walk
                           + "(swarm.availability) do ranks[piece] = 100 * piece + count end end");
    scripted.swarm.set_availability(0, 3);
    CHECK(scripted.swarm.rank().ranks == Numbers{3, 100, 200, 300, 400, 500});
}

TEST_CASE("blocks are picked one by one, with score and reason, until there is no room", "[picker][lua]")
{
    ScriptedSwarm scripted(R"(function pick(swarm, request, out)
        print(out:add(2, 0, -7, 3), out:add(2, 1), out:add(0, 3), out:add(0, 2), out.room, #out)
    end)");
    const auto answer = scripted.swarm.refill(scripted.swarm.add_seed(), 3);
    CHECK(answer.refused.empty());
    REQUIRE(answer.picks.size() == 3);
    CHECK(answer.picks[0].piece == 2);
    CHECK(answer.picks[0].score == -7);
    CHECK(answer.picks[0].reason == 3);
    CHECK(answer.picks[2].piece == 0);
    CHECK(answer.picks[2].block == 3);
    CHECK(scripted.picker.printed == Texts{"true\ttrue\tfalse\tfalse\t0\t3"});
}

TEST_CASE("add_piece adds only what may be asked of the peer, and a piece once", "[picker][lua]")
{
    ScriptedSwarm scripted("function pick(swarm, request, out) for piece = 0, 5 do out:add_piece(piece) out:add_piece(piece) end end");
    auto& swarm = scripted.swarm;
    const auto peer = swarm.add_peer(std::vector<std::uint32_t>{0, 1, 2, 4});
    swarm.set_have(0);
    swarm.set_priority(1, 0);
    swarm.request(peer, {4, 1});
    const auto answer = swarm.refill(peer, 100);
    CHECK(answer.refused.empty());
    CHECK(answer.pieces() == std::vector<std::uint32_t>{2, 4});
    CHECK(answer.picks.size() == 7);
}

TEST_CASE("openable walks in a circle over what may be opened from this peer", "[picker][lua]")
{
    ScriptedSwarm scripted(R"(function pick(swarm, request)
        local seen = {}
        for piece in request:openable(150) do seen[#seen + 1] = piece end
        for piece in request:openable() do seen[#seen + 1] = piece end
        print(table.concat(seen, ' '))
    end)",
                           {.pieces = 200});
    auto& swarm = scripted.swarm;
    const auto peer = swarm.add_peer(std::vector<std::uint32_t>{0, 5, 63, 64, 127, 128, 149, 150, 151, 199});
    swarm.set_have(5);
    swarm.set_priority(128, 0);
    swarm.ask(peer, 10);
    CHECK(scripted.picker.printed == Texts{"150 151 199 0 63 64 127 149 0 63 64 127 149 150 151 199"});
}

TEST_CASE("open gives the open pieces that this peer can help with, as they were opened", "[picker][lua]")
{
    ScriptedSwarm scripted("function pick(swarm, request) for piece in request:open() do print(piece) end end");
    auto& swarm = scripted.swarm;
    const auto seed = swarm.add_seed();
    const auto peer = swarm.add_peer(std::vector<std::uint32_t>{1, 2, 3, 4});
    for (const auto piece : {4U, 5U, 2U, 1U}) swarm.request(seed, {piece, 0});
    for (std::uint32_t block = 1; block < 4; ++block) swarm.request(seed, {2, block});
    swarm.set_priority(1, 0);
    swarm.ask(peer, 10);
    CHECK(scripted.picker.printed == Texts{"4"});
    swarm.set_priority(1, 1);
    swarm.ask(peer, 10);
    CHECK(scripted.picker.printed == Texts{"4", "4", "1"});
}

TEST_CASE("a wrong pick of a script is refused like any other", "[picker][lua]")
{
    ScriptedSwarm scripted("function pick(swarm, request, out) out:add(1, 0) out:add(0, 0) end");
    scripted.swarm.set_have(1);
    const auto answer = scripted.swarm.refill(scripted.swarm.add_seed(), 10);
    CHECK(answer.refused == Texts{"piece 1 block 0: it is here already"});
    CHECK(answer.pieces() == std::vector<std::uint32_t>{0});
}

TEST_CASE("a script may be a picker for the endgame, and is none unless it says so", "[picker][lua]")
{
    const auto [text, flags] = GENERATE(table<std::string, std::uint32_t>(
        {{"duplicates = true function pick() end", SHOAL_PICKER_DUPLICATES}, {"function pick() end", 0}}));
    ScriptedPicker picker(text);
    shoal_picker_traits traits{ScriptedPicker::flags, ScriptedPicker::events, SHOAL_TIER_RANK | SHOAL_TIER_PICK, 0};
    picker.describe(traits);
    CHECK(traits.flags == flags);
    CHECK(traits.tiers == SHOAL_TIER_PICK);
}

TEST_CASE("the functions of a script may also be in the table that it returns", "[picker][lua]")
{
    ScriptedSwarm scripted("local function last(swarm, ranks) ranks[5] = 1 end return { rank = last }");
    CHECK(scripted.swarm.rank().ranks.back() == 1);
}

// ---- wrong scripts --------------------------------------------------------------------------------------------------

TEST_CASE("a view that is kept beyond its call is an error", "[picker][lua]")
{
    const auto* keep = GENERATE("swarm.availability", "swarm.have", "ranks", "deadlines");
    ScriptedSwarm scripted(std::string("function rank(swarm, ranks, deadlines) kept = kept or ") + keep + " local x = kept[0] end");
    CHECK(failure_of([&] { scripted.swarm.rank(); }).empty());
    CHECK_THAT(failure_of([&] { scripted.swarm.rank(); }), Catch::StartsWith("my.lua:1: this is of an earlier call"));
}

TEST_CASE("what belongs to one pick is an error in the next", "[picker][lua]")
{
    const auto* keep = GENERATE("request.pieces", "request.outstanding", "swarm.partials", "swarm.partials[1]",
                                "swarm.partials[1].requested", "request:openable()", "request:open()");
    ScriptedSwarm scripted(std::string("function pick(swarm, request) kept = kept or ") + keep
                           + " local x = type(kept) == 'function' and kept() or kept[1] ~= nil or kept.piece end");
    const auto seed = scripted.swarm.add_seed();
    scripted.swarm.request(seed, {1, 0});
    CAPTURE(keep);
    CHECK(failure_of([&] { scripted.swarm.ask(seed, 1); }).empty());
    CHECK_THAT(failure_of([&] { scripted.swarm.ask(seed, 1); }), Catch::StartsWith("my.lua:1: this is of an earlier call"));
}

TEST_CASE("nothing of a view can be reached but its values", "[picker][lua]")
{
    CHECK_THAT(ranking_failure("swarm.have[0] = true"), Catch::Contains("this can only be read"));
    CHECK_THAT(ranking_failure("local x = swarm.have[6]"), Catch::Contains("there is no piece 6: they are numbered from 0 to 5"));
    CHECK_THAT(ranking_failure("ranks[-1] = 1"), Catch::Contains("there is no piece -1"));
    CHECK_THAT(ranking_failure("ranks[1] = 0/0"), Catch::Contains("a rank is a number"));
    CHECK_THAT(ranking_failure("ranks[1] = {}"), Catch::Contains("number expected, got table"));
    CHECK_THAT(ranking_failure("ranks.x = 1"), Catch::Contains("the number of a piece is wanted, not a string"));
    CHECK_THAT(ranking_failure("setmetatable(swarm, {})"), Catch::Contains("protected metatable"));
    CHECK_THAT(ranking_failure("ranks.add(swarm, ranks)"), Catch::Contains("a value for each piece is wanted"));
    CHECK(ranking_failure("assert(getmetatable(ranks) == false and getmetatable(swarm) == false)").empty());
}

TEST_CASE("blocks that do not exist are an error where they are added", "[picker][lua]")
{
    const auto [add, why] = GENERATE(table<std::string, std::string>(
        {{"out:add(6, 0)", "there is no piece 6"},
         {"out:add(0, 4)", "there is no block 4: they are numbered from 0 to 3"},
         {"out:add(0)", "the number of a block is wanted, not a no value"},
         {"out:add(0, 0, 0/0)", "a score is a number"},
         {"out:add(0, 0, 0, 70000)", "a reason is a number from 0 to 65535"}}));
    ScriptedSwarm scripted("function pick(swarm, request, out)\n" + add + "\nend");
    const auto seed = scripted.swarm.add_seed();
    const auto failure = failure_of([&] { scripted.swarm.ask(seed, 1); });
    CHECK_THAT(failure, Catch::StartsWith("my.lua:2: ") && Catch::Contains(why));
}

TEST_CASE("there is nothing to pick for in rank, and nothing to look at while the script is loaded", "[picker][lua]")
{
    ScriptedSwarm scripted("function pick(swarm, request, out) kept = out kept_swarm = swarm end function rank() kept:add(0, 0) end");
    scripted.swarm.ask(scripted.swarm.add_seed(), 1);
    std::vector<std::int64_t> ranks(6);
    std::vector<std::uint64_t> deadlines(6);
    CHECK_THAT(failure_of([&] {
                   scripted.swarm.with_view([&](const SwarmView& view) { scripted.picker.rank(view, Ranks(ranks, deadlines)); });
               }),
               Catch::Contains("there is nothing to pick for outside of pick()"));
}

TEST_CASE("an error names the file, the line, and how it came there", "[picker][lua]")
{
    ScriptedSwarm scripted("local function deep(x)\n  return x.y.z\nend\nfunction rank(swarm)\n  local no = deep(swarm)\nend");
    const auto failure = failure_of([&] { scripted.swarm.rank(); });
    CHECK_THAT(failure, Catch::StartsWith("my.lua:2: attempt to index a nil value (field 'y') (my.lua:2: in "));
    CHECK_THAT(failure, Catch::Contains(" < my.lua:5: in "));
    CHECK_THAT(failure, !Catch::Contains("\n") && !Catch::Contains("[C]: in ?"));
}

TEST_CASE("a script that cannot be loaded says why", "[picker][lua]")
{
    CHECK_THAT(failure_of([] { ScriptedPicker picker("function rank("); }), Catch::StartsWith("my.lua:1: "));
    CHECK_THAT(failure_of([] { ScriptedPicker picker("x = 1"); }), Catch::StartsWith("my.lua has neither a function rank"));
    CHECK_THAT(failure_of([] { ScriptedPicker picker("\nerror('not today')"); }), Catch::StartsWith("my.lua:2: not today"));
    CHECK_THAT(failure_of([] { ScriptedPicker picker("while true do end"); }), Catch::Contains("all the instructions"));
    CHECK_THAT(failure_of([] { ScriptedPicker picker("\x1bLua"); }), Catch::Contains("attempt to load a binary chunk"));
}

TEST_CASE("an endless loop is stopped, and the next call begins anew", "[picker][lua]")
{
    const auto* loop = GENERATE("while true do end", "while true do pcall(function() while true do end end) end",
                                "coroutine.wrap(function() while true do end end)()", "for piece in request:openable() do repeat until false end");
    ScriptedSwarm scripted("local n = 0\nfunction pick(swarm, request, out)\nn = n + 1 if n ~= 2 then out:add(n, 0) return end\n"
                           + std::string(loop) + "\nend");
    const auto seed = scripted.swarm.add_seed();
    CHECK(scripted.swarm.refill(seed, 1).pieces() == std::vector<std::uint32_t>{1});
    CHECK_THAT(failure_of([&] { scripted.swarm.refill(seed, 1); }), Catch::Contains("it used all the instructions") && Catch::Contains("my.lua:4: in"));
    CHECK(scripted.swarm.refill(seed, 1).pieces() == std::vector<std::uint32_t>{3});
}

TEST_CASE("memory ends, and what was taken comes back", "[picker][lua]")
{
    ScriptedSwarm scripted("function rank(swarm, ranks) local all = {} if swarm.have[0] then ranks[0] = 1 return end\n"
                           "while true do all[#all + 1] = string.rep('x', 10000) .. #all end end");
    CHECK_THAT(failure_of([&] { scripted.swarm.rank(); }), Catch::Contains("not enough memory") || Catch::Contains("all the instructions"));
    scripted.swarm.set_have(0);
    CHECK(scripted.swarm.rank().ranks[0] == 1);
}

TEST_CASE("a simple order of 100,000 pieces is far from using up what it may use", "[picker][lua]")
{
    const auto* name = GENERATE("rarest_first", "beginning_and_end");
    TrialSwarm swarm({.pieces = 100'000, .blocks_per_piece = 1, .blocks_in_last = 1});
    picker_lua::LuaPicker picker({"my.lua", shipped_script(std::string("pickers/") + name + ".lua")}, [] { return std::chrono::nanoseconds{}; }, 1, {},
                                 {.rank = 1'000'000, .rank_of_a_piece = 25});
    std::vector<std::int64_t> ranks(100'000);
    std::vector<std::uint64_t> deadlines(100'000);
    swarm.with_view([&](const SwarmView& view) { picker.rank(view, Ranks(ranks, deadlines)); });
    CHECK(ranks.back() != 0);
}

} // namespace shoal::test
