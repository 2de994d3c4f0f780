#include "cli/workshop.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <sstream>

using namespace shoal;
using namespace shoal::cli;
using control::Value;

namespace {

struct WorkshopBench {
    WorkshopBench() : registry(host::Log{}) { registry.scan(SHOAL_TEST_PLUGINS); }

    host::Registry registry;
    std::ostringstream out;
    std::ostringstream err;
    net::LiveEnvironment live{{.workers = 2}};
    Program program{.live = live, .registry = registry, .log = {}, .out = out, .err = err, .checked = true, .arguments = {}};
};

}  // namespace

TEST_CASE("a workshop has the methods of its services, and no scripts of ours", "[cli][workshop]")
{
    WorkshopBench bench;
    auto workshop = Workshop::open(bench.program);
    REQUIRE(workshop);
    const auto scripts = (*workshop)->call("scripts.list", {});
    REQUIRE(scripts);
    CHECK(*scripts == Value(Value::List{}));
    const auto stats = (*workshop)->call("session.stats", {});
    REQUIRE(stats);
    CHECK(*stats->as_map()->find("listening") == Value(Value::List{}));
}

TEST_CASE("an error of a method in a workshop is its caller's", "[cli][workshop]")
{
    WorkshopBench bench;
    auto workshop = Workshop::open(bench.program);
    REQUIRE(workshop);
    const auto answer = (*workshop)->call("no.such", {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::not_found);
}

TEST_CASE("a workshop that is interrupted waits for nothing", "[cli][workshop]")
{
    WorkshopBench bench;
    auto workshop = Workshop::open(bench.program);
    REQUIRE(workshop);
    (*workshop)->methods().offer({.name = "test.hang"}, [kept = std::make_shared<std::vector<control::Registry::Answered>>()](
                                                            const Value::Map&, control::Registry::Answered done) { kept->push_back(std::move(done)); });
    std::raise(SIGINT);
    const auto answer = (*workshop)->call("test.hang", {});
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::cancelled);
}
