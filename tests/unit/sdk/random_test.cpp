#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

using namespace shoal;

TEST_CASE("Philox4x32-10 gives the known answers of its authors", "[random]")
{
    CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0})
          == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    constexpr auto ones = UINT32_MAX;
    CHECK(philox4x32_10({ones, ones, ones, ones}, {ones, ones})
          == PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0})
          == PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream counts through the generator, low half of a block first", "[random]")
{
    RandomStream zero(0, 0);
    CHECK(zero.next() == 0xe169c58d6627e8d5);
    CHECK(zero.next() == 0x9b00dbd8bc57ac4c);

    RandomStream named(0x299f31d0a4093822, 0x0370734413198a2e);
    const auto block = philox4x32_10({1, 0, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0});
    static_cast<void>(named.next());
    static_cast<void>(named.next());
    CHECK(named.next() == ((std::uint64_t{block[1]} << 32) | block[0]));
}

TEST_CASE("the same name gives the same numbers, another name gives others", "[random]")
{
    RandomStream a(1, 2);
    RandomStream again(1, 2);
    std::set<std::uint64_t> first;
    for (int i = 0; i < 100; ++i) {
        const auto number = a.next();
        CHECK(number == again.next());
        first.insert(number);
    }
    CHECK(first.size() == 100);
    RandomStream other_stream(1, 3);
    RandomStream other_experiment(2, 2);
    for (int i = 0; i < 100; ++i) {
        CHECK(first.count(other_stream.next()) == 0);
        CHECK(first.count(other_experiment.next()) == 0);
    }
}

TEST_CASE("below stays below and reaches everything, evenly", "[random]")
{
    RandomStream random(9, 9);
    std::array<int, 6> seen{};
    constexpr int draws = 60'000;
    for (int i = 0; i < draws; ++i) ++seen.at(random.below(6));
    for (const int count : seen) {
        // Five standard deviations of a fair die are about 456.
        CHECK(count > draws / 6 - 460);
        CHECK(count < draws / 6 + 460);
    }
    for (int i = 0; i < 100; ++i) {
        CHECK(random.below(1) == 0);
        CHECK(random.below(UINT64_MAX) < UINT64_MAX);
    }
}

TEST_CASE("below is without bias where n does not divide 2^64", "[random]")
{
    // Two thirds of the range. Without rejection a remainder would favour the lower half two to one, and a
    // product the odd numbers of the lower half.
    const std::uint64_t n = UINT64_MAX / 3 * 2;
    RandomStream random(4, 4);
    int low = 0;
    int low_and_odd = 0;
    constexpr int draws = 40'000;
    for (int i = 0; i < draws; ++i) {
        const auto number = random.below(n);
        if (number >= n / 2) continue;
        ++low;
        if (number % 2 == 1) ++low_and_odd;
    }
    CHECK(low > draws / 2 - 500);
    CHECK(low < draws / 2 + 500);
    CHECK(low_and_odd > draws / 4 - 500);
    CHECK(low_and_odd < draws / 4 + 500);
}

TEST_CASE("the 128-bit product is exact", "[random]")
{
    const auto all = shoal::detail::multiply(UINT64_MAX, UINT64_MAX);
    CHECK(all.high == UINT64_MAX - 1);
    CHECK(all.low == 1);
    const auto mixed = shoal::detail::multiply(0x123456789abcdef0, 0xfedcba9876543210);
    CHECK(mixed.high == 0x121fa00ad77d7422);
    CHECK(mixed.low == 0x236d88fe5618cf00);
}

TEST_CASE("a chance comes up as often as it says", "[random]")
{
    RandomStream random(6, 1);
    int hits = 0;
    for (int i = 0; i < 30'000; ++i) hits += random.chance(1, 3) ? 1 : 0;
    CHECK(hits > 10'000 - 410);
    CHECK(hits < 10'000 + 410);
    CHECK_FALSE(random.chance(0, 5));
    CHECK(random.chance(5, 5));
}

TEST_CASE("a shuffle keeps the elements and is the same everywhere", "[random]")
{
    std::vector<int> cards(10);
    std::iota(cards.begin(), cards.end(), 0);
    RandomStream random(42, 7);
    random.shuffle(cards.begin(), cards.end());
    // Frozen: another order would change every experiment that was ever published.
    CHECK(cards == std::vector<int>{7, 0, 2, 6, 4, 5, 1, 9, 3, 8});
    std::sort(cards.begin(), cards.end());
    for (int i = 0; i < 10; ++i) CHECK(cards[static_cast<std::size_t>(i)] == i);

    std::vector<int> none;
    random.shuffle(none.begin(), none.end());
    CHECK(none.empty());
}

TEST_CASE("fill writes the numbers of the stream in little-endian order", "[random]")
{
    RandomStream random(0, 0);
    Bytes bytes(11);
    random.fill(bytes);
    RandomStream same(0, 0);
    CHECK(load_le<std::uint64_t>(bytes.data()) == same.next());
    const auto tail = same.next();
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(std::to_integer<std::uint64_t>(bytes[8 + i]) == ((tail >> (i * 8)) & 0xff));
    }
}

TEST_CASE("a fork depends on names alone, not on what was drawn", "[random]")
{
    RandomStream parent(1, 1);
    auto early = parent.fork(5);
    static_cast<void>(parent.next());
    auto late = parent.fork(5);
    auto sibling = parent.fork(6);
    auto grandchild = parent.fork(5).fork(5);
    std::set<std::uint64_t> numbers;
    for (int i = 0; i < 100; ++i) {
        const auto number = early.next();
        CHECK(number == late.next());
        numbers.insert({number, sibling.next(), grandchild.next(), parent.next()});
    }
    CHECK(numbers.size() == 400);
}
