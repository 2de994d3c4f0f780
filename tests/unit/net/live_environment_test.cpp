#include "net/live_environment.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace shoal::net {

TEST_CASE("all parts of a live environment work on one loop", "[net]")
{
    LiveEnvironment live({.workers = 2});
    auto environment = live.environment();
    CHECK(&environment.loop == &live.loop());
    CHECK(environment.workers.count() == 2);

    auto listener = environment.http_server.listen(
        {Address::from_v4(0x7f000001), 0},
        [](environment::HttpQuestion, environment::HttpServer::Answer answer) { answer({.status = 204}); });
    REQUIRE(listener);
    int left = 4;
    environment.workers.run([] {}, [&] { --left; });
    environment.resolver.resolve("localhost", [&](auto addresses) { left -= addresses ? 1 : 0; });
    environment.http.request({.url = "http://" + (*listener)->local().to_string() + "/"},
                             [&](auto answer) { left -= answer && answer->status == 204 ? 1 : 0; });
    environment.network.connect((*listener)->local(), std::chrono::seconds{5},
                                [&](auto stream) { left -= stream ? 1 : 0; });
    environment::Timer guard(environment.loop);
    guard.start(std::chrono::seconds{20}, [&] { live.loop().stop(); });
    CHECK(live.loop().run_until([&] { return left == 0; }));
}

TEST_CASE("no two environments draw the same random numbers", "[net]")
{
    LiveEnvironment one({.workers = 1});
    LiveEnvironment other({.workers = 1});
    const auto first = one.environment().random.next();
    CHECK(one.environment().random.next() != first);
    CHECK(other.environment().random.next() != first);
}

TEST_CASE("without a number there is a worker for each core, and never only one", "[net]")
{
    LiveEnvironment live;
    CHECK(live.environment().workers.count() >= 2);
}

}  // namespace shoal::net
