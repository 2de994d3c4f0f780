#include "tokens.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("D5 a token is good for its address and its target, for five minutes at least and ten at most", "[dht]")
{
    Numbers numbers;
    Tokens tokens(numbers);
    const auto begin = Time(minutes{60});
    const auto token = tokens.token_for(ip("198.51.100.1"), id("01"), begin);
    CHECK(tokens.is_valid(token, ip("198.51.100.1"), id("01"), begin));
    CHECK_FALSE(tokens.is_valid(token, ip("198.51.100.2"), id("01"), begin));
    CHECK_FALSE(tokens.is_valid(token, ip("198.51.100.1"), id("02"), begin));
    CHECK_FALSE(tokens.is_valid({}, ip("198.51.100.1"), id("01"), begin));
    CHECK_FALSE(tokens.is_valid(ByteView(token).first(7), ip("198.51.100.1"), id("01"), begin));
    CHECK(tokens.is_valid(token, ip("198.51.100.1"), id("01"), begin + minutes{5} - seconds{1}));
    CHECK(tokens.is_valid(token, ip("198.51.100.1"), id("01"), begin + minutes{9}));
    CHECK_FALSE(tokens.is_valid(token, ip("198.51.100.1"), id("01"), begin + minutes{14}));
}

TEST_CASE("D5 after a long pause no old token is good", "[dht]")
{
    Numbers numbers;
    Tokens tokens(numbers);
    const auto token = tokens.token_for(ip("198.51.100.1"), id("01"), Time{});
    CHECK_FALSE(tokens.is_valid(token, ip("198.51.100.1"), id("01"), Time(minutes{10})));
}

TEST_CASE("two nodes give out different tokens", "[dht]")
{
    Numbers one(1);
    Numbers other(2);
    CHECK(Tokens(one).token_for(ip("198.51.100.1"), id("01"), Time{})
          != Tokens(other).token_for(ip("198.51.100.1"), id("01"), Time{}));
}

} // namespace shoal::test
