#include "host/log.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace shoal::host {

namespace {

// Formatting it is the side effect under test.
struct Counted {
    int* formatted;
};

}  // namespace

}  // namespace shoal::host

template <>
struct fmt::formatter<shoal::host::Counted> : fmt::formatter<int> {
    template <class Context>
    auto format(const shoal::host::Counted& counted, Context& context) const
    {
        return fmt::formatter<int>::format(++*counted.formatted, context);
    }
};

namespace shoal::host {

TEST_CASE("a line carries its level and its prefixes", "[host][log]")
{
    std::ostringstream out;
    StreamLog sink(out, LogLevel::info);
    const auto log = Log(sink, "torrent 3fa1").with_prefix("peer 10.0.0.2:6881");
    log.warning("{} blocks late", 3);
    CHECK(out.str() == "warning: torrent 3fa1, peer 10.0.0.2:6881: 3 blocks late\n");
}

TEST_CASE("what nobody wants to read is not even formatted", "[host][log]")
{
    std::ostringstream out;
    StreamLog sink(out, LogLevel::warning);
    int formatted = 0;
    Log(sink).debug("{}", Counted{&formatted});
    Log().error("{}", Counted{&formatted});
    CHECK(formatted == 0);
    CHECK(out.str().empty());
    Log(sink).error("{}", Counted{&formatted});
    CHECK(formatted == 1);
}

TEST_CASE("how much a stream is told can be changed, by name", "[host][log]")
{
    std::ostringstream out;
    StreamLog sink(out, LogLevel::error);
    Log(sink).info("unheard");
    REQUIRE(level_named("info") == LogLevel::info);
    sink.set_level(*level_named("info"));
    Log(sink).info("heard");
    CHECK(out.str() == "info: heard\n");
    CHECK_FALSE(level_named("chatty"));
}

TEST_CASE("a line from elsewhere cannot move the cursor or start a line", "[host][log]")
{
    std::ostringstream out;
    StreamLog sink(out, LogLevel::info);
    Log(sink).line(LogLevel::info, "a\x1b[2J\nerror: fake\xff");
    CHECK(out.str() == "info: a\\x1b[2J\\nerror: fake\xef\xbf\xbd\n");
}

}  // namespace shoal::host
