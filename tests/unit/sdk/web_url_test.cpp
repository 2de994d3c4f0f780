#include <shoal/web_url.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace shoal {
namespace {

std::string said(std::string_view text)
{
    const auto url = WebUrl::parse(text);
    return url ? "taken" : url.error().text;
}

std::string followed(const char* from, std::string_view location)
{
    const auto to = WebUrl::parse(from)->follow(location);
    return to ? to->text() : to.error().text;
}

bool is_near(const char* text) { return WebUrl::parse(text)->is_near(); }

} // namespace

TEST_CASE("an address is taken apart, and put together as it can be sent", "[web_url]")
{
    const auto url = WebUrl::parse("HTTPS://eve:word@Example.ORG.:8443/a b/\xc3\xa4?q=<1>#part");
    REQUIRE(url);
    CHECK(url->is_secure);
    CHECK(url->host == "example.org");
    CHECK(url->path == "/a%20b/%c3%a4");
    CHECK(url->query == "?q=%3c1%3e");
    CHECK(url->text() == "https://eve:word@Example.ORG.:8443/a%20b/%c3%a4?q=%3c1%3e");
    CHECK(WebUrl::parse("http://x.org")->text() == "http://x.org/");
    CHECK(WebUrl::parse("http://x.org?id=1")->text() == "http://x.org/?id=1");
    CHECK(WebUrl::parse("http://x.org/%20%41")->text() == "http://x.org/%20%41");
    CHECK(WebUrl::parse("http://[2001:DB8::1]:80/x")->host == "2001:db8::1");
}

TEST_CASE("an address whose host could be read in two ways is refused", "[web_url]")
{
    CHECK(said("ftp://x.org/") == "web address: not http:// or https://");
    CHECK(said("http:/x.org/") == "web address: not http:// or https://");
    CHECK(said("http://") == "web address: neither a host name nor an address: ''");
    CHECK(said("http://127.1/") == "web address: neither a host name nor an address: '127.1'");
    CHECK(said("http://2130706433/") == "web address: neither a host name nor an address: '2130706433'");
    CHECK(said("http://[::1/") == "web address: '[' without ']'");
    for (const char* odd : {"http://a@b@c/", "http://x.org\\@evil.org/", "http://b\xc3\xbc" "cher.de/", "http://x y/"}) {
        CAPTURE(odd);
        CHECK(said(odd) == "web address: what is before its path is not plain ASCII, or has a '@' or a '\\' too many");
    }
    CHECK(said("http://x.org/" + std::string(WebUrl::longest, 'x')) == "web address: longer than 8192 bytes");
}

TEST_CASE("a redirect may be said in short", "[web_url]")
{
    constexpr const char* from = "https://x.org:8443/a/b?c=d";
    CHECK(followed(from, "http://y.org/z") == "http://y.org/z");
    CHECK(followed(from, "//y.org/z") == "https://y.org/z");
    CHECK(followed(from, "/z?1") == "https://x.org:8443/z?1");
    CHECK(followed(from, "z") == "https://x.org:8443/a/z");
    CHECK(followed(from, "?e=f") == "https://x.org:8443/a/b?e=f");
    CHECK(followed(from, "z?u=http://y.org") == "https://x.org:8443/a/z?u=http://y.org");
    CHECK(followed(from, "ftp://y.org/") == "what x.org redirects to is no web address");
    CHECK(followed(from, "javascript:x") == "what x.org redirects to is no web address");
}

TEST_CASE("what is near says so: addresses of the local network, and names that do not leave it", "[web_url]")
{
    for (const char* near : {"http://127.0.0.1/", "http://[::1]/", "http://192.168.1.2/", "http://localhost/", "http://nas/",
                             "http://nas.local./"}) {
        CAPTURE(near);
        CHECK(is_near(near));
    }
    for (const char* far : {"http://203.0.113.1/", "http://example.org/", "http://eve:127.0.0.1@example.org/"}) {
        CAPTURE(far);
        CHECK_FALSE(is_near(far));
    }
}

TEST_CASE("an origin is the scheme, the host and the port, however they are written", "[web_url]")
{
    const auto same = [](const char* a, const char* b) { return WebUrl::parse(a)->is_same_origin(*WebUrl::parse(b)); };
    CHECK(same("https://Example.org/a", "https://example.org:443/b?c"));
    CHECK(same("http://me:word@example.org", "http://example.org:80"));
    CHECK(same("http://[::1]/", "http://[0::1]:80/"));
    CHECK_FALSE(same("https://example.org", "http://example.org"));
    CHECK_FALSE(same("https://example.org", "https://www.example.org"));
    CHECK_FALSE(same("http://example.org:8080", "http://example.org"));
}

} // namespace shoal
