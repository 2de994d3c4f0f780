#include "cli/interruption.hpp"

#include "cli/exit_code.hpp"
#include "cli/keyboard.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <ctime>

#include <unistd.h>

namespace shoal::cli {

namespace {

constexpr std::array signals = {SIGINT, SIGTERM};

// A handler has no other place to look at.
std::atomic<long long> first_at{0};  // nanoseconds; 0: none came
std::array<struct sigaction, signals.size()> told_first;

static_assert(std::atomic<long long>::is_always_lock_free);

long long nanoseconds_now()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

// Nothing here but what a signal handler may do.
void on_signal(int number)
{
    // timeout(1) and shells send the same one to the process and to its group: that is one wish.
    constexpr long long one_wish = 200'000'000;
    const long long now = nanoseconds_now();
    long long first = 0;
    if (!first_at.compare_exchange_strong(first, now)) {
        if (now - first < one_wish) return;
        Keyboard::restore();
        ::_exit(static_cast<int>(ExitCode::interrupted));
    }
    const auto& told = told_first[number == signals[0] ? 0 : 1];
    if (told.sa_handler != SIG_DFL && told.sa_handler != SIG_IGN) told.sa_handler(number);
}

}  // namespace

Interruption::Interruption()
{
    first_at = 0;
    for (std::size_t i = 0; i < signals.size(); ++i) {
        ::sigaction(signals[i], nullptr, &told_first[i]);
        struct sigaction ours {};
        ours.sa_handler = on_signal;
        ours.sa_flags = SA_RESTART;
        ::sigfillset(&ours.sa_mask);
        ::sigaction(signals[i], &ours, nullptr);
    }
}

// The loop turns no more: nobody would hear what it was told.
Interruption::~Interruption()
{
    for (const int number : signals) std::signal(number, SIG_DFL);
}

bool Interruption::has_come() const
{
    return first_at != 0;
}

}  // namespace shoal::cli
