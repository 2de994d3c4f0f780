#include "net/stream_http_server.hpp"

#include "http_visitor.hpp"

#include <optional>

namespace shoal::net {

using environment::HttpAnswer;
using environment::HttpQuestion;
using environment::HttpServer;
using std::chrono::milliseconds;
using test::EchoServer;
using test::HttpVisitor;
using test::loopback;
using test::Machine;

namespace {

std::size_t count(const std::string& text, const std::string& part)
{
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

Bytes bytes(std::string_view text)
{
    const auto view = as_bytes(text);
    return {view.begin(), view.end()};
}

}  // namespace

TEST_CASE("a question is handed over with all its parts", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    HttpVisitor visitor(machine, server.local());
    visitor.say(
        "POST /announce?info_hash=%00%ff HTTP/1.1\r\nHost: h\r\nX-Name: One\r\nx-name:Two\r\n"
        "Content-Length: 4\r\n\r\nbody");
    REQUIRE(visitor.hears("\r\n\r\n/announce?info_hash=%00%ff"));
    REQUIRE(server.questions.size() == 1);
    const auto& question = server.questions[0];
    CHECK(question.method == "POST");
    CHECK(question.target == "/announce?info_hash=%00%ff");
    CHECK(as_text(question.body) == "body");
    const environment::HttpHeaders headers = {
        {"host", "h"}, {"x-name", "One"}, {"x-name", "Two"}, {"content-length", "4"}};
    CHECK(question.headers == headers);
    CHECK(question.from.address.is_loopback());
    CHECK(question.from.port != 0);
}

TEST_CASE("a connection is kept alive when HTTP says so, and closed when it does not", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    const auto [question, is_kept] =
        GENERATE(std::pair{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
                 std::pair{"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", false},
                 std::pair{"GET / HTTP/1.0\r\n\r\n", false},
                 std::pair{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true});
    HttpVisitor visitor(machine, server.local());
    visitor.say(question);
    if (is_kept) {
        CHECK(visitor.hears("Connection: keep-alive\r\n\r\n/"));
        visitor.forget();
        visitor.say(question);
        CHECK(visitor.hears("Connection: keep-alive\r\n\r\n/"));
        CHECK_FALSE(visitor.is_dismissed());
    } else {
        CHECK(visitor.is_dismissed_in_time());
        CHECK(count(visitor.heard(), "Connection: close\r\n\r\n/") == 1);
    }
}

TEST_CASE("a question may arrive an octet at a time, its body in chunks", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    HttpVisitor visitor(machine, server.local());
    const std::string question =
        "POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=f\r\nde\r\n0\r\n\r\n";
    for (const char c : question) {
        visitor.say({&c, 1});
        machine.turn_for(std::chrono::microseconds{300});
    }
    REQUIRE(visitor.hears("\r\n\r\n/x"));
    CHECK(as_text(server.questions.at(0).body) == "abcde");
}

TEST_CASE("a thousand pipelined questions are answered in order", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    HttpVisitor visitor(machine, server.local());
    std::string questions;
    for (int i = 0; i < 1000; ++i) questions += "GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n";
    visitor.say(questions + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n");
    REQUIRE(visitor.is_dismissed_in_time());
    REQUIRE(server.questions.size() == 1001);
    const auto heard = visitor.heard();
    std::size_t at = 0;
    for (int i = 0; i < 1000 && at != heard.npos; ++i) at = heard.find("\r\n\r\n/" + std::to_string(i), at);
    CHECK(at != heard.npos);
}

TEST_CASE("an answer that comes later holds back the next question's", "[net]")
{
    Machine machine;
    std::vector<std::pair<std::string, HttpServer::Answer>> waiting;
    StreamHttpServer server(machine.loop, machine.network);
    auto listener = server.listen(loopback(), [&](HttpQuestion question, HttpServer::Answer answer) {
        waiting.emplace_back(question.target, std::move(answer));
    });
    REQUIRE(listener);
    HttpVisitor visitor(machine, (*listener)->local());
    visitor.say("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
    REQUIRE(machine.turn_until([&] { return waiting.size() == 1; }));
    machine.turn_for(milliseconds{5});
    REQUIRE(waiting.size() == 1);
    waiting[0].second({.body = bytes("first")});
    waiting[0].second({.body = bytes("again")});  // once is enough
    REQUIRE(machine.turn_until([&] { return waiting.size() == 2; }));
    waiting[1].second({.body = bytes("second")});
    REQUIRE(visitor.hears("second"));
    CHECK(waiting[1].first == "/2");
    CHECK(count(visitor.heard(), "first") == 1);
    CHECK(count(visitor.heard(), "again") == 0);
}

TEST_CASE("a dropped answer is a 500, and the connection goes on", "[net]")
{
    Machine machine;
    StreamHttpServer server(machine.loop, machine.network);
    auto listener = server.listen(loopback(), [](HttpQuestion, HttpServer::Answer) {});
    REQUIRE(listener);
    HttpVisitor visitor(machine, (*listener)->local());
    visitor.say("GET / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("HTTP/1.1 500 Internal Server Error\r\n"));
    visitor.forget();
    visitor.say("GET / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("HTTP/1.1 500"));
}

TEST_CASE("status, type and length of an answer are as given, and HEAD and 204 have no body", "[net]")
{
    Machine machine;
    HttpAnswer given;
    StreamHttpServer server(machine.loop, machine.network);
    auto listener =
        server.listen(loopback(), [&](HttpQuestion, HttpServer::Answer answer) { answer(given); });
    REQUIRE(listener);
    HttpVisitor visitor(machine, (*listener)->local());
    given = {404, "text/html", bytes("gone")};
    visitor.say("GET / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("gone"));
    CHECK(visitor.heard().starts_with("HTTP/1.1 404 Not Found\r\n"));
    CHECK(count(visitor.heard(), "Content-Type: text/html\r\nContent-Length: 4\r\n") == 1);
    visitor.forget();
    visitor.say("HEAD / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("Content-Length: 4\r\n"));
    given = {204, "text/html", bytes("gone")};
    visitor.say("GET / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("HTTP/1.1 204 No Content\r\n"));
    given = {200, "text/plain", bytes("end")};
    visitor.say("GET / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("\r\n\r\nend"));
    CHECK(count(visitor.heard(), "gone") == 0);
}

TEST_CASE("an answer cannot smuggle a header or a status in", "[net]")
{
    Machine machine;
    StreamHttpServer server(machine.loop, machine.network);
    auto listener = server.listen(loopback(), [](HttpQuestion, HttpServer::Answer answer) {
        answer({.status = 7, .content_type = "a\r\nSet-Cookie: b", .body = bytes("end")});
    });
    REQUIRE(listener);
    HttpVisitor visitor(machine, (*listener)->local());
    visitor.say("GET / HTTP/1.1\r\n\r\n");
    CHECK(visitor.hears("\r\n\r\nend"));
    CHECK(visitor.heard().starts_with("HTTP/1.1 500 "));
    CHECK(count(visitor.heard(), "Set-Cookie") == 0);
}

TEST_CASE("an answer larger than the socket's buffers arrives whole", "[net]")
{
    Machine machine;
    const auto body = test::sample(8 << 20);
    StreamHttpServer server(machine.loop, machine.network);
    auto listener =
        server.listen(loopback(), [&](HttpQuestion, HttpServer::Answer answer) { answer({.body = body}); });
    REQUIRE(listener);
    HttpVisitor visitor(machine, (*listener)->local());
    visitor.say("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
    REQUIRE(visitor.is_dismissed_in_time());
    CHECK(visitor.heard().ends_with(as_text(body)));
}

TEST_CASE("a client that asks first whether to send its body is told to", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    HttpVisitor visitor(machine, server.local());
    visitor.say("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    CHECK(visitor.hears("HTTP/1.1 100 Continue\r\n\r\n"));
    visitor.say("bo");
    machine.turn_for(milliseconds{3});
    visitor.say("dy");
    CHECK(visitor.hears("\r\n\r\n/x"));
    CHECK(count(visitor.heard(), "100 Continue") == 1);
}

TEST_CASE("a client that half-closes after its question gets its answer", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    const auto raw = test::raw_connection(server.local());
    const std::string question = "GET /half HTTP/1.0\r\n\r\n";
    REQUIRE(::send(raw.number(), question.data(), question.size(), 0)
            == static_cast<ssize_t>(question.size()));
    ::shutdown(raw.number(), SHUT_WR);
    REQUIRE(machine.turn_until([&] { return server.questions.size() == 1; }));
    std::array<char, 1024> answer{};
    CHECK(::recv(raw.number(), answer.data(), answer.size() - 1, MSG_WAITALL) > 0);
    CHECK(count(answer.data(), "\r\n\r\n/half") == 1);
}

TEST_CASE("a listener destroyed inside a question closes its connections, and a later answer goes nowhere",
          "[net]")
{
    Machine machine;
    StreamHttpServer server(machine.loop, machine.network);
    std::unique_ptr<environment::HttpListener> listener;
    std::optional<HttpServer::Answer> kept;
    auto opened = server.listen(loopback(), [&](HttpQuestion, HttpServer::Answer answer) {
        listener.reset();
        kept = std::move(answer);
    });
    REQUIRE(opened);
    listener = std::move(*opened);
    HttpVisitor asking(machine, listener->local());
    HttpVisitor idle(machine, listener->local());
    asking.say("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    CHECK(asking.is_dismissed_in_time());
    CHECK(idle.is_dismissed_in_time());
    REQUIRE(kept);
    (*kept)({});
    kept.reset();
    CHECK(asking.heard().empty());
}

TEST_CASE("an answer to a client that has left goes nowhere", "[net]")
{
    Machine machine;
    StreamHttpServer server(machine.loop, machine.network);
    std::vector<HttpServer::Answer> waiting;
    auto listener = server.listen(
        loopback(), [&](HttpQuestion, HttpServer::Answer answer) { waiting.push_back(std::move(answer)); });
    REQUIRE(listener);
    {
        HttpVisitor visitor(machine, (*listener)->local());
        visitor.say("GET / HTTP/1.1\r\n\r\n");
        REQUIRE(machine.turn_until([&] { return waiting.size() == 1; }));
    }
    waiting[0]({.body = Bytes(4 << 20)});
    HttpVisitor other(machine, (*listener)->local());
    other.say("GET / HTTP/1.1\r\n\r\n");
    REQUIRE(machine.turn_until([&] { return waiting.size() == 2; }));
    waiting[1]({.body = bytes("fine")});
    CHECK(other.hears("fine"));
}

TEST_CASE("a taken port is an error", "[net]")
{
    Machine machine;
    EchoServer first(machine);
    const auto second = first.server.listen(first.local(), [](HttpQuestion, HttpServer::Answer) {});
    REQUIRE_FALSE(second);
    CHECK(second.error().text.find(first.local().to_string()) != std::string::npos);
}

}  // namespace shoal::net
