#include <shoal/bitfield.hpp>

#include <shoal/hex.hpp>
#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace shoal;

namespace {

Bytes wire(std::string_view hex)
{
    auto bytes = from_hex(hex);
    REQUIRE(bytes);
    return std::move(*bytes);
}

} // namespace

TEST_CASE("a new bitfield has all its bits clear, or all of them set", "[bitfield]")
{
    for (const std::uint32_t n : {0U, 1U, 7U, 63U, 64U, 65U, 128U, 1000U}) {
        INFO(n);
        const Bitfield clear(n);
        CHECK(clear.size() == n);
        CHECK(clear.count() == 0);
        CHECK(clear.none());
        CHECK(clear.all() == (n == 0));
        CHECK_FALSE(clear.find_first_set());

        const Bitfield full(n, true);
        CHECK(full.count() == n);
        CHECK(full.all());
        CHECK_FALSE(full.find_first_unset());
    }
}

TEST_CASE("setting and resetting a bit says whether it changed and keeps the count", "[bitfield]")
{
    Bitfield bits(70);
    CHECK(bits.set(69));
    CHECK_FALSE(bits.set(69));
    CHECK(bits.test(69));
    CHECK(bits.count() == 1);
    CHECK(bits.reset(69));
    CHECK_FALSE(bits.reset(69));
    CHECK(bits.none());

    bits.set_all();
    CHECK(bits.all());
    CHECK(bits.words()[1] == 0x3f);
    bits.clear_all();
    CHECK(bits.none());
    CHECK(bits == Bitfield(70));
}

TEST_CASE("bit i is bit i % 64 of word i / 64, as the words are lent", "[bitfield]")
{
    Bitfield bits(130);
    bits.set(0);
    bits.set(65);
    bits.set(129);
    REQUIRE(bits.words().size() == 3);
    CHECK(bits.words()[0] == 1);
    CHECK(bits.words()[1] == 2);
    CHECK(bits.words()[2] == 2);

    const auto view = bits.view();
    CHECK(view.words == bits.words().data());
    CHECK(view.size == 130);
    CHECK(view.test(65));
    CHECK_FALSE(view.test(64));
}

TEST_CASE("the first set and the first unset bit are found from any start", "[bitfield]")
{
    RandomStream random(1, 2);
    for (const std::uint32_t n : {1U, 64U, 65U, 200U}) {
        Bitfield bits(n);
        std::vector<bool> model(n);
        for (std::uint32_t i = 0; i < n; ++i) {
            if (random.chance(1, 5)) {
                bits.set(i);
                model[i] = true;
            }
        }
        for (std::uint32_t from = 0; from <= n + 1; ++from) {
            const auto first = [&](bool wanted) -> std::optional<std::uint32_t> {
                for (auto i = from; i < n; ++i) {
                    if (model[i] == wanted) return i;
                }
                return std::nullopt;
            };
            CHECK(bits.find_first_set(from) == first(true));
            CHECK(bits.find_first_unset(from) == first(false));
        }
    }
}

TEST_CASE("the wire form has bit 0 at the top of the first byte and zeros to spare", "[bitfield]")
{
    Bitfield bits(10);
    bits.set(0);
    bits.set(9);
    CHECK(to_hex(bits.to_wire()) == "8040");
    CHECK(Bitfield(0).to_wire().empty());
    CHECK(to_hex(Bitfield(9, true).to_wire()) == "ff80");
}

TEST_CASE("what goes over the wire comes back the same", "[bitfield]")
{
    RandomStream random(3, 4);
    for (std::uint32_t n = 0; n < 200; ++n) {
        Bitfield bits(n);
        for (std::uint32_t i = 0; i < n; ++i) {
            if (random.chance(1, 2)) bits.set(i);
        }
        const auto back = Bitfield::from_wire(bits.to_wire(), n);
        REQUIRE(back);
        CHECK(*back == bits);
        CHECK(back->count() == bits.count());
    }
}

TEST_CASE("P2 a bitfield that is short, long or has spare bits set is refused", "[bitfield][bad-input]")
{
    CHECK(Bitfield::from_wire(wire("8040"), 10));
    for (const auto* bad : {"80", "804000", "", "8060", "8041"}) {
        INFO(bad);
        const auto bits = Bitfield::from_wire(wire(bad), 10);
        REQUIRE_FALSE(bits);
        CHECK(bits.error().code == Errc::protocol_error);
    }
    CHECK_FALSE(Bitfield::from_wire(wire("00"), 0));
    CHECK(Bitfield::from_wire({}, 0));
    CHECK_FALSE(Bitfield::from_wire({}, UINT32_MAX));
}
