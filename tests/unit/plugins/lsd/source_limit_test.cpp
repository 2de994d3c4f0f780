#include "source_limit.hpp"

#include <catch2/catch.hpp>

namespace shoal::lsd {
namespace {

using std::chrono::seconds;

constexpr SourceLimit::Time first_hour = std::chrono::hours{1};

Address numbered_address(std::uint32_t number) { return Address::from_v4(0x0a000000 + number); }

std::int64_t admitted(SourceLimit& limit, const Address& source, int tries, SourceLimit::Time now)
{
    std::int64_t count = 0;
    for (int i = 0; i < tries; ++i) count += limit.admits(source, now) ? 1 : 0;
    return count;
}

} // namespace

TEST_CASE("a source may say so much at once, and then as much as its allowance fills up", "[lsd]")
{
    SourceLimit limit;
    CHECK(admitted(limit, numbered_address(1), 1000, first_hour) == SourceLimit::burst);
    CHECK(admitted(limit, numbered_address(1), 1000, first_hour + seconds{2}) == 2 * SourceLimit::a_second);
    CHECK(admitted(limit, numbered_address(1), 1000, first_hour + seconds{3600}) == SourceLimit::burst);
}

TEST_CASE("who says too much takes nothing from the others", "[lsd]")
{
    SourceLimit limit;
    CHECK(admitted(limit, numbered_address(1), 100'000, first_hour) == SourceLimit::burst);
    CHECK(admitted(limit, numbered_address(2), 10, first_hour) == 10);
}

TEST_CASE("all sources together are bounded as well, and so is what is known of them", "[lsd]")
{
    SourceLimit limit;
    std::int64_t count = 0;
    for (std::uint32_t i = 0; i < 100'000; ++i) count += admitted(limit, numbered_address(i), 1, first_hour);
    CHECK(count == SourceLimit::burst_of_all);
    // Those that were quiet for a while make room.
    CHECK(admitted(limit, numbered_address(200'000), 1, first_hour + seconds{1}) == 1);
}

} // namespace shoal::lsd
