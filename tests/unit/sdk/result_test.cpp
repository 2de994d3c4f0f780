#include "run_apart.hpp"

#include <shoal/result.hpp>

#include <catch2/catch.hpp>

#include <any>
#include <csignal>
#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

using shoal::Errc;
using shoal::Error;
using shoal::make_error;
using shoal::Result;

namespace {

Result<int> half(int n)
{
    if (n % 2 != 0) return make_error(Errc::invalid_argument, std::to_string(n) + " is odd");
    return n / 2;
}

Result<void> require_even(int n)
{
    if (const auto halved = half(n); !halved) return halved.error();
    return {};
}

struct Base {
    virtual ~Base() = default;
    [[nodiscard]] virtual int number() const { return 1; }
};

struct Derived : Base {
    [[nodiscard]] int number() const override { return 2; }
};

} // namespace

TEST_CASE("a result holds a value or an error, never both", "[result]")
{
    const auto good = half(8);
    CHECK(good);
    CHECK(good.has_value());
    CHECK(good.value() == 4);
    CHECK(*good == 4);
    CHECK(good.value_or(9) == 4);

    const auto bad = half(7);
    CHECK_FALSE(bad);
    CHECK_FALSE(bad.has_value());
    CHECK(bad.error() == Error{Errc::invalid_argument, "7 is odd"});
    CHECK(bad.value_or(9) == 9);
}

TEST_CASE("a result without a value is a success until it is given an error", "[result]")
{
    CHECK(require_even(2));
    const auto bad = require_even(3);
    CHECK_FALSE(bad);
    CHECK(bad.error().text == "3 is odd");
    CHECK(Result<void>{});
}

TEST_CASE("a move-only value goes through a result by moving", "[result]")
{
    Result<std::unique_ptr<int>> made = std::make_unique<int>(5);
    REQUIRE(made);
    CHECK(**made == 5);
    const auto taken = std::move(made).value();
    CHECK(*taken == 5);

    Result<std::unique_ptr<int>> failed = make_error(Errc::not_found, "none");
    CHECK(std::move(failed).value_or(std::make_unique<int>(6)) != nullptr);
}

TEST_CASE("a result takes what converts to its value", "[result]")
{
    const auto make = []() -> Result<std::unique_ptr<Base>> { return std::make_unique<Derived>(); };
    CHECK((*make())->number() == 2);

    const Result<std::string> text = "chars";
    CHECK(text->size() == 5);

    const auto braces = []() -> Result<std::vector<int>> { return {{1, 2, 3}}; };
    CHECK(braces()->size() == 3);
}

TEST_CASE("a result of bool is not made of a pointer", "[result]")
{
    STATIC_REQUIRE(std::is_constructible_v<Result<bool>, bool>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Result<bool>, const char*>);
    STATIC_REQUIRE_FALSE(std::is_constructible_v<Result<bool>, Result<int>>);
    const Result<bool> no = false;
    CHECK(no);
    CHECK_FALSE(*no);
}

TEST_CASE("a result of something that takes anything can still be copied and fail", "[result]")
{
    const Result<std::any> whole = std::any(3);
    const auto copy = whole;
    CHECK(std::any_cast<int>(*copy) == 3);
    const Result<std::any> bad = make_error(Errc::io_error, "gone");
    CHECK_FALSE(bad);
}

TEST_CASE("an error moves out of a result into another type of result", "[result]")
{
    auto inner = half(1);
    const Result<std::string> outer = std::move(inner).error();
    CHECK(outer.error().text == "1 is odd");
}

TEST_CASE("every error code has a name of its own", "[result]")
{
    std::set<std::string_view> names;
    for (int code = 0; code <= static_cast<int>(Errc::end_of_file); ++code) {
        names.insert(shoal::errc_name(static_cast<Errc>(code)));
    }
    CHECK(names.size() == static_cast<std::size_t>(Errc::end_of_file) + 1);
    CHECK(names.count("unknown") == 0);
    CHECK(shoal::errc_name(Errc::disk_full) == "disk_full");
    CHECK(shoal::errc_name(static_cast<Errc>(999)) == "unknown");
}

TEST_CASE("asking a failure for its value, or a success for its error, aborts", "[result]")
{
    const auto ends = [](auto f) { return shoal::test::run_apart(f).signal; };
    CHECK(ends([] { static_cast<void>(half(1).value()); }) == SIGABRT);
    CHECK(ends([] { static_cast<void>(*half(1)); }) == SIGABRT);
    CHECK(ends([] { static_cast<void>(half(2).error()); }) == SIGABRT);
    CHECK(ends([] { require_even(1).value(); }) == SIGABRT);
    CHECK(ends([] { static_cast<void>(require_even(2).error()); }) == SIGABRT);
    CHECK(ends([] { static_cast<void>(Result<int>(make_error(Errc::ok, "fine"))); }) == SIGABRT);
    CHECK(ends([] { static_cast<void>(half(2).value()); }) == 0);
}
