#include "connection_ids.hpp"

#include <catch2/catch.hpp>

#include <set>

namespace shoal::embedded_tracker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Hash32 secret(char octet)
{
    Hash32 made;
    made.bytes.fill(static_cast<std::byte>(octet));
    return made;
}

Address address(const char* text) { return *Address::parse(text); }

} // namespace

TEST_CASE("a connection id is good for two minutes at least and for four at most", "[service]")
{
    const ConnectionIds ids(secret('s'));
    const auto client = address("10.0.0.1");
    for (const seconds begin : {seconds{0}, seconds{1}, seconds{119}, seconds{120}, seconds{1000}}) {
        const auto id = ids.make(client, begin);
        for (int later = 0; later <= 120; ++later) CHECK(ids.is_valid(id, client, begin + seconds{later}));
        CHECK_FALSE(ids.is_valid(id, client, begin + minutes{4}));
        CHECK_FALSE(ids.is_valid(id, client, begin + minutes{60}));
    }
}

TEST_CASE("a connection id is of use to its own address only, and under its own secret", "[service]")
{
    const ConnectionIds ids(secret('s'));
    const auto id = ids.make(address("10.0.0.1"), seconds{5});
    CHECK_FALSE(ids.is_valid(id, address("10.0.0.2"), seconds{5}));
    CHECK_FALSE(ids.is_valid(id, address("::1"), seconds{5}));
    CHECK_FALSE(ids.is_valid(id + 1, address("10.0.0.1"), seconds{5}));
    CHECK_FALSE(ids.is_valid(0, address("10.0.0.1"), seconds{5}));
    CHECK_FALSE(ConnectionIds(secret('t')).is_valid(id, address("10.0.0.1"), seconds{5}));
    CHECK(ids.is_valid(id, address("::ffff:10.0.0.1"), seconds{5}));
}

TEST_CASE("connection ids tell nothing of each other", "[service]")
{
    const ConnectionIds ids(secret('s'));
    std::set<std::uint64_t> seen;
    for (std::uint32_t i = 0; i < 1000; ++i) seen.insert(ids.make(Address::from_v4(i), minutes{i % 7}));
    CHECK(seen.size() == 1000);
}

} // namespace shoal::embedded_tracker
