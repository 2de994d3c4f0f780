#include "host/crash_report.hpp"

#include "host/breadcrumb.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <string>

#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

namespace shoal::host {

namespace {

constexpr std::array fatal_signals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t longest_path = 4096;

// A signal handler has nothing but static storage: written once, before any signal can come.
std::array<char, longest_path> report_path{};
alignas(std::max_align_t) std::array<char, 64 * 1024> emergency_stack{};

const char* name_of(int signal)
{
    switch (signal) {
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGFPE: return "SIGFPE";
    case SIGILL: return "SIGILL";
    default: return "SIGABRT";
    }
}

// Everything from here to on_fatal_signal is async-signal-safe: write(2), open(2), no allocation.
void write_text(int descriptor, const char* text)
{
    std::size_t left = std::strlen(text);
    while (left > 0) {
        const auto written = ::write(descriptor, text, left);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        text += written;
        left -= static_cast<std::size_t>(written);
    }
}

void write_report(int descriptor, int signal)
{
    if (const auto* top = breadcrumb().top) {
        write_text(descriptor, "Shoal crashed inside plug-in ");
        write_text(descriptor, top->plugin);
        write_text(descriptor, " (");
        write_text(descriptor, top->instance[0] == '\0' ? "no label" : top->instance);
        write_text(descriptor, ", ");
        write_text(descriptor, top->function);
        write_text(descriptor, "): ");
    } else {
        write_text(descriptor, "Shoal crashed, not inside a plug-in: ");
    }
    write_text(descriptor, name_of(signal));
    write_text(descriptor, "\n");
    std::array<void*, 64> frames;
    ::backtrace_symbols_fd(frames.data(), ::backtrace(frames.data(), static_cast<int>(frames.size())),
                           descriptor);
}

extern "C" void shoal_on_fatal_signal(int signal)
{
    // A second fault in here must not come back here.
    for (const int fatal : fatal_signals) std::signal(fatal, SIG_DFL);
    write_report(STDERR_FILENO, signal);
    if (report_path[0] != '\0') {
        const int descriptor = ::open(report_path.data(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (descriptor >= 0) {
            write_report(descriptor, signal);
            ::close(descriptor);
        }
    }
    // Delivered as soon as this handler returns, with the default action: a core file, and the right exit
    // status.
    std::raise(signal);
}

}  // namespace

void install_crash_reporter(const std::filesystem::path& file)
{
    const std::string path = file.string();
    const auto length = std::min(path.size(), report_path.size() - 1);
    std::copy_n(path.begin(), length, report_path.begin());
    report_path[length] = '\0';

    // The first backtrace loads a library, which a signal handler must not.
    std::array<void*, 1> warm_up;
    ::backtrace(warm_up.data(), static_cast<int>(warm_up.size()));

    // A plug-in that recursed too deep has left no room on the thread's own stack.
    stack_t stack{};
    stack.ss_sp = emergency_stack.data();
    stack.ss_size = emergency_stack.size();
    ::sigaltstack(&stack, nullptr);

    struct sigaction action {};
    action.sa_handler = shoal_on_fatal_signal;
    action.sa_flags = SA_ONSTACK;
    ::sigemptyset(&action.sa_mask);
    for (const int fatal : fatal_signals) ::sigaction(fatal, &action, nullptr);
}

}  // namespace shoal::host
