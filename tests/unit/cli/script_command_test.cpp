#include "cli/script_command.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <sstream>
#include <string>

using namespace shoal;
using namespace shoal::cli;
using Catch::Contains;
using Catch::StartsWith;
using control::Value;

namespace {

control::Field any_given(const char* field) { return {.name = field, .type = Value::Type::null, .help = "h"}; }

// A daemon that tells one event and runs one script, with an answer that the test makes up.
struct ScriptCommandBench {
    ScriptCommandBench() : registry(host::Log{}), server(live.loop(), methods)
    {
        registry.scan(SHOAL_TEST_PLUGINS);
        methods.offer({.name = "events.list", .help = "events"},
                      [](const Value::Map&, auto done) { done(Value::List{Value::Map{}.set("name", "torrent.finished")}); });
        methods.offer({.name = "scripts.list", .help = "scripts"}, [](const Value::Map&, auto done) {
            const Value::List handlers{Value::Map{}.set("name", "all").set("event", "torrent.*"), Value::Map{}.set("name", "own").set("event", "by.hand")};
            done(Value::List{Value::Map{}.set("script", "tidy").set("handlers", handlers)});
        });
        methods.offer({.name = "scripts.run", .help = "runs", .arguments = {any_given("script"), any_given("event"), any_given("payload"), any_given("timeout")}},
                      [this](const Value::Map& arguments, auto done) {
                          if (const auto* seconds = arguments.find("timeout"); seconds != nullptr && seconds->as_real() != nullptr) timeout = *seconds->as_real();
                          done(answer);
                      });
        REQUIRE(server.open([this](environment::Network::Accepted accepted) { return net::LocalListener::open(live.loop(), socket, std::move(accepted)); }));
    }

    int run(ScriptRequest request)
    {
        out.str("");
        err.str("");
        request.socket = socket;
        Program program{.live = live, .registry = registry, .log = {}, .out = out, .err = err, .checked = true, .arguments = {}};
        return static_cast<int>(script(program, request));
    }

    int run_event(const char* event, std::optional<double> seconds = {})
    {
        return run({.verb = ScriptVerb::run, .name = "tidy", .event = event, .timeout = seconds});
    }

    void answers(Value::List handlers, Value::List unfinished)
    {
        const bool waits = !unfinished.empty();
        answer = Value::Map{}.set("handlers", std::move(handlers)).set("lines", Value::List{Value::Map{}.set("level", "info").set("text", "begun")})
                     .set("waiting", waits).set("unfinished", std::move(unfinished));
    }

    test::TemporaryFolder folder;
    std::string socket = folder / "rpc.sock";
    host::Registry registry;
    net::LiveEnvironment live{{.workers = 2}};
    control::Registry methods;
    rpc::Server server;
    Value::Map answer;
    std::optional<double> timeout;
    std::ostringstream out;
    std::ostringstream err;
};

}  // namespace

TEST_CASE("a handler that is still under way is named, with what was logged, and the code says so", "[cli][script]")
{
    ScriptCommandBench bench;
    bench.answers({}, {"all"});
    CHECK(bench.run_event("torrent.finished", 2.5) == 7);
    CHECK(bench.timeout == 2.5);
    CHECK(bench.out.str() == "info: begun\n");
    CHECK_THAT(bench.err.str(), StartsWith("shoal: all: still under way") && Contains("--timeout SECONDS"));
    bench.answers({Value::Map{}.set("handler", "own").set("error", "broken")}, {"all"});
    CHECK(bench.run_event("torrent.finished") == 1);
    CHECK_THAT(bench.err.str(), StartsWith("shoal: all: still under way"));
    bench.answers({Value::Map{}.set("handler", "all")}, {});
    CHECK(bench.run_event("torrent.finished") == 0);
    CHECK(bench.err.str() == "");
    bench.answers({}, {});
    CHECK(bench.run_event("torrent.finished") == 5);
    CHECK(bench.err.str() == "shoal: tidy has no handler for torrent.finished; it has some for torrent.*, by.hand\n");
}

TEST_CASE("an event that nobody tells is warned of, unless a handler is for it alone", "[cli][script]")
{
    ScriptCommandBench bench;
    bench.answers({Value::Map{}.set("handler", "all")}, {});
    CHECK(bench.run_event("torrent.finsihed") == 0);
    CHECK(bench.err.str() == "shoal: nobody tells torrent.finsihed; did you mean 'torrent.finished'?\n");
    CHECK(bench.run_event("by.hand") == 0);
    CHECK(bench.err.str() == "");
}

TEST_CASE("a script is no test of itself", "[cli][script]")
{
    ScriptCommandBench bench;
    const auto path = bench.folder.write("tidy.lua", "shoal.log.info('x')");
    CHECK(bench.run({.verb = ScriptVerb::test, .paths = {path}}) == 5);
    CHECK_THAT(bench.err.str(), Contains("tidy.lua is no test, whose name ends with _test.lua"));
    CHECK(bench.run({.verb = ScriptVerb::test, .paths = {bench.folder.write("tidy_test.lua", "test('x', function(t) end)")}}) == 0);
    CHECK(bench.out.str().ends_with("1 passed, 0 failed\n"));
}
