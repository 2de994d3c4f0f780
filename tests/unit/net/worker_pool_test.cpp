#include "net/worker_pool.hpp"

#include "machine.hpp"

#include <atomic>
#include <barrier>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace shoal::net {

using test::Machine;

TEST_CASE("work runs on a worker and its completion on the loop, each once", "[net]")
{
    Machine machine;
    WorkerPool pool(machine.loop, 3);
    CHECK(pool.count() == 3);
    std::atomic<int> worked = 0;
    std::atomic<int> on_loop = 0;
    int done = 0;
    for (int i = 0; i < 1000; ++i) {
        pool.run(
            [&] {
                ++worked;
                if (machine.loop.is_current_thread()) ++on_loop;
            },
            [&] { done += machine.loop.is_current_thread() ? 1 : 0; });
    }
    CHECK(machine.turn_until([&] { return done == 1000; }));
    CHECK(worked == 1000);
    CHECK(on_loop == 0);
}

TEST_CASE("work that waits is dropped at an end that waits for nobody, and what a worker is at goes on", "[net]")
{
    Machine machine;
    std::atomic<int> worked = 0;
    {
        std::promise<void> begun;
        std::promise<void> may_end;
        WorkerPool pool(machine.loop, 1);  // after the promises: its end waits for the work that uses them
        pool.run(
            [&] {
                begun.set_value();
                may_end.get_future().wait();
                ++worked;
            },
            [] {});
        begun.get_future().wait();
        pool.run([&] { worked += 10; }, [] {});
        pool.drop_waiting();
        may_end.set_value();
    }
    CHECK(worked == 1);
}

TEST_CASE("each worker is attended on its own thread, from before its first work to after its last", "[net]")
{
    Machine machine;
    std::mutex lock;
    std::map<std::thread::id, std::string> lives;  // under lock
    {
        WorkerPool pool(machine.loop, 3, [&]() -> std::shared_ptr<void> {
            const std::lock_guard held(lock);
            lives[std::this_thread::get_id()] += "came ";
            return {nullptr, [&](void*) {
                        const std::lock_guard held_again(lock);
                        lives[std::this_thread::get_id()] += "left";
                    }};
        });
        for (int i = 0; i < 100; ++i) {
            pool.run(
                [&] {
                    const std::lock_guard held(lock);
                    CHECK(lives[std::this_thread::get_id()] == "came ");
                },
                [] {});
        }
    }
    CHECK(lives.size() == 3);
    for (const auto& [thread, life] : lives) CHECK(life == "came left");
}

TEST_CASE("as much work runs at a time as there are workers", "[net]")
{
    Machine machine;
    WorkerPool pool(machine.loop, 2);
    std::barrier both_there(2);
    int done = 0;
    for (int i = 0; i < 2; ++i) pool.run([&] { both_there.arrive_and_wait(); }, [&] { ++done; });
    CHECK(machine.turn_until([&] { return done == 2; }));
}

TEST_CASE("a pool that ends runs what it was handed first", "[net]")
{
    Machine machine;
    std::atomic<int> worked = 0;
    int done = 0;
    {
        WorkerPool pool(machine.loop, 1);
        for (int i = 0; i < 100; ++i) pool.run([&] { ++worked; }, [&] { ++done; });
    }
    CHECK(worked == 100);
    CHECK(done == 0);
    CHECK(machine.turn_until([&] { return done == 100; }));
}

TEST_CASE("what the work holds is gone when its completion runs", "[net]")
{
    Machine machine;
    WorkerPool pool(machine.loop, 1);
    auto held = std::make_shared<int>(0);
    bool is_done = false;
    pool.run([held] { ++*held; }, [&] { is_done = true; });
    CHECK(machine.turn_until([&] { return is_done; }));
    CHECK(held.use_count() == 1);
}

}  // namespace shoal::net
