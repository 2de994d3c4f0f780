#include "rpc/client.hpp"

#include "desk.hpp"

using namespace shoal;
using namespace shoal::rpc;
using namespace shoal::rpc::test;

namespace {

// A client of ours at a desk.
struct Visitor {
    explicit Visitor(Desk& at) : desk(at)
    {
        auto stream = net::connect_local(desk.loop, desk.path);
        REQUIRE(stream);
        client.emplace(std::move(*stream), [this](const Event& event) { heard.push_back(event); });
    }

    Result<Value> ask(const std::string& method, Value::Map arguments = {})
    {
        std::optional<Result<Value>> answer;
        client->call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        REQUIRE(desk.turn_until([&] { return answer.has_value(); }));
        return *answer;
    }

    Desk& desk;
    std::vector<Event> heard;
    std::optional<Client> client;
};

}  // namespace

TEST_CASE("a client's calls are answered, those of the same method too, in any order", "[rpc]")
{
    Desk desk;
    Visitor visitor(desk);
    std::vector<std::string> answers;
    for (const char* name : {"a", "b"}) {
        visitor.client->call("test.sleep", Value::Map{}.set("name", name),
                             [&](Result<Value> given) { answers.push_back(*given->as_text()); });
    }
    REQUIRE(desk.turn_until([&] { return desk.asleep.size() == 2; }));
    desk.wake("b");
    desk.wake("a");
    REQUIRE(desk.turn_until([&] { return answers.size() == 2; }));
    CHECK(answers == std::vector<std::string>{"b", "a"});
    CHECK(visitor.ask("test.ping").value() == Value("pong"));
}

TEST_CASE("an error arrives as it was, with its code and its text", "[rpc]")
{
    Desk desk;
    Visitor visitor(desk);
    const auto failed = visitor.ask("test.fail");
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == make_error(Errc::disk_full, "the disk is full"));
    CHECK(visitor.ask("nobody.knows").error().code == Errc::not_found);
    CHECK(visitor.ask("test.echo").error().code == Errc::invalid_argument);
    CHECK_FALSE(visitor.client->end());
}

TEST_CASE("a client hears the events it subscribed to", "[rpc]")
{
    Desk desk;
    Visitor visitor(desk);
    REQUIRE(visitor.ask("rpc.subscribe", Value::Map{}.set("events", Value::List{"*"})));
    desk.registry.publish("test.happened", Value::Map{}.set("n", 3));
    REQUIRE(desk.turn_until([&] { return !visitor.heard.empty(); }));
    CHECK(visitor.heard[0].name == "test.happened");
    CHECK(visitor.heard[0].payload == Value::Map{}.set("n", 3).set("seq", 1).set("cause", "core"));
}

TEST_CASE("when the server goes, what was asked ends with an error, and so does what is asked then", "[rpc]")
{
    Desk desk;
    Visitor visitor(desk);
    std::optional<Error> error;
    visitor.client->call("test.sleep", {}, [&](Result<Value> given) { error = given.error(); });
    REQUIRE(desk.turn_until([&] { return desk.asleep.size() == 1; }));
    desk.server.reset();
    REQUIRE(desk.turn_until([&] { return error.has_value(); }));
    CHECK(error->code == Errc::network_error);
    CHECK(visitor.client->end());
    CHECK(visitor.ask("test.ping").error().code == Errc::network_error);
}

TEST_CASE("a client that is turned away hears why", "[rpc]")
{
    Desk desk({.clients = 1});
    const Visitor first(desk);
    REQUIRE(desk.turn_until([&] { return desk.server->clients() == 1; }));
    Visitor second(desk);
    const auto refused = second.ask("test.ping");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::limit_exceeded);
}

TEST_CASE("a big question and a big answer arrive whole", "[rpc]")
{
    Desk desk;
    Visitor visitor(desk);
    const std::string text(3'000'000, 'x');
    const auto answer = visitor.ask("test.echo", Value::Map{}.set("text", text));
    REQUIRE(answer);
    CHECK(*answer->as_map()->find("text") == Value(text));
}

TEST_CASE("a server that talks nonsense ends the connection and the calls", "[rpc]")
{
    Desk desk;
    const std::string nonsense = GENERATE("nonsense\n", "[]\n", "{\"id\":1}\n", "{\"id\":77,\"result\":1}\n", "{}\n");
    CAPTURE(nonsense);
    std::unique_ptr<environment::Stream> theirs;
    const auto path = desk.folder / "other.sock";
    const auto listener = net::LocalListener::open(desk.loop, path, [&](auto stream) { theirs = std::move(stream); });
    REQUIRE(listener);
    auto ours = net::connect_local(desk.loop, path);
    REQUIRE(ours);
    Client client(std::move(*ours));
    std::optional<Error> error;
    client.call("test.ping", {}, [&](Result<Value> given) { error = given.error(); });
    REQUIRE(desk.turn_until([&] { return theirs != nullptr; }));
    const auto octets = as_bytes(nonsense);
    theirs->write({&octets, 1}, false);
    REQUIRE(desk.turn_until([&] { return error.has_value(); }));
    CHECK(error->code == Errc::protocol_error);
}
