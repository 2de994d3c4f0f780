#include "run_apart.hpp"

#include <shoal/assert.hpp>

#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <type_traits>

using shoal::test::run_apart;

TEST_CASE("an assertion that does not hold aborts and names its file, line and condition", "[assert]")
{
    const int line = __LINE__ + 1;
    const auto ending = run_apart([] { SHOAL_ASSERT(1 + 1 == 3); });
    CHECK(ending.signal == SIGABRT);
    CHECK(ending.text.find("assert_test.cpp:" + std::to_string(line) + ":") != std::string::npos);
    CHECK(ending.text.find("1 + 1 == 3") != std::string::npos);
}

TEST_CASE("an assertion that holds evaluates its condition once and goes on", "[assert]")
{
    int evaluated = 0;
    SHOAL_ASSERT(++evaluated == 1);
    CHECK(evaluated == 1);
    SHOAL_ASSERT(std::is_same_v<int, int>);

    const auto ending = run_apart([] { SHOAL_ASSERT(true); });
    CHECK(ending.signal == 0);
    CHECK(ending.text.empty());
}
