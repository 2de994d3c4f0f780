#include "daemon/occasions.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using daemon::Occasions;

namespace {

// A wall on which the test hangs the clock: it goes with the world, and may be put forward or back.
struct OccasionsBench {
    std::int64_t unix_time() const { return offset + std::chrono::duration_cast<std::chrono::seconds>(world.now() - begun).count(); }

    lab::World world;
    lab::Node& node = world.add_node();
    environment::Time begun = world.now();
    std::int64_t offset = 1'800'000'030;  // half a minute
    control::Registry methods;
    std::vector<std::string> told;
    std::unique_ptr<control::Registry::Subscription> ear = methods.subscribe([this](std::string_view event, const Value::Map& payload) {
        const auto* minute = payload.find("unix");
        told.push_back(std::string(event) + (minute != nullptr ? " " + std::to_string(*minute->as_integer() - 1'800'000'000) : ""));
    });
    Occasions occasions{node.loop(), methods, [this] { return unix_time(); }};
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("that it runs is told a moment after the start, and each full minute of the clock on the wall", "[daemon][occasions]")
{
    OccasionsBench bench;
    bench.world.run_for(10min);
    CHECK(bench.told.empty());
    bench.offset -= 600;
    bench.occasions.start();
    bench.world.run_for(100s);
    CHECK(bench.told == Told{"session.started", "clock.minute 60", "clock.minute 120"});
}

TEST_CASE("a clock that is put forward or back does not tell a minute twice, nor those that it leaps over", "[daemon][occasions]")
{
    OccasionsBench bench;
    bench.occasions.start();
    bench.world.run_for(31s);
    bench.offset += 600;
    bench.world.run_for(60s);
    bench.offset -= 59;
    bench.world.run_for(2min);
    CHECK(bench.told == Told{"session.started", "clock.minute 60", "clock.minute 720", "clock.minute 780"});
}

TEST_CASE("that it ends is told before it does, and nobody is waited for", "[daemon][occasions]")
{
    OccasionsBench bench;
    bench.occasions.start();
    bench.world.run_for(3s);
    bool has_gone_on = false;
    bench.occasions.stop([&] { has_gone_on = true; });
    CHECK(bench.told.back() == "session.stopping");
    CHECK_FALSE(has_gone_on);
    bench.world.run_for(1s);
    CHECK(has_gone_on);
    bench.world.run_for(5min);
    CHECK(bench.told == Told{"session.started", "session.stopping"});
}
