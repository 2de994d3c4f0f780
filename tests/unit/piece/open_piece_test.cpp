#include "piece/open_piece.hpp"

#include <shoal/random.hpp>
#include <shoal/sha1.hpp>

#include "block_length.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

using namespace shoal;
using piece::BlockOutcome;
using piece::OpenPiece;

namespace {

// Pieces of five blocks; the second one ends after two and a bit.
struct OpenPieceBench {
    Geometry geometry = *Geometry::make(5 * block + 2 * block + 777, 5 * block, {});
    disk::BufferPool pool{1u << 20};

    PieceIndex piece(std::uint32_t number) const { return *geometry.piece(number); }
    BlockIndex at(std::uint32_t piece, std::uint32_t number) const
    {
        return geometry.block_at(piece, number)->block;
    }
    OpenPiece open(std::uint32_t number)
    {
        return OpenPiece(geometry, piece(number), std::move(*pool.take(geometry.length(piece(number)))));
    }
    OpenPiece open_synthetic(std::uint32_t number)
    {
        return OpenPiece(geometry, piece(number),
                         std::move(*pool.take_synthetic(geometry.length(piece(number)))));
    }
    Bytes content(std::uint32_t number, std::uint64_t seed = 1) const
    {
        Bytes bytes(geometry.length(piece(number)));
        RandomStream(seed, number).fill(bytes);
        return bytes;
    }

    // Puts the block's octets where a socket would and tells the piece.
    BlockOutcome receive(OpenPiece& open, std::uint32_t number, const Bytes& content,
                         std::uint64_t sender = 1)
    {
        const auto index = at(open.index().value(), number);
        const auto place = open.place(index);
        std::copy_n(content.begin() + number * block, place.size(), place.begin());
        return open.on_received(index, PeerHandle{sender}, false);
    }
};

}  // namespace

TEST_CASE("a piece matches its hash whatever the order of arrival", "[piece]")
{
    OpenPieceBench bench;
    const auto content = bench.content(0);
    const auto hash = Sha1::of(content);
    std::vector<std::uint32_t> order(5);
    std::iota(order.begin(), order.end(), 0u);
    int orders = 0;
    do {
        auto open = bench.open(0);
        for (const auto number : order) {
            CHECK_FALSE(open.is_received());
            CHECK(bench.receive(open, number, content) == BlockOutcome::accepted);
        }
        REQUIRE(open.is_received());
        REQUIRE(open.matches(hash));
        ++orders;
    } while (std::ranges::next_permutation(order).found);
    CHECK(orders == 120);
}

TEST_CASE("a short last piece matches its hash", "[piece]")
{
    OpenPieceBench bench;
    const auto content = bench.content(1);
    auto open = bench.open(1);
    CHECK(open.block_count() == 3);
    for (const auto number : {2u, 0u, 1u}) bench.receive(open, number, content);
    CHECK(open.is_received());
    CHECK(open.matches(Sha1::of(content)));
    CHECK(open.place(bench.at(1, 2)).size() == 777);
}

TEST_CASE("one wrong octet anywhere is found", "[piece]")
{
    OpenPieceBench bench;
    const auto content = bench.content(1);
    const auto hash = Sha1::of(content);
    for (const std::size_t wrong :
         {std::size_t{0}, std::size_t{block - 1}, std::size_t{block}, content.size() - 1}) {
        auto bad = content;
        bad[wrong] ^= std::byte{1};
        auto open = bench.open(1);
        for (const auto number : {1u, 0u, 2u}) bench.receive(open, number, bad);
        CHECK_FALSE(open.matches(hash));
    }
}

TEST_CASE("the places of the blocks are the parts of one buffer", "[piece]")
{
    OpenPieceBench bench;
    auto open = bench.open(0);
    const auto first = open.place(bench.at(0, 0));
    for (std::uint32_t n = 0; n < 5; ++n) {
        const auto place = open.place(bench.at(0, n));
        CHECK(place.data() == first.data() + n * block);
        CHECK(place.size() == block);
    }
}

TEST_CASE("a piece into whose buffer somebody still sends is not idle, whatever became of the request", "[piece]")
{
    OpenPieceBench bench;
    auto open = bench.open(0);
    const auto b = bench.at(0, 2);
    open.on_requested(b);
    open.set_receiver(b, PeerHandle{7});
    open.on_request_returned(b);
    CHECK(open.has_receiver());
    CHECK_FALSE(open.is_idle());
    open.set_receiver(b, PeerHandle{0});
    CHECK(open.is_idle());
}

TEST_CASE("a block is unrequested, requested of some, or received", "[piece]")
{
    OpenPieceBench bench;
    auto open = bench.open(0);
    const auto b = bench.at(0, 2);
    CHECK(open.is_idle());
    CHECK(open.unrequested() == 5);

    open.on_requested(b);
    open.on_requested(b);
    CHECK(open.unrequested() == 4);
    CHECK(open.requesters(b) == 2);
    CHECK(open.is_requested(b));
    CHECK_FALSE(open.is_idle());

    open.on_request_returned(b);
    CHECK(open.is_requested(b));
    open.on_request_returned(b);
    CHECK_FALSE(open.is_requested(b));
    CHECK(open.unrequested() == 5);
    CHECK(open.is_idle());

    open.on_requested(b);
    CHECK(open.on_received(b, PeerHandle{7}, false) == BlockOutcome::accepted);
    CHECK_FALSE(open.is_requested(b));
    CHECK(open.is_received(b));
    CHECK(open.unrequested() == 4);
    // A second requester hears nothing any more: its request comes back.
    open.on_request_returned(b);
    CHECK(open.unrequested() == 4);
    CHECK(open.requesters(b) == 0);
}

TEST_CASE("a block that arrives after its request was returned is kept", "[piece]")
{
    OpenPieceBench bench;
    auto open = bench.open(0);
    const auto b = bench.at(0, 0);
    open.on_requested(b);
    open.on_request_returned(b);
    CHECK(open.on_received(b, PeerHandle{7}, false) == BlockOutcome::accepted);
    CHECK(open.unrequested() == 4);
}

TEST_CASE("a block that is here already is a duplicate and changes nothing", "[piece]")
{
    OpenPieceBench bench;
    const auto content = bench.content(0);
    auto open = bench.open(0);
    for (std::uint32_t n = 0; n < 5; ++n) bench.receive(open, n, content, 10 + n);
    CHECK(open.on_received(bench.at(0, 3), PeerHandle{99}, false) == BlockOutcome::duplicate);
    CHECK(open.sender(bench.at(0, 3)) == PeerHandle{13});
    CHECK(open.matches(Sha1::of(content)));
}

TEST_CASE("what a picker sees of a piece is what is true of it", "[piece]")
{
    OpenPieceBench bench;
    auto open = bench.open(0);
    open.on_requested(bench.at(0, 1));
    open.on_requested(bench.at(0, 4));
    open.on_received(bench.at(0, 4), PeerHandle{1}, false);
    const auto partial = open.partial();
    CHECK(partial.piece == 0);
    CHECK(partial.block_count == 5);
    CHECK(partial.unrequested == 3);
    CHECK(partial.requested[0] == 0b00010);
    CHECK(partial.received[0] == 0b10000);
}

TEST_CASE("each sender is named once", "[piece]")
{
    OpenPieceBench bench;
    const auto content = bench.content(0);
    auto open = bench.open(0);
    CHECK(open.senders().empty());
    for (std::uint32_t n = 0; n < 5; ++n) bench.receive(open, n, content, n % 2 == 0 ? 30 : 20);
    CHECK(open.senders() == std::set{PeerHandle{20}, PeerHandle{30}});
}

TEST_CASE("a block's digest tells one content from another", "[piece]")
{
    OpenPieceBench bench;
    const auto content = bench.content(0);
    auto good = bench.open(0);
    auto bad = bench.open(0);
    auto other = content;
    other[2 * block] ^= std::byte{1};
    for (std::uint32_t n = 0; n < 5; ++n) {
        bench.receive(good, n, content);
        bench.receive(bad, n, other);
    }
    for (std::uint32_t n = 0; n < 5; ++n) {
        CHECK((good.block_digest(bench.at(0, n)) == bad.block_digest(bench.at(0, n))) == (n != 2));
    }
}

TEST_CASE("synthetic payload has no place and matches unless it is marked", "[piece]")
{
    OpenPieceBench bench;
    auto good = bench.open_synthetic(1);
    auto bad = bench.open_synthetic(1);
    CHECK(good.place(bench.at(1, 0)).empty());
    for (std::uint32_t n = 0; n < 3; ++n) {
        good.on_received(bench.at(1, n), PeerHandle{1}, false);
        bad.on_received(bench.at(1, n), PeerHandle{1}, n == 1);
    }
    CHECK(good.is_synthetic());
    CHECK(good.matches({}));
    CHECK_FALSE(bad.matches({}));
    CHECK(good.block_digest(bench.at(1, 1)) != bad.block_digest(bench.at(1, 1)));
    CHECK(good.block_digest(bench.at(1, 2)) == bad.block_digest(bench.at(1, 2)));
}

TEST_CASE("a piece without a buffer is written block by block", "[piece]")
{
    OpenPieceBench bench;
    OpenPiece open(bench.geometry, bench.piece(1), {});
    CHECK(open.is_blockwise());
    CHECK(open.place(bench.at(1, 0)).empty());
    for (std::uint32_t n = 0; n < 3; ++n) {
        open.on_received(bench.at(1, n), PeerHandle{1}, false);
        CHECK_FALSE(open.is_written());
    }
    CHECK(open.is_received());
    for (int n = 0; n < 3; ++n) open.on_block_written();
    CHECK(open.is_written());
}

TEST_CASE("a piece gives its memory back", "[piece]")
{
    OpenPieceBench bench;
    {
        auto open = bench.open(0);
        CHECK(bench.pool.in_use() == 5 * block);
        const auto buffer = open.take_buffer();
        CHECK(buffer.size() == 5 * block);
    }
    CHECK(bench.pool.in_use() == 0);
}
