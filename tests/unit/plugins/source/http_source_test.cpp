#include "http_source.hpp"

#include "source_host.hpp"

namespace shoal::http_source {
namespace {

using Ends = std::vector<std::string>;

class Driven : public test::DrivenSource<HttpSource> {
public:
    // The newest request is answered by a redirect.
    void redirect(std::string_view location) { host.answer(host.requests.size() - 1, 302, "", "location", location); }
    std::uint32_t targets() const { return host.requests.back().local_targets; }
};

} // namespace

TEST_CASE("a web address is certain, and nothing else is one", "[source]")
{
    Driven driven;
    CHECK(driven.claims("http://x.org/a.torrent") == 100);
    CHECK(driven.claims("HTTPS://x.org") == 100);
    for (const char* other : {"", "http:", "http:/x", "ftp://x.org", "x.torrent", "magnet:?xt=http://x"}) {
        CAPTURE(other);
        CHECK(driven.claims(other) == 0);
    }
}

TEST_CASE("an address is one request, within the deadline and the size of a .torrent, and one end", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(7, "http://x.org/a b.torrent") == SHOAL_OK);
    REQUIRE(driven.host.requests.size() == 1);
    const auto& request = driven.host.requests[0];
    CHECK(request.url == "http://x.org/a%20b.torrent");
    CHECK(request.timeout == std::chrono::seconds{60});
    CHECK(request.max_body == 32u << 20);
    CHECK(request.max_redirects == 0);
    CHECK(driven.host.ends.empty());
    driven.host.answer(0, 200, "d4:spam4:eggse");
    CHECK(driven.host.ends == Ends{"7 torrent d4:spam4:eggse"});
}

TEST_CASE("an answer that is no torrent, or no answer, is a failure that says whose", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, "http://x.org/a") == SHOAL_OK);
    REQUIRE(driven.resolve(2, "http://x.org/a") == SHOAL_OK);
    driven.host.answer(0, 404, "");
    driven.host.fail_request(1, SHOAL_E_LIMIT, "cannot fetch from x.org: the answer is longer than 33554432 bytes");
    CHECK(driven.host.ends == Ends{"1 failed -105 x.org has nothing at this address (HTTP 404)",
                                   "2 failed -106 cannot fetch from x.org: the answer is longer than 33554432 bytes"});
}

TEST_CASE("what is no web address, or comes too late, is not accepted", "[source]")
{
    Driven driven;
    CHECK(driven.resolve(1, "http://127.1/x") == SHOAL_E_CORRUPT);
    driven.patience = std::chrono::seconds{0};
    CHECK(driven.resolve(2, "http://x.org/") == SHOAL_E_TIMEOUT);
    CHECK(driven.host.last_error == "x.org took too long");
    CHECK(driven.host.requests.empty());
}

TEST_CASE("redirects are followed, five of them", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, "http://x.org/0") == SHOAL_OK);
    driven.host.advance(std::chrono::seconds{20});
    for (int i = 1; i <= 5; ++i) driven.redirect("/" + std::to_string(i));
    REQUIRE(driven.host.requests.size() == 6);
    CHECK(driven.host.requests.back().url == "http://x.org/5");
    CHECK(driven.host.requests.back().timeout == std::chrono::seconds{40});
    SECTION("the fifth leads there")
    {
        driven.host.answer(5, 200, "de");
        CHECK(driven.host.ends == Ends{"1 torrent de"});
    }
    SECTION("a sixth is too many")
    {
        driven.redirect("/6");
        CHECK(driven.host.requests.size() == 6);
        CHECK(driven.host.ends == Ends{"1 failed -106 x.org redirects, and so did those before it: 5 times is enough"});
    }
}

TEST_CASE("a redirect to a magnet link is handed on", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, "https://x.org/download/1") == SHOAL_OK);
    driven.redirect("Magnet:?xt=urn:btih:x");
    CHECK(driven.host.ends == Ends{"1 elsewhere Magnet:?xt=urn:btih:x"});
    CHECK(driven.host.requests.size() == 1);
}

TEST_CASE("a redirect that leads to no web address, or from https down to http, or nowhere, is not followed", "[source]")
{
    Driven driven;
    const auto end_of = [&](std::string_view location) {
        driven.host.ends.clear();
        REQUIRE(driven.resolve(1, "https://x.org/") == SHOAL_OK);
        driven.redirect(location);
        return driven.host.ends.at(0);
    };
    CHECK(end_of("file:///etc/passwd") == "1 failed -200 what x.org redirects to is no web address");
    CHECK(end_of("http://x.org/") == "1 failed -101 x.org redirects from https down to http");
    CHECK(end_of("//127.1/") == "1 failed -300 web address: neither a host name nor an address: '127.1'");
    driven.host.ends.clear();
    REQUIRE(driven.resolve(2, "https://x.org/") == SHOAL_OK);
    driven.host.answer(driven.host.requests.size() - 1, 302, "");
    CHECK(driven.host.ends == Ends{"2 failed -105 x.org does not give it (HTTP 302)"});
}

TEST_CASE("what the user typed may be anywhere, what it redirects to only where he typed a near one", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, "http://x.org/") == SHOAL_OK);
    CHECK(driven.targets() == SHOAL_LOCAL_ALL);
    driven.redirect("http://192.168.1.1/admin");
    CHECK(driven.targets() == SHOAL_LOCAL_NONE);

    REQUIRE(driven.resolve(2, "http://nas.local/") == SHOAL_OK);
    CHECK(driven.targets() == SHOAL_LOCAL_ALL);
    driven.redirect("http://192.168.1.1/x.torrent");
    CHECK(driven.targets() == SHOAL_LOCAL_ALL);

    REQUIRE(driven.resolve(3, "http://nas.local/", SHOAL_SOURCE_FROM_STRANGER) == SHOAL_OK);
    CHECK(driven.targets() == SHOAL_LOCAL_NONE);
    driven.redirect("http://192.168.1.1/x.torrent");
    CHECK(driven.targets() == SHOAL_LOCAL_NONE);
    driven.host.fail_request(driven.host.requests.size() - 1, SHOAL_E_ACCESS, "not that of a tracker");
    CHECK(driven.host.ends
          == Ends{"3 failed -101 192.168.1.1 is in the local network, where only an address that you type yourself leads"});
}

TEST_CASE("what is cancelled ends once, as cancelled, whatever comes", "[source]")
{
    Driven driven;
    REQUIRE(driven.resolve(1, "http://x.org/") == SHOAL_OK);
    driven.cancel(1);
    driven.cancel(99);
    CHECK(driven.host.ends.empty());
    driven.host.complete_cancelled();
    driven.cancel(1);
    CHECK(driven.host.ends == Ends{"1 failed -400 cancelled"});

    // The answer was on its way.
    REQUIRE(driven.resolve(2, "http://x.org/") == SHOAL_OK);
    driven.cancel(2);
    driven.host.answer(1, 200, "de");
    CHECK(driven.host.ends.back() == "2 failed -400 cancelled");

    REQUIRE(driven.resolve(3, "http://x.org/") == SHOAL_OK);
    driven.end();
    REQUIRE(driven.host.ends.size() == 3);
    CHECK_THAT(driven.host.ends.back(), Catch::StartsWith("3 failed -400"));
}

} // namespace shoal::http_source
