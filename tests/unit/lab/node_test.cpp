#include "actors.hpp"

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

TEST_CASE("tasks run later and in order, timers at their time, cancelled ones never", "[lab]")
{
    World world;
    auto& node = world.add_node();
    auto& loop = node.loop();
    std::vector<std::pair<int, Time>> ran;
    const auto note = [&](int what) { return [&, what] { ran.emplace_back(what, world.now()); }; };
    loop.start_timer(2ms, note(4));
    loop.start_timer(0ms, note(1));
    loop.post([&] {
        note(2)();
        loop.post(note(3));
    });
    const auto doomed = loop.start_timer(1ms, note(99));
    CHECK(ran.empty());
    CHECK(loop.cancel_timer(doomed));
    CHECK_FALSE(loop.cancel_timer(doomed));
    CHECK_FALSE(loop.cancel_timer(environment::TimerId{0}));
    world.run_for(1s);
    const decltype(ran) expected{{1, Time{}}, {2, Time{}}, {3, Time{}}, {4, Time{2ms}}};
    CHECK(ran == expected);
    CHECK(world.now() == Time{1s});
    CHECK(loop.is_current_thread());
}

TEST_CASE("a world begins with the year 2030, and its calendar goes on with its time", "[lab]")
{
    World world;
    const auto& loop = world.add_node().loop();
    CHECK(loop.unix_time() == 1'893'456'000);
    world.run_for(24h);
    CHECK(loop.unix_time() == 1'893'456'000 + 86'400);
}

TEST_CASE("a timer restarted inside its own task goes on", "[lab]")
{
    World world;
    environment::Timer timer(world.add_node().loop());
    int ticks = 0;
    std::function<void()> tick = [&] {
        if (++ticks < 5) timer.start(10ms, tick);
    };
    timer.start(10ms, tick);
    world.run_for(1s);
    CHECK(ticks == 5);
    CHECK_FALSE(timer.is_pending());
}

TEST_CASE("the script runs before the hosts at the same time, and run_until stops when it is told", "[lab]")
{
    World world;
    auto& node = world.add_node();
    std::string order;
    node.loop().start_timer(5ms, [&] { order += "host "; });
    world.at(Time{5ms}, [&] { order += "script "; });
    CHECK(world.run_until([&] { return !order.empty(); }, Time{1s}));
    CHECK(order == "script ");
    CHECK(world.now() == Time{5ms});
    CHECK_FALSE(world.run_until([] { return false; }, Time{1s}));
    CHECK(order == "script host ");
    CHECK(world.now() == Time{1s});
    CHECK_FALSE(world.step());
    CHECK_FALSE(world.run_until([] { return false; }, environment::time_never));
}

TEST_CASE("workers run as many jobs at a time as there are, each for its cost", "[lab]")
{
    World world;
    auto& node = world.add_node({.workers = 2, .job_cost = 10ms});
    auto& workers = node.environment().workers;
    CHECK(workers.count() == 2);
    std::vector<Time> worked;
    std::vector<Time> done;
    for (int i = 0; i < 5; ++i) {
        workers.run([&] { worked.push_back(world.now()); }, [&] { done.push_back(world.now()); });
    }
    CHECK(worked.empty());
    world.run_for(1s);
    CHECK(worked == std::vector{Time{0ms}, Time{0ms}, Time{10ms}, Time{10ms}, Time{20ms}});
    CHECK(done == std::vector{Time{10ms}, Time{10ms}, Time{20ms}, Time{20ms}, Time{30ms}});
}

TEST_CASE("names come from the world's table", "[lab]")
{
    World world({.name_latency = 7ms});
    auto& node = world.add_node();
    auto& resolver = node.environment().resolver;
    world.add_name("swarm.example", {Address::from_v4(0x0a000001), Address::from_v4(0x0a000002)});
    std::vector<std::string> answers;
    const auto note = [&](Result<std::vector<Address>> found) {
        answers.push_back(found ? found->front().to_string() + " of " + std::to_string(found->size())
                                : std::string(errc_name(found.error().code)));
    };
    resolver.resolve("swarm.example", note);
    resolver.resolve("other.example", note);
    resolver.resolve("192.0.2.1", note);
    resolver.cancel(resolver.resolve("swarm.example", [](auto) { FAIL("it was cancelled"); }));
    CHECK(answers.empty());
    world.run_for(1s);
    CHECK(answers == std::vector<std::string>{"192.0.2.1 of 1", "10.0.0.1 of 2", "not_found"});
}

TEST_CASE("every host has its own address and random numbers, the same for the same seed", "[lab]")
{
    const auto draw = [](std::uint64_t experiment, std::uint64_t replicate, std::uint32_t host) {
        World world({.experiment = experiment, .replicate = replicate});
        for (std::uint32_t i = 0; i < host; ++i) world.add_node();
        return world.node(lab::NodeIndex{host}).environment().random.fork(3).next();
    };
    CHECK(draw(1, 0, 1) == draw(1, 0, 1));
    CHECK(draw(1, 0, 1) != draw(1, 0, 2));
    CHECK(draw(1, 0, 1) != draw(1, 1, 1));
    CHECK(draw(1, 0, 1) != draw(2, 0, 1));
    World world;
    for (int i = 0; i < 300; ++i) world.add_node();
    const auto& node = world.node(lab::NodeIndex{300});
    CHECK(node.address().to_string() == "10.0.1.44");
    CHECK(world.node_at(node.address()) == &node);
    CHECK(world.node_at(Address::from_v4(0x0a00012d)) == nullptr);
}
