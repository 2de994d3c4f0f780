#include "net/tcp_connector.hpp"

#include "net/socket_address.hpp"
#include "stream_recorder.hpp"

#include <optional>
#include <sys/socket.h>

namespace shoal::net {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::loopback;
using test::Machine;

namespace {

using Outcome = std::optional<Result<std::unique_ptr<environment::Stream>>>;

Outcome connect(Machine& machine, const Endpoint& to, environment::Duration timeout)
{
    Outcome outcome;
    machine.network.connect(to, timeout, [&](auto stream) { outcome.emplace(std::move(stream)); });
    REQUIRE_FALSE(outcome);  // never inline
    REQUIRE(machine.turn_until([&] { return outcome.has_value(); }));
    return outcome;
}

Endpoint closed_port(Machine& machine)
{
    return (*machine.network.listen(loopback(), [](auto) {}))->local();
}

// A listener that accepts nobody and whose backlog is full: connecting to it hangs.
struct DeafListener {
    DeafListener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        const SocketAddress any(loopback());
        REQUIRE(::bind(socket.number(), any.get(), any.length) == 0);
        REQUIRE(::listen(socket.number(), 0) == 0);
        while (fillers.size() < 8) {
            fillers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
            const SocketAddress address(local());
            ::connect(fillers.back().number(), address.get(), address.length);
        }
    }
    Endpoint local() const { return local_endpoint(socket.number()); }
    Descriptor socket;
    std::vector<Descriptor> fillers;
};

}  // namespace

TEST_CASE("a connection to a port that nobody listens on is refused, and the error names it", "[net]")
{
    Machine machine;
    const auto nobody = closed_port(machine);
    const auto outcome = connect(machine, nobody, seconds{5});
    REQUIRE_FALSE(*outcome);
    CHECK(outcome->error().code == Errc::refused);
    CHECK(outcome->error().text.find(nobody.to_string()) != std::string::npos);
}

TEST_CASE("a connection that is not answered times out", "[net]")
{
    Machine machine;
    const DeafListener deaf;
    const auto began = machine.loop.now();
    const auto outcome = connect(machine, deaf.local(), milliseconds{50});
    REQUIRE_FALSE(*outcome);
    CHECK(outcome->error().code == Errc::timed_out);
    CHECK(machine.loop.now() - began >= milliseconds{50});
}

TEST_CASE("an address that cannot be connected to is an error, not an abort", "[net]")
{
    Machine machine;
    const auto nowhere =
        GENERATE(Endpoint{Address::from_v4(0xffffffff), 80}, Endpoint{Address::from_v4(0xe0000001), 80});
    const auto outcome = connect(machine, nowhere, seconds{1});
    CHECK_FALSE(*outcome);
}

TEST_CASE("cancelling a connection destroys its completion without calling it", "[net]")
{
    Machine machine;
    const DeafListener deaf;
    auto held = std::make_shared<int>(0);
    const auto operation = machine.network.connect(deaf.local(), milliseconds{10}, [held](auto) { ++*held; });
    machine.network.cancel_connect(operation);
    CHECK(held.use_count() == 1);
    machine.network.cancel_connect(operation);
    machine.turn_for(milliseconds{30});
    CHECK(*held == 0);
}

TEST_CASE("cancelling one connection from the completion of another works", "[net]")
{
    Machine machine;
    const DeafListener deaf;
    const auto nobody = closed_port(machine);
    int completed = 0;
    const auto other = machine.network.connect(deaf.local(), milliseconds{30}, [&](auto) { ++completed; });
    machine.network.connect(nobody, seconds{5}, [&](auto) {
        ++completed;
        machine.network.cancel_connect(other);
    });
    CHECK(machine.turn_until([&] { return completed == 1; }));
    machine.turn_for(milliseconds{50});
    CHECK(completed == 1);
}

TEST_CASE("IPv6 connects to IPv6, and an IPv6 listener leaves the IPv4 port alone", "[net]")
{
    Machine machine;
    std::unique_ptr<environment::Stream> accepted;
    auto six = machine.network.listen(test::loopback6(), [&](auto stream) { accepted = std::move(stream); });
    REQUIRE(six);
    const auto outcome = connect(machine, (*six)->local(), seconds{5});
    REQUIRE(*outcome);
    CHECK((**outcome)->remote().address.is_v6());
    CHECK(machine.turn_until([&] { return accepted != nullptr; }));

    auto any6 = machine.network.listen({*Address::parse("::"), 0}, [](auto) {});
    REQUIRE(any6);
    auto any4 = machine.network.listen({Address::from_v4(0), (*any6)->local().port}, [](auto) {});
    CHECK(any4.has_value());
}

TEST_CASE("a network may go while it connects", "[net]")
{
    LiveLoop loop;
    auto held = std::make_shared<int>(0);
    const DeafListener deaf;
    {
        LiveNetwork network(loop);
        network.connect(deaf.local(), seconds{5}, [held](auto) { ++*held; });
    }
    CHECK(held.use_count() == 1);
}

}  // namespace shoal::net
