#include "net/live_loop.hpp"

#include "machine.hpp"

#include <csignal>
#include <future>
#include <memory>
#include <thread>

namespace shoal::net {

using environment::TimerId;
using std::chrono::milliseconds;
using test::Machine;
using test::thread_cpu_time;

TEST_CASE("a posted task runs later, in order, and never inline", "[net]")
{
    Machine machine;
    std::vector<int> ran;
    machine.loop.post([&] {
        ran.push_back(1);
        machine.loop.post([&] { ran.push_back(3); });
        CHECK(ran.size() == 1);
    });
    machine.loop.post([&] { ran.push_back(2); });
    CHECK(ran.empty());
    CHECK(machine.turn_until([&] { return ran.size() == 3; }));
    CHECK(ran == std::vector{1, 2, 3});
}

TEST_CASE("tasks of several threads all run on the loop's thread, each thread's in order", "[net]")
{
    constexpr int threads = 4;
    constexpr int tasks = 5'000;
    Machine machine;
    std::vector<std::vector<int>> ran(threads);
    int count = 0;
    std::vector<std::jthread> posters;
    for (int t = 0; t < threads; ++t) {
        posters.emplace_back([&, t] {
            for (int i = 0; i < tasks; ++i) {
                machine.loop.post([&, t, i] {
                    ran[static_cast<std::size_t>(t)].push_back(i);
                    count += machine.loop.is_current_thread() ? 1 : 0;
                });
            }
        });
    }
    CHECK(machine.turn_until([&] { return count == threads * tasks; }));
    for (const auto& order : ran) CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("only the thread that runs the loop is its thread", "[net]")
{
    Machine machine;
    CHECK(machine.loop.is_current_thread());
    CHECK_FALSE(std::async(std::launch::async, [&] { return machine.loop.is_current_thread(); }).get());
}

TEST_CASE("a timer runs once, not before its time, and the earliest first", "[net]")
{
    Machine machine;
    std::vector<int> ran;
    const auto began = machine.loop.now();
    machine.loop.start_timer(milliseconds{30}, [&] { ran.push_back(2); });
    machine.loop.start_timer(milliseconds{10}, [&] { ran.push_back(1); });
    CHECK(machine.turn_until([&] { return ran.size() == 2; }));
    CHECK(machine.loop.now() - began >= milliseconds{30});
    CHECK(ran == std::vector{1, 2});
    machine.turn_for(milliseconds{5});
    CHECK(ran.size() == 2);
}

TEST_CASE("a cancelled timer does not run and its task is destroyed at once", "[net]")
{
    Machine machine;
    auto owned = std::make_shared<int>(0);
    const auto timer = machine.loop.start_timer(milliseconds{1}, [owned] { ++*owned; });
    CHECK(machine.loop.cancel_timer(timer));
    CHECK(owned.use_count() == 1);
    CHECK_FALSE(machine.loop.cancel_timer(timer));
    machine.turn_for(milliseconds{10});
    CHECK(*owned == 0);
}

TEST_CASE("a timer can start and cancel timers, itself included", "[net]")
{
    Machine machine;
    bool has_run_other = false;
    int rounds = 0;
    TimerId own{0};
    const auto other = machine.loop.start_timer(milliseconds{20}, [&] { has_run_other = true; });
    UniqueFunction<void()> again = [&] {
        CHECK_FALSE(machine.loop.cancel_timer(own));
        machine.loop.cancel_timer(other);
        if (++rounds < 3) own = machine.loop.start_timer({}, [&] { again(); });
    };
    own = machine.loop.start_timer({}, [&] { again(); });
    CHECK(machine.turn_until([&] { return rounds == 3; }));
    machine.turn_for(milliseconds{30});
    CHECK_FALSE(has_run_other);
}

TEST_CASE("a timer of no delay that restarts itself leaves the posted tasks their turn", "[net]")
{
    Machine machine;
    bool has_run = false;
    environment::Timer timer(machine.loop);
    UniqueFunction<void()> again = [&] { timer.start({}, [&] { again(); }); };
    again();
    machine.loop.start_timer(milliseconds{1}, [&] { machine.loop.post([&] { has_run = true; }); });
    CHECK(machine.turn_until([&] { return has_run; }));
}

TEST_CASE("the longest delay there is means never", "[net]")
{
    Machine machine;
    bool has_run = false;
    machine.loop.start_timer(environment::Duration::max(), [&] { has_run = true; });
    machine.turn_for(milliseconds{5});
    CHECK_FALSE(has_run);
}

TEST_CASE("waiting costs no processor time", "[net]")
{
    Machine machine;
    for (int i = 0; i < 10'000; ++i) machine.loop.start_timer(std::chrono::hours{1}, [] {});
    const auto before = thread_cpu_time();
    machine.turn_for(milliseconds{200});
    CHECK(thread_cpu_time() - before < milliseconds{50});
}

TEST_CASE("stop ends a run from another thread, and the loop can run again", "[net]")
{
    Machine machine;
    const std::jthread stopper([&] {
        std::this_thread::sleep_for(milliseconds{5});
        machine.loop.stop();
    });
    CHECK_FALSE(machine.loop.run_until([] { return false; }));
    bool has_run = false;
    machine.loop.post([&] { has_run = true; });
    CHECK(machine.turn_until([&] { return has_run; }));
}

TEST_CASE("a signal runs its task on the loop, each time", "[net]")
{
    Machine machine;
    int caught = 0;
    machine.loop.on_signal(SIGINT, [&] {
        CHECK(machine.loop.is_current_thread());
        ++caught;
    });
    std::raise(SIGINT);
    CHECK(machine.turn_until([&] { return caught == 1; }));
    std::raise(SIGINT);
    CHECK(machine.turn_until([&] { return caught == 2; }));
}

TEST_CASE("tasks that never ran are destroyed with the loop, and may post and cancel while they are", "[net]")
{
    struct Restless {
        explicit Restless(LiveLoop& on) : loop(on) {}
        ~Restless()
        {
            loop.cancel_timer(timer);
            loop.post([] {});
        }
        LiveLoop& loop;
        TimerId timer{0};
    };
    std::weak_ptr<Restless> posted;
    std::weak_ptr<Restless> timed;
    {
        LiveLoop loop;
        auto first = std::make_shared<Restless>(loop);
        auto second = std::make_shared<Restless>(loop);
        posted = first;
        timed = second;
        loop.post([first] {});
        second->timer = loop.start_timer(std::chrono::hours{1}, [second] {});
        first->timer = loop.start_timer(std::chrono::hours{1}, [] {});
    }
    CHECK(posted.expired());
    CHECK(timed.expired());
}

}  // namespace shoal::net
