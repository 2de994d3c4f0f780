#include "probe.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace shoal::host::test {

namespace {

struct Job {
    Completions done;
    std::atomic<int> worked{0};

    static void work(void* user) { ++static_cast<Job*>(user)->worked; }
    static void finish(void* user, shoal_status status)
    {
        Completions::task(&static_cast<Job*>(user)->done, status);
    }
};

shoal_status submit(Stage& stage, Job& job)
{
    return stage.as_plugin(
        [&] { return stage.probe.workers->run(stage.probe.host, Job::work, Job::finish, &job); });
}

// Work that lasts until the test lets it go.
struct Blocked {
    std::promise<void> begun;
    std::promise<void> released;
    Completions done;

    static void work(void* user)
    {
        auto& mine = *static_cast<Blocked*>(user);
        mine.begun.set_value();
        mine.released.get_future().wait();
    }
    static void finish(void* user, shoal_status status)
    {
        Completions::task(&static_cast<Blocked*>(user)->done, status);
    }
};

}  // namespace

TEST_CASE("work is done on a worker and its end told on the strand", "[host][workers]")
{
    Stage stage;
    stage.start();
    Job job;
    CHECK(submit(stage, job) == SHOAL_OK);
    CHECK(job.worked == 0);
    stage.environment.workers.run_next(stage.environment.loop);
    CHECK(job.worked == 1);
    CHECK(job.done.count == 1);
    CHECK(job.done.last == SHOAL_OK);
}

TEST_CASE("work of one instance is handed out one job at a time, unless it is parallel", "[host][workers]")
{
    const auto [kind, together] =
        GENERATE(table<std::string, std::size_t>({{"storage", 1}, {"parallel-storage", 3}}));
    Stage stage({.kind = kind});
    stage.start();
    std::array<Job, 3> jobs;
    for (auto& job : jobs) CHECK(submit(stage, job) == SHOAL_OK);
    CHECK(stage.environment.workers.jobs.size() == together);
    for (int i = 0; i < 3; ++i) stage.environment.workers.run_next(stage.environment.loop);
    for (const auto& job : jobs) CHECK(job.done.count == 1);
}

TEST_CASE("work that never began completes as cancelled at the end", "[host][workers]")
{
    Stage stage;
    stage.start();
    std::array<Job, 2> jobs;  // one handed to the workers, one waiting
    for (auto& job : jobs) CHECK(submit(stage, job) == SHOAL_OK);
    stage.instance.reset();
    CHECK(stage.probe.events_seen.back() == "destroy");
    stage.environment.workers.run_next(stage.environment.loop);
    for (const auto& job : jobs) {
        CHECK(job.worked == 0);
        CHECK(job.done.count == 1);
        CHECK(job.done.last == SHOAL_E_CANCELLED);
    }
    CHECK(stage.environment.workers.jobs.empty());
}

TEST_CASE("an instance whose work still runs is destroyed when it ends, and nobody waits", "[host][workers]")
{
    Stage stage;
    stage.start();
    Blocked blocked;
    stage.as_plugin(
        [&] { return stage.probe.workers->run(stage.probe.host, Blocked::work, Blocked::finish, &blocked); });
    auto job = stage.environment.workers.take();
    std::thread worker([&] { job.work(); });
    blocked.begun.get_future().wait();

    stage.instance.reset();  // returns while the work runs
    stage.environment.loop.run();
    CHECK(stage.probe.events_seen.back() == "stop");
    CHECK(blocked.done.count == 0);

    blocked.released.set_value();
    worker.join();
    stage.environment.loop.post(std::move(job.done));
    stage.environment.loop.run();
    CHECK(blocked.done.count == 1);
    CHECK(blocked.done.last == SHOAL_E_CANCELLED);
    CHECK(stage.probe.events_seen.back() == "destroy");
}

TEST_CASE("work that is over, but not told yet, is told at the end", "[host][workers]")
{
    Stage stage;
    stage.start();
    Job job;
    CHECK(submit(stage, job) == SHOAL_OK);
    auto taken = stage.environment.workers.take();
    std::thread([&] { taken.work(); }).join();
    stage.instance.reset();
    CHECK(job.done.count == 1);
    CHECK(job.done.last == SHOAL_E_CANCELLED);
    stage.environment.loop.post(std::move(taken.done));
    stage.environment.loop.run();
    CHECK(job.done.count == 1);
    CHECK(stage.probe.events_seen.back() == "destroy");
}

TEST_CASE("a [strand] function from work is refused", "[host][workers]")
{
    Stage stage;
    stage.start();
    struct Misled {
        Stage* stage;
        shoal_status status;
    } misled{&stage, SHOAL_OK};
    stage.as_plugin([&] {
        return stage.probe.workers->run(
            stage.probe.host,
            [](void* user) {
                auto& mine = *static_cast<Misled*>(user);
                std::uint64_t timer = 0;
                mine.status = mine.stage->probe.timer->start(
                    mine.stage->probe.host, 1, [](void*, std::uint64_t) {}, nullptr, &timer);
            },
            [](void*, shoal_status) {}, &misled);
    });
    // On the very thread of the loop, as the lab does it.
    auto job = stage.environment.workers.take();
    job.work();
    job.done();
    CHECK(misled.status == SHOAL_E_THREAD);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("a call on a worker has its own error text and fence", "[host][workers]")
{
    Stage stage({.kind = "storage"});
    stage.start();
    const auto* host = stage.probe.host;
    WorkerAnswer answer;
    std::thread([&] {
        answer = stage.instance->call_on_worker("write", [&] {
            host->set_error(host, SHOAL_E_NO_SPACE, text("the stick is full"));
            return SHOAL_E_NO_SPACE;
        });
    }).join();
    CHECK(answer.status == SHOAL_E_NO_SPACE);
    CHECK(answer.error("write a.txt").text == "write a.txt: the stick is full");
    CHECK(answer.error("write a.txt").code == Errc::disk_full);
    CHECK(stage.instance->last_error().empty());

    std::thread([&] {
        answer = stage.instance->call_on_worker("flush",
                                                []() -> shoal_status { throw std::runtime_error("oops"); });
    }).join();
    CHECK(answer.status == SHOAL_E_EXCEPTION);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("calls on workers take turns unless the plug-in is parallel", "[host][workers]")
{
    const bool is_parallel = GENERATE(false, true);
    Stage stage({.kind = is_parallel ? "parallel-storage" : "storage"});
    stage.start();
    std::promise<void> first_is_in;
    std::promise<void> let_first_go;
    std::atomic<bool> second_is_in = false;
    std::thread first([&] {
        stage.instance->call_on_worker("read", [&] {
            first_is_in.set_value();
            let_first_go.get_future().wait();
            // If they are serial, the second cannot have come in before this one left.
            if (!is_parallel) CHECK_FALSE(second_is_in);
        });
    });
    first_is_in.get_future().wait();
    std::thread second([&] {
        stage.instance->call_on_worker("read", [&] {
            second_is_in = true;
            if (is_parallel) let_first_go.set_value();
        });
    });
    if (!is_parallel) let_first_go.set_value();
    first.join();
    second.join();
    CHECK(second_is_in);
}

TEST_CASE("an instance is destroyed only when the last call on a worker has left", "[host][workers]")
{
    Stage stage({.kind = "storage"});
    stage.start();
    std::promise<void> begun;
    std::promise<void> released;
    std::thread worker([&, instance = stage.instance.get()] {
        instance->call_on_worker("read", [&] {
            begun.set_value();
            released.get_future().wait();
        });
    });
    begun.get_future().wait();
    stage.instance.reset();
    CHECK(stage.probe.events_seen.back() == "stop");
    released.set_value();
    worker.join();
    CHECK(stage.probe.events_seen.back() == "stop");
    stage.environment.loop.run();
    CHECK(stage.probe.events_seen.back() == "destroy");
}

TEST_CASE("a worker is paused by the environment, at most for a minute, and only by whom it works for", "[host][workers]")
{
    Stage stage({.kind = "storage"});
    stage.start();
    const auto* workers = stage.probe.workers;
    const auto pause = [&](std::uint64_t time_ns) { return workers->pause(stage.probe.host, time_ns); };
    CHECK(stage.instance->call_on_worker("read", [&] { return pause(5'000); }).status == SHOAL_OK);
    CHECK(stage.environment.workers.paused == std::chrono::microseconds(5));
    CHECK(stage.instance->call_on_worker("read", [&] { return pause(60'000'000'001); }).status == SHOAL_E_ARGUMENT);
    CHECK(stage.as_plugin([&] { return pause(1); }) == SHOAL_E_THREAD);
    CHECK(pause(1) == SHOAL_E_THREAD);
    CHECK(stage.instance->strikes() == 3);
    CHECK(stage.environment.workers.paused == std::chrono::microseconds(5));
}

}  // namespace shoal::host::test
