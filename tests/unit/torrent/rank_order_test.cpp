#include "torrent/rank_order.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <optional>

using namespace shoal;
using torrent::RankOrder;

namespace {

// A torrent as a picker sees it: six pieces of three blocks, the last of one.
struct View {
    static constexpr std::uint32_t pieces = 6;

    View()
    {
        for (std::uint32_t p = 0; p < pieces; ++p) theirs.set(p);
    }

    // Block numbers that are requested or here.
    void open(std::uint32_t piece, std::uint64_t requested, std::uint64_t received)
    {
        words.push_back({requested, received});
        opened.push_back(piece);
        state[piece] = SHOAL_PIECE_PARTIAL;
    }

    std::vector<std::uint32_t> pick(RankOrder& order, std::uint32_t budget, std::uint32_t allowance = 100)
    {
        std::vector<shoal_partial> partials;
        for (std::size_t i = 0; i < opened.size(); ++i) {
            const std::uint32_t blocks = opened[i] + 1 == pieces ? 1 : 3;
            const auto taken =
                static_cast<std::uint32_t>(__builtin_popcountll(words[i].first | words[i].second));
            partials.push_back({opened[i], blocks, blocks - taken, 0, &words[i].first, &words[i].second});
        }
        shoal_swarm_view view{};
        view.struct_size = sizeof view;
        view.piece_count = pieces;
        view.blocks_per_piece = 3;
        view.blocks_in_last_piece = 1;
        view.priority = priority.data();
        view.state = state.data();
        view.partials = partials.data();
        view.partial_count = static_cast<std::uint32_t>(partials.size());
        view.open_allowance = allowance;
        shoal_pick_request request{};
        request.struct_size = sizeof request;
        request.budget = budget;
        request.peer_pieces = theirs.words().data();
        std::vector<shoal_pick> picks;
        order.pick(view, request, picks);
        std::vector<std::uint32_t> blocks;  // 10 * piece + block
        for (const auto& pick : picks) blocks.push_back(10 * pick.piece + pick.block);
        return blocks;
    }

    Bitfield theirs{pieces};
    std::vector<std::uint8_t> priority = std::vector<std::uint8_t>(pieces, 4);
    std::vector<std::uint8_t> state = std::vector<std::uint8_t>(pieces, SHOAL_PIECE_MISSING);
    std::vector<std::uint32_t> opened;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> words;
};

using Blocks = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("without ranks pieces come in order", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    CHECK(view.pick(order, 4) == Blocks{0, 1, 2, 10});
    CHECK(view.pick(order, 100) == Blocks{0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50});
}

TEST_CASE("the higher rank comes first, equals by number", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    order.ranks()[4] = 10;
    order.ranks()[2] = 20;
    order.ranks()[1] = -5;
    order.sort();
    CHECK(view.pick(order, 7) == Blocks{20, 21, 22, 40, 41, 42, 0});
}

TEST_CASE("the extremes of rank are ranks", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    order.ranks()[0] = std::numeric_limits<std::int64_t>::min();
    order.ranks()[5] = std::numeric_limits<std::int64_t>::max();
    order.sort();
    const auto blocks = view.pick(order, 100);
    CHECK(blocks.front() == 50);
    CHECK(blocks.back() == 2);
}

TEST_CASE("what is open comes before what is new", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    order.ranks()[1] = 100;
    order.ranks()[3] = 50;
    order.sort();
    view.open(4, 0b001, 0b000);
    view.open(3, 0b000, 0b010);
    CHECK(view.pick(order, 6) == Blocks{30, 32, 41, 42, 10, 11});
}

TEST_CASE("a deadline comes before everything, open or new, the earliest first", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    order.deadlines()[5] = 1000;
    order.deadlines()[2] = 2000;
    order.deadlines()[3] = 3000;
    order.ranks()[0] = 100;
    order.sort();
    view.open(4, 0b001, 0);
    view.open(2, 0b001, 0);
    CHECK(view.pick(order, 8) == Blocks{50, 21, 22, 30, 31, 32, 41, 42});
    CHECK(view.pick(order, 2) == Blocks{50, 21});
}

TEST_CASE("pieces that the peer lacks, nobody wants, or that are here are left out", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    view.theirs.reset(0);
    view.priority[1] = 0;
    view.state[2] = SHOAL_PIECE_HAVE;
    view.state[3] = SHOAL_PIECE_COMPLETE;
    view.open(4, 0, 0b111);
    CHECK(view.pick(order, 100) == Blocks{50});
}

TEST_CASE("an open piece that is not wanted any more is left alone", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    view.open(0, 0b001, 0);
    view.priority[0] = 0;
    CHECK(view.pick(order, 3) == Blocks{10, 11, 12});
}

TEST_CASE("no more pieces are opened than there is memory for", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    view.open(3, 0b001, 0);
    CHECK(view.pick(order, 100, 1) == Blocks{31, 32, 0, 1, 2});
    CHECK(view.pick(order, 100, 0) == Blocks{31, 32});
    order.deadlines()[5] = 7;
    order.sort();
    CHECK(view.pick(order, 100, 1) == Blocks{50, 31, 32});
}

TEST_CASE("what was done and is missing again is found after a rewind", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    view.state[0] = SHOAL_PIECE_HAVE;
    view.state[1] = SHOAL_PIECE_HAVE;
    CHECK(view.pick(order, 1) == Blocks{20});
    view.state[0] = SHOAL_PIECE_MISSING;
    order.rewind();
    CHECK(view.pick(order, 1) == Blocks{0});
}

TEST_CASE("a new ranking starts from equal numbers", "[torrent]")
{
    View view;
    RankOrder order(View::pieces);
    order.ranks()[5] = 1;
    order.deadlines()[4] = 1;
    order.sort();
    order.preset();
    order.sort();
    CHECK(view.pick(order, 1) == Blocks{0});
}
