#include "net/local_socket.hpp"

#include "stream_recorder.hpp"
#include "support/as_nobody.hpp"
#include "support/cannot_run.hpp"
#include "support/temporary_folder.hpp"

#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shoal::net {

using test::Machine;
using test::StreamRecorder;
using shoal::test::TemporaryFolder;

namespace {

namespace fs = std::filesystem;

// What a process that died left behind: bound, and nobody listens any more.
void leave_dead_socket(const std::string& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

mode_t mode_of(const std::string& path)
{
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

Result<std::unique_ptr<environment::Listener>> listen(Machine& machine, const std::string& path)
{
    return LocalListener::open(machine.loop, path, [](auto) {});
}

}  // namespace

TEST_CASE("octets go both ways over a local socket, and its end is seen", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    std::optional<StreamRecorder> theirs;
    const auto listener = LocalListener::open(machine.loop, folder / "s", [&](auto stream) { theirs.emplace(std::move(stream)); });
    REQUIRE(listener);
    auto stream = connect_local(machine.loop, folder / "s");
    REQUIRE(stream);
    std::optional<StreamRecorder> ours(std::move(*stream));
    REQUIRE(machine.turn_until([&] { return theirs.has_value(); }));
    const auto octets = test::sample(3'000'000);
    ours->send(octets);
    theirs->send(as_bytes("hello"));
    CHECK(machine.turn_until([&] { return theirs->received.size() == octets.size() && ours->received.size() == 5; }));
    CHECK(theirs->received == octets);
    ours.reset();
    CHECK(machine.turn_until([&] { return theirs->last_read == environment::IoState::closed; }));
    CHECK((*listener)->local() == Endpoint{});
}

TEST_CASE("the socket is the owner's alone from its first moment, whatever the umask", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto before = ::umask(0);
    // Somebody who looks all the time never sees it open.
    std::atomic<bool> is_over{false};
    std::atomic<int> open_modes{0};
    std::thread onlooker([&] {
        struct stat found {};
        while (!is_over) {
            if (::lstat((folder / "s").c_str(), &found) == 0 && (found.st_mode & 077) != 0) ++open_modes;
        }
    });
    for (int i = 0; i < 200; ++i) {
        const auto listener = listen(machine, folder / "s");
        if (!listener || mode_of(folder / "s") != 0600) ++open_modes;
    }
    is_over = true;
    onlooker.join();
    ::umask(before);
    CHECK(open_modes == 0);
}

TEST_CASE("another user cannot connect", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    ::chmod(folder.path().c_str(), 0755);
    const auto listener = listen(machine, folder / "s");
    REQUIRE(listener);
    if (::geteuid() != 0) return shoal::test::cannot_run("only root can be another user for a while");
    const shoal::test::AsNobody nobody;
    const auto stream = connect_local(machine.loop, folder / "s");
    REQUIRE_FALSE(stream);
    CHECK(stream.error().code == Errc::permission_denied);
}

TEST_CASE("another user who gets through the file system all the same is not let in", "[net]")
{
    if (::geteuid() != 0) return shoal::test::cannot_run("only root can be another user for a while");
    Machine machine;
    const TemporaryFolder folder;
    int accepted = 0;
    const auto path = folder / "s";
    const auto listener = LocalListener::open(machine.loop, path, [&](auto) { ++accepted; });
    REQUIRE(listener);
    ::chmod(folder.path().c_str(), 0755);
    ::chmod(path.c_str(), 0666);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(1);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) ::_exit(2);
        char octet = 0;
        ::_exit(::read(socket, &octet, 1) == 0 ? 0 : 3);  // closed in our face
    }
    int status = -1;
    CHECK(machine.turn_until([&] {
        machine.loop.start_timer(std::chrono::milliseconds{5}, [] {});
        return ::waitpid(child, &status, WNOHANG) == child;
    }));
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(accepted == 0);
}

TEST_CASE("nobody calls a socket that another user listens at", "[net]")
{
    if (::geteuid() != 0) return shoal::test::cannot_run("only root can be another user for a while");
    Machine machine;
    const TemporaryFolder folder;
    const auto path = folder / "s";
    const auto listener = listen(machine, path);  // root's: everybody trusts it
    REQUIRE(listener);
    ::chmod(folder.path().c_str(), 0777);
    const auto fake = folder / "fake";
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(1);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        fake.copy(address.sun_path, sizeof address.sun_path - 1);
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        ::listen(socket, 1);
        [[maybe_unused]] const auto told = ::write(ready[1], "x", 1);
        ::pause();
    }
    char octet = 0;
    REQUIRE(::read(ready[0], &octet, 1) == 1);
    const pid_t victim = ::fork();
    if (victim == 0) {
        // A third user, in a loop of its own.
        ::chmod(fake.c_str(), 0777);
        if (::setgid(65533) != 0 || ::setuid(65533) != 0) ::_exit(1);
        LiveLoop loop;
        const auto called = connect_local(loop, fake);
        ::_exit(!called && called.error().code == Errc::permission_denied
                        && called.error().text.find("another user") != std::string::npos
                    ? 0
                    : 2);
    }
    int status = -1;
    ::waitpid(victim, &status, 0);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("what a dead process left is replaced, and what is left of us is nothing but the lock", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto path = folder / "s";
    leave_dead_socket(path);
    CHECK(connect_local(machine.loop, path).error().code == Errc::refused);
    {
        const auto listener = listen(machine, path);
        REQUIRE(listener);
        CHECK(connect_local(machine.loop, path));
    }
    CHECK_FALSE(folder.has("s"));
    CHECK(connect_local(machine.loop, path).error().code == Errc::not_found);
    CHECK(listen(machine, path));
}

TEST_CASE("a socket at which somebody listens is not taken, by ours or by any other program", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto path = folder / "s";
    const auto first = listen(machine, path);
    REQUIRE(first);
    const auto second = listen(machine, path);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::refused);
    CHECK_THAT(second.error().text, Catch::Contains(path));
    // One that does not know of our lock.
    fs::remove(path + ".lock");
    const auto third = listen(machine, path);
    REQUIRE_FALSE(third);
    CHECK(third.error().code == Errc::refused);
    CHECK(connect_local(machine.loop, path));
}

TEST_CASE("of two that start at once on a dead socket one is told of the other", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto path = folder / "s";
    leave_dead_socket(path);
    // The first holds the lock and has not come to listen yet.
    const Descriptor lock(::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::flock(lock.number(), LOCK_EX | LOCK_NB) == 0);
    const auto second = listen(machine, path);
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::refused);
    CHECK(folder.has("s"));
}

TEST_CASE("a file that is no socket is left alone", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto path = folder.write("s", "precious");
    const auto listener = listen(machine, path);
    REQUIRE_FALSE(listener);
    CHECK(listener.error().code == Errc::invalid_argument);
    CHECK(folder.read("s") == "precious");
    fs::create_symlink(path, folder / "link");
    CHECK(listen(machine, folder / "link").error().code == Errc::invalid_argument);
}

TEST_CASE("a listener leaves alone what somebody else has put in its place", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto path = folder / "s";
    {
        const auto listener = listen(machine, path);
        REQUIRE(listener);
        fs::remove(path);
        leave_dead_socket(path);
    }
    CHECK(folder.has("s"));
}

TEST_CASE("the folder of a socket is made, for the owner alone", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    const auto before = ::umask(0);
    const auto listener = listen(machine, folder / "shoal/s");
    ::umask(before);
    REQUIRE(listener);
    CHECK(mode_of(folder / "shoal") == 0700);
    CHECK(listen(machine, folder / "a/b/s").error().code == Errc::not_found);
}

TEST_CASE("a path that no socket can have is refused with how long it may be", "[net]")
{
    Machine machine;
    const TemporaryFolder folder;
    for (const auto& path : {folder / std::string(120, 'x'), std::string(), std::string("a\0b", 3)}) {
        CAPTURE(path);
        const auto listener = listen(machine, path);
        REQUIRE_FALSE(listener);
        CHECK(listener.error().code == Errc::invalid_argument);
        CHECK_THAT(listener.error().text, Catch::Contains("107"));
        CHECK(connect_local(machine.loop, path).error().code == Errc::invalid_argument);
    }
    const auto just = folder / std::string(107 - (folder / "").size(), 'x');
    CHECK(just.size() == 107);
    CHECK(listen(machine, just));
}

}  // namespace shoal::net
