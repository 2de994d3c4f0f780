#include "desk.hpp"

#include <list>

using namespace shoal;
using namespace shoal::rpc;
using namespace shoal::rpc::test;
using Catch::Contains;

TEST_CASE("clients are answered over a unix socket, each its own", "[rpc]")
{
    Desk desk;
    RawClient first(desk);
    RawClient second(desk);
    first.say(request("1", "test.sleep", R"(["a"])") + "\n");
    CHECK(second.ask(request("2", "test.ping")) == answer("2", "\"pong\""));
    CHECK(desk.server->clients() == 2);
    desk.wake("a");
    CHECK(first.hear() == answer("1", "\"a\""));
}

TEST_CASE("events reach those who subscribed, and them alone", "[rpc]")
{
    Desk desk;
    RawClient one(desk);
    RawClient other(desk);
    one.ask(request("1", "rpc.subscribe", R"([["test.*"]])"));
    other.ask(request("1", "test.ping"));
    desk.registry.publish("test.happened", {});
    CHECK(one.hear() == R"({"jsonrpc":"2.0","method":"test.happened","params":{"seq":1,"cause":"core"}})" "\n");
    CHECK(other.ask(request("2", "test.ping")) == answer("2", "\"pong\""));
}

TEST_CASE("a client that says no more is answered to the end, its last line with an end or without", "[rpc]")
{
    Desk desk;
    RawClient client(desk);
    client.say(request("1", "test.sleep", R"(["a"])") + "\n" + request("2", "test.ping"));
    client.say_no_more();
    CHECK(client.hear() == answer("2", "\"pong\""));
    CHECK(desk.server->clients() == 1);
    desk.wake("a");
    CHECK(client.hear() == answer("1", "\"a\""));
    CHECK(client.is_over());
    CHECK(desk.server->clients() == 0);
}

TEST_CASE("a client that goes away is gone, and its call ends unheard", "[rpc]")
{
    Desk desk;
    {
        RawClient client(desk);
        client.say(request("1", "test.sleep", R"(["a"])") + "\n");
        REQUIRE(desk.turn_until([&] { return desk.asleep.size() == 1; }));
    }
    desk.wake("a");
    CHECK(desk.turn_until([&] { return desk.server->clients() == 0; }));
}

TEST_CASE("an answer of many megabytes arrives whole", "[rpc]")
{
    Desk desk;
    RawClient client(desk);
    CHECK(client.ask(request("1", "test.flood", "[5000000]")) == answer("1", "\"" + std::string(5'000'000, 'x') + "\""));
}

TEST_CASE("A4 a client that does not read is not read, and the others do not notice", "[rpc]")
{
    Desk desk;
    RawClient deaf(desk);
    RawClient other(desk);
    // More answers than the kernel and a conversation hold, as long as nobody reads them.
    for (int i = 0; i < 100; ++i) deaf.say(request("1", "test.flood", "[100000]") + "\n");
    CHECK(other.ask(request("2", "test.ping")) == answer("2", "\"pong\""));
    CHECK(desk.server->clients() == 2);
    for (int i = 0; i < 100; ++i) REQUIRE(deaf.hear().size() > 100'000);
}

TEST_CASE("A4 a client that subscribes and never reads is cut", "[rpc]")
{
    Desk desk({.conversation = {.unread = 1 << 10, .hopeless = 100 << 10}});
    RawClient deaf(desk);
    deaf.ask(request("1", "rpc.subscribe", R"([["*"]])"));
    const auto payload = Value::Map{}.set("text", std::string(1000, 'x'));
    int told = 0;
    CHECK(desk.turn_until([&] {
        desk.registry.publish("test.happened", payload);
        return ++told == 100'000 || desk.server->clients() == 0;
    }));
    CHECK(told < 100'000);
}

TEST_CASE("A4 messages that begin and do not end may take so much room, all together", "[rpc]")
{
    Desk desk({.held = 1 << 20});
    RawClient first(desk);
    RawClient second(desk);
    first.say("[\"" + std::string(900'000, 'x'));
    second.say("[\"" + std::string(300'000, 'x'));
    CHECK(fault(second.hear()) == "-32011 limit_exceeded");
    second.say("\"]\n");
    CHECK(second.ask(request("2", "test.ping")) == answer("2", "\"pong\""));
    first.say("\"]\n");
    CHECK(fault(first.hear().substr(1)).empty());  // a batch with an error in it: it was read
}

TEST_CASE("more clients than are allowed are told so, and one that leaves makes room", "[rpc]")
{
    Desk desk;
    std::list<RawClient> clients;
    for (int i = 0; i < 64; ++i) clients.emplace_back(desk);
    REQUIRE(desk.turn_until([&] { return desk.server->clients() == 64; }));
    RawClient late(desk);
    const auto heard = late.hear();
    CHECK(fault(heard) == "-32011 limit_exceeded");
    CHECK_THAT(text_of_fault(heard), Contains("64"));
    CHECK(late.is_over());
    clients.pop_front();
    REQUIRE(desk.turn_until([&] { return desk.server->clients() == 63; }));
    CHECK(RawClient(desk).ask(request("1", "test.ping")) == answer("1", "\"pong\""));
}

TEST_CASE("a server that stops answers what is under way, then nobody is there", "[rpc]")
{
    Desk desk;
    RawClient busy(desk);
    RawClient idle(desk);
    busy.say(request("1", "test.sleep", R"(["a"])") + "\n");
    REQUIRE(desk.turn_until([&] { return desk.asleep.size() == 1 && desk.server->clients() == 2; }));
    bool is_stopped = false;
    desk.server->stop([&] { is_stopped = true; });
    CHECK_FALSE(is_stopped);
    CHECK(idle.is_over());
    CHECK_FALSE(desk.folder.has("rpc.sock"));
    busy.say(request("2", "test.ping") + "\n");
    desk.wake("a");
    CHECK(busy.hear() == answer("1", "\"a\""));
    CHECK(busy.is_over());
    CHECK(desk.turn_until([&] { return is_stopped; }));
    CHECK(desk.pings == 0);
}

TEST_CASE("a call that never ends does not keep a server from stopping", "[rpc]")
{
    Desk desk({.goodbye = std::chrono::milliseconds{20}});
    RawClient client(desk);
    client.say(request("1", "test.sleep", R"(["a"])") + "\n");
    REQUIRE(desk.turn_until([&] { return desk.asleep.size() == 1; }));
    bool is_stopped = false;
    desk.server->stop([&] { is_stopped = true; });
    CHECK(desk.turn_until([&] { return is_stopped; }));
    CHECK(client.is_over());
    desk.wake("a");
    CHECK(desk.server->clients() == 0);
}

TEST_CASE("a method may stop the server that called it, and is still answered", "[rpc]")
{
    Desk desk;
    bool is_stopped = false;
    desk.registry.offer({.name = "test.stop", .help = "stops"}, [&](const Value::Map&, auto done) {
        desk.server->stop([&] { is_stopped = true; });
        done("goodbye");
    });
    RawClient client(desk);
    CHECK(client.ask(request("1", "test.stop")) == answer("1", "\"goodbye\""));
    CHECK(client.is_over());
    CHECK(desk.turn_until([&] { return is_stopped; }));
}

TEST_CASE("a server without clients stops at once, but not inline", "[rpc]")
{
    Desk desk;
    bool is_stopped = false;
    desk.server->stop([&] { is_stopped = true; });
    CHECK_FALSE(is_stopped);
    CHECK(desk.turn_until([&] { return is_stopped; }));
}

TEST_CASE("a server that is destroyed leaves its clients and calls behind without harm", "[rpc]")
{
    Desk desk;
    RawClient client(desk);
    client.say(request("1", "test.sleep", R"(["a"])") + "\n");
    REQUIRE(desk.turn_until([&] { return desk.asleep.size() == 1; }));
    desk.server.reset();
    desk.wake("a");
    CHECK(client.is_over());
}

TEST_CASE("a server that cannot listen says why", "[rpc]")
{
    Desk desk;
    Server second(desk.loop, desk.registry);
    const auto opened = second.open(desk.listen());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == Errc::refused);
}
