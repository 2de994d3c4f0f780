#include "host/instance.hpp"

#include "host/registry.hpp"
#include "probe.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/picker.h>

#include <catch2/catch.hpp>

#include <stdexcept>

namespace shoal::host::test {

namespace {

using Events = std::vector<std::string>;

// Loaded once: libraries stay.
const Factory& loaded(std::string_view kind, std::string_view name)
{
    static Registry registry;
    if (registry.folders().empty()) registry.scan(HOST_TEST_PLUGINS);
    auto found = registry.find(kind, name);
    REQUIRE(found);
    return **found;
}

}  // namespace

TEST_CASE("an instance is made, called and destroyed", "[host][instance]")
{
    LogLines lines;
    FakeEnvironment environment;
    {
        auto instance = Instance::create(loaded("picker", "good"), {.environment = environment.all,
                                                                    .settings = {{"step", 3}},
                                                                    .log = Log(lines),
                                                                    .label = "torrent 3fa1",
                                                                    .random = RandomStream(1, 1)});
        REQUIRE(instance);
        shoal_swarm_view swarm{};
        swarm.struct_size = sizeof swarm;
        swarm.piece_count = 4;
        std::array<std::int64_t, 4> ranks{};
        const auto& table = (*instance)->table<shoal_picker_v1>();
        const auto status = (*instance)->call(
            "rank", [&] { return table.rank((*instance)->self(), &swarm, ranks.data(), nullptr); });
        CHECK(status == SHOAL_OK);
        CHECK(ranks == std::array<std::int64_t, 4>{0, 3, 6, 9});
    }
    CHECK(lines.lines()
          == Events{"info: plug-in org.example.picker.good, torrent 3fa1: made",
                    "info: plug-in org.example.picker.good, torrent 3fa1: destroyed"});
}

TEST_CASE("settings are refused before the plug-in sees them", "[host][instance]")
{
    FakeEnvironment environment;
    const auto instance = Instance::create(
        loaded("picker", "good"),
        {.environment = environment.all, .settings = {{"step", 99}}, .random = RandomStream(1, 1)});
    REQUIRE_FALSE(instance);
    CHECK(instance.error().code == Errc::invalid_argument);
    CHECK(instance.error().text
          == "org.example.picker.good: setting 'step' must be a whole number from 1 to 9");
}

TEST_CASE("an instance that does not start says why, in the plug-in's words", "[host][instance]")
{
    Stage stage;
    stage.probe.on_create = [](const shoal_host* host) {
        host->set_error(host, SHOAL_E_ACCESS, text("the folder is locked"));
        return SHOAL_E_ACCESS;
    };
    const auto instance = Instance::create(stage.probe.factory(), stage.context());
    REQUIRE_FALSE(instance);
    CHECK(instance.error().code == Errc::permission_denied);
    CHECK(instance.error().text == "plug-in org.example.probe did not start: the folder is locked");
    CHECK(stage.probe.events_seen == Events{"create"});
}

TEST_CASE("what a failed create had started completes as cancelled", "[host][instance]")
{
    Stage stage;
    Completions posted;
    stage.probe.on_create = [&](const shoal_host* host) {
        CHECK(host->post(host, Completions::task, &posted) == SHOAL_OK);
        std::uint64_t timer = 0;
        CHECK(stage.probe.timer->start(
                  host, 5, [](void*, std::uint64_t) { FAIL("fired"); }, nullptr, &timer)
              == SHOAL_OK);
        return SHOAL_E_IO;
    };
    REQUIRE_FALSE(Instance::create(stage.probe.factory(), stage.context()));
    CHECK(posted.count == 1);
    CHECK(posted.last == SHOAL_E_CANCELLED);
    stage.environment.loop.advance(std::chrono::seconds{1});
    CHECK(posted.count == 1);
}

TEST_CASE("create is not called when a required service cannot be lent", "[host][instance]")
{
    const auto [required, permissions] = GENERATE(table<std::string, std::string>({
        {R"(["shoal.host.nothing/1"])", "[]"},  // unknown
        {R"(["shoal.host.udp/1"])", "[]"},      // no permission
        {R"(["shoal.host.torrent/1"])", "[]"},  // belongs to no torrent
        {R"(["shoal.host.tracker/1"])", "[]"},  // nobody listens
    }));
    Stage stage({.permissions = permissions, .required = required});
    const auto instance = Instance::create(stage.probe.factory(), stage.context());
    REQUIRE_FALSE(instance);
    CHECK(instance.error().code == Errc::unsupported);
    CHECK(stage.probe.events_seen.empty());
}

TEST_CASE("a service without its permission is not lent, and the log says so", "[host][instance]")
{
    Stage stage({.permissions = R"(["net.udp"])"});
    stage.start();
    CHECK(stage.probe.timer != nullptr);
    CHECK(stage.probe.udp != nullptr);
    CHECK(stage.probe.http == nullptr);
    CHECK(stage.probe.http_server == nullptr);
    CHECK(stage.probe.resolver == nullptr);
    CHECK(stage.probe.torrent == nullptr);
    CHECK(
        stage.lines.contains("asked for shoal.host.http/1 without the permission net.http in its manifest"));
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("services are looked up in create alone", "[host][instance]")
{
    Stage stage;
    stage.start();
    const void* late = stage.probe.host;
    stage.as_plugin([&] { late = stage.probe.host->service(stage.probe.host, text(SHOAL_SERVICE_TIMER)); });
    CHECK(late == nullptr);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("a call from inside a call is refused", "[host][instance]")
{
    Stage stage;
    stage.start();
    shoal_status inner = SHOAL_OK;
    const auto outer = stage.as_plugin([&] {
        inner = stage.as_plugin([] { return SHOAL_OK; });
        return SHOAL_OK;
    });
    CHECK(outer == SHOAL_OK);
    CHECK(inner == SHOAL_E_STATE);
    CHECK(stage.as_plugin([] { return 7; }) == 7);
}

TEST_CASE("a call returns what the plug-in returned, and a status for nothing", "[host][instance]")
{
    Stage stage;
    stage.start();
    CHECK(stage.as_plugin([] { return std::int32_t{5}; }) == 5);
    CHECK(stage.as_plugin([] {}) == SHOAL_OK);
    CHECK(stage.as_plugin([] { return text("hello"); }).size == 5);
    stage.instance->stop();
    CHECK(stage.as_plugin([] { return std::int32_t{5}; }) == SHOAL_E_STATE);
    CHECK(stage.as_plugin([] { return text("hello"); }).data == nullptr);
}

TEST_CASE("what set_error said is there until the next call", "[host][instance]")
{
    Stage stage;
    stage.start();
    const auto* host = stage.probe.host;
    const auto status = stage.as_plugin([&] {
        host->set_error(host, SHOAL_E_IO, text("disk \x1b on fire"));
        return SHOAL_E_IO;
    });
    CHECK(stage.instance->last_error() == "disk \x1b on fire");
    const auto error = stage.instance->error_of(status, "write the file");
    CHECK(error.code == Errc::io_error);
    CHECK(error.text == "probe could not write the file: disk \\x1b on fire");
    stage.as_plugin([] {});
    CHECK(stage.instance->last_error().empty());
    CHECK(stage.instance->error_of(SHOAL_E_NO_SPACE, "write the file").text
          == "probe could not write the file: no space left");
}

TEST_CASE("an exception that a plug-in lets out is a strike and a status", "[host][instance]")
{
    LogLines lines;
    FakeEnvironment environment;
    auto made =
        Instance::create(loaded("choker", "throws"),
                         {.environment = environment.all, .log = Log(lines), .random = RandomStream(1, 1)});
    REQUIRE(made);
    auto& instance = **made;
    shoal_choker_view view{};
    view.struct_size = sizeof view;
    const auto decide = [&] {
        return instance.call("decide", [&] {
            return instance.table<shoal_choker_v1>().decide(instance.self(), &view, nullptr, 0);
        });
    };
    CHECK(decide() == SHOAL_E_EXCEPTION);
    CHECK(lines.contains("strike 1 in decide: let an exception out: no idea whom to unchoke"));
    view.trigger = SHOAL_CHOKER_TRIGGER_CHANGE;  // throws an int
    CHECK(decide() == SHOAL_E_EXCEPTION);
    CHECK(instance.strikes() == 2);
}

TEST_CASE("an exception behind the C++ layer is one strike", "[host][instance]")
{
    LogLines lines;
    FakeEnvironment environment;
    auto made =
        Instance::create(loaded("choker", "with-sdk"),
                         {.environment = environment.all, .log = Log(lines), .random = RandomStream(1, 1)});
    REQUIRE(made);
    auto& instance = **made;
    shoal_choker_view view{};
    view.struct_size = sizeof view;
    const auto status = instance.call("decide", [&] {
        return instance.table<shoal_choker_v1>().decide(instance.self(), &view, nullptr, 0);
    });
    CHECK(status == SHOAL_E_EXCEPTION);
    CHECK(instance.strikes() == 1);
    CHECK(lines.contains("thought too hard"));
}

TEST_CASE("an exception in a callback of the C++ layer is a strike, although nothing is returned",
          "[host][instance]")
{
    Stage stage;
    stage.start();
    stage.as_plugin([&] {
        stage.probe.host->set_error(stage.probe.host, SHOAL_E_EXCEPTION, text("exception in a timer"));
    });
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("a status that does not exist is a strike", "[host][instance]")
{
    FakeEnvironment environment;
    auto made = Instance::create(loaded("picker", "nonsense"),
                                 {.environment = environment.all, .random = RandomStream(1, 1)});
    REQUIRE(made);
    auto& instance = **made;
    const auto count = instance.call("pick", [&] {
        return instance.table<shoal_picker_v1>().pick(instance.self(), nullptr, nullptr, nullptr, 0);
    });
    CHECK(count == -12345);
    CHECK(instance.strikes() == 1);
}

TEST_CASE("an ordinary error is no strike", "[host][instance]")
{
    Stage stage;
    stage.start();
    CHECK(stage.as_plugin([] { return SHOAL_E_NO_SPACE; }) == SHOAL_E_NO_SPACE);
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("an instance is broken at its limit of strikes", "[host][instance]")
{
    Stage stage;
    auto context = stage.context();
    context.strike_limit = 3;
    stage.start(std::move(context));
    stage.instance->strike("pick", "piece 7 of 5");
    stage.instance->strike("pick", "piece 8 of 5");
    CHECK_FALSE(stage.instance->is_broken());
    stage.instance->strike("pick", "piece 9 of 5");
    CHECK(stage.instance->is_broken());
    CHECK(stage.lines.contains("plug-in org.example.probe, torrent 3fa1: strike 3 in pick: piece 9 of 5"));
}

TEST_CASE("a plug-in that errs with every call does not fill the log", "[host][instance]")
{
    Stage stage;
    stage.start();
    for (int i = 0; i < 1000; ++i) stage.instance->strike("pick", "nonsense");
    CHECK(stage.instance->strikes() == 1000);
    CHECK(stage.lines.lines().size() == 8 + 6);  // up to the limit, then 16, 32 … 512
}

TEST_CASE("a call that takes more than 50 ms is a strike", "[host][instance]")
{
    Stage stage;
    stage.start();
    stage.as_plugin([&] { stage.environment.loop.jump(std::chrono::milliseconds{50}); });
    CHECK(stage.instance->strikes() == 0);
    stage.as_plugin([&] { stage.environment.loop.jump(std::chrono::milliseconds{51}); });
    CHECK(stage.instance->strikes() == 1);
    CHECK(stage.lines.contains("strike 1 in act: took 51 ms"));
}

TEST_CASE("posted tasks run later, in order, once", "[host][instance]")
{
    Stage stage;
    stage.start();
    static std::vector<int> order;
    order.clear();
    stage.as_plugin([&] {
        const auto* host = stage.probe.host;
        host->post(
            host, [](void*, shoal_status status) { order.push_back(status == SHOAL_OK ? 1 : -1); }, nullptr);
        host->post(
            host, [](void*, shoal_status status) { order.push_back(status == SHOAL_OK ? 2 : -2); }, nullptr);
        CHECK(order.empty());
    });
    stage.environment.loop.run();
    CHECK(order == std::vector<int>{1, 2});
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(order == std::vector<int>{1, 2});
}

TEST_CASE("the end has two phases, and everything open completes between them exactly once",
          "[host][instance]")
{
    Stage stage;
    stage.start();
    Completions posted;
    Completions resolved;
    Completions answered;
    std::uint64_t operation = 0;
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        probe.host->post(probe.host, Completions::task, &posted);
        probe.resolver->resolve(
            probe.host, text("example.org"), 80,
            [](void* user, std::uint64_t, shoal_status status, const shoal_endpoint*, std::uint32_t) {
                Completions::task(user, status);
            },
            &resolved, &operation);
        shoal_http_request request{};
        request.struct_size = sizeof request;
        request.url = text("http://example.org/");
        probe.http->request(
            probe.host, &request,
            [](void* user, std::uint64_t, shoal_status status, const shoal_http_response* response) {
                CHECK(response != nullptr);
                Completions::task(user, status);
            },
            &answered, &operation);
        std::uint64_t timer = 0;
        probe.timer->start(
            probe.host, 10, [](void*, std::uint64_t) { FAIL("fired"); }, nullptr, &timer);
    });
    stage.probe.on_destroy = [&] { CHECK(posted.count + resolved.count + answered.count == 3); };
    stage.probe.on_stop = [&] {
        CHECK(posted.count + resolved.count + answered.count == 0);
        // Nothing new from here on.
        CHECK(stage.probe.host->post(stage.probe.host, Completions::task, &posted) == SHOAL_E_STATE);
    };
    stage.instance.reset();
    stage.environment.loop.advance(std::chrono::seconds{1});

    CHECK(stage.probe.events_seen == Events{"create", "stop", "destroy"});
    for (const auto* completions : {&posted, &resolved, &answered}) {
        CHECK(completions->count == 1);
        CHECK(completions->last == SHOAL_E_CANCELLED);
    }
    CHECK(stage.environment.http.pending.open.empty());
    CHECK(stage.environment.resolver.pending.open.empty());
    CHECK(stage.environment.loop.pending_timers() == 0);
}

TEST_CASE("a completion at the end may cancel what is still open", "[host][instance]")
{
    Stage stage;
    stage.start();
    struct Both {
        Stage* stage;
        std::array<std::uint64_t, 2> operations{};
        int completed = 0;
    } both{&stage, {}, 0};
    const auto done = [](void* user, std::uint64_t, shoal_status status, const shoal_endpoint*,
                         std::uint32_t) {
        auto& mine = *static_cast<Both*>(user);
        CHECK(status == SHOAL_E_CANCELLED);
        ++mine.completed;
        for (const auto operation : mine.operations)
            mine.stage->probe.resolver->cancel(mine.stage->probe.host, operation);
    };
    stage.as_plugin([&] {
        for (auto& operation : both.operations) {
            stage.probe.resolver->resolve(stage.probe.host, text("example.org"), 1, done, &both, &operation);
        }
    });
    stage.instance.reset();
    stage.environment.loop.run();
    CHECK(both.completed == 2);
}

TEST_CASE("instances of one library do not know each other", "[host][instance]")
{
    FakeEnvironment environment;
    const auto make = [&](int step) {
        auto made = Instance::create(
            loaded("picker", "good"),
            {.environment = environment.all, .settings = {{"step", step}}, .random = RandomStream(1, 1)});
        REQUIRE(made);
        return std::move(*made);
    };
    const auto one = make(1);
    const auto nine = make(9);
    shoal_swarm_view swarm{};
    swarm.struct_size = sizeof swarm;
    swarm.piece_count = 2;
    const auto rank_of_last = [&](Instance& instance) {
        std::array<std::int64_t, 2> ranks{};
        instance.call("rank", [&] {
            return instance.table<shoal_picker_v1>().rank(instance.self(), &swarm, ranks.data(), nullptr);
        });
        return ranks[1];
    };
    CHECK(rank_of_last(*one) == 1);
    CHECK(rank_of_last(*nine) == 9);
}

}  // namespace shoal::host::test
