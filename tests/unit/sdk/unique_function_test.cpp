#include "allocations.hpp"

#include <shoal/unique_function.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

using shoal::UniqueFunction;

namespace {

int twice(int n) { return 2 * n; }

struct Counter {
    int value = 0;
    [[nodiscard]] int add(int n) { return value += n; }
};

/// Counts how many of it are alive.
struct Alive {
    explicit Alive(int& count) : count_(&count) { ++*count_; }
    Alive(const Alive& other) : count_(other.count_) { ++*count_; }
    Alive(Alive&& other) noexcept : count_(other.count_) { ++*count_; }
    Alive& operator=(const Alive&) = delete;
    ~Alive() { --*count_; }
    int* count_;
};

} // namespace

TEST_CASE("any callable is called with its arguments", "[unique_function]")
{
    UniqueFunction<int(int)> f = [](int n) { return n + 1; };
    CHECK(f(1) == 2);
    f = &twice;
    CHECK(f(4) == 8);

    UniqueFunction<int(Counter&, int)> member = &Counter::add;
    Counter counter;
    CHECK(member(counter, 3) == 3);

    UniqueFunction<void()> drops_result = [&] { return counter.add(1); };
    drops_result();
    CHECK(counter.value == 4);

    UniqueFunction<std::string(std::string &&)> moves = [](std::string text) { return text + "!"; };
    CHECK(moves("hi") == "hi!");
    UniqueFunction<int&(int&)> refers = [](int& n) -> int& { return n; };
    int n = 5;
    CHECK(&refers(n) == &n);
}

TEST_CASE("a move-only callable is taken, and a move leaves nothing behind", "[unique_function]")
{
    STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<UniqueFunction<void()>>);
    STATIC_REQUIRE(std::is_nothrow_move_constructible_v<UniqueFunction<void()>>);
    STATIC_REQUIRE(std::is_nothrow_move_assignable_v<UniqueFunction<void()>>);

    UniqueFunction<int()> f = [owned = std::make_unique<int>(7)] { return *owned; };
    auto g = std::move(f);
    CHECK_FALSE(f);
    REQUIRE(g);
    CHECK(g() == 7);
    f = std::move(g);
    CHECK(f() == 7);
    CHECK_FALSE(g);
}

TEST_CASE("an empty function is false", "[unique_function]")
{
    UniqueFunction<void()> f;
    CHECK_FALSE(f);
    CHECK_FALSE(UniqueFunction<void()>(nullptr));
    CHECK_FALSE(UniqueFunction<int(int)>(static_cast<int (*)(int)>(nullptr)));
    f = [] {};
    CHECK(f);
    f = nullptr;
    CHECK_FALSE(f);
}

TEST_CASE("only what can be called so is accepted", "[unique_function]")
{
    STATIC_REQUIRE(std::is_constructible_v<UniqueFunction<int(int)>, int (*)(int)>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<UniqueFunction<int(std::string)>, int (*)(int)>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<UniqueFunction<int()>, int>);
}

TEST_CASE("48 bytes stay inside and 49 go to the heap", "[unique_function]")
{
    // Called through a pointer that the optimiser cannot follow: it may leave out an allocation that it sees
    // through.
    char (*volatile call)(UniqueFunction<char()>&) = [](UniqueFunction<char()>& f) { return f(); };
    const auto count_allocations = [&](const auto& bytes) {
        const shoal::test::Allocations allocations;
        UniqueFunction<char()> f = [bytes] { return bytes.back(); };
        auto g = std::move(f);
        return std::pair(call(g), allocations.count());
    };
    std::array<char, 48> small{};
    std::array<char, 49> large{};
    small.back() = large.back() = 'x';
    CHECK(count_allocations(small) == std::pair('x', std::size_t{0}));
    CHECK(count_allocations(large) == std::pair('x', std::size_t{1}));
}

TEST_CASE("what a function owns dies once, inside or on the heap", "[unique_function]")
{
    int alive = 0;
    const std::array<char, 100> weight{};
    {
        UniqueFunction<void()> inside = [a = Alive(alive)] { static_cast<void>(a); };
        UniqueFunction<void()> outside = [a = Alive(alive), weight] {
            static_cast<void>(a), static_cast<void>(weight);
        };
        CHECK(alive == 2);
        auto moved = std::move(inside);
        auto moved_too = std::move(outside);
        CHECK(alive == 2);
        moved = std::move(moved_too);
        CHECK(alive == 1);
        moved = nullptr;
        CHECK(alive == 0);
        moved = [a = Alive(alive)] { static_cast<void>(a); };
        CHECK(alive == 1);
    }
    CHECK(alive == 0);
}

TEST_CASE("a callable keeps its state between calls", "[unique_function]")
{
    UniqueFunction<int()> next = [n = 0]() mutable { return ++n; };
    CHECK(next() == 1);
    CHECK(next() == 2);
    auto moved = std::move(next);
    CHECK(moved() == 3);
}
