#include "piece/ledger.hpp"

#include "block_length.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using piece::Ledger;

namespace {

struct LedgerBench {
    Geometry geometry = *Geometry::make(std::uint64_t{4} * 2 * block + 100, 2 * block, {});
    disk::BufferPool pool{1u << 20};
    Ledger ledger{geometry};

    PieceIndex piece(std::uint32_t number) const { return *geometry.piece(number); }
    BlockRef at(std::uint32_t piece, std::uint32_t number) const { return *geometry.block_at(piece, number); }
    piece::OpenPiece& open(std::uint32_t number)
    {
        return ledger.open(piece(number), std::move(*pool.take_synthetic(geometry.length(piece(number)))));
    }
    void receive_all(std::uint32_t number)
    {
        auto* open = ledger.find(piece(number));
        for (const auto b : geometry.blocks(piece(number))) open->on_received(b, PeerHandle{1}, false);
        ledger.on_all_received(piece(number));
    }
};

std::vector<std::uint32_t> pieces_of(std::span<const shoal_partial> partials)
{
    std::vector<std::uint32_t> pieces;
    for (const auto& partial : partials) pieces.push_back(partial.piece);
    return pieces;
}

}  // namespace

TEST_CASE("at first everything is missing and wanted", "[piece]")
{
    LedgerBench bench;
    CHECK(bench.ledger.wanted_count() == 5);
    CHECK(bench.ledger.wanted_octets_left() == 8 * block + 100);
    CHECK(bench.ledger.has_unrequested());
    CHECK(bench.ledger.have().none());
    CHECK(bench.ledger.partials().empty());
    for (const auto piece : bench.geometry.pieces()) {
        CHECK(bench.ledger.state(piece) == SHOAL_PIECE_MISSING);
        CHECK(bench.ledger.priority(piece) == 4);
        CHECK(bench.ledger.find(piece) == nullptr);
    }
}

TEST_CASE("a piece goes from missing over partial and complete to here", "[piece]")
{
    LedgerBench bench;
    const auto p = bench.piece(1);
    bench.open(1);
    CHECK(bench.ledger.state(p) == SHOAL_PIECE_PARTIAL);
    CHECK(pieces_of(bench.ledger.partials()) == std::vector<std::uint32_t>{1});
    bench.receive_all(1);
    CHECK(bench.ledger.state(p) == SHOAL_PIECE_COMPLETE);
    CHECK(bench.ledger.partials().empty());
    CHECK(bench.ledger.find(p) != nullptr);
    CHECK(bench.ledger.wanted_count() == 5);
    bench.ledger.take_out(p);
    bench.ledger.mark_have(p);
    CHECK(bench.ledger.state(p) == SHOAL_PIECE_HAVE);
    CHECK(bench.ledger.have().test(1));
    CHECK(bench.ledger.wanted_count() == 4);
    CHECK(bench.ledger.wanted_octets_left() == 6 * block + 100);
    CHECK(bench.pool.in_use() == 0);
}

TEST_CASE("a corrupt piece is missing again and can be opened again", "[piece]")
{
    LedgerBench bench;
    bench.open(1);
    bench.receive_all(1);
    bench.ledger.take_out(bench.piece(1));
    bench.ledger.mark_missing(bench.piece(1));
    CHECK(bench.ledger.state(bench.piece(1)) == SHOAL_PIECE_MISSING);
    CHECK(bench.ledger.wanted_count() == 5);
    CHECK(bench.open(1).is_idle());
}

TEST_CASE("what is not wanted does not count", "[piece]")
{
    LedgerBench bench;
    bench.ledger.set_priority(bench.piece(4), 0);
    CHECK(bench.ledger.wanted_count() == 4);
    CHECK(bench.ledger.wanted_octets_left() == 8 * block);
    CHECK_FALSE(bench.ledger.is_wanted(bench.piece(4)));
    bench.ledger.set_priority(bench.piece(4), 7);
    CHECK(bench.ledger.wanted_count() == 5);
    bench.ledger.mark_have(bench.piece(0));
    bench.ledger.set_priority(bench.piece(0), 0);
    bench.ledger.set_priority(bench.piece(0), 1);
    CHECK(bench.ledger.wanted_count() == 4);
}

TEST_CASE("there is something to ask for as long as a wanted block is neither asked for nor here", "[piece]")
{
    LedgerBench bench;
    for (const auto n : {0u, 1u, 2u, 3u}) bench.ledger.mark_have(bench.piece(n));
    CHECK(bench.ledger.has_unrequested());
    bench.open(4);
    CHECK(bench.ledger.has_unrequested());
    bench.ledger.on_requested(bench.at(4, 0));
    CHECK_FALSE(bench.ledger.has_unrequested());
    bench.ledger.on_request_returned(bench.at(4, 0));
    CHECK(bench.ledger.has_unrequested());
    bench.ledger.set_priority(bench.piece(4), 0);
    CHECK_FALSE(bench.ledger.has_unrequested());
}

TEST_CASE("partial pieces are listed in the order of their opening", "[piece]")
{
    LedgerBench bench;
    bench.open(3);
    bench.open(0);
    bench.open(2);
    CHECK(pieces_of(bench.ledger.partials()) == std::vector<std::uint32_t>{3, 0, 2});
    bench.ledger.take_out(bench.piece(0));
    bench.ledger.mark_missing(bench.piece(0));
    bench.open(0);
    CHECK(pieces_of(bench.ledger.partials()) == std::vector<std::uint32_t>{3, 2, 0});
}

TEST_CASE("the pieces that only one peer may add to are known until they are complete", "[piece]")
{
    LedgerBench bench;
    bench.open(0).exclusive_to = PeerHandle{5};
    bench.open(1).exclusive_to = PeerHandle{6};
    bench.open(2);
    bench.open(3).exclusive_to = PeerHandle{5};
    bench.receive_all(3);
    // All blocks of piece 3 are here: it waits for its verdict.
    CHECK(bench.ledger.exclusive_to(PeerHandle{5}) == std::vector{bench.piece(0)});
    CHECK(bench.ledger.exclusive_to(PeerHandle{6}) == std::vector{bench.piece(1)});
    CHECK(bench.ledger.exclusive_to(PeerHandle{7}).empty());
}

TEST_CASE("abandoning all gives all memory back", "[piece]")
{
    LedgerBench bench;
    for (const auto n : {0u, 1u, 2u}) bench.open(n);
    bench.receive_all(1);
    bench.ledger.abandon_all();
    CHECK(bench.ledger.open_count() == 0);
    CHECK(bench.pool.in_use() == 0);
    CHECK(bench.ledger.wanted_count() == 5);
}

TEST_CASE("a request that returns after its piece is gone is no error", "[piece]")
{
    LedgerBench bench;
    bench.open(0);
    bench.ledger.on_requested(bench.at(0, 0));
    bench.ledger.take_out(bench.piece(0));
    bench.ledger.mark_missing(bench.piece(0));
    bench.ledger.on_request_returned(bench.at(0, 0));
    CHECK(bench.ledger.find(bench.piece(0)) == nullptr);
}

TEST_CASE("every change is told once", "[piece]")
{
    LedgerBench bench;
    bench.open(2);
    bench.ledger.set_priority(bench.piece(1), 7);
    bench.ledger.set_priority(bench.piece(1), 7);
    const auto events = bench.ledger.take_events();
    REQUIRE(events.size() == 2);
    CHECK(events[0].kind == SHOAL_EVENT_STATE);
    CHECK(events[0].piece == 2);
    CHECK(events[0].before == SHOAL_PIECE_MISSING);
    CHECK(events[0].after == SHOAL_PIECE_PARTIAL);
    CHECK(events[1].kind == SHOAL_EVENT_PRIORITY);
    CHECK(events[1].piece == 1);
    CHECK(events[1].before == 4);
    CHECK(events[1].after == 7);
    CHECK(bench.ledger.take_events().empty());
}
