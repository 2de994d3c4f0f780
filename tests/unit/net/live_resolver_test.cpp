#include "net/live_resolver.hpp"

#include "machine.hpp"

#include <optional>

namespace shoal::net {

using test::Machine;

namespace {

using Answer = std::optional<Result<std::vector<Address>>>;

Answer ask(Machine& machine, environment::Resolver& resolver, const std::string& name)
{
    Answer answer;
    resolver.resolve(name, [&](auto found) { answer.emplace(std::move(found)); });
    REQUIRE_FALSE(answer);
    REQUIRE(machine.turn_until([&] { return answer.has_value(); }));
    return answer;
}

}  // namespace

TEST_CASE("localhost resolves to a loopback address, without repeats", "[net]")
{
    Machine machine;
    LiveResolver resolver(machine.loop);
    const auto answer = ask(machine, resolver, "localhost");
    REQUIRE(*answer);
    REQUIRE_FALSE((*answer)->empty());
    for (const auto& address : **answer) {
        CHECK(address.is_loopback());
        CHECK(std::ranges::count(**answer, address) == 1);
    }
}

TEST_CASE("a numeric address resolves to itself", "[net]")
{
    Machine machine;
    LiveResolver resolver(machine.loop);
    const std::string name = GENERATE("192.0.2.7", "2001:db8::7");
    const auto answer = ask(machine, resolver, name);
    REQUIRE(*answer);
    CHECK(**answer == std::vector{*Address::parse(name)});
}

TEST_CASE("what cannot be a host name is bad input", "[net]")
{
    Machine machine;
    LiveResolver resolver(machine.loop);
    const auto name =
        GENERATE(std::string{}, std::string("a b"), std::string("a\0b", 3), std::string(300, 'a'));
    const auto answer = ask(machine, resolver, name);
    REQUIRE_FALSE(*answer);
    CHECK(answer->error().code == Errc::bad_input);
}

TEST_CASE("a name that nobody has is an error with the name in it", "[net]")
{
    Machine machine;
    LiveResolver resolver(machine.loop);
    const auto answer = ask(machine, resolver, "no-such-host.invalid");  // RFC 6761 keeps it that way
    REQUIRE_FALSE(*answer);
    // Without any name server the system cannot tell.
    const auto code = answer->error().code;
    CHECK((code == Errc::not_found || code == Errc::network_error));
    CHECK(answer->error().text.find("no-such-host.invalid") != std::string::npos);
}

TEST_CASE("a cancelled look-up destroys its completion without calling it", "[net]")
{
    Machine machine;
    LiveResolver resolver(machine.loop);
    auto held = std::make_shared<bool>(false);
    const auto operation = resolver.resolve("localhost", [held](auto) { *held = true; });
    resolver.cancel(operation);
    CHECK(held.use_count() == 1);
    ask(machine, resolver, "localhost");
    ask(machine, resolver, "192.0.2.7");
    CHECK_FALSE(*held);
}

TEST_CASE("a resolver can go while it is asked, from inside an answer too", "[net]")
{
    Machine machine;
    auto resolver = std::make_unique<LiveResolver>(machine.loop);
    int answers = 0;
    for (int i = 0; i < 20; ++i) {
        resolver->resolve("localhost", [&](auto) {
            ++answers;
            resolver.reset();
        });
    }
    CHECK(machine.turn_until([&] { return answers > 0; }));
    machine.turn_for(std::chrono::milliseconds{20});
    CHECK(answers == 1);
}

}  // namespace shoal::net
