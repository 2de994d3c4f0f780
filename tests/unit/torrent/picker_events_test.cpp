#include "stack_bench.hpp"

#include <algorithm>

// What pickers hear, and when they are asked to rank.
using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;
using Blocks = StackBench::Blocks;

namespace {

constexpr std::uint32_t every_kind = SHOAL_EVENT_AVAILABILITY | SHOAL_EVENT_STATE | SHOAL_EVENT_PRIORITY;

std::vector<shoal_piece_event> take(ScriptedPicker& picker)
{
    return std::exchange(picker.heard, {});
}

}  // namespace

TEST_CASE("a new picker is first told to look at everything afresh, once for each kind it wants", "[torrent]")
{
    StackBench bench;
    ScriptedPicker all("all", {.events = every_kind});
    ScriptedPicker some("some", {.events = SHOAL_EVENT_STATE});
    bench.use(all, some);
    bench.refill(1, 1);
    REQUIRE(all.heard.size() == 3);
    for (const auto& event : all.heard) CHECK(event.piece == SHOAL_ALL_PIECES);
    CHECK((all.heard[0].kind | all.heard[1].kind | all.heard[2].kind) == every_kind);
    REQUIRE(some.heard.size() == 1);
    CHECK(some.heard[0].kind == SHOAL_EVENT_STATE);
}

TEST_CASE("every change is told once, in order, before the picker is asked", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("mine", {.events = every_kind});
    bench.use(picker);
    bench.refill(1, 1);
    take(picker);
    bench.stack.on_availability(bench.piece(5), 0, 1);
    bench.ledger.set_priority(bench.piece(2), 7);
    bench.finish(3);
    std::size_t heard_when_asked = 0;
    picker.pick = [&](const auto&, const auto&) {
        heard_when_asked = picker.heard.size();
        return std::vector<shoal_pick>{};
    };
    bench.refill(1, 1);
    CHECK(heard_when_asked == 3);
    const auto heard = take(picker);
    CHECK(heard[0].kind == SHOAL_EVENT_AVAILABILITY);
    CHECK(heard[0].piece == 5);
    CHECK(heard[0].after == 1);
    CHECK(heard[1].kind == SHOAL_EVENT_PRIORITY);
    CHECK(heard[2].kind == SHOAL_EVENT_STATE);
    CHECK(heard[2].after == SHOAL_PIECE_HAVE);
    bench.refill(1, 1);
    CHECK(picker.heard.empty());
}

TEST_CASE("a picker hears of the kinds it wants alone", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("mine", {.events = SHOAL_EVENT_PRIORITY});
    bench.use(picker);
    bench.refill(1, 1);
    take(picker);
    bench.stack.on_availability(bench.piece(5), 0, 1);
    bench.finish(3);
    bench.ledger.set_priority(bench.piece(2), 7);
    bench.refill(1, 1);
    REQUIRE(picker.heard.size() == 1);
    CHECK(picker.heard[0].kind == SHOAL_EVENT_PRIORITY);
}

TEST_CASE("a picker that was not asked for long is told to look anew instead of a million changes",
          "[torrent]")
{
    StackBench bench;
    ScriptedPicker first("first");
    ScriptedPicker second("second", {.events = SHOAL_EVENT_AVAILABILITY});
    bench.use(first, second);
    bench.refill(1, 1);
    take(second);
    // While seeding nobody is asked at all.
    for (std::uint32_t i = 0; i < 1'000'000; ++i) bench.stack.on_availability(bench.piece(i % 8), i, i + 1);
    bench.refill(1, 1);
    CHECK(second.heard.size() < 10'000);
    REQUIRE_FALSE(second.heard.empty());
    CHECK(second.heard[0].piece == SHOAL_ALL_PIECES);
    CHECK(second.heard.back().after == 1'000'000);
}

TEST_CASE("a picker that is asked seldom loses no kind of event", "[torrent]")
{
    StackBench bench;
    ScriptedPicker first("first");
    ScriptedPicker second("second", {.events = every_kind});
    bench.use(first, second);
    bench.refill(1, 1);
    take(second);
    first.always(picks_of({0}));
    for (int round = 0; round < 5'000; ++round) {
        bench.ledger.set_priority(bench.piece(6), 7);
        bench.ledger.set_priority(bench.piece(6), 4);
        bench.stack.on_availability(bench.piece(5), 0, 1);
        bench.refill(1, 1);  // the first fills the window
        bench.give_back(1, 0);
    }
    REQUIRE(second.asked == 1);
    first.always({});
    bench.refill(1, 1);
    CHECK(second.heard.size() <= 4'200);
    const auto heard_all = [&](std::uint32_t kind) {
        return std::ranges::any_of(second.heard, [&](const auto& event) {
            return event.kind == kind && event.piece == SHOAL_ALL_PIECES;
        });
    };
    CHECK(heard_all(SHOAL_EVENT_AVAILABILITY));
    CHECK(heard_all(SHOAL_EVENT_PRIORITY));
    // The piece that the first picker opened, told or gone into "look anew".
    const bool is_state_told =
        std::ranges::any_of(second.heard, [](const auto& e) { return e.kind == SHOAL_EVENT_STATE; });
    CHECK(is_state_told);
}

TEST_CASE("a stack that is replaced tells the new pickers afresh and takes nothing back", "[torrent]")
{
    StackBench bench;
    ScriptedPicker before("before");
    ScriptedPicker after("after", {.events = SHOAL_EVENT_STATE});
    before.always(picks_of({0, 1}));
    bench.use(before);
    bench.refill(1, 2);
    bench.use(after);
    CHECK(bench.stack.names() == std::vector<std::string>{"after"});
    after.pick = [](const shoal_swarm_view& view, const shoal_pick_request& request) {
        CHECK(view.partial_count == 1);
        CHECK(view.partials[0].requested[0] == 0b11);
        CHECK(request.outstanding_count == 2);
        return picks_of({2});
    };
    CHECK(bench.refill(1, 1) == Blocks{2});
    REQUIRE_FALSE(after.heard.empty());
    CHECK(after.heard[0].piece == SHOAL_ALL_PIECES);
}

// ---- rank -------------------------------------------------------------------------------------------------

TEST_CASE("a ranking picker gives numbers and the stack hands out the blocks", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("ranks", {.ranks = true});
    picker.rank = [](const shoal_swarm_view& view, std::int64_t* ranks, std::uint64_t* deadlines) {
        for (std::uint32_t p = 0; p < view.piece_count; ++p) {
            CHECK(ranks[p] == 0);
            CHECK(deadlines[p] == SHOAL_NO_DEADLINE);
            ranks[p] = p;
        }
        deadlines[2] = 5;
        return SHOAL_OK;
    };
    bench.use(picker);
    CHECK(bench.refill(1, 6) == Blocks{20, 21, 22, 23, 70, 71});
}

TEST_CASE("a ranking is asked for at first, and after an event it wants, once a second at most", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("ranks", {.ranks = true, .events = SHOAL_EVENT_PRIORITY});
    bench.use(picker);
    for (int i = 0; i < 10; ++i) bench.refill(1, 1);
    CHECK(picker.asked == 1);
    bench.now += 5s;
    bench.refill(1, 1);
    CHECK(picker.asked == 1);
    bench.ledger.set_priority(bench.piece(2), 7);
    bench.refill(1, 1);
    CHECK(picker.asked == 2);
    for (int i = 0; i < 20; ++i) {
        bench.ledger.set_priority(bench.piece(2), i % 2 == 0 ? 4 : 7);
        bench.now += 100ms;
        bench.refill(1, 1);
    }
    CHECK(picker.asked >= 3);
    CHECK(picker.asked <= 4);
}

TEST_CASE("a ranking that fails is a strike and everything is equal", "[torrent]")
{
    StackBench bench;
    ScriptedPicker picker("ranks", {.ranks = true, .events = SHOAL_EVENT_PRIORITY});
    picker.rank = [](const auto&, auto*, auto*) { return SHOAL_E_PLUGIN; };
    bench.use(picker);
    CHECK(bench.refill(1, 2) == Blocks{0, 1});
    for (int i = 0; i < 8; ++i) {
        bench.now += 2s;
        bench.ledger.set_priority(bench.piece(7), i % 2 == 0 ? 7 : 4);
        bench.refill(1, 1);
    }
    bench.refill(1, 1);
    CHECK(bench.replaced.size() == 1);
    CHECK(bench.stack.names() == std::vector<std::string>{"default"});
}

TEST_CASE("a piece that was passed over is found when it is wanted or missing again", "[torrent]")
{
    StackBench bench;
    bench.ledger.set_priority(bench.piece(0), 0);
    CHECK(bench.refill(1, 1) == Blocks{10});
    bench.ledger.set_priority(bench.piece(0), 4);
    bench.give_back(1, 10);
    bench.ledger.abandon_all();
    CHECK(bench.refill(1, 1) == Blocks{0});
}
