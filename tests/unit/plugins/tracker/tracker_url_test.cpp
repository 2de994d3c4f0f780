#include "tracker_url.hpp"

#include <catch2/catch.hpp>

namespace shoal::http_tracker {
namespace {

Errc refusal(std::string_view url)
{
    const auto parsed = parse_url(url);
    return parsed ? Errc::ok : parsed.error().code;
}

} // namespace

TEST_CASE("a tracker URL comes apart into origin, host, path and query", "[tracker]")
{
    const auto url =
        parse_url("HTTPS://me:secret@Tracker.Example.org.:8080/x/announce.php?passkey=1&a=b#top");
    REQUIRE(url);
    CHECK(url->origin == "HTTPS://me:secret@Tracker.Example.org.:8080");
    CHECK(url->host == "tracker.example.org");
    CHECK(url->path == "/x/announce.php");
    CHECK(url->query == "passkey=1&a=b");
    CHECK_FALSE(url->is_local);
}

TEST_CASE("a tracker URL may lack its path", "[tracker]")
{
    const auto bare = parse_url("http://tracker.example.org");
    REQUIRE(bare);
    CHECK(bare->path == "/");
    CHECK(bare->query.empty());
    const auto query_only = parse_url("http://tracker.example.org?a=/b");
    REQUIRE(query_only);
    CHECK(query_only->path == "/");
    CHECK(query_only->query == "a=/b");
}

TEST_CASE("a tracker may be an address of either family", "[tracker]")
{
    CHECK(parse_url("http://93.184.216.34:6969/announce")->host == "93.184.216.34");
    const auto six = parse_url("http://[2001:DB8::1]:6969/announce");
    REQUIRE(six);
    CHECK(six->host == "2001:db8::1");
    CHECK(six->origin == "http://[2001:DB8::1]:6969");
}

TEST_CASE("octets that would bend the request line are percent-encoded, escapes stay", "[tracker]")
{
    const auto url = parse_url("http://t.example.org/a b\r\nHost: x/\xc3\xa9%20announce?q=\"<%41>\"");
    REQUIRE(url);
    CHECK(url->path == "/a%20b%0d%0aHost:%20x/%c3%a9%20announce");
    CHECK(url->query == "q=%22%3c%41%3e%22");
}

TEST_CASE("what is no http or https URL is refused", "[tracker]")
{
    for (const auto* url :
         {"", "announce", "http:/t.example.org/announce", "//t.example.org/announce", "file:///etc/passwd",
          "ftp://t.example.org/announce", "udp://t.example.org:80/announce", "gopher://t.example.org/",
          "data:text/plain,x", "javascript:1", "httpx://t.example.org/announce",
          " http://t.example.org/announce"}) {
        INFO(url);
        CHECK(refusal(url) == Errc::bad_input);
    }
}

TEST_CASE("a host that is neither address nor name is refused", "[tracker]")
{
    for (const auto* url :
         {"http:///announce", "http://:80/announce", "http://a..example/announce", "http://.example/announce",
          "http://a b/announce", "http://a%2eexample/announce", "http://[::1/announce",
          "http://[::1]x/announce", "http://[fe80::1%25eth0]/announce", "http://::1/announce",
          "http://[127.0.0.1]/announce", "http://evil.example\\@127.0.0.1/announce",
          "http://a@b@c.example/announce", "http://t.example.org:0/announce",
          "http://t.example.org:65536/announce", "http://t.example.org:8x/announce"}) {
        INFO(url);
        CHECK(refusal(url) == Errc::bad_input);
    }
    CHECK(refusal("http://" + std::string(64, 'a') + ".example/announce") == Errc::bad_input);
    std::string deep = "http://";
    for (int i = 0; i < 127; ++i) deep += "a.";
    CHECK(refusal(deep + "org/announce") == Errc::bad_input);
    CHECK(refusal("http://t.example.org/" + std::string(TrackerUrl::longest, 'a')) == Errc::bad_input);
}

TEST_CASE("T9 a host on this machine or its link is only asked for /announce", "[tracker]")
{
    for (const std::string host :
         {"127.0.0.1", "127.9.9.9:8080", "localhost", "LOCALHOST.", "x.localhost", "0.0.0.0", "[::1]", "[::]",
          "[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1]", "user:word@127.0.0.1"}) {
        INFO(host);
        CHECK(parse_url("http://" + host + "/announce")->is_local);
        CHECK(parse_url("http://" + host + "/announce.php?passkey=1")->is_local);
        for (const std::string path :
             {"", "/", "/latest/meta-data/", "/admin/announce", "/announce/x", "/x?announce", "/#/announce",
              "/ANNOUNCE", "/announce%2f..%2fadmin", "/announce;x", "/..announce", "//announce"}) {
            INFO(path);
            CHECK(refusal("http://" + host + path) == Errc::permission_denied);
        }
    }
}

TEST_CASE("T9 a host in a private network is only asked where the path ends in announce", "[tracker]")
{
    for (const std::string host : {"10.0.0.1", "192.168.1.1:81", "172.16.0.9", "[fd00::1]", "router",
                                   "nas.local", "db.internal", "box.home.arpa"}) {
        INFO(host);
        CHECK(parse_url("http://" + host + "/announce")->is_local);
        CHECK(parse_url("http://" + host + "/0123abcd/announce")->is_local);
        for (const std::string path :
             {"", "/", "/reboot.cgi?x=announce", "/announce/reboot", "/announce;reboot"}) {
            INFO(path);
            CHECK(refusal("http://" + host + path) == Errc::permission_denied);
        }
    }
}

TEST_CASE("T9 an address in disguise is no host at all", "[tracker]")
{
    for (const std::string host : {"2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.1.",
                                   "1.2.3.4.5", "0x", "example.0", "127.0.0.01"}) {
        INFO(host);
        CHECK(refusal("http://" + host + "/announce") == Errc::bad_input);
    }
}

TEST_CASE("T9 a public host may be asked at any path", "[tracker]")
{
    CHECK(refusal("http://tracker.example.org/any/thing") == Errc::ok);
    CHECK(refusal("http://93.184.216.34/") == Errc::ok);
    CHECK(refusal("http://[2606:2800:220:1::1]/") == Errc::ok);
}

TEST_CASE("T10 host names that are not ASCII are refused, their ASCII form is not", "[tracker]")
{
    CHECK(refusal("http://trаcker.example.org/announce") == Errc::bad_input); // the second letter is Cyrillic
    CHECK(refusal("http://\xff\xfe.example/announce") == Errc::bad_input);
    CHECK(refusal("http://xn--trcker-4ve.example.org/announce") == Errc::ok);
}

TEST_CASE("T13 an I2P name is not asked of any name server", "[tracker]")
{
    CHECK(refusal("http://tracker2.postman.i2p/announce.php") == Errc::unsupported);
}

TEST_CASE("T14 errors about a URL show neither credentials, nor path, nor query", "[tracker]")
{
    for (const auto* url : {"http://me:secret@127.0.0.1/secret?key=secret", "http://me:secret@a..b/secret",
                            "http://me:secret@10.0.0.1/secret", "http://me:secret@t.example:0/secret"}) {
        const auto parsed = parse_url(url);
        REQUIRE_FALSE(parsed);
        INFO(parsed.error().text);
        CHECK(parsed.error().text.find("secret") == std::string::npos);
    }
}

} // namespace shoal::http_tracker
