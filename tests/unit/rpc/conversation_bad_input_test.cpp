#include "talk.hpp"

#include <algorithm>

// What has broken others: bad-inputs A3, A4 and A5, as far as they reach a local socket.

using namespace shoal;
using namespace shoal::rpc;
using namespace shoal::rpc::test;
using Catch::Contains;

namespace {

bool still_answers(Talk& talk)
{
    return talk.ask(request("\"still there\"", "test.ping")) == answer("\"still there\"", "\"pong\"");
}

std::string repeated(std::string_view text, std::size_t times)
{
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("A3 JSON nested a million deep is refused, and the next line is answered", "[rpc]")
{
    Talk talk;
    for (const char* open : {"[", "{\"a\":"}) {
        CAPTURE(open);
        const auto heard = talk.ask(repeated(open, 1'000'000));
        CHECK((fault(heard) == "-32700 limit_exceeded" || fault(heard) == "-32600 limit_exceeded"));
        CHECK(still_answers(talk));
    }
    CHECK(fault(talk.ask(repeated("[", 100'000) + repeated("]", 100'000))) == "-32700 limit_exceeded");
    CHECK(fault(talk.ask(request("1", "test.ping", "{\"a\":" + repeated("[", 65) + repeated("]", 65) + "}"))) == "-32700 limit_exceeded");
    CHECK(still_answers(talk));
}

TEST_CASE("A3 a number that is out of range is refused and not rounded", "[rpc]")
{
    Talk talk;
    for (const char* number : {"9223372036854775808", "-9223372036854775809", "99999999999999999999999999", "1e999", "-1e999"}) {
        CAPTURE(number);
        CHECK(fault(talk.ask(request("1", "test.echo", R"({"text":"","number":)" + std::string(number) + "}"))) == "-32700 bad_input");
    }
    CHECK(talk.ask(request("1", "test.echo", R"({"text":"","number":9223372036854775807})"))
          == answer("1", R"({"text":"","number":9223372036854775807})"));
    CHECK(fault(talk.ask(request(repeated("9", 100'000), "test.ping"))) == "-32700 bad_input");
    CHECK(still_answers(talk));
}

TEST_CASE("A3 a body of a gigabyte is refused once, and takes no memory", "[rpc]")
{
    Talk talk({.line = 1 << 20});
    const std::string part(1 << 20, 'x');
    std::string heard;
    for (int i = 0; i < 1024; ++i) {
        talk.say(part);
        heard += talk.hear();
        REQUIRE(talk.conversation->held() <= 1 << 20);
        REQUIRE(talk.conversation->wants_input());
    }
    CHECK(fault(heard) == "-32600 limit_exceeded");
    CHECK(std::ranges::count(heard, '\n') == 1);
    talk.say("\n");
    CHECK(still_answers(talk));
}

TEST_CASE("A3 a line of 32 MiB is taken, and one octet more is not", "[rpc]")
{
    Talk talk;
    const auto around = request("1", "test.flood", R"({"octets":1,"pad":""})").size();
    const auto sized = [&](std::size_t octets) {
        return request("1", "test.flood", R"({"octets":1,"pad":")" + std::string(octets - around, 'x') + "\"}");
    };
    CHECK(fault(talk.ask(sized(32 << 20))) == "-32602 invalid_argument");  // read, and `pad` is no argument
    CHECK(fault(talk.ask(sized((32 << 20) + 1))) == "-32600 limit_exceeded");
    CHECK(still_answers(talk));
}

TEST_CASE("A3 many small values are refused before any room is taken for them", "[rpc]")
{
    Talk talk({.values = 1000});
    CHECK(fault(talk.ask("[" + repeated("[],", 2000) + "[]]")) == "-32600 limit_exceeded");
    CHECK(fault(talk.ask("[" + repeated("0,", 2000) + "0]")) == "-32600 limit_exceeded");
    // Commas in a text are no values, nor does a quote that is escaped end it.
    const auto text = "\\\"" + repeated(",[{", 2000);
    CHECK(talk.ask(request("1", "test.echo", "[\"" + text + "\"]")) == answer("1", "{\"text\":\"" + text + "\"}"));
}

TEST_CASE("A3 what is no JSON is answered with where, and survived", "[rpc]")
{
    Talk talk;
    for (const char* line : {"{", "}", "nonsense", "[1,]", "{\"a\":1,}", "\"\\ud800\"", "\x00", "{}{}", "'a'", "NaN", "\xff\xfe",
                             "{\"jsonrpc\":\"2.0\",\"method\":\"test.ping\",\"id\":1,\"id\":2}", "// hello"}) {
        CAPTURE(line);
        const auto heard = talk.ask(line[0] == '\0' ? std::string_view("\0", 1) : std::string_view(line));
        CHECK(fault(heard) == "-32700 bad_input");
        CHECK_THAT(text_of_fault(heard), Contains("octet"));
        CHECK(still_answers(talk));
    }
    CHECK(talk.ask("").empty());
    CHECK(talk.ask(" \t\r").empty());
    CHECK(talk.ask(request("1", "test.ping") + "\r") == answer("1", "\"pong\""));
}

TEST_CASE("A4 a client that does not read is not read either, and what it is told is bounded", "[rpc]")
{
    Talk talk({.unread = 1000});
    talk.say(repeated(request("1", "test.flood", "[600]") + "\n", 100));
    CHECK_FALSE(talk.conversation->wants_input());
    CHECK(talk.conversation->output().size() > 1000);
    CHECK(talk.conversation->output().size() < 2000);
    std::size_t answers = 0;
    for (; !talk.conversation->output().empty(); talk.conversation->sent(std::min<std::size_t>(100, talk.conversation->output().size()))) {
        REQUIRE(talk.conversation->output().size() < 2000);
        const auto sent = talk.conversation->output().first(std::min<std::size_t>(100, talk.conversation->output().size()));
        answers += static_cast<std::size_t>(std::ranges::count(as_text(sent), '\n'));
    }
    CHECK(answers == 100);
    CHECK(talk.conversation->wants_input());
}

TEST_CASE("A4 a client that subscribes and does not read is given up", "[rpc]")
{
    Talk talk({.unread = 1000, .hopeless = 10'000});
    talk.ask(request("1", "rpc.subscribe", R"([["*"]])"));
    for (int i = 0; i < 100'000; ++i) {
        talk.registry.publish("test.happened", {});
        REQUIRE(talk.conversation->output().size() < 10'200);
    }
    CHECK(talk.conversation->is_hopeless());
    CHECK_FALSE(talk.conversation->wants_input());
    talk.say(request("1", "test.ping") + "\n");
    CHECK(talk.pings == 0);
}

TEST_CASE("A4 the answers of a batch that are too much for one message become errors", "[rpc]")
{
    Talk talk({.unread = 1000, .hopeless = 10'000});
    std::string batch;
    for (int i = 0; i < 20; ++i) batch += (i == 0 ? "[" : ",") + request(std::to_string(i), "test.flood", "[1500]");
    const auto heard = talk.ask(batch + "]");
    CHECK_THAT(heard, Catch::StartsWith("[{") && Contains("limit_exceeded") && Contains(R"("id":19)"));
    CHECK(heard.size() < 20'000);
    CHECK_FALSE(talk.conversation->is_hopeless());
}

TEST_CASE("A4 what waits to be complete can be dropped, which is said", "[rpc]")
{
    Talk talk;
    talk.say("{\"jsonrpc\":");
    CHECK(talk.conversation->is_inside_line());
    talk.conversation->drop_line(make_error(Errc::timed_out, "too slow"));
    CHECK(fault(talk.hear()) == "-32009 timed_out");
    CHECK(talk.conversation->held() == 0);
    talk.say("\"2.0\"}\n");
    CHECK(talk.hear().empty());
    CHECK(still_answers(talk));
}

TEST_CASE("A5 the one dialect there is calls through the registry, which checks: no method goes around it", "[rpc]")
{
    Talk talk;
    // Neither a batch, a list of arguments nor another spelling of a name reaches what the plain request does not.
    for (const char* name : {"Test.Echo", "test.echo ", " test.echo", "test.echo\\u0000", "test/echo", "rpc.Subscribe", "rpc."}) {
        CAPTURE(name);
        CHECK(fault(talk.ask(request("1", name, R"({"text":""})"))) == "-32601 not_found");
    }
    CHECK(fault(talk.ask(request("1", "test.echo", R"({"text":"","more":1})"))) == "-32602 invalid_argument");
    CHECK(fault(talk.ask(request("1", "test.echo", R"([null])"))) == "-32602 invalid_argument");
    const auto batched = talk.ask("[" + request("1", "test.echo", R"({"text":"","more":1})") + "]");
    CHECK_THAT(batched, Contains("-32602"));
    // A method that is offered cannot take the place of one of the conversation's own.
    talk.registry.offer({.name = "rpc.methods", .help = "another"}, [](const Value::Map&, auto done) { done("another"); });
    CHECK_THAT(talk.ask(request("1", "rpc.methods", R"(["test.ping"])")), Contains("answers pong"));
}
