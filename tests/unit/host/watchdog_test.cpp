#include "host/watchdog.hpp"

#include "probe.hpp"

#include <catch2/catch.hpp>

#include <condition_variable>
#include <mutex>

namespace shoal::host::test {

using namespace std::chrono_literals;

namespace {

// Lets a test wait for a line instead of sleeping.
class AwaitedLog final : public LogSink {
public:
    bool wants(LogLevel) const noexcept override { return true; }

    void write(LogLevel, std::string_view line) noexcept override
    {
        const std::lock_guard lock(mutex_);
        lines_.emplace_back(line);
        changed_.notify_all();
    }

    bool await(std::size_t count)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return lines_.size() >= count; });
    }

    std::vector<std::string> lines()
    {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("the watchdog names the plug-in that holds up the loop, once a call", "[host][watchdog]")
{
    AwaitedLog log;
    Stage stage;
    stage.start();
    Watchdog watchdog(Log(log), {.loop = 20ms});
    const auto lease = watchdog.watch_loop();
    stage.instance->call("pick", [&] { CHECK(log.await(1)); });
    stage.instance->call("decide", [&] { CHECK(log.await(2)); });
    const auto lines = log.lines();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("plug-in org.example.probe has been in pick for "));
    CHECK(lines[1].starts_with("plug-in org.example.probe has been in decide for "));
}

TEST_CASE("the watchdog names the plug-in that hangs on a worker thread, by the workers' own limit", "[host][watchdog]")
{
    AwaitedLog log;
    Stage stage({.kind = "storage"});
    stage.start();
    Watchdog watchdog(Log(log), {.loop = 1h, .worker = 20ms});
    const auto lease = watchdog.watch_loop();  // which has all the time in the world
    std::thread([&] {
        const auto on_worker = watchdog.watch_worker();
        stage.instance->call_on_worker("write", [&] { CHECK(log.await(1)); });
        stage.instance->call_on_worker("read", [&] { CHECK(log.await(2)); });
    }).join();
    const auto lines = log.lines();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].starts_with("plug-in org.example.probe has been in write for "));
    CHECK(lines[0].ends_with("what needs it waits"));
    CHECK(lines[1].starts_with("plug-in org.example.probe has been in read for "));
}

TEST_CASE("the watchdog says nothing of a thread that waits outside of plug-ins", "[host][watchdog]")
{
    AwaitedLog quiet;
    AwaitedLog reference;
    Stage stage;
    stage.start();
    Watchdog watchdog(Log(quiet), {.loop = 10ms, .worker = 10ms});
    const auto lease = watchdog.watch_loop();
    // A second watchdog on another, stuck thread shows that enough time has passed.
    std::thread stuck([&] {
        Watchdog other(Log(reference), {.loop = 100ms});
        const auto other_lease = other.watch_loop();
        stage.instance->call("pick", [&] { CHECK(reference.await(1)); });
    });
    stuck.join();
    CHECK(quiet.lines().empty());
}

}  // namespace shoal::host::test
