#include "net/tcp_listener.hpp"

#include "net/socket_address.hpp"
#include "stream_recorder.hpp"

#include <optional>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace shoal::net {

using std::chrono::milliseconds;
using test::loopback;
using test::Machine;
using test::raw_connection;
using test::thread_cpu_time;

namespace {

// Takes all descriptors that the process may have, until it goes.
class DescriptorFamine {
public:
    DescriptorFamine()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        auto limit = before_;
        limit.rlim_cur = 64;
        ::setrlimit(RLIMIT_NOFILE, &limit);
        for (;;) {
            Descriptor one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
            if (!one.is_open()) break;
            taken_.push_back(std::move(one));
        }
    }
    DescriptorFamine(const DescriptorFamine&) = delete;
    DescriptorFamine& operator=(const DescriptorFamine&) = delete;
    ~DescriptorFamine() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
    std::vector<Descriptor> taken_;
};

}  // namespace

TEST_CASE("a listener on port 0 says which port it got, and a taken port is an error that names it", "[net]")
{
    Machine machine;
    auto first = machine.network.listen(loopback(), [](auto) {});
    REQUIRE(first);
    const auto local = (*first)->local();
    CHECK(local.port != 0);
    const auto second = machine.network.listen(local, [](auto) {});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::network_error);
    CHECK(second.error().text.find(local.to_string()) != std::string::npos);
}

TEST_CASE("more connections than one wake-up accepts are all accepted", "[net]")
{
    Machine machine;
    std::vector<std::unique_ptr<environment::Stream>> accepted;
    auto listener =
        machine.network.listen(loopback(), [&](auto stream) { accepted.push_back(std::move(stream)); });
    REQUIRE(listener);
    std::vector<Descriptor> clients;
    for (int i = 0; i < 150; ++i) clients.push_back(raw_connection((*listener)->local()));
    CHECK(machine.turn_until([&] { return accepted.size() == clients.size(); }));
}

TEST_CASE("a listener destroyed while it hands over a connection accepts no more", "[net]")
{
    Machine machine;
    int accepted = 0;
    std::unique_ptr<environment::Listener> listener;
    auto held = std::make_shared<int>(0);
    auto opened = machine.network.listen(loopback(), [&, held](auto) {
        listener.reset();
        ++accepted;
        ++*held;  // what the function holds is still there
    });
    REQUIRE(opened);
    listener = std::move(*opened);
    const auto at = listener->local();
    const auto first = raw_connection(at);
    const auto second = raw_connection(at);
    CHECK(machine.turn_until([&] { return accepted > 0; }));
    machine.turn_for(milliseconds{5});
    CHECK(accepted == 1);
    CHECK(held.use_count() == 1);
}

TEST_CASE("out of descriptors a listener rests without spinning, and then accepts who waited", "[net]")
{
    Machine machine;
    std::vector<std::unique_ptr<environment::Stream>> accepted;
    auto listener =
        machine.network.listen(loopback(), [&](auto stream) { accepted.push_back(std::move(stream)); });
    REQUIRE(listener);
    const auto client = raw_connection((*listener)->local());
    std::optional<DescriptorFamine> famine{std::in_place};
    const auto before = thread_cpu_time();
    machine.turn_for(milliseconds{250});
    const auto used = thread_cpu_time() - before;
    famine.reset();  // what checks may need descriptors, too
    CHECK(accepted.empty());
    CHECK(used < milliseconds{50});
    CHECK(machine.turn_until([&] { return accepted.size() == 1; }));
}

TEST_CASE("out of descriptors a connection is an error with its reason", "[net]")
{
    Machine machine;
    Errc code = Errc::ok;
    std::optional<DescriptorFamine> famine{std::in_place};
    machine.network.connect(loopback(1), std::chrono::seconds{1},
                            [&](auto stream) { code = stream ? Errc::ok : stream.error().code; });
    const bool has_ended = machine.turn_until([&] { return code != Errc::ok; });
    famine.reset();
    CHECK(has_ended);
    CHECK(code == Errc::limit_exceeded);
}

TEST_CASE("a connection that died in the backlog does not stop the listener", "[net]")
{
    Machine machine;
    std::vector<std::unique_ptr<environment::Stream>> accepted;
    auto listener =
        machine.network.listen(loopback(), [&](auto stream) { accepted.push_back(std::move(stream)); });
    REQUIRE(listener);
    {
        const auto dead = raw_connection((*listener)->local());
        const linger at_once{1, 0};
        ::setsockopt(dead.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    const auto alive = raw_connection((*listener)->local());
    const auto port = local_endpoint(alive.number()).port;
    CHECK(machine.turn_until([&] {
        return std::ranges::any_of(accepted,
                                   [&](const auto& stream) { return stream->remote().port == port; });
    }));
}

}  // namespace shoal::net
