#include "torrent/neighbourhood.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using torrent::neighbourhood;

namespace {

bool are_neighbours(std::string_view one, std::string_view other)
{
    return neighbourhood(*Address::parse(one)) == neighbourhood(*Address::parse(other));
}

}  // namespace

TEST_CASE("an IPv6 network of one customer counts as one address, and an IPv4 address as itself, mapped or not", "[torrent]")
{
    CHECK(are_neighbours("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
    CHECK_FALSE(are_neighbours("2001:db8:1:2::1", "2001:db8:1:3::1"));
    CHECK(are_neighbours("203.0.113.1", "::ffff:203.0.113.1"));
    CHECK_FALSE(are_neighbours("203.0.113.1", "203.0.113.2"));
}

TEST_CASE("this machine is its own neighbour and nobody else's", "[torrent]")
{
    CHECK(are_neighbours("::1", "::1"));
    CHECK_FALSE(are_neighbours("::1", "::2"));
    CHECK_FALSE(are_neighbours("127.0.0.1", "127.0.0.2"));
}
