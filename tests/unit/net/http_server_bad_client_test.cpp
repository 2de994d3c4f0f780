#include "net/stream_http_server.hpp"

#include "http_visitor.hpp"

namespace shoal::net {

using std::chrono::milliseconds;
using test::EchoServer;
using test::HttpVisitor;
using test::Machine;

namespace {

// Says it all, and then goes on with `more` until it is sent away. How the answer begins.
std::string answer_to(const std::string& question, const std::string& more, HttpServerLimits limits = {})
{
    limits.drain = milliseconds{30};
    Machine machine;
    EchoServer server(machine, limits);
    HttpVisitor visitor(machine, server.local());
    visitor.say(question);
    for (int i = 0; i < 10'000 && !visitor.is_dismissed(); ++i) {
        if (!more.empty() && visitor.heard().empty()) visitor.say(more);
        machine.turn_for(milliseconds{1});
    }
    CHECK(visitor.is_dismissed());
    CHECK(server.questions.empty());
    const auto heard = visitor.heard();
    if (!heard.empty()) CHECK(heard.find("Connection: close\r\n") != std::string::npos);
    return heard.substr(0, 12);
}

constexpr auto chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

}  // namespace

TEST_CASE("what is not HTTP is answered 400 and closed", "[net]")
{
    CHECK(answer_to("\023BitTorrent protocol\r\n\r\n", "") == "HTTP/1.1 400");
    CHECK(answer_to("GET\r\n\r\n", "") == "HTTP/1.1 400");
    CHECK(answer_to("GET / HTTP/7.7\r\n\r\n", "") == "HTTP/1.1 400");
    CHECK(answer_to("GET / HTTP/1.1\r\nno colon\r\n\r\n", "") == "HTTP/1.1 400");
    CHECK(answer_to("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "") == "HTTP/1.1 400");
    CHECK(answer_to("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "")
          == "HTTP/1.1 400");
    CHECK(answer_to(std::string(chunked) + "zz\r\n", "") == "HTTP/1.1 400");
    CHECK(answer_to(std::string(chunked) + "ffffffffffffffffff\r\n", "") == "HTTP/1.1 400");
}

TEST_CASE("headers without an end are answered 431", "[net]")
{
    CHECK(answer_to("GET / HTTP/1.1\r\n", "X-Filler: " + std::string(500, 'x') + "\r\n") == "HTTP/1.1 431");
    CHECK(answer_to("GET /", std::string(500, 'x')) == "HTTP/1.1 431");
}

TEST_CASE("a chunk's extension without an end is answered 431", "[net]")
{
    CHECK(answer_to(std::string(chunked) + "1;", std::string(500, 'x')) == "HTTP/1.1 431");
}

TEST_CASE("a body above the limit is answered 413", "[net]")
{
    CHECK(answer_to("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n", "") == "HTTP/1.1 413");
    CHECK(answer_to("POST / HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n\r\n", "") == "HTTP/1.1 413");
    CHECK(answer_to(std::string(chunked) + "7fffffffffffffff\r\n", "") == "HTTP/1.1 413");
    CHECK(answer_to(std::string(chunked), "1000\r\n" + std::string(4096, 'x') + "\r\n") == "HTTP/1.1 413");
}

TEST_CASE("a client that goes on sending after its refusal still reads it", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    HttpVisitor visitor(machine, server.local());
    visitor.say("POST / HTTP/1.1\r\nContent-Length: 200000000\r\n\r\n" + std::string(100'000, 'x'));
    CHECK(visitor.hears("HTTP/1.1 413"));
    for (int i = 0; i < 100 && !visitor.is_dismissed(); ++i) {
        visitor.say(std::string(100'000, 'x'));
        machine.turn_for(milliseconds{1});
    }
    CHECK(visitor.is_dismissed());  // not for 200 MB
}

TEST_CASE("a client that sends an octet now and then is answered 408 after the time of a whole question",
          "[net]")
{
    CHECK(answer_to("", "G", {.idle = milliseconds{80}}) == "HTTP/1.1 408");
    CHECK(answer_to("GET / HTTP/1.1\r\nX: ", "x", {.idle = milliseconds{80}}) == "HTTP/1.1 408");
    CHECK(answer_to("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n", "x", {.idle = milliseconds{80}})
          == "HTTP/1.1 408");
}

TEST_CASE("a refusal after a HEAD has its body", "[net]")
{
    Machine machine;
    EchoServer server(machine);
    HttpVisitor visitor(machine, server.local());
    visitor.say("HEAD /x HTTP/1.1\r\n\r\nnonsense\r\n\r\n");
    CHECK(visitor.hears("\r\n\r\nBad Request"));
}

TEST_CASE("a client that says nothing is sent away without a word", "[net]")
{
    CHECK(answer_to("", "", {.idle = milliseconds{50}}).empty());
}

TEST_CASE("a client that does not read its answer is let go", "[net]")
{
    Machine machine;
    StreamHttpServer server(machine.loop, machine.network, {.idle = milliseconds{80}});
    const auto body = std::make_shared<Bytes>(32 << 20);
    int asked = 0;
    auto listener = server.listen(test::loopback(), [&](environment::HttpQuestion, auto answer) {
        ++asked;
        answer({.body = *body});
    });
    REQUIRE(listener);
    const auto deaf = test::raw_connection((*listener)->local());
    const std::string question = "GET / HTTP/1.1\r\n\r\n";
    REQUIRE(::send(deaf.number(), question.data(), question.size(), 0) > 0);
    REQUIRE(machine.turn_until([&] { return asked == 1; }));
    machine.turn_for(milliseconds{150});
    std::size_t heard = 0;
    std::vector<char> room(1 << 20);
    for (ssize_t n = 1; n > 0; heard += static_cast<std::size_t>(n > 0 ? n : 0)) {
        n = ::recv(deaf.number(), room.data(), room.size(), 0);
    }
    CHECK(heard > 0);
    CHECK(heard < body->size());
}

TEST_CASE("when all connections are taken the one that idles longest makes room", "[net]")
{
    Machine machine;
    EchoServer server(machine, {.connections = 3});
    HttpVisitor busy(machine, server.local());
    busy.say("GET /half-asked");
    machine.turn_for(milliseconds{5});
    HttpVisitor longest(machine, server.local());
    machine.turn_for(milliseconds{5});
    HttpVisitor shorter(machine, server.local());
    machine.turn_for(milliseconds{5});
    HttpVisitor newcomer(machine, server.local());
    newcomer.say("GET /new HTTP/1.1\r\n\r\n");
    CHECK(newcomer.hears("\r\n\r\n/new"));
    CHECK(longest.is_dismissed_in_time());
    CHECK_FALSE(shorter.is_dismissed());
    busy.say(" HTTP/1.1\r\n\r\n");
    CHECK(busy.hears("\r\n\r\n/half-asked"));
}

TEST_CASE("when all connections are taken by questions a newcomer is closed", "[net]")
{
    Machine machine;
    EchoServer server(machine, {.connections = 2});
    HttpVisitor first(machine, server.local());
    HttpVisitor second(machine, server.local());
    first.say("GET");
    second.say("GET");
    machine.turn_for(milliseconds{5});
    HttpVisitor newcomer(machine, server.local());
    CHECK(newcomer.is_dismissed_in_time());
    first.say(" /1 HTTP/1.1\r\n\r\n");
    CHECK(first.hears("\r\n\r\n/1"));
}

}  // namespace shoal::net
