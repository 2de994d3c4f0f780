// For what must abort: a function run in a process of its own.
#pragma once

#include <catch2/catch.hpp>

#include <array>
#include <csignal>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace shoal::test {

struct Ending {
    int signal;       // 0: it returned
    std::string text; // of standard error
};

template <class F>
Ending run_apart(F f)
{
    std::array<int, 2> pipe_ends{};
    REQUIRE(pipe(pipe_ends.data()) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        // Catch2 would take the signal for a failed test.
        std::signal(SIGABRT, SIG_DFL);
        dup2(pipe_ends[1], STDERR_FILENO);
        f();
        _exit(0);
    }
    close(pipe_ends[1]);
    std::string text;
    std::array<char, 256> part{};
    for (ssize_t n = 0; (n = read(pipe_ends[0], part.data(), part.size())) > 0;) {
        text.append(part.data(), static_cast<std::size_t>(n));
    }
    close(pipe_ends[0]);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    return {WIFSIGNALED(status) ? WTERMSIG(status) : 0, text};
}

} // namespace shoal::test
