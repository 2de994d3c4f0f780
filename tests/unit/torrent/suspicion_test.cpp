#include "torrent/suspicion.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>
#include <vector>

using namespace shoal;
using torrent::Suspicion;
using piece::OpenPiece;

namespace {

constexpr std::uint32_t block_length = Geometry::block_size;

Address address_of(std::uint64_t peer)
{
    // Peers 10 to 19 live behind address 1, and so on.
    return Endpoint::parse("10.0.0." + std::to_string(peer / 10) + ":1")->address;
}

struct SuspicionBench {
    Geometry geometry = *Geometry::make(std::uint64_t{4} * 4 * block_length, 4 * block_length, {});
    disk::BufferPool pool{64u << 20};
    Suspicion suspicion;

    // A piece whose blocks these peers sent; negative: a wrong one.
    OpenPiece piece(std::uint32_t number, const std::vector<int>& senders, std::uint64_t wrong_seed = 1)
    {
        const auto index = *geometry.piece(number);
        OpenPiece open(geometry, index, std::move(*pool.take(geometry.length(index))));
        for (std::uint32_t n = 0; n < senders.size(); ++n) {
            const auto at = geometry.block_at(number, n)->block;
            const auto place = open.place(at);
            RandomStream random(senders[n] < 0 ? 1000 + wrong_seed : 1, number * 100 + n);
            random.fill(place);
            open.on_received(at, PeerHandle{static_cast<std::uint64_t>(std::abs(senders[n]))}, false);
        }
        return open;
    }

    std::vector<Address> corrupt(const OpenPiece& piece)
    {
        return suspicion.on_corrupt(geometry, piece, by_handle).banned;
    }
    std::vector<Address> verified(const OpenPiece& piece)
    {
        return suspicion.on_verified(geometry, piece, by_handle).banned;
    }

    Suspicion::AddressOf by_handle = [](PeerHandle peer) { return address_of(peer.value()); };
    static constexpr int honest = 10;
    static constexpr int liar = 20;
    static constexpr int third = 30;

    bool is_suspect(int peer) const
    {
        return suspicion.is_suspect(address_of(static_cast<std::uint64_t>(peer)));
    }
    std::uint32_t guilt(int peer) const
    {
        return suspicion.guilt(address_of(static_cast<std::uint64_t>(peer)));
    }
};

}  // namespace

TEST_CASE("P12 all senders of a corrupt piece are suspected, nobody is guilty yet", "[torrent]")
{
    SuspicionBench bench;
    CHECK(bench.corrupt(bench.piece(0, {10, -20, 10, 10})).empty());
    CHECK(bench.is_suspect(SuspicionBench::honest));
    CHECK(bench.is_suspect(SuspicionBench::liar));
    CHECK_FALSE(bench.is_suspect(SuspicionBench::third));
    CHECK(bench.guilt(SuspicionBench::liar) == 0);
}

TEST_CASE("P12 when the piece is right at last, who sent another block is guilty and who did not is cleared",
          "[torrent]")
{
    SuspicionBench bench;
    bench.corrupt(bench.piece(0, {10, -20, 10, 30}));
    CHECK(bench.verified(bench.piece(0, {30, 30, 30, 30})).empty());
    CHECK(bench.guilt(SuspicionBench::liar) == 1);
    CHECK(bench.is_suspect(SuspicionBench::liar));
    CHECK_FALSE(bench.is_suspect(SuspicionBench::honest));
    CHECK_FALSE(bench.is_suspect(SuspicionBench::third));
}

TEST_CASE("P12 a corrupt piece with one sender is proof", "[torrent]")
{
    SuspicionBench bench;
    CHECK(bench.corrupt(bench.piece(0, {20, -20, 20, 20})).empty());
    CHECK(bench.guilt(SuspicionBench::liar) == 1);
    CHECK(bench.corrupt(bench.piece(1, {-20, 20, 20, 20})).empty());
    CHECK(bench.guilt(SuspicionBench::liar) == 2);
    CHECK(bench.corrupt(bench.piece(2, {20, 20, 20, -20})) == std::vector{address_of(20)});
    CHECK(bench.guilt(SuspicionBench::liar) == 3);
}

TEST_CASE("P12 the third proof bans, and only once", "[torrent]")
{
    SuspicionBench bench;
    int bans = 0;
    for (std::uint32_t i = 0; i < 10; ++i) {
        bans += static_cast<int>(bench.corrupt(bench.piece(i % 4, {-20, -20, -20, -20}, i)).size());
        CHECK(bans == (i >= 2 ? 1 : 0));
    }
}

TEST_CASE("P12 guilt is of the address: another connection does not help", "[torrent]")
{
    SuspicionBench bench;
    bench.corrupt(bench.piece(0, {-20, 20, 20, 20}));
    bench.corrupt(bench.piece(1, {-21, 21, 21, 21}));
    CHECK(bench.guilt(20) == 2);
    CHECK(bench.corrupt(bench.piece(2, {-22, 23, 24, 25})) == std::vector{address_of(20)});
}

TEST_CASE("P12 several liars in one piece are each found out", "[torrent]")
{
    SuspicionBench bench;
    bench.corrupt(bench.piece(0, {-20, 10, -30, 10}));
    bench.verified(bench.piece(0, {10, 10, 10, 10}));
    CHECK(bench.guilt(20) == 1);
    CHECK(bench.guilt(30) == 1);
    CHECK_FALSE(bench.is_suspect(10));
}

TEST_CASE("P12 the same liar in several attempts is guilty of each", "[torrent]")
{
    SuspicionBench bench;
    bench.corrupt(bench.piece(0, {10, -20, 10, 10}, 1));
    bench.corrupt(bench.piece(0, {10, 10, -20, 10}, 2));
    bench.corrupt(bench.piece(0, {-20, 10, 10, 10}, 3));
    CHECK(bench.verified(bench.piece(0, {30, 30, 30, 30})) == std::vector{address_of(20)});
    CHECK(bench.guilt(20) == 3);
    CHECK_FALSE(bench.is_suspect(10));
}

TEST_CASE("P12 a lone suspect that delivers a right piece is cleared", "[torrent]")
{
    SuspicionBench bench;
    bench.corrupt(bench.piece(0, {10, -20, 10, 10}));
    bench.verified(bench.piece(1, {10, 10, 10, 10}));
    CHECK_FALSE(bench.is_suspect(10));
    CHECK(bench.is_suspect(20));
    // A right piece with company proves nothing.
    bench.verified(bench.piece(2, {20, 30, 30, 30}));
    CHECK(bench.is_suspect(20));
}

TEST_CASE("P12 who is guilty stays suspected", "[torrent]")
{
    SuspicionBench bench;
    bench.corrupt(bench.piece(0, {-20, 20, 20, 20}));
    bench.verified(bench.piece(1, {20, 20, 20, 20}));
    CHECK(bench.is_suspect(20));
    CHECK(bench.guilt(20) == 1);
}

TEST_CASE("P12 a piece that fails for ever takes bounded memory", "[torrent]")
{
    SuspicionBench bench;
    for (std::uint64_t i = 0; i < 100; ++i) bench.corrupt(bench.piece(0, {10, -20, 30, 10}, i));
    // Only the latest attempts are held against anybody.
    bench.verified(bench.piece(0, {40, 40, 40, 40}));
    CHECK(bench.guilt(20) == 4);
}

TEST_CASE("P12 a piece too big for memory proves the guilt of lone senders alone", "[torrent]")
{
    SuspicionBench bench;
    const auto index = *bench.geometry.piece(0);
    OpenPiece open(bench.geometry, index, {});
    for (const auto b : bench.geometry.blocks(index))
        open.on_received(b, PeerHandle{b.value() == 0 ? 10u : 20u}, false);
    CHECK(bench.corrupt(open).empty());
    CHECK(bench.is_suspect(10));
    CHECK(bench.is_suspect(20));
    CHECK(bench.guilt(20) == 0);
    OpenPiece alone(bench.geometry, index, {});
    for (const auto b : bench.geometry.blocks(index)) alone.on_received(b, PeerHandle{20}, false);
    bench.corrupt(alone);
    CHECK(bench.guilt(20) == 1);
}
