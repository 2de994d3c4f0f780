#include "stack_bench.hpp"

#include <algorithm>

using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;
using Blocks = StackBench::Blocks;

TEST_CASE("a stack without pickers asks for pieces in order", "[torrent]")
{
    StackBench bench;
    CHECK(bench.stack.names() == std::vector<std::string>{"default"});
    CHECK(bench.refill(1, 6) == Blocks{0, 1, 2, 3, 10, 11});
    CHECK(bench.refill(2, 4) == Blocks{12, 13, 20, 21});
    CHECK(bench.fetch_all() > 0);
}

TEST_CASE("what a picker picks is asked for", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("mine");
    picker.always(picks_of({72, 30, 71}));
    bench.use(picker);
    CHECK(bench.stack.names() == std::vector<std::string>{"mine"});
    CHECK(bench.refill(1, 10) == Blocks{72, 30, 71});
    CHECK(bench.ledger.find(bench.piece(7))->is_requested(bench.at(72).block));
    CHECK(bench.replaced.empty());
}

TEST_CASE("a picker sees the torrent as it is", "[torrent]")
{
    StackBench bench;
    bench.finish(0);
    bench.ledger.set_priority(bench.piece(1), 7);
    bench.availability.add_seed();
    Bitfield one(StackBench::pieces);
    one.set(5);
    bench.availability.add(one);
    bench.pieces_of.emplace(3, one);
    ScriptedPicker picker("mine");
    picker.pick = [&](const shoal_swarm_view& view, const shoal_pick_request& request) {
        CHECK(view.piece_count == 8);
        CHECK(view.blocks_per_piece == 4);
        CHECK(view.blocks_in_last_piece == 4);
        CHECK(view.now_ns == 100'000'000'000);
        CHECK(view.have[0] == 1);
        CHECK(view.have_count == 1);
        CHECK(view.wanted_count == 7);
        CHECK(view.priority[1] == 7);
        CHECK(view.state[0] == SHOAL_PIECE_HAVE);
        CHECK(view.seed_count == 1);
        CHECK(view.availability[5] == 1);
        CHECK(view.partial_count == 0);
        CHECK(view.open_allowance == 100);
        CHECK(view.unrequested_anywhere == 1);
        CHECK(request.budget == 9);
        CHECK(request.peer == 3);
        CHECK(request.peer_pieces[0] == 1u << 5);
        CHECK(request.peer_flags == SHOAL_PEER_SNUBBED);
        CHECK(request.outstanding_count == 0);
        return picks_of({50});
    };
    bench.use(picker);
    CHECK(bench.refill(3, 9, SHOAL_PEER_SNUBBED) == Blocks{50});
    CHECK(picker.asked == 1);
}

TEST_CASE("a picker that describes itself is asked with the tier that it has, though its table has both", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("mine", {.describes = true});
    picker.rank = [](const shoal_swarm_view&, std::int64_t* ranks, std::uint64_t*) {
        ranks[5] = 1;
        return SHOAL_OK;
    };
    picker.always(picks_of({72}));
    const auto [tiers, asked_for] = GENERATE(
        table<std::uint32_t, std::uint32_t>({{SHOAL_TIER_RANK, 50}, {SHOAL_TIER_PICK, 72}, {SHOAL_TIER_RANK | SHOAL_TIER_PICK, 72}}));
    picker.described = {0, 0, tiers, 0};
    bench.use(picker);
    CHECK(bench.refill(1, 1) == Blocks{asked_for});
}

TEST_CASE("a picker cannot describe itself as more than its table says", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("mine", {.describes = true});
    picker.described = {SHOAL_PICKER_DUPLICATES, SHOAL_EVENT_STATE, SHOAL_TIER_PICK | 0x80, 0};
    picker.always(picks_of({72}));
    bench.use(picker);
    CHECK(bench.refill(1, 1) == Blocks{72});
    CHECK(bench.refill(2, 1).empty());  // a duplicate, which it may not pick
    CHECK(picker.heard.empty());
}

TEST_CASE("the next picker fills what the one before it left, and sees what that one took", "[torrent]")
{
    StackBench bench;
    ScriptedPicker first("first");
    ScriptedPicker second("second");
    first.always(picks_of({10, 12}));
    second.pick = [&](const shoal_swarm_view& view, const shoal_pick_request& request) {
        CHECK(request.budget == 3);
        CHECK(request.outstanding_count == 2);
        CHECK(request.outstanding[0].piece == 1);
        CHECK(request.outstanding[1].block == 2);
        CHECK(view.partial_count == 1);
        CHECK(view.partials[0].requested[0] == 0b101);
        return picks_of({20, 21, 22});
    };
    bench.use(first, second);
    CHECK(bench.refill(1, 5) == Blocks{10, 12, 20, 21, 22});
}

TEST_CASE("a full window asks no further picker", "[torrent]")
{
    StackBench bench;
    ScriptedPicker first("first");
    ScriptedPicker second("second");
    first.always(picks_of({0, 1}));
    bench.use(first, second);
    bench.refill(1, 2);
    CHECK(second.asked == 0);
}

TEST_CASE("a pick that finds no memory is no fault, and the next picker is asked", "[torrent]")
{
    StackBench bench;
    ScriptedPicker first("first");
    ScriptedPicker second("second");
    first.always(picks_of({0, 1}));
    bench.use(first, second);
    bench.refuses_to_open = true;
    for (int i = 0; i < 50; ++i) CHECK(bench.refill(1, 2).empty());
    CHECK(second.asked == 50);
    CHECK(bench.replaced.empty());
}

// ---- wrong answers ----------------------------------------------------------------------------------------

TEST_CASE("a wrong pick is dropped, and the picker that makes too many is replaced", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("wrong");
    bench.use(picker);
    const auto is_replaced = [&] {
        for (int i = 0; i < 8; ++i) {
            CHECK(bench.refill(1, 4).empty());
            CHECK(bench.replaced.empty());
        }
        // The ninth time the default is asked instead.
        CHECK(bench.refill(1, 4).empty() == bench.pieces_of.contains(1));
        REQUIRE(bench.replaced.size() == 1);
        CHECK(bench.replaced[0] == "wrong: too many wrong answers; replaced by the default picker");
        CHECK(bench.stack.names() == std::vector<std::string>{"default"});
    };
    SECTION("a piece that does not exist")
    {
        picker.pick = [](const auto&, const auto&) { return std::vector<shoal_pick>{{8, 0, 0, 0, 0}}; };
        is_replaced();
    }
    SECTION("a block that does not exist")
    {
        picker.pick = [](const auto&, const auto&) { return std::vector<shoal_pick>{{0, 4, 0, 0, 0}}; };
        is_replaced();
    }
    SECTION("a piece that the peer lacks")
    {
        bench.pieces_of.emplace(1, Bitfield(StackBench::pieces));
        picker.always(picks_of({30}));
        is_replaced();
    }
    SECTION("a piece that is not wanted")
    {
        bench.ledger.set_priority(bench.piece(3), 0);
        picker.always(picks_of({30}));
        is_replaced();
    }
    SECTION("a piece that is here")
    {
        bench.finish(3);
        picker.always(picks_of({30}));
        is_replaced();
    }
    SECTION("a piece that is being verified")
    {
        picker.always(picks_of({30, 31, 32, 33}));
        for (const auto number : bench.refill(2, 4)) bench.receive(2, number);
        picker.always(picks_of({30}));
        is_replaced();
    }
    SECTION("a block that is here")
    {
        picker.always(picks_of({30}));
        bench.refill(2, 1);
        bench.receive(2, 30);
        is_replaced();
    }
    SECTION("a block that was asked of somebody else")
    {
        picker.always(picks_of({30}));
        bench.refill(2, 1);
        is_replaced();
    }
}

TEST_CASE("a right pick among wrong ones counts", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("half");
    picker.pick = [](const auto&, const auto&) {
        return std::vector<shoal_pick>{{99, 0, 0, 0, 0}, {3, 1, 0, 0, 0}, {3, 1, 0, 0, 0}, {3, 2, 0, 0, 0}};
    };
    bench.use(picker);
    CHECK(bench.refill(1, 4) == Blocks{31, 32});
}

TEST_CASE("the download goes on whatever a picker does", "[torrent]")
{
    const auto name = GENERATE(std::string("nonsense"), std::string("throws"), std::string("repeats"),
                               std::string("too_many"));
    CAPTURE(name);
    StackBench bench;
    bench.use(bench.load(name), bench.load("endgame"));
    CHECK(bench.fetch_all() < 100);
    CHECK(bench.ledger.wanted_count() == 0);
    REQUIRE(bench.replaced.size() == 1);
    CHECK_THAT(bench.replaced[0], Catch::StartsWith(name));
    CHECK(bench.stack.names() == std::vector<std::string>{"endgame", "default"});
}

TEST_CASE("a picker that gives nothing is helped by the default once the swarm notices", "[torrent]")
{
    const auto name = GENERATE(std::string("idle"), std::string("half_hearted"));
    CAPTURE(name);
    StackBench bench;
    bench.use(bench.load(name));
    for (int i = 0; i < 20; ++i) {
        for (const auto number : bench.refill(1, 8)) bench.receive(1, number);
    }
    CHECK(bench.ledger.wanted_count() == 8);
    bench.stack.on_starved();
    REQUIRE(bench.replaced.size() == 1);
    CHECK_THAT(bench.replaced[0], Catch::StartsWith(name + ": it leaves wanted pieces unrequested"));
    CHECK(bench.stack.names() == std::vector<std::string>{name, "default"});
    bench.fetch_all();
    CHECK(bench.ledger.wanted_count() == 0);
}

TEST_CASE("a picker that starves the swarm again and again is replaced, an endgame picker is not blamed",
          "[torrent]")
{
    StackBench bench;
    bench.use(bench.load("idle"), bench.load("endgame"));
    for (int i = 0; i < 8; ++i) bench.stack.on_starved();
    bench.refill(1, 1);
    CHECK(bench.stack.names() == std::vector<std::string>{"endgame", "default"});
}

TEST_CASE("the pickers that are shipped fetch everything without a fault", "[torrent]")
{
    const auto name = GENERATE(std::string("rarest-first"), std::string("sequential"));
    CAPTURE(name);
    StackBench bench;
    bench.use(bench.load(name), bench.load("endgame"));
    bench.fetch_all();
    CHECK(bench.ledger.wanted_count() == 0);
    CHECK(bench.replaced.empty());
    CHECK(bench.stack.names() == std::vector<std::string>{name, "endgame"});
}

// ---- endgame ----------------------------------------------------------------------------------------------

TEST_CASE("a second copy is asked for in the endgame alone, of another peer, by a picker that may",
          "[torrent]")
{
    StackBench bench;
    ScriptedPicker ordinary("ordinary");
    ScriptedPicker endgame("endgame", {.flags = SHOAL_PICKER_DUPLICATES});
    bench.use(ordinary, endgame);
    for (const auto p : {0u, 1u, 2u, 3u, 4u, 5u, 6u}) bench.finish(p);
    ordinary.always(picks_of({70, 71, 72}));
    CHECK(bench.refill(1, 3).size() == 3);
    ordinary.always({});

    endgame.always(picks_of({70}));
    CHECK(bench.refill(2, 1).empty());  // 73 was not asked for yet
    ordinary.always(picks_of({73}));
    bench.refill(1, 1);
    ordinary.always({});
    CHECK(bench.refill(2, 1) == Blocks{70});
    CHECK(bench.refill(2, 1).empty());  // twice of the same peer
    CHECK(bench.ledger.find(bench.piece(7))->requesters(bench.at(70).block) == 2);
}

TEST_CASE("no more than four peers are asked for the same block", "[torrent]")
{
    StackBench bench;
    ScriptedPicker endgame("endgame", {.flags = SHOAL_PICKER_DUPLICATES});
    bench.use(endgame);
    for (const auto p : {0u, 1u, 2u, 3u, 4u, 5u, 6u}) bench.finish(p);
    endgame.always(picks_of({70, 71, 72, 73}));
    for (std::uint64_t peer = 1; peer <= 4; ++peer) CHECK(bench.refill(peer, 4).size() == 4);
    for (std::uint64_t peer = 5; peer <= 40; ++peer) CHECK(bench.refill(peer, 4).empty());
    // It could not know better.
    CHECK(bench.replaced.empty());
}

// ---- suspects ---------------------------------------------------------------------------------------------

TEST_CASE("a suspect works on whole pieces of its own", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("mine");
    bench.use(picker);
    picker.always(picks_of({0}));
    bench.refill(1, 1);
    // Not on what others have begun.
    picker.pick = [](const shoal_swarm_view& view, const auto&) {
        CHECK(view.partial_count == 0);
        return picks_of({1, 10});
    };
    CHECK(bench.refill(2, 2, SHOAL_PEER_SUSPECT) == Blocks{10});
    // Nobody else on what it has begun.
    picker.pick = [](const shoal_swarm_view& view, const auto&) {
        CHECK(view.partial_count == 1);
        return picks_of({11, 1});
    };
    CHECK(bench.refill(3, 2) == Blocks{1});
    // It goes on with its own.
    picker.pick = [](const shoal_swarm_view& view, const auto&) {
        CHECK(view.partial_count == 1);
        CHECK(view.partials[0].piece == 1);
        return picks_of({11});
    };
    CHECK(bench.refill(2, 2, SHOAL_PEER_SUSPECT) == Blocks{11});
    CHECK(bench.replaced.empty());
}

TEST_CASE("the default keeps suspects apart as well", "[torrent]")
{
    StackBench bench;
    CHECK(bench.refill(1, 2) == Blocks{0, 1});
    CHECK(bench.refill(2, 2, SHOAL_PEER_SUSPECT) == Blocks{10, 11});
    CHECK(bench.refill(1, 4) == Blocks{2, 3, 20, 21});
    CHECK(bench.refill(2, 4, SHOAL_PEER_SUSPECT) == Blocks{12, 13, 30, 31});
}
