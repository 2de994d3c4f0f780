#include "net/http_turns.hpp"

#include <catch2/catch.hpp>

namespace shoal::net::test {
namespace {

using namespace std::chrono_literals;
using environment::OperationId;
using Operations = std::vector<std::uint64_t>;

struct Counter {
    HttpTurns turns{2, 3};
    HttpTurns::Clock::time_point now{};

    void add(std::uint64_t operation, std::string url, environment::Duration timeout = 60s)
    {
        turns.add(OperationId{operation}, {.url = std::move(url), .timeout = timeout}, now);
    }
    Operations next()
    {
        Operations begun;
        while (const auto turn = turns.next(now)) begun.push_back(turn->operation.value());
        return begun;
    }
    Operations overdue()
    {
        Operations late;
        for (const auto operation : turns.take_overdue(now)) late.push_back(operation.value());
        return late;
    }
};

}  // namespace

TEST_CASE("an origin has so many turns at a time, in the order of asking", "[net]")
{
    Counter counter;
    for (std::uint64_t i = 1; i <= 4; ++i) counter.add(i, "http://a.test/" + std::to_string(i));
    CHECK(counter.next() == Operations{1, 2});
    counter.turns.finish("http://a.test");
    CHECK(counter.next() == Operations{3});
    counter.turns.finish("http://a.test");
    counter.turns.finish("http://a.test");
    CHECK(counter.next() == Operations{4});
}

TEST_CASE("a busy origin does not hold up another, the limit of all does", "[net]")
{
    Counter counter;
    for (std::uint64_t i = 1; i <= 4; ++i) counter.add(i, "http://a.test/");
    counter.add(5, "http://b.test/");
    counter.add(6, "http://c.test/");
    CHECK(counter.next() == Operations{1, 2, 5});
    counter.turns.finish("http://b.test");
    CHECK(counter.next() == Operations{6});
}

TEST_CASE("scheme, host and port make an origin, however it is written", "[net]")
{
    Counter counter;
    counter.add(1, "http://a.test/x");
    counter.add(2, "HTTP://A.test?y");
    counter.add(3, "http://a.test#z");
    CHECK(counter.next() == Operations{1, 2});
    counter.add(4, "http://a.test:81/x");
    CHECK(counter.next() == Operations{4});
}

TEST_CASE("a request that waits loses of its time, and ends when it is over", "[net]")
{
    Counter counter;
    for (std::uint64_t i = 1; i <= 2; ++i) counter.add(i, "http://a.test/");
    counter.next();
    counter.add(3, "http://a.test/", 10s);
    counter.add(4, "http://a.test/", 30s);
    CHECK(counter.turns.earliest_deadline() == counter.now + 10s);
    CHECK(counter.overdue().empty());
    counter.now += 10s;
    CHECK(counter.overdue() == Operations{3});
    CHECK(counter.turns.earliest_deadline() == counter.now + 20s);
    counter.turns.finish("http://a.test");
    const auto turn = counter.turns.next(counter.now);
    REQUIRE(turn);
    CHECK(turn->request.timeout == 20s);
}

TEST_CASE("a request that is dropped has no turn", "[net]")
{
    Counter counter;
    for (std::uint64_t i = 1; i <= 4; ++i) counter.add(i, "http://a.test/");
    counter.next();
    counter.turns.drop(OperationId{3});
    counter.turns.finish("http://a.test");
    CHECK(counter.next() == Operations{4});
}

}  // namespace shoal::net::test
