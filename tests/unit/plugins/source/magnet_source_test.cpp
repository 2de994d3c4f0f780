#include "magnet_source.hpp"

#include "source_host.hpp"

namespace shoal::magnet_source {
namespace {

using Ends = std::vector<std::string>;
using Driven = test::DrivenSource<MagnetSource>;

const std::string hex40 = "0123456789abcdef0123456789ABCDEF01234567";
const std::string base32 = "abcdefghijklmnopqrstuvwxyz234567";
const std::string hex64 = std::string(60, 'a') + "0123";

} // namespace

TEST_CASE("a magnet link is certain in whatever case, a bare info-hash nearly, and nothing else is one", "[source]")
{
    Driven driven;
    CHECK(driven.claims("magnet:?xt=urn:btih:" + hex40) == 100);
    CHECK(driven.claims("MAGNET:nonsense") == 100);
    CHECK(driven.claims(hex40) == 90);
    CHECK(driven.claims(base32) == 90);
    CHECK(driven.claims(hex64) == 90);
    for (const std::string& other : {std::string(), std::string("magnet"), hex40 + "0", hex40.substr(1), "g" + hex40.substr(1),
                                     "0" + base32.substr(1), std::string("x.torrent"), "./" + hex40}) {
        CAPTURE(other);
        CHECK(driven.claims(other) == 0);
    }
}

TEST_CASE("a link is handed on as it is, a hash as the link that it stands for, in a turn of its own", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, "magnet:?xt=whatever&dn=%41") == SHOAL_OK);
    REQUIRE(driven.resolve(2, hex40) == SHOAL_OK);
    REQUIRE(driven.resolve(3, base32) == SHOAL_OK);
    REQUIRE(driven.resolve(4, hex64, SHOAL_SOURCE_FROM_STRANGER) == SHOAL_OK);
    CHECK(driven.host.ends.empty());
    driven.host.advance(std::chrono::nanoseconds{1});
    CHECK(driven.host.ends == Ends{"1 magnet magnet:?xt=whatever&dn=%41", "2 magnet magnet:?xt=urn:btih:" + hex40,
                                   "3 magnet magnet:?xt=urn:btih:" + base32, "4 magnet magnet:?xt=urn:btmh:1220" + hex64});
    REQUIRE(driven.resolve(5, hex40) == SHOAL_OK);
    driven.host.advance(std::chrono::nanoseconds{1});
    CHECK(driven.host.ends.size() == 5);
}

TEST_CASE("what is no link is not accepted", "[source]")
{
    Driven driven;
    CHECK(driven.resolve(1, "x.torrent") == SHOAL_E_CORRUPT);
    CHECK(driven.host.last_error == "x.torrent: neither a magnet link nor an info-hash");
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("a link that is cancelled, or whose plug-in is stopped, ends once", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, hex40) == SHOAL_OK);
    REQUIRE(driven.resolve(2, hex40) == SHOAL_OK);
    driven.cancel(1);
    driven.cancel(1);
    CHECK(driven.host.ends == Ends{"1 failed -400 cancelled"});
    driven.end();
    CHECK(driven.host.ends == Ends{"1 failed -400 cancelled", "2 failed -400 cancelled"});
}

} // namespace shoal::magnet_source
