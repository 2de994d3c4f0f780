#include "cli/interruption.hpp"

#include <catch2/catch.hpp>

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

using namespace shoal::cli;

namespace {

// In a process of its own; as waitpid() has it.
template <class Body>
int fate_of(Body body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        for (const int number : {SIGINT, SIGTERM}) std::signal(number, [](int) {});  // not that of Catch
        body();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
}

void pause_a_little()
{
    ::usleep(300'000);
}

}  // namespace

TEST_CASE("the first signal is told, the second ends a process that hangs: 7", "[cli]")
{
    const int fate = fate_of([] {
        const Interruption interruption;
        ::raise(SIGINT);
        if (!interruption.has_come()) ::_exit(1);
        pause_a_little();
        ::raise(SIGTERM);
        ::_exit(2);
    });
    REQUIRE(WIFEXITED(fate));
    CHECK(WEXITSTATUS(fate) == 7);
}

TEST_CASE("a signal that comes twice at once is one wish", "[cli]")
{
    const int fate = fate_of([] {
        const Interruption interruption;
        ::raise(SIGINT);
        ::raise(SIGINT);
    });
    REQUIRE(WIFEXITED(fate));
    CHECK(WEXITSTATUS(fate) == 0);
}

TEST_CASE("afterwards a signal does what it does by default", "[cli]")
{
    const int fate = fate_of([] {
        { const Interruption interruption; }
        ::raise(SIGTERM);
    });
    REQUIRE(WIFSIGNALED(fate));
    CHECK(WTERMSIG(fate) == SIGTERM);
}
