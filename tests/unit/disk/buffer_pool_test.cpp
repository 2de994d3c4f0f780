#include "disk/buffer_pool.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>
#include <vector>

using namespace shoal;
using disk::Buffer;
using disk::BufferPool;

TEST_CASE("a pool grants memory up to its ceiling and counts what it refuses", "[disk]")
{
    BufferPool pool(1000);
    const auto a = pool.take(600);
    REQUIRE(a);
    CHECK(a->size() == 600);
    CHECK(a->bytes().size() == 600);
    CHECK_FALSE(pool.has_room(401));
    CHECK_FALSE(pool.take(401));
    CHECK(pool.refusals() == 1);
    const auto b = pool.take(400);
    REQUIRE(b);
    CHECK(pool.in_use() == 1000);
    CHECK_FALSE(pool.take(1));
    CHECK(pool.refusals() == 2);
    CHECK(pool.highest_in_use() == 1000);
}

TEST_CASE("memory that is given back may be taken again", "[disk]")
{
    BufferPool pool(1000);
    for (int i = 0; i < 100; ++i) {
        const auto buffer = pool.take(1000);
        REQUIRE(buffer);
    }
    CHECK(pool.in_use() == 0);
    CHECK(pool.highest_in_use() == 1000);
    CHECK(pool.refusals() == 0);
}

TEST_CASE("one buffer is granted however big it is", "[disk]")
{
    BufferPool pool(1000);
    const auto big = pool.take(5000);
    REQUIRE(big);
    CHECK_FALSE(pool.has_room(1));
    CHECK_FALSE(pool.take(1));
}

TEST_CASE("synthetic memory counts like real memory", "[disk]")
{
    BufferPool pool(1000);
    const auto buffer = pool.take_synthetic(700);
    REQUIRE(buffer);
    CHECK(buffer->is_synthetic());
    CHECK(buffer->bytes().empty());
    CHECK(buffer->size() == 700);
    CHECK(pool.in_use() == 700);
    CHECK_FALSE(pool.take(301));
}

TEST_CASE("a buffer is given back once, whoever held it last", "[disk]")
{
    BufferPool pool(1000);
    auto a = std::move(*pool.take(300));
    auto b = std::move(a);
    CHECK_FALSE(a);
    CHECK(b);
    CHECK(pool.in_use() == 300);
    auto c = std::move(*pool.take(200));
    c = std::move(b);
    CHECK(pool.in_use() == 300);
    c = Buffer();
    CHECK(pool.in_use() == 0);
    auto& self = a;
    a = std::move(*pool.take(100));
    a = std::move(self);
    CHECK(pool.in_use() == 100);
}

TEST_CASE("memory of one size is kept for its next taker", "[disk]")
{
    BufferPool pool(1000);
    const std::byte* memory = nullptr;
    {
        const auto first = pool.take(500);
        memory = first->bytes().data();
    }
    const auto again = pool.take(500);
    CHECK(again->bytes().data() == memory);
}

TEST_CASE("a buffer may outlive its pool: a disk that hangs holds its memory as long as it likes", "[disk]")
{
    Buffer last;
    {
        BufferPool pool(1000);
        last = std::move(*pool.take(500));
    }
    std::ranges::fill(last.bytes(), std::byte{1});
    CHECK(last.size() == 500);
    last = Buffer();
    CHECK_FALSE(last);
}

TEST_CASE("what is used is what was taken and not given back, after any history", "[disk]")
{
    RandomStream random(3, 4);
    BufferPool pool(100'000);
    std::vector<Buffer> held;
    std::uint64_t expected = 0;
    for (int step = 0; step < 20'000; ++step) {
        if (random.below(2) == 0 && !held.empty()) {
            const auto at = static_cast<std::ptrdiff_t>(random.below(held.size()));
            expected -= held[static_cast<std::size_t>(at)].size();
            held.erase(held.begin() + at);
        } else {
            const auto size = static_cast<std::uint32_t>(1 + random.below(8)) * 4'000;
            const bool fits = expected == 0 || expected + size <= 100'000;
            auto buffer = random.below(2) == 0 ? pool.take(size) : pool.take_synthetic(size);
            REQUIRE(buffer.has_value() == fits);
            if (!buffer) continue;
            expected += size;
            std::ranges::fill(buffer->bytes(), std::byte{0x5a});
            held.push_back(std::move(*buffer));
        }
        REQUIRE(pool.in_use() == expected);
    }
    CHECK(pool.highest_in_use() <= 100'000);
}
