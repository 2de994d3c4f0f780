#include "talk.hpp"

using namespace shoal;
using namespace shoal::rpc;
using namespace shoal::rpc::test;
using Catch::Contains;

TEST_CASE("a request is answered with its id, be it a number, a text or null", "[rpc]")
{
    Talk talk;
    for (const char* id : {"1", "-7", "\"a\\\"b\"", "null", "1.5E0"}) {
        CAPTURE(id);
        CHECK(talk.ask(request(id, "test.ping")) == answer(id, "\"pong\""));
    }
    CHECK(talk.pings == 5);
}

TEST_CASE("a notification is done and not answered, whatever comes of it", "[rpc]")
{
    Talk talk;
    CHECK(talk.ask(R"({"jsonrpc":"2.0","method":"test.ping"})").empty());
    CHECK(talk.pings == 1);
    CHECK(talk.ask(R"({"jsonrpc":"2.0","method":"test.fail"})").empty());
    CHECK(talk.ask(R"({"jsonrpc":"2.0","method":"nobody.knows"})").empty());
    CHECK(talk.ask(R"({"jsonrpc":"2.0","method":"test.echo","params":[1]})").empty());
}

TEST_CASE("arguments come by name, or in the order of the schema", "[rpc]")
{
    Talk talk;
    CHECK(talk.ask(request("1", "test.echo", R"({"number":3,"text":"ä"})")) == answer("1", R"({"text":"ä","number":3})"));
    CHECK(talk.ask(request("2", "test.echo", R"(["b",4])")) == answer("2", R"({"text":"b","number":4})"));
    CHECK(fault(talk.ask(request("3", "test.echo", R"(["b",4,"00",1])"))) == "-32602 invalid_argument");
    CHECK(talk.ask(R"({"jsonrpc":"2.0","id":4,"method":"test.ping"})") == answer("4", "\"pong\""));
}

TEST_CASE("bytes are hexadecimal digits in both directions", "[rpc]")
{
    Talk talk;
    CHECK(talk.ask(request("1", "test.echo", R"({"text":"","octets":"00FFab"})")) == answer("1", R"({"text":"","octets":"00ffab"})"));
    CHECK(fault(talk.ask(request("2", "test.echo", R"({"text":"","octets":"0g"})"))) == "-32602 invalid_argument");
}

TEST_CASE("an error has a code, a text and the name of its kind", "[rpc]")
{
    Talk talk;
    CHECK(talk.ask(request("1", "test.fail"))
          == R"({"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"the disk is full","data":{"name":"disk_full"}}})" "\n");
    const auto unknown = talk.ask(request("2", "test.pin"));
    CHECK(fault(unknown) == "-32601 not_found");
    CHECK_THAT(text_of_fault(unknown), Contains("test.ping"));
    const auto wrong = talk.ask(request("3", "test.echo", R"({"text":1})"));
    CHECK(fault(wrong) == "-32602 invalid_argument");
    CHECK_THAT(text_of_fault(wrong), Contains("text"));
}

TEST_CASE("a message that is no request is refused with the id it has", "[rpc]")
{
    Talk talk;
    for (const char* message : {"1", "\"test.ping\"", "null", R"({"jsonrpc":"2.0","id":[],"method":"test.ping"})",
                                R"({"jsonrpc":"2.0","id":true,"method":"test.ping"})"}) {
        CAPTURE(message);
        const auto heard = talk.ask(message);
        CHECK(fault(heard) == "-32600 bad_input");
        CHECK_THAT(heard, Contains(R"("id":null)"));
    }
    for (const char* message : {R"({"id":5,"method":"test.ping"})", R"({"jsonrpc":"1.0","id":5,"method":"test.ping"})",
                                R"({"jsonrpc":"2.0","id":5})", R"({"jsonrpc":"2.0","id":5,"method":7})",
                                R"({"jsonrpc":"2.0","id":5,"method":"test.ping","params":3})"}) {
        CAPTURE(message);
        const auto heard = talk.ask(message);
        CHECK(fault(heard) == "-32600 bad_input");
        CHECK_THAT(heard, Contains(R"("id":5)"));
    }
    CHECK(talk.pings == 0);
}

TEST_CASE("answers come in the order in which the calls end", "[rpc]")
{
    Talk talk;
    talk.say(request("1", "test.sleep", R"(["a"])") + "\n" + request("2", "test.sleep", R"(["b"])") + "\n"
             + request("3", "test.ping") + "\n");
    CHECK(talk.hear() == answer("3", "\"pong\""));
    CHECK_FALSE(talk.conversation->is_at_rest());
    const int stirs = talk.stirs;
    talk.wake("b");
    CHECK(talk.stirs > stirs);
    CHECK(talk.hear() == answer("2", "\"b\""));
    talk.wake("a");
    CHECK(talk.hear() == answer("1", "\"a\""));
    CHECK(talk.conversation->is_at_rest());
}

TEST_CASE("a batch is answered together, without its notifications, when the last of it is done", "[rpc]")
{
    Talk talk;
    CHECK(talk.ask("[" + request("1", "test.sleep", R"(["a"])") + "," + request("2", "test.ping")
                   + R"(,{"jsonrpc":"2.0","method":"test.ping"},7])")
              .empty());
    CHECK(talk.pings == 2);
    talk.wake("a");
    const auto heard = talk.hear();
    CHECK_THAT(heard, Catch::StartsWith("[{") && Catch::EndsWith("}]\n") && Contains(R"("id":1,"result":"a")")
                          && Contains(R"("id":2,"result":"pong")") && Contains(R"("id":null,"error":{"code":-32600)"));
    CHECK(talk.ask(R"([{"jsonrpc":"2.0","method":"test.ping"}])").empty());
    CHECK(talk.pings == 3);
    CHECK(fault(talk.ask("[]")) == "-32600 bad_input");
}

TEST_CASE("a batch of too many requests is refused as a whole", "[rpc]")
{
    Talk talk({.batch = 3});
    const auto one = request("1", "test.ping");
    CHECK(fault(talk.ask("[" + one + "," + one + "," + one + "," + one + "]")) == "-32600 limit_exceeded");
    CHECK(talk.pings == 0);
    CHECK_THAT(talk.ask("[" + one + "," + one + "," + one + "]"), Catch::StartsWith("["));
    CHECK(talk.pings == 3);
}

TEST_CASE("more calls than may be under way wait for their turn, those of one batch too", "[rpc]")
{
    Talk talk({.calls = 2});
    const bool is_batch = GENERATE(false, true);
    CAPTURE(is_batch);
    std::string text;
    for (const char* name : {"a", "b", "c"}) {
        text += (text.empty() ? "" : is_batch ? "," : "\n") + request("1", "test.sleep", std::string("[\"") + name + "\"]");
    }
    talk.say(is_batch ? "[" + text + "]\n" : text + "\n");
    CHECK(talk.asleep.size() == 2);
    CHECK_FALSE(talk.conversation->wants_input());
    talk.wake("a");
    CHECK(talk.asleep.size() == 2);
    talk.wake("b");
    CHECK(talk.conversation->wants_input());
    talk.wake("c");
    CHECK_THAT(talk.hear(), Contains("\"c\""));
    CHECK(talk.conversation->is_at_rest());
}

TEST_CASE("events that were subscribed to come as notifications, and others do not", "[rpc]")
{
    Talk talk;
    const auto happen = [&](const char* name) { talk.registry.publish(name, Value::Map{}.set("n", 1)); };
    happen("test.happened");
    CHECK(talk.hear().empty());
    CHECK(talk.ask(request("1", "rpc.subscribe", R"({"events":["test.*","a.b"]})")) == answer("1", R"(["test.*","a.b"])"));
    happen("test.happened");
    CHECK(talk.stirs > 0);
    CHECK(talk.hear() == R"({"jsonrpc":"2.0","method":"test.happened","params":{"n":1,"seq":2,"cause":"core"}})" "\n");
    happen("other.happened");
    happen("a.bc");
    CHECK(talk.hear().empty());
    happen("a.b");
    CHECK_FALSE(talk.hear().empty());
    CHECK(talk.ask(request("2", "rpc.unsubscribe", R"([["test.*"]])")) == answer("2", R"(["a.b"])"));
    happen("test.happened");
    CHECK(talk.hear().empty());
    CHECK(talk.ask(request("3", "rpc.unsubscribe")) == answer("3", "[]"));
    happen("a.b");
    CHECK(talk.hear().empty());
}

TEST_CASE("an event is told once, however many globs it matches and however often they are given", "[rpc]")
{
    Talk talk;
    talk.ask(request("1", "rpc.subscribe", R"([["*","test.*","*"]])"));
    CHECK(talk.ask(request("2", "rpc.subscribe", R"([["*"]])")) == answer("2", R"(["*","test.*"])"));
    talk.registry.publish("test.happened", {});
    CHECK(talk.hear() == R"({"jsonrpc":"2.0","method":"test.happened","params":{"seq":1,"cause":"core"}})" "\n");
}

TEST_CASE("a subscription that makes no sense changes nothing", "[rpc]")
{
    Talk talk({.globs = 2});
    for (const char* params : {"{}", R"({"events":"*"})", R"({"events":[1]})", R"({"events":[""]})", R"({"events":["a",{}]})"}) {
        CAPTURE(params);
        CHECK(fault(talk.ask(request("1", "rpc.subscribe", params))) == "-32602 invalid_argument");
    }
    CHECK(fault(talk.ask(request("1", "rpc.subscribe", R"([["a","b","c"]])"))) == "-32011 limit_exceeded");
    CHECK(talk.ask(request("1", "rpc.subscribe", R"([[]])")) == answer("1", "[]"));
}

TEST_CASE("what there is can be asked for", "[rpc]")
{
    Talk talk;
    const auto one = talk.ask(request("1", "rpc.methods", R"(["test.sleep"])"));
    CHECK(one == answer("1", R"({"name":"test.sleep","help":"answers when it is woken","arguments":[{"name":"name","type":"text",)"
                             R"("help":"any","required":false,"default":""}],"answer":"","errors":[]})"));
    const auto all = talk.ask(request("2", "rpc.methods"));
    CHECK_THAT(all, Contains("test.echo") && Contains("rpc.subscribe") && Contains("test.happened") && Contains("disk_full"));
    CHECK(fault(talk.ask(request("3", "rpc.methods", R"(["nothing.like"])"))) == "-32003 not_found");
}

TEST_CASE("a call that ends after its conversation is heard by nobody", "[rpc]")
{
    Talk talk;
    talk.say(request("1", "test.sleep", R"(["a"])") + "\n");
    talk.conversation.reset();
    talk.wake("a");
    talk.registry.publish("test.happened", {});
    CHECK(talk.stirs == 0);
}

TEST_CASE("a conversation that ends while it is subscribed hears no more", "[rpc]")
{
    Talk talk;
    talk.ask(request("1", "rpc.subscribe", R"([["*"]])"));
    talk.conversation.reset();
    const int stirs = talk.stirs;
    talk.registry.publish("test.happened", {});
    CHECK(talk.stirs == stirs);
}

TEST_CASE("a thousand requests that are answered at once do not grow the stack", "[rpc]")
{
    Talk talk;
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += R"({"jsonrpc":"2.0","method":"test.ping"})" "\n";
    talk.say(text);
    CHECK(talk.pings == 100'000);
}

TEST_CASE("who has a name calls by it from then on, and our command line is a person", "[rpc]")
{
    const auto [name, cause] = GENERATE(table<std::string, std::string>({{"sonarr", "rpc:sonarr"}, {"shoal", "user"}}));
    Talk talk;
    std::vector<std::string> causes;
    talk.registry.offer({.name = "test.who"}, [&](const Value::Map&, auto done) {
        causes.push_back(talk.registry.causes().now());
        done(Value{});
    });
    talk.ask(request("1", "test.who"));
    CHECK(talk.ask(request("2", "rpc.introduce", R"([")" + name + R"("])")) == answer("2", '"' + cause + '"'));
    talk.ask(request("3", "test.who"));
    CHECK(causes == std::vector<std::string>{"rpc", cause});
    CHECK(talk.registry.causes().is_nobody());
}

TEST_CASE("a name that cannot be printed, none, and one that has no end are refused", "[rpc]")
{
    const auto* name = GENERATE("", "a\\nb", "0123456789012345678901234567890123456789012345678901234567890123x");
    Talk talk;
    CHECK_THAT(talk.ask(request("1", "rpc.introduce", std::string(R"([")") + name + R"("])")), Catch::Contains("'client' is a name of 1 to 64 octets"));
}
