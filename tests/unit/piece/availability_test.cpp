#include "piece/availability.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using piece::Availability;

namespace {

const Geometry& ten_pieces()
{
    static const Geometry geometry = *Geometry::make(10 * 16384, 16384, {});
    return geometry;
}

Bitfield with(std::initializer_list<std::uint32_t> pieces)
{
    Bitfield bits(10);
    for (const auto p : pieces) bits.set(p);
    return bits;
}

}  // namespace

TEST_CASE("copies are counted by piece", "[piece]")
{
    Availability availability(10);
    availability.add(with({0, 3, 9}));
    availability.add(with({3}));
    availability.add(*ten_pieces().piece(3));
    CHECK(availability.copies(*ten_pieces().piece(0)) == 1);
    CHECK(availability.copies(*ten_pieces().piece(3)) == 3);
    CHECK(availability.copies(*ten_pieces().piece(4)) == 0);
    availability.remove(with({3, 9}));
    CHECK(availability.copies(*ten_pieces().piece(3)) == 2);
    CHECK(availability.copies(*ten_pieces().piece(9)) == 0);
}

TEST_CASE("a seed adds a copy of everything without touching a piece", "[piece]")
{
    Availability availability(10);
    availability.add(with({2}));
    availability.add_seed();
    availability.add_seed();
    CHECK(availability.seeds() == 2);
    CHECK(availability.copies(*ten_pieces().piece(2)) == 3);
    CHECK(availability.copies(*ten_pieces().piece(5)) == 2);
    CHECK(availability.counts()[2] == 1);
    CHECK(availability.counts()[5] == 0);
    availability.remove_seed();
    CHECK(availability.copies(*ten_pieces().piece(5)) == 1);
}

TEST_CASE("P13 a peer that claims everything and leaves leaves nothing behind", "[piece]")
{
    Availability availability(10);
    availability.add(with({1}));
    for (int i = 0; i < 1000; ++i) {
        availability.add_seed();
        availability.remove_seed();
        availability.add(Bitfield(10, true));
        availability.remove(Bitfield(10, true));
    }
    CHECK(availability.seeds() == 0);
    for (const auto piece : ten_pieces().pieces())
        CHECK(availability.copies(piece) == (piece.value() == 1 ? 1 : 0));
}
