#include "host/crash_report.hpp"

#include "host/registry.hpp"
#include "probe.hpp"

#include <shoal/abi/picker.h>

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace shoal::host::test {

namespace {

struct Crash {
    int status = 0;
    std::string report;
};

// Runs `body` in a child that has a crash reporter and must not survive.
Crash crash_in_child(const std::function<void()>& body)
{
    const auto file = std::filesystem::temp_directory_path() / ("shoal-crash-" + std::to_string(::getpid()));
    std::filesystem::remove(file);
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int nowhere = ::open("/dev/null", O_WRONLY);
        ::dup2(nowhere, STDERR_FILENO);
        const rlimit no_core{0, 0};
        ::setrlimit(RLIMIT_CORE, &no_core);
        install_crash_reporter(file);
        body();
        ::_exit(0);
    }
    Crash crash;
    REQUIRE(::waitpid(child, &crash.status, 0) == child);
    std::ifstream in(file);
    crash.report.assign(std::istreambuf_iterator<char>(in), {});
    std::filesystem::remove(file);
    return crash;
}

void call_crasher(const std::function<void(Instance&)>& call)
{
    Registry registry;
    registry.scan(HOST_TEST_PLUGINS);
    FakeEnvironment environment;
    auto factory = registry.find("picker", "crashes");
    if (!factory) return;
    auto instance = Instance::create(
        **factory, {.environment = environment.all, .label = "torrent 3fa1", .random = RandomStream(1, 1)});
    if (instance) call(**instance);
}

}  // namespace

TEST_CASE("a crash inside a plug-in names it, its instance and the function", "[host][crash]")
{
    const auto crash = crash_in_child([] {
        call_crasher([](Instance& instance) {
            instance.call("pick", [&] {
                return instance.table<shoal_picker_v1>().pick(instance.self(), nullptr, nullptr, nullptr, 0);
            });
        });
    });
    REQUIRE(WIFSIGNALED(crash.status));
    CHECK(WTERMSIG(crash.status) == SIGSEGV);
    INFO(crash.report);
    CHECK(crash.report.starts_with(
        "Shoal crashed inside plug-in org.example.picker.crashes (torrent 3fa1, pick): SIGSEGV\n"));
    CHECK(crash.report.find("crashes.so") != std::string::npos);  // the backtrace
}

TEST_CASE("a plug-in that aborts is named, too", "[host][crash]")
{
    const auto crash = crash_in_child([] {
        call_crasher([](Instance& instance) {
            instance.call_on_worker("rank", [&] {
                return instance.table<shoal_picker_v1>().rank(instance.self(), nullptr, nullptr, nullptr);
            });
        });
    });
    REQUIRE(WIFSIGNALED(crash.status));
    CHECK(WTERMSIG(crash.status) == SIGABRT);
    CHECK(crash.report.starts_with(
        "Shoal crashed inside plug-in org.example.picker.crashes (torrent 3fa1, rank): SIGABRT\n"));
}

TEST_CASE("a crash outside of plug-ins blames none of them", "[host][crash]")
{
    const auto crash = crash_in_child([] {
        call_crasher([](Instance& instance) { static_cast<void>(instance.last_error()); });
        std::raise(SIGFPE);
    });
    REQUIRE(WIFSIGNALED(crash.status));
    CHECK(WTERMSIG(crash.status) == SIGFPE);
    CHECK(crash.report.starts_with("Shoal crashed, not inside a plug-in: SIGFPE\n"));
}

}  // namespace shoal::host::test
