#include "net/datagram_socket.hpp"

#include "machine.hpp"

#include <optional>

namespace shoal::net {

using test::loopback;
using test::Machine;

namespace {

struct Mailbox {
    explicit Mailbox(Machine& machine, const Endpoint& local = loopback())
    {
        auto opened = machine.network.open_datagram(local, [this](const Endpoint& from, ByteView datagram) {
            letters.emplace_back(from, Bytes(datagram.begin(), datagram.end()));
        });
        REQUIRE(opened);
        socket = std::move(*opened);
    }
    std::unique_ptr<environment::DatagramSocket> socket;
    std::vector<std::pair<Endpoint, Bytes>> letters;
};

}  // namespace

TEST_CASE("datagrams arrive whole, in order, with who sent them", "[net]")
{
    Machine machine;
    const auto at = GENERATE(loopback(), test::loopback6());
    Mailbox sender(machine, at);
    Mailbox receiver(machine, at);
    const std::vector<Bytes> sent = {Bytes(1, std::byte{1}), Bytes(1400, std::byte{2}),
                                     Bytes(60'000, std::byte{3})};
    for (const auto& datagram : sent) sender.socket->send(receiver.socket->local(), datagram);
    REQUIRE(machine.turn_until([&] { return receiver.letters.size() == sent.size(); }));
    for (std::size_t i = 0; i < sent.size(); ++i) {
        CHECK(receiver.letters[i].first == sender.socket->local());
        CHECK(receiver.letters[i].second == sent[i]);
    }
}

TEST_CASE("an empty datagram is a datagram", "[net]")
{
    Machine machine;
    Mailbox sender(machine);
    Mailbox receiver(machine);
    sender.socket->send(receiver.socket->local(), {});
    REQUIRE(machine.turn_until([&] { return receiver.letters.size() == 1; }));
    CHECK(receiver.letters[0].second.empty());
}

TEST_CASE("a flood of datagrams leaves the loop its turn", "[net]")
{
    Machine machine;
    Mailbox sender(machine);
    Mailbox receiver(machine);
    for (int i = 0; i < 150; ++i) sender.socket->send(receiver.socket->local(), as_bytes("x"));
    std::optional<std::size_t> seen_by_task;
    // Posted when the first datagram arrives, it runs before the last one does.
    CHECK(machine.turn_until([&] {
        if (!receiver.letters.empty() && !seen_by_task) {
            seen_by_task = 0;
            machine.loop.post([&] { seen_by_task = receiver.letters.size(); });
        }
        return receiver.letters.size() == 150;
    }));
    REQUIRE(seen_by_task);
    CHECK(*seen_by_task > 0);
    CHECK(*seen_by_task < 150);
}

TEST_CASE("a datagram to nobody and one that is too long are dropped, and the socket lives on", "[net]")
{
    Machine machine;
    Mailbox sender(machine);
    Mailbox receiver(machine);
    sender.socket->send(loopback(1), as_bytes("nobody"));
    sender.socket->send(receiver.socket->local(), Bytes(70'000));
    sender.socket->send(test::loopback6(1), as_bytes("other family"));
    machine.turn_for(std::chrono::milliseconds{5});
    sender.socket->send(receiver.socket->local(), as_bytes("somebody"));
    CHECK(machine.turn_until([&] { return receiver.letters.size() == 1; }));
}

TEST_CASE("a datagram socket destroyed while it hands over a datagram hands over no more", "[net]")
{
    Machine machine;
    Mailbox sender(machine);
    std::unique_ptr<environment::DatagramSocket> socket;
    int received = 0;
    auto opened = machine.network.open_datagram(loopback(), [&](const Endpoint&, ByteView datagram) {
        socket.reset();
        received += static_cast<int>(datagram.size());  // the octets outlive the socket
    });
    REQUIRE(opened);
    socket = std::move(*opened);
    const auto at = socket->local();
    for (int i = 0; i < 3; ++i) sender.socket->send(at, as_bytes("x"));
    CHECK(machine.turn_until([&] { return received > 0; }));
    machine.turn_for(std::chrono::milliseconds{5});
    CHECK(received == 1);
}

TEST_CASE("a taken UDP port is an error", "[net]")
{
    Machine machine;
    const Mailbox first(machine);
    CHECK_FALSE(machine.network.open_datagram(first.socket->local(), [](const Endpoint&, ByteView) {}));
}

}  // namespace shoal::net
