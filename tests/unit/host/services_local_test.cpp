#include "probe.hpp"

#include "control/json.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <thread>

namespace shoal::host::test {

namespace {

using namespace std::chrono_literals;

void add_one(void* user, std::uint64_t)
{
    ++*static_cast<int*>(user);
}

class OneTorrent final : public TorrentSource {
public:
    OneTorrent()
    {
        view_.struct_size = sizeof view_;
        view_.piece_count = 11;
    }
    const shoal_torrent_view* view() override { return &view_; }

private:
    shoal_torrent_view view_{};
};

struct LocalHeard final : EventSink, MetricSink {
    void publish(const Speaker& speaker, std::string_view name, const control::Value& payload) override
    {
        heard.push_back(std::string(speaker.plugin) + ", " + std::string(speaker.instance) + ": "
                        + std::string(name) + " " + control::to_json(payload));
    }
    void add(const Speaker& speaker, std::string_view counter, std::int64_t amount) override
    {
        heard.push_back(std::string(speaker.plugin) + ": " + std::string(counter) + " +"
                        + std::to_string(amount));
    }
    void set(const Speaker&, std::string_view gauge, std::int64_t value) override
    {
        heard.push_back(std::string(gauge) + " =" + std::to_string(value));
    }
    std::vector<std::string> heard;
};

}  // namespace

TEST_CASE("an instance is told the loop's calendar", "[host][services]")
{
    Stage stage;
    stage.start();
    std::int64_t seconds = 0;
    stage.as_plugin([&] { seconds = stage.probe.calendar->unix_time(stage.probe.host); });
    CHECK(seconds == stage.environment.all.loop.unix_time());
}

TEST_CASE("a timer fires once, when its time has come", "[host][services]")
{
    Stage stage;
    stage.start();
    int fired = 0;
    std::uint64_t timer = 0;
    stage.as_plugin([&] { stage.probe.timer->start(stage.probe.host, 1'000'000, add_one, &fired, &timer); });
    CHECK(timer != 0);
    stage.environment.loop.advance(999us);
    CHECK(fired == 0);
    stage.environment.loop.advance(1us);
    CHECK(fired == 1);
    stage.environment.loop.advance(1h);
    CHECK(fired == 1);
    CHECK(stage.as_plugin([&] { return stage.probe.timer->cancel(stage.probe.host, timer); })
          == SHOAL_E_STALE);
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a cancelled timer does not fire, and its handle is stale", "[host][services]")
{
    Stage stage;
    stage.start();
    int fired = 0;
    std::uint64_t timer = 0;
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        probe.timer->start(probe.host, 1000, add_one, &fired, &timer);
        CHECK(probe.timer->cancel(probe.host, timer) == SHOAL_OK);
        CHECK(probe.timer->cancel(probe.host, timer) == SHOAL_E_STALE);
        CHECK(probe.timer->cancel(probe.host, 0) == SHOAL_E_STALE);
        std::uint64_t other = 0;
        probe.timer->start(probe.host, 1000, add_one, &fired, &other);
        CHECK(other != timer);
    });
    stage.environment.loop.advance(1s);
    CHECK(fired == 1);
}

TEST_CASE("a delay longer than time is cut to a long one", "[host][services]")
{
    Stage stage;
    stage.start();
    int fired = 0;
    std::uint64_t timer = 0;
    stage.as_plugin(
        [&] { return stage.probe.timer->start(stage.probe.host, UINT64_MAX, add_one, &fired, &timer); });
    stage.environment.loop.advance(24h * 365);
    CHECK(fired == 0);
    CHECK(stage.environment.loop.pending_timers() == 1);
}

TEST_CASE("a timer without a function is a strike", "[host][services]")
{
    Stage stage;
    stage.start();
    std::uint64_t timer = 0;
    CHECK(stage.as_plugin([&] {
        return stage.probe.timer->start(stage.probe.host, 1, nullptr, nullptr, &timer);
    }) == SHOAL_E_ARGUMENT);
    CHECK(stage.as_plugin([&] { return stage.probe.timer->start(nullptr, 1, add_one, nullptr, &timer); })
          == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("random numbers are those of the instance's own stream", "[host][services]")
{
    Stage stage;
    stage.start();
    RandomStream same(7, 7);
    stage.as_plugin([&] {
        const auto& probe = stage.probe;
        CHECK(probe.random->next(probe.host) == same.next());
        CHECK(probe.random->next(probe.host) == same.next());
        CHECK(probe.random->below(probe.host, 10) == same.below(10));
        CHECK(probe.random->below(probe.host, 0) == 0);
        CHECK(probe.random->next(probe.host) == same.next());
    });
}

TEST_CASE("settings are read with their types", "[host][services]")
{
    Stage stage({.settings = R"({
        "count": { "type": "int", "default": 4, "help": "h" },
        "on": { "type": "bool", "default": true, "help": "h" },
        "share": { "type": "real", "default": 0.5, "help": "h" },
        "mode": { "type": "text", "default": "a", "help": "h" } })"});
    auto context = stage.context();
    context.settings = {{"mode", "hello"}};
    stage.start(std::move(context));
    stage.as_plugin([&] {
        const auto* host = stage.probe.host;
        const auto* settings = stage.probe.settings;
        std::int64_t integer = 0;
        double real = 0;
        shoal_text mode{};
        CHECK(settings->integer(host, text("count"), &integer) == SHOAL_OK);
        CHECK(integer == 4);
        CHECK(settings->integer(host, text("on"), &integer) == SHOAL_OK);
        CHECK(integer == 1);
        CHECK(settings->real(host, text("share"), &real) == SHOAL_OK);
        CHECK(real == 0.5);
        CHECK(settings->text(host, text("mode"), &mode) == SHOAL_OK);
        CHECK(std::string_view(mode.data, mode.size) == "hello");
        CHECK(settings->text(host, text("count"), &mode) == SHOAL_E_ARGUMENT);
        CHECK(settings->real(host, text("count"), &real) == SHOAL_E_ARGUMENT);
        CHECK(settings->integer(host, text("absent"), &integer) == SHOAL_E_NOT_FOUND);
    });
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("the torrent is seen by instances that belong to one", "[host][services]")
{
    Stage stage;
    OneTorrent torrent;
    auto context = stage.context();
    context.torrent = &torrent;
    stage.start(std::move(context));
    REQUIRE(stage.probe.torrent != nullptr);
    std::uint32_t pieces = 0;
    stage.as_plugin([&] { pieces = stage.probe.torrent->view(stage.probe.host)->piece_count; });
    CHECK(pieces == 11);
    // Outside of a call there is nothing to see.
    CHECK(stage.probe.torrent->view(stage.probe.host) == nullptr);
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("an event is published under the plug-in's name", "[host][services]")
{
    Stage stage;
    LocalHeard sink;
    auto context = stage.context();
    context.events = &sink;
    stage.start(std::move(context));
    stage.as_plugin([&] {
        shoal_entry entry{text("file"), {}};
        entry.value.type = SHOAL_VALUE_INT;
        entry.value.as.integer = 3;
        shoal_value payload{};
        payload.type = SHOAL_VALUE_MAP;
        payload.size = 1;
        payload.as.entries = &entry;
        CHECK(stage.probe.events->publish(stage.probe.host, text("can_play"), &payload) == SHOAL_OK);
        CHECK(stage.probe.events->publish(stage.probe.host, text("ended"), nullptr) == SHOAL_OK);
        payload.type = 99;
        CHECK(stage.probe.events->publish(stage.probe.host, text("broken"), &payload) == SHOAL_E_ARGUMENT);
        CHECK(stage.probe.events->publish(stage.probe.host, text(""), nullptr) == SHOAL_E_ARGUMENT);
    });
    CHECK(sink.heard
          == std::vector<std::string>{"org.example.probe, torrent 3fa1: can_play {\"file\":3}",
                                      "org.example.probe, torrent 3fa1: ended null"});
    CHECK(stage.instance->strikes() == 2);
}

TEST_CASE("metrics are counted from any thread", "[host][services]")
{
    Stage stage;
    LocalHeard sink;
    auto context = stage.context();
    context.metrics = &sink;
    stage.start(std::move(context));
    std::thread([&] { stage.probe.metrics->add(stage.probe.host, text("picks"), 5); }).join();
    stage.probe.metrics->set(stage.probe.host, text("depth"), 7);
    CHECK(sink.heard == std::vector<std::string>{"org.example.probe: picks +5", "depth =7"});
    stage.instance->stop();
    stage.probe.metrics->add(stage.probe.host, text("picks"), 1);
    CHECK(sink.heard.size() == 2);
}

TEST_CASE("the host's clock is the loop's", "[host][services]")
{
    Stage stage;
    stage.start();
    stage.environment.loop.advance(5s);
    CHECK(stage.probe.host->now(stage.probe.host) == 6'000'000'000);
}

TEST_CASE("a line of a plug-in's log is under its name and harmless", "[host][services]")
{
    Stage stage;
    stage.start();
    const auto* host = stage.probe.host;
    host->log(host, SHOAL_LOG_WARNING, text("two\nlines"));
    host->log(host, 17, text("odd level"));
    host->log(host, SHOAL_LOG_INFO, {nullptr, 5});
    CHECK(stage.lines.lines()
          == std::vector<std::string>{"warning: plug-in org.example.probe, torrent 3fa1: two\\nlines",
                                      "debug: plug-in org.example.probe, torrent 3fa1: odd level"});
}

TEST_CASE("a [strand] function from another thread is refused", "[host][services]")
{
    Stage stage;
    stage.start();
    std::uint64_t timer = 0;
    shoal_status status = SHOAL_OK;
    std::thread([&] {
        status = stage.probe.timer->start(stage.probe.host, 1, add_one, nullptr, &timer);
    }).join();
    CHECK(status == SHOAL_E_THREAD);
    CHECK(stage.environment.loop.pending_timers() == 0);
    CHECK(stage.instance->strikes() == 1);
    // Even on the right thread there must be a call to be inside of.
    CHECK(stage.probe.timer->start(stage.probe.host, 1, add_one, nullptr, &timer) == SHOAL_E_STATE);
}

}  // namespace shoal::host::test
