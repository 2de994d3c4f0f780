// What trackers and the servers behind a link have done to clients: the lines T1, T12 and T14 of the
// catalogue of bad inputs. Each ends with a clear error within the limits, whatever the server goes on
// sending.
#include "net/curl_http_client.hpp"

#include "fetch.hpp"
#include "scripted_server.hpp"
#include "tls_server.hpp"

namespace shoal::net {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::body_of;
using test::contains;
using test::fetch;
using test::Machine;
using test::redirect;
using test::response;
using test::Script;
using test::ScriptedServer;

namespace {

const std::string packed_zeros_head(
    "\x1f\x8b\x08\0\0\0\0\0\x02\x03\xec\xc1\x01\x01\0\0\0\x80\x90\xfe\xaf\xee\x08\x0a", 24);
const std::string packed_zeros(4096, '\0');  // each octet unpacks to 1,032 zeros

// What comes of a request to a server that always answers so.
Result<environment::HttpResponse> answer_to(Script script, environment::HttpRequest request = {})
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [&](const auto&) { return script; });
    request.url = server.url("/announce?passkey=secret");
    const auto began = machine.loop.now();
    auto answer = fetch(machine, client, std::move(request));
    CHECK(machine.loop.now() - began < seconds{15});
    if (!answer) {
        CHECK(contains(answer.error().text, "127.0.0.1"));
        CHECK_FALSE(contains(answer.error().text, "secret"));
    }
    return answer;
}

void check_fails(const Result<environment::HttpResponse>& answer, Errc code)
{
    REQUIRE_FALSE(answer);
    INFO(answer.error().text);
    CHECK(answer.error().code == code);
}

}  // namespace

TEST_CASE("T1 a body of exactly the limit is an answer, one octet more is not", "[net]")
{
    const std::string most(1 << 20, 'x');
    const auto whole = answer_to({.once = response(most)});
    REQUIRE(whole);
    CHECK(whole->body.size() == most.size());
    check_fails(answer_to({.once = response(most + "x")}), Errc::limit_exceeded);
}

TEST_CASE("T1 a body without an end stops at the limit", "[net]")
{
    check_fails(answer_to({.once = "HTTP/1.1 200 OK\r\n\r\n", .forever = std::string(4096, 'x')}),
                Errc::limit_exceeded);
}

TEST_CASE("T1 a packed bomb stops at the limit of what it unpacks to", "[net]")
{
    const auto head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 102400\r\n\r\n";
    check_fails(answer_to({.once = head + packed_zeros_head, .forever = packed_zeros}), Errc::limit_exceeded);
}

TEST_CASE("T1 what is not packed as it claims to be is an error", "[net]")
{
    check_fails(answer_to({.once = response("not packed at all", "Content-Encoding: gzip\r\n")}),
                Errc::protocol_error);
}

TEST_CASE("T1 a chunk of a huge size stops at the limit", "[net]")
{
    const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    check_fails(answer_to({.once = head + "7fffffffffffffff\r\n", .forever = std::string(4096, 'x')}),
                Errc::limit_exceeded);
    check_fails(answer_to({.once = head + "ffffffffffffffffffffffff\r\n", .forever = "x"}),
                Errc::network_error);
    check_fails(answer_to({.once = head + "-1\r\n", .forever = "x"}), Errc::network_error);
}

TEST_CASE("T1 headers without an end stop at their limit", "[net]")
{
    check_fails(
        answer_to({.once = "HTTP/1.1 200 OK\r\n", .forever = "X-Filler: " + std::string(500, 'x') + "\r\n"}),
        Errc::limit_exceeded);
    check_fails(answer_to({.once = "", .forever = "HTTP/1.1 100 Continue\r\n\r\n"}), Errc::limit_exceeded);
}

TEST_CASE("T1 one header line without an end stops", "[net]")
{
    const auto answer = answer_to({.once = "HTTP/1.1 200 OK\r\nX: ", .forever = std::string(4096, 'x')});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code != Errc::timed_out);
}

TEST_CASE("T1 trailers without an end stop at the limit of headers", "[net]")
{
    check_fails(answer_to({.once = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                           .forever = "X-Filler: " + std::string(500, 'x') + "\r\n"}),
                Errc::limit_exceeded);
}

TEST_CASE("T1 a redirect loop ends after the allowed redirects", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine,
                          [](const auto&) { return Script{.once = redirect("/again"), .keeps_open = true}; });
    check_fails(fetch(machine, client, {.url = server.url()}), Errc::limit_exceeded);
    CHECK(server.requests.size() == 6);
}

TEST_CASE("where no redirect is followed, the redirect is the answer", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) { return Script{.once = redirect("magnet:?xt=x"), .keeps_open = true}; });
    const auto answer = fetch(machine, client, {.url = server.url(), .max_redirects = 0});
    REQUIRE(answer);
    CHECK(answer->status / 100 == 3);
    CHECK(std::ranges::find(answer->headers, std::pair<std::string, std::string>("location", "magnet:?xt=x")) != answer->headers.end());
    CHECK(server.requests.size() == 1);
}

TEST_CASE("T1 the body of a redirect is not read without an end", "[net]")
{
    const auto head = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 99999999999\r\n\r\n";
    check_fails(answer_to({.once = head, .forever = std::string(4096, 'x')}), Errc::limit_exceeded);
}

TEST_CASE("T1 a redirect to a file, to ftp or to another protocol is refused", "[net]")
{
    const std::string to = GENERATE("file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x",
                                    "dict://h/x", "scp://127.0.0.1/etc/passwd", "FILE:/etc/passwd");
    check_fails(answer_to({.once = redirect(to)}), Errc::protocol_error);
}

TEST_CASE("T1 a redirect from https down to http is refused", "[net]")
{
    Machine machine;
    ScriptedServer plain(machine, [](const auto&) { return Script{.once = response("plain")}; });
    test::TlsServer secure(redirect(plain.url()));
    CurlHttpClient client(machine.loop, {.ca_file = secure.ca_file()});
    check_fails(fetch(machine, client, {.url = secure.url()}), Errc::protocol_error);
    CHECK(plain.requests.empty());
}

TEST_CASE("T1 a chain that was led from http to https is not led down again", "[net]")
{
    Machine machine;
    std::string up;
    ScriptedServer plain(machine, [&](const auto&) { return Script{.once = redirect(up)}; });
    test::TlsServer secure(redirect(plain.url("/down")));
    up = secure.url();
    CurlHttpClient client(machine.loop, {.ca_file = secure.ca_file()});
    check_fails(fetch(machine, client, {.url = plain.url()}), Errc::protocol_error);
    CHECK(plain.requests.size() == 1);
}

TEST_CASE("T1 a redirect from http up to https is followed", "[net]")
{
    Machine machine;
    test::TlsServer secure(response("secure"));
    ScriptedServer plain(machine, [&](const auto&) { return Script{.once = redirect(secure.url())}; });
    CurlHttpClient client(machine.loop, {.ca_file = secure.ca_file()});
    const auto answer = fetch(machine, client, {.url = plain.url()});
    REQUIRE(answer);
    CHECK(body_of(*answer) == "secure");
    CHECK(answer->url == secure.url());
}

TEST_CASE("T1 a certificate that nobody vouches for is an error", "[net]")
{
    Machine machine;
    test::TlsServer secure(response("secure"));
    CurlHttpClient client(machine.loop);
    check_fails(fetch(machine, client, {.url = secure.url()}), Errc::network_error);
}

TEST_CASE("T1 what is not HTTP, or ends too early, is an error", "[net]")
{
    check_fails(answer_to({.once = "d8:intervali1800e5:peers0:e"}), Errc::protocol_error);
    check_fails(answer_to({.once = "SSH-2.0-OpenSSH_9.2\r\n"}), Errc::protocol_error);
    check_fails(answer_to({.once = ""}), Errc::network_error);
    check_fails(answer_to({.once = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"}),
                Errc::network_error);
}

TEST_CASE("T1 a tracker that answers one octet a time ends long before its exchange does, by default after 30 s",
          "[net]")
{
    CHECK(HttpClientSettings{}.longest_crawl == seconds{30});
    Machine machine;
    CurlHttpClient client(machine.loop, {.longest_crawl = seconds{1}});
    ScriptedServer server(machine, [](const auto&) {
        return Script{.once = "HTTP/1.1 200 OK\r\n\r\n", .forever = "x", .pace = milliseconds{200}};
    });
    const auto began = machine.loop.now();
    check_fails(fetch(machine, client, {.url = server.url("/announce"), .timeout = seconds{15}}), Errc::timed_out);
    CHECK(machine.loop.now() - began < seconds{5});
}

TEST_CASE("T12 a server of one octet a time ends with the time of the whole exchange", "[net]")
{
    check_fails(answer_to({.once = "HTTP/1.1 200 OK\r\n\r\n", .forever = "x", .pace = milliseconds{20}},
                          {.timeout = milliseconds{300}}),
                Errc::timed_out);
    check_fails(answer_to({.once = "HTTP/1.1 200 OK\r\nX: ", .forever = "x", .pace = milliseconds{20}},
                          {.timeout = milliseconds{300}}),
                Errc::timed_out);
}

TEST_CASE("T12 redirects do not start the time anew", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const auto&) {
        return Script{.forever = redirect("/again"), .pace = milliseconds{120}, .keeps_open = true};
    });
    const auto answer =
        fetch(machine, client, {.url = server.url(), .timeout = milliseconds{300}, .max_redirects = 100});
    check_fails(answer, Errc::timed_out);
}

TEST_CASE("T14 credentials do not follow a redirect to another origin", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer other(machine, [](const auto&) { return Script{.once = response("ok")}; });
    ScriptedServer first(machine,
                         [&](const auto&) { return Script{.once = redirect(other.url("/elsewhere"))}; });

    SECTION("in the URL")
    {
        REQUIRE(fetch(machine, client, {.url = "http://user:word@" + first.authority() + "/"}));
    }
    SECTION("in headers")
    {
        REQUIRE(fetch(machine, client,
                      {.url = first.url(),
                       .headers = {{"Authorization", "Basic dXNlcjp3b3Jk"}, {"Cookie", "session=word"}}}));
        CHECK(contains(first.requests.at(0), "Cookie: session=word"));
    }
    CHECK(contains(first.requests.at(0), "Authorization: Basic dXNlcjp3b3Jk"));
    REQUIRE(other.requests.size() == 1);
    CHECK(contains(other.requests[0], "GET /elsewhere"));
    CHECK_FALSE(contains(other.requests[0], "Authorization"));
    CHECK_FALSE(contains(other.requests[0], "Cookie"));
    CHECK_FALSE(contains(other.requests[0], "word"));
}

TEST_CASE("T14 credentials stay within one origin's redirects", "[net]")
{
    Machine machine;
    CurlHttpClient client(machine.loop);
    ScriptedServer server(machine, [](const std::string& request) {
        const bool is_first = contains(request, "GET /old ");
        return Script{.once = is_first ? redirect("/new") : response("ok"), .keeps_open = true};
    });
    REQUIRE(fetch(machine, client, {.url = "http://user:word@" + server.authority() + "/old"}));
    REQUIRE(server.requests.size() == 2);
    CHECK(contains(server.requests[1], "Authorization: Basic dXNlcjp3b3Jk"));
}

}  // namespace shoal::net
