#include "peer/rate_meter.hpp"
#include "peer/serve_queue.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

using namespace shoal;
using namespace shoal::peer;
using namespace std::chrono_literals;

using Pushed = ServeQueue::Outcome;
using environment::Time;

TEST_CASE("a serve queue is first come, first served", "[peer]")
{
    ServeQueue queue(10);
    CHECK(queue.empty());
    CHECK(queue.front() == nullptr);
    CHECK_FALSE(queue.pop());
    CHECK(queue.push({5, 0, 1}) == Pushed::queued);
    CHECK(queue.push({1, 0, 1}) == Pushed::queued);
    CHECK(*queue.front() == Request{5, 0, 1});
    CHECK(queue.pop() == Request{5, 0, 1});
    CHECK(queue.pop() == Request{1, 0, 1});
    CHECK(queue.empty());
}

TEST_CASE("a serve queue holds each range once, and again after it was served", "[peer]")
{
    ServeQueue queue(10);
    queue.push({1, 0, 16384});
    CHECK(queue.push({1, 0, 16384}) == Pushed::duplicate);
    CHECK(queue.push({1, 0, 16383}) == Pushed::queued);
    CHECK(queue.size() == 2);
    queue.pop();
    CHECK(queue.push({1, 0, 16384}) == Pushed::queued);
}

TEST_CASE("P4 a serve queue never holds more than its limit", "[peer]")
{
    ServeQueue queue(3);
    for (std::uint32_t i = 0; i < 3; ++i) CHECK(queue.push({i, 0, 1}) == Pushed::queued);
    for (std::uint32_t i = 3; i < 100; ++i) CHECK(queue.push({i, 0, 1}) == Pushed::full);
    CHECK(queue.size() == 3);
    CHECK(queue.remove({1, 0, 1}));
    CHECK_FALSE(queue.remove({1, 0, 1}));
    CHECK(queue.push({100, 0, 1}) == Pushed::queued);
    CHECK(queue.pop() == Request{0, 0, 1});
    CHECK(queue.pop() == Request{2, 0, 1});
    CHECK(queue.pop() == Request{100, 0, 1});
}

TEST_CASE("a serve queue behaves like a list without doubles, whatever is done to it", "[peer]")
{
    RandomStream random(1, 2);
    ServeQueue queue(20);
    std::vector<Request> model;
    for (int step = 0; step < 20'000; ++step) {
        const Request request{static_cast<std::uint32_t>(random.below(40)), 0, 1};
        const bool is_there = std::ranges::find(model, request) != model.end();
        if (random.below(3) < 2) {
            const auto outcome = queue.push(request);
            if (model.size() == 20) CHECK(outcome == Pushed::full);
            else CHECK(outcome == (is_there ? Pushed::duplicate : Pushed::queued));
            if (outcome == Pushed::queued) model.push_back(request);
        } else if (random.below(2) == 0) {
            CHECK(queue.remove(request) == is_there);
            std::erase(model, request);
        } else if (const auto served = queue.pop()) {
            REQUIRE_FALSE(model.empty());
            CHECK(*served == model.front());
            model.erase(model.begin());
        }
        REQUIRE(queue.size() == model.size());
    }
}

// ---- rates ------------------------------------------------------------------------------------------------

TEST_CASE("a rate is the average over twenty seconds", "[peer]")
{
    RateMeter meter;
    const Time start{1000s};
    for (int second = 0; second < 20; ++second) meter.add(start + second * 1s, 2000);
    CHECK(meter.rate(start + 19s) == 2000);
    CHECK(meter.rate(start + 29s) == 1000);
    CHECK(meter.rate(start + 38s) == 100);
    CHECK(meter.rate(start + 39s) == 0);
    CHECK(meter.total() == 40'000);
}

TEST_CASE("a young rate is the average over its life, of a second at least", "[peer]")
{
    RateMeter meter;
    meter.add(Time{50s}, 1000);
    CHECK(meter.rate(Time{50s} + 900ms) == 1000);
    meter.add(Time{51s}, 1000);
    CHECK(meter.rate(Time{51s}) == 1000);
    CHECK(meter.rate(Time{53s}) == 500);
}

TEST_CASE("a rate after a long silence starts from nothing", "[peer]")
{
    RateMeter meter;
    meter.add(Time{10s}, 1'000'000);
    CHECK(meter.rate(Time{100'000s}) == 0);
    meter.add(Time{100'000s}, 20'000);
    CHECK(meter.rate(Time{100'000s}) == 1000);
    CHECK(meter.total() == 1'020'000);
}
