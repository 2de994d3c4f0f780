#include "daemon/peer_classes.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using daemon::parse_peer_class;

namespace {

std::string why_no_class(std::string_view text)
{
    const auto parsed = parse_peer_class(text);
    if (parsed) return "it is one";
    CHECK(errc_name(parsed.error().code) == errc_name(Errc::invalid_argument));
    return parsed.error().text;
}

}  // namespace

TEST_CASE("a class of peers has those it names, and their limits both ways", "[daemon]")
{
    const auto office = parse_peer_class("10.0.0.0/8,2001:db8::/32 down=1M up=512k");
    REQUIRE(office);
    CHECK(office->rule.matches(*Address::parse("10.1.2.3")));
    CHECK(office->rule.matches(*Address::parse("2001:db8::1")));
    CHECK_FALSE(office->rule.matches(*Address::parse("11.1.2.3")));
    CHECK(office->rates == torrent::Rates{.down = 1 << 20, .up = 512 << 10});
    CHECK_FALSE(office->is_free);
    const auto home = parse_peer_class("local free");
    REQUIRE(home);
    CHECK(home->is_free);
}

TEST_CASE("what is no class of peers is refused with the part that is wrong", "[daemon]")
{
    CHECK_THAT(why_no_class(""), Catch::Contains("whom"));
    CHECK_THAT(why_no_class("local"), Catch::Contains("whom"));
    CHECK_THAT(why_no_class("10.0.0.0/33 up=1k"), Catch::Contains("10.0.0.0/33"));
    CHECK_THAT(why_no_class("local up"), Catch::Contains("'up'"));
    CHECK_THAT(why_no_class("local left=1k"), Catch::Contains("'left=1k'"));
    CHECK_THAT(why_no_class("local up=fast"), Catch::Contains("fast"));
    CHECK_THAT(why_no_class("local free up=1k"), Catch::Contains("no limit"));
}

TEST_CASE("without classes of one's own there are those of the local network and of strangers", "[daemon]")
{
    CHECK(daemon::peer_classes({}).size() == 2);
    CHECK(daemon::peer_classes({"any up=1k"}).size() == 1);
}
