#include "source_limit.hpp"

#include <catch2/catch.hpp>

namespace shoal::lsd {
namespace {

using std::chrono::seconds;

constexpr SourceLimit::Time start = std::chrono::hours{1};

Address numbered(std::uint32_t number) { return Address::from_v4(0x0a000000 + number); }

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
    CHECK(admitted(limit, numbered(1), 1000, start) == SourceLimit::burst);
    CHECK(admitted(limit, numbered(1), 1000, start + seconds{2}) == 2 * SourceLimit::a_second);
    CHECK(admitted(limit, numbered(1), 1000, start + seconds{3600}) == SourceLimit::burst);
}

TEST_CASE("who says too much takes nothing from the others", "[lsd]")
{
    SourceLimit limit;
    CHECK(admitted(limit, numbered(1), 100'000, start) == SourceLimit::burst);
    CHECK(admitted(limit, numbered(2), 10, start) == 10);
}

TEST_CASE("all sources together are bounded as well, and so is what is known of them", "[lsd]")
{
    SourceLimit limit;
    std::int64_t count = 0;
    for (std::uint32_t i = 0; i < 100'000; ++i) count += admitted(limit, numbered(i), 1, start);
    CHECK(count == SourceLimit::burst_of_all);
    // Those that were quiet for a while make room.
    CHECK(admitted(limit, numbered(200'000), 1, start + seconds{1}) == 1);
}

} // namespace shoal::lsd
