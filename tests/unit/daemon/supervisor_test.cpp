#include "daemon/supervisor.hpp"
#include "net/descriptor.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace shoal;
using namespace shoal::daemon;
using namespace std::chrono_literals;

namespace {

// A service manager's end: hears what it is told.
class Ear {
public:
    explicit Ear(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        if (name.front() == '@') address.sun_path[0] = '\0';
        else ++length;
        REQUIRE(::bind(socket_.number(), reinterpret_cast<const sockaddr*>(&address), length) == 0);
    }

    // The next datagram; empty: there is none.
    std::string next()
    {
        std::array<char, 4096> room;
        const auto count = ::recv(socket_.number(), room.data(), room.size(), 0);
        return count <= 0 ? std::string() : std::string(room.data(), static_cast<std::size_t>(count));
    }

private:
    net::Descriptor socket_;
};

}  // namespace

TEST_CASE("a service manager is told when we are ready, reload, stop, how we are, and that we live", "[daemon]")
{
    const test::TemporaryFolder folder;
    Ear ear(folder / "notify");
    Supervisor supervisor({{"NOTIFY_SOCKET", folder / "notify"}});
    REQUIRE(supervisor.is_there());
    REQUIRE(supervisor.ready("3 torrents"));
    CHECK(ear.next() == "READY=1\nSTATUS=3 torrents");
    REQUIRE(supervisor.reloading());
    const auto reloading = ear.next();
    CHECK_THAT(reloading, Catch::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(std::stoull(reloading.substr(reloading.rfind('=') + 1)) > 0);
    REQUIRE(supervisor.status("busy"));
    CHECK(ear.next() == "STATUS=busy");
    REQUIRE(supervisor.alive());
    CHECK(ear.next() == "WATCHDOG=1");
    REQUIRE(supervisor.stopping("saving"));
    CHECK(ear.next() == "STOPPING=1\nSTATUS=saving");
    CHECK(ear.next().empty());
}

TEST_CASE("a service manager may be in the abstract namespace", "[daemon]")
{
    const auto name = "@shoal-test-" + std::to_string(::getpid());
    Ear ear(name);
    Supervisor supervisor({{"NOTIFY_SOCKET", name}});
    REQUIRE(supervisor.alive());
    CHECK(ear.next() == "WATCHDOG=1");
}

TEST_CASE("a status of several lines says nothing but a status", "[daemon]")
{
    const test::TemporaryFolder folder;
    Ear ear(folder / "notify");
    Supervisor supervisor({{"NOTIFY_SOCKET", folder / "notify"}});
    REQUIRE(supervisor.status("a\nREADY=1"));
    CHECK(ear.next() == "STATUS=a\\nREADY=1");
}

TEST_CASE("without a service manager nothing is told, and nothing fails", "[daemon]")
{
    for (const Variables& variables : {Variables{}, Variables{{"NOTIFY_SOCKET", ""}}, Variables{{"NOTIFY_SOCKET", "vsock:2:1"}},
                                       Variables{{"NOTIFY_SOCKET", "relative"}},
                                       Variables{{"NOTIFY_SOCKET", "/" + std::string(200, 'x')}}}) {
        Supervisor supervisor(variables);
        CHECK_FALSE(supervisor.is_there());
        CHECK(supervisor.ready("x"));
        CHECK(supervisor.alive());
    }
}

TEST_CASE("a service manager that is gone is an error that names its socket", "[daemon]")
{
    const test::TemporaryFolder folder;
    Supervisor supervisor({{"NOTIFY_SOCKET", folder / "gone"}});
    const auto told = supervisor.alive();
    REQUIRE_FALSE(told);
    CHECK(told.error().code == Errc::not_found);
    CHECK_THAT(told.error().text, Catch::Contains(folder / "gone"));
}

TEST_CASE("a service manager that does not listen is not waited for for ever", "[daemon]")
{
    const test::TemporaryFolder folder;
    Ear ear(folder / "notify");
    Supervisor supervisor({{"NOTIFY_SOCKET", folder / "notify"}});
    bool is_refused = false;
    for (int i = 0; i < 10'000 && !is_refused; ++i) is_refused = !supervisor.alive();
    CHECK(is_refused);
}

TEST_CASE("a watchdog is told twice as often as it must be", "[daemon]")
{
    const auto interval = [](const Variables& variables) { return Supervisor(variables).alive_interval(); };
    const auto own = std::to_string(::getpid());
    CHECK(interval({{"WATCHDOG_USEC", "30000000"}}) == 15s);
    CHECK(interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", own}}) == 15s);
    CHECK_FALSE(interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}));
    CHECK_FALSE(interval({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "me"}}));
    for (const auto* wrong : {"", "0", "-1", "30s", "99999999999999999999", "18446744073709551615"}) {
        CHECK_FALSE(interval({{"WATCHDOG_USEC", wrong}}));
    }
    CHECK_FALSE(interval({}));
}
