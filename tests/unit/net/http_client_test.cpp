#include "net/curl_http_client.hpp"

#include "fetch.hpp"
#include "net/stream_http_server.hpp"
#include "scripted_server.hpp"

#include <cstdlib>

namespace shoal::net {

using environment::HttpRequest;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::body_of;
using test::contains;
using test::fetch;
using test::Machine;
using test::response;
using test::Script;
using test::ScriptedServer;

namespace {

// "d8:intervali1800e5:peers0:e" four times over, packed by zlib.
constexpr unsigned char packed[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0xb1, 0xb0, 0xca, 0xcc, 0x2b, 0x49,
    0x2d, 0x2a, 0x4b, 0xcc, 0xc9, 0x34, 0xb4, 0x30, 0x30, 0x48, 0x35, 0xb5, 0x2a, 0x48, 0x4d, 0x2d, 0x2a,
    0x36, 0xb0, 0x4a, 0x4d, 0xa1, 0xb6, 0x14, 0x00, 0x2b, 0xf9, 0xbe, 0x7f, 0x6c, 0x00, 0x00, 0x00};

std::string repeated(const std::string& text, int times)
{
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
}

std::string header(const environment::HttpResponse& response, const std::string& name)
{
    for (const auto& [found, value] : response.headers) {
        if (found == name) return value;
    }
    return {};
}

// Refuses connections: it was listened on a moment ago.
std::string closed_url(Machine& machine)
{
    return "http://" + (*machine.network.listen(test::loopback(), [](auto) {}))->local().to_string() + "/";
}

}  // namespace

TEST_CASE("the client and the server of this folder understand each other", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    StreamHttpServer server(machine.loop, machine.network);
    auto listener = server.listen(test::loopback(), [&](environment::HttpQuestion question, auto answer) {
        CHECK(question.method == "POST");
        CHECK(question.target == "/a%20b?c=d");
        CHECK(as_text(question.body) == "the body");
        CHECK(std::ranges::count(question.headers, std::pair<std::string, std::string>{"x-mark", "Yes"})
              == 1);
        CHECK(question.from.address.is_loopback());
        answer({.status = 201, .content_type = "text/x-test", .body = Bytes(question.body)});
    });
    REQUIRE(listener);
    const auto url = "http://" + (*listener)->local().to_string() + "/a%20b?c=d";
    const auto body = as_bytes("the body");
    const auto answer = fetch(machine, client,
                              {.url = url,
                               .method = "POST",
                               .headers = {{"X-Mark", "Yes"}},
                               .body = Bytes(body.begin(), body.end())});
    REQUIRE(answer);
    CHECK(answer->status == 201);
    CHECK(answer->url == url);
    CHECK(header(*answer, "content-type") == "text/x-test");
    CHECK(body_of(*answer) == "the body");
}

TEST_CASE("other methods are sent as named, and HEAD has no body", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    StreamHttpServer server(machine.loop, machine.network);
    std::vector<std::string> methods;
    auto listener = server.listen(test::loopback(), [&](environment::HttpQuestion question, auto answer) {
        methods.push_back(question.method);
        answer({.body = Bytes(5, std::byte{'x'})});
    });
    REQUIRE(listener);
    const auto url = "http://" + (*listener)->local().to_string() + "/";
    const auto head = fetch(machine, client, {.url = url, .method = "HEAD"});
    REQUIRE(head);
    CHECK(head->body.empty());
    CHECK(header(*head, "content-length") == "5");
    const auto deleted = fetch(machine, client, {.url = url, .method = "DELETE"});
    REQUIRE(deleted);
    CHECK(deleted->body.size() == 5);
    const auto put = fetch(machine, client, {.url = url, .method = "PUT", .body = Bytes(3)});
    REQUIRE(put);
    const auto posted = fetch(machine, client, {.url = url, .method = "POST"});
    REQUIRE(posted);
    CHECK(methods == std::vector<std::string>{"HEAD", "DELETE", "PUT", "POST"});
}

TEST_CASE("two requests to one origin share a connection", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine,
                          [](const auto&) { return Script{.once = response("ok"), .keeps_open = true}; });
    REQUIRE(fetch(machine, client, {.url = server.url("/first")}));
    REQUIRE(fetch(machine, client, {.url = server.url("/second")}));
    CHECK(server.requests.size() == 2);
    CHECK(server.accepted() == 1);
}

TEST_CASE("a packed answer is unpacked", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    const std::string body(reinterpret_cast<const char*>(packed), sizeof packed);
    ScriptedServer server(
        machine, [&](const auto&) { return Script{.once = response(body, "Content-Encoding: gzip\r\n")}; });
    const auto answer = fetch(machine, client, {.url = server.url()});
    REQUIRE(answer);
    CHECK(body_of(*answer) == repeated("d8:intervali1800e5:peers0:e", 4));
    CHECK(contains(server.requests.at(0), "Accept-Encoding: gzip"));
}

TEST_CASE("a range is asked for unpacked", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) { return Script{.once = response("ok")}; });
    REQUIRE(fetch(machine, client, {.url = server.url(), .headers = {{"Range", "bytes=0-1"}}}));
    CHECK(contains(server.requests.at(0), "Range: bytes=0-1"));
    CHECK_FALSE(contains(server.requests.at(0), "Accept-Encoding"));
}

TEST_CASE("it says who it is, and no more than it is told to", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) { return Script{.once = response("ok")}; });
    REQUIRE(fetch(machine, client, {.url = server.url("/x?y")}));
    CHECK(contains(server.requests.at(0), "GET /x?y HTTP/1.1\r\n"));
    CHECK(contains(server.requests.at(0), "User-Agent: Shoal/0.1\r\n"));
    for (const auto* name : {"Cookie", "Referer", "Authorization"}) {
        CHECK_FALSE(contains(server.requests.at(0), name));
    }
}

TEST_CASE("a proxy that the process environment names is not used", "[net]")
{
    Machine machine;
    const auto proxy = closed_url(machine);
    ::setenv("http_proxy", proxy.c_str(), 1);
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) { return Script{.once = response("ok")}; });
    CHECK(fetch(machine, client, {.url = server.url()}));
    ::unsetenv("http_proxy");
}

TEST_CASE("a proxy that is set is used", "[net]")
{
    Machine machine;
    ScriptedServer proxy(machine, [](const auto&) { return Script{.once = response("by proxy")}; });
    CurlHttpClient client(machine.loop, {.proxy = proxy.url()});
    const auto answer = fetch(machine, client, {.url = "http://tracker.invalid/announce"});
    REQUIRE(answer);
    CHECK(body_of(*answer) == "by proxy");
    CHECK(contains(proxy.requests.at(0), "GET http://tracker.invalid/announce HTTP/1.1"));
}

TEST_CASE("an answer of any status is a value", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) {
        return Script{.once =
                          "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\nX-Twice: a\r\nX-TWICE:  b \r\n\r\nbusy"};
    });
    const auto answer = fetch(machine, client, {.url = server.url()});
    REQUIRE(answer);
    CHECK(answer->status == 503);
    CHECK(body_of(*answer) == "busy");
    const environment::HttpHeaders expected = {{"content-length", "4"}, {"x-twice", "a"}, {"x-twice", "b"}};
    CHECK(answer->headers == expected);
}

TEST_CASE("a redirect is followed, and the answer says where it came from", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [&](const std::string& request) {
        const bool is_first = contains(request, "GET /old ");
        return Script{.once = is_first ? test::redirect("/new") : response("moved"), .keeps_open = true};
    });
    const auto answer = fetch(machine, client, {.url = server.url("/old")});
    REQUIRE(answer);
    CHECK(answer->url == server.url("/new"));
    CHECK(body_of(*answer) == "moved");
    CHECK(header(*answer, "location").empty());
}

TEST_CASE("nobody listening and no such name are told apart, and named", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    const auto refused = fetch(machine, client, {.url = closed_url(machine) + "announce?passkey=secret"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::refused);
    CHECK(contains(refused.error().text, "127.0.0.1"));
    CHECK_FALSE(contains(refused.error().text, "secret"));
    const auto unknown =
        fetch(machine, client, {.url = "http://no-such-host.invalid/announce?passkey=secret"});
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().code == Errc::not_found);
    CHECK(contains(unknown.error().text, "no-such-host.invalid"));
    CHECK_FALSE(contains(unknown.error().text, "secret"));
}

TEST_CASE("a server that does not answer times out", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) { return Script{.keeps_open = true}; });
    const auto answer = fetch(machine, client, {.url = server.url(), .timeout = milliseconds{100}});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::timed_out);
}

TEST_CASE("requests run at the same time", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer slow(machine, [](const auto&) { return Script{.keeps_open = true}; });
    ScriptedServer quick(machine, [](const auto&) { return Script{.once = response("ok")}; });
    client.request({.url = slow.url()}, [](auto) { FAIL("it never answers"); });
    CHECK(fetch(machine, client, {.url = quick.url()}));
}

TEST_CASE("more requests than an origin has connections are all answered", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop, {.connections_per_host = 2});
    ScriptedServer server(machine, [](const auto&) { return Script{.once = response("ok")}; });
    int answered = 0;
    for (int i = 0; i < 100; ++i) {
        client.request({.url = server.url()}, [&](auto answer) {
            CHECK(answer);
            ++answered;
        });
    }
    CHECK(machine.turn_until([&] { return answered == 100; }));
}

TEST_CASE("a request that never has its turn times out", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop, {.connections_per_host = 1});
    ScriptedServer server(machine, [](const auto&) { return Script{.keeps_open = true}; });
    client.request({.url = server.url()}, [](auto) { FAIL("it never answers"); });
    const auto answer = fetch(machine, client, {.url = server.url(), .timeout = milliseconds{100}});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::timed_out);
}

TEST_CASE("a cancelled request destroys its completion without calling it and leaves the server", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) { return Script{.keeps_open = true}; });
    auto held = std::make_shared<int>(0);
    const auto operation = client.request({.url = server.url()}, [held](auto) { ++*held; });
    CHECK(machine.turn_until([&] { return server.requests.size() == 1; }));
    client.cancel(operation);
    CHECK(held.use_count() == 1);
    CHECK(machine.turn_until([&] { return server.is_client_gone(0); }));
    client.cancel(operation);
    CHECK(*held == 0);
}

TEST_CASE("a client can go while it fetches, from inside an answer too", "[net]")
{
    Machine machine;
    auto held = std::make_shared<int>(0);
    ScriptedServer slow(machine, [](const auto&) { return Script{.keeps_open = true}; });
    ScriptedServer quick(machine, [](const auto&) { return Script{.once = response("ok")}; });
    auto client = std::make_unique<CurlHttpClient>(machine.loop);
    client->request({.url = slow.url()}, [held](auto) { ++*held; });
    bool is_gone = false;
    client->request({.url = quick.url()}, [&](auto) {
        client.reset();
        is_gone = true;
    });
    CHECK(machine.turn_until([&] { return is_gone; }));
    CHECK(held.use_count() == 1);
    CHECK(*held == 0);
}

TEST_CASE("a request that would be sent as something else is bad input", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    const auto request =
        GENERATE(HttpRequest{.url = "tracker.invalid/announce"}, HttpRequest{.url = "ftp://h/"},
                 HttpRequest{.url = "file:///etc/passwd"}, HttpRequest{.url = ""},
                 HttpRequest{.url = "http://h/\r\nX: y"}, HttpRequest{.url = "http://[::1/"},
                 HttpRequest{.url = "http://h/" + std::string(70'000, 'a')},
                 HttpRequest{.url = "http://h/", .method = "GET / HTTP/1.1\r\nX:"},
                 HttpRequest{.url = "http://h/", .headers = {{"X", "a\r\nY: b"}}},
                 HttpRequest{.url = "http://h/", .headers = {{"X: a\r\nY", "b"}}});
    const auto answer = fetch(machine, client, request);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::bad_input);
}

}  // namespace shoal::net
