#include "swarm/client_scene.hpp"

#include "client/alarms.hpp"
#include "client/torrent_report.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>

// Seeds that nobody asks for are not in the session, and nobody sees it.
using namespace shoal;
using namespace std::chrono_literals;
using client::Alarms;
using control::Value;
using test::ClientScene;

namespace {

// An HTTP tracker that knows nobody and writes down what it is told.
class NotingTracker {
public:
    static constexpr auto url = "http://noting.local:6969/announce";

    explicit NotingTracker(support::Crowd& crowd) : node_(crowd.world.add_node())
    {
        crowd.world.add_name("noting.local", {node_.address()});
        auto listening = node_.environment().http_server.listen(
            node_.endpoint(6969), [this](const environment::HttpQuestion& question, environment::HttpServer::Answer answer) {
                told_.push_back({question.from.address, question.target});
                answer({.body = to_bytes("d8:intervali1800e5:peers0:e")});
            });
        REQUIRE(listening);
        listener_ = std::move(*listening);
    }

    // By one host, in order; "" is an announce without an event.
    std::vector<std::string> events_of(const Address& host) const { return values_of(host, "event="); }
    std::vector<std::string> values_of(const Address& host, const std::string& name) const
    {
        std::vector<std::string> values;
        for (const auto& [from, target] : told_) {
            if (!(from == host)) continue;
            const auto at = target.find(name);
            values.push_back(at == std::string::npos ? "" : target.substr(at + name.size(), target.find('&', at) - at - name.size()));
        }
        return values;
    }
    void forget() { told_.clear(); }

private:
    static Bytes to_bytes(std::string_view text)
    {
        const auto octets = as_bytes(text);
        return {octets.begin(), octets.end()};
    }

    lab::Node& node_;
    std::vector<std::pair<Address, std::string>> told_;
    std::unique_ptr<environment::HttpListener> listener_;
};

struct SleepScene : ClientScene {
    SleepScene() = default;
    explicit SleepScene(test::SceneSettings given) : ClientScene(std::move(given)) {}

    // It has everything, its only peer is gone, and nobody asked for a minute.
    void let_sleep()
    {
        add();
        let_sleep_once_added();
    }
    void let_sleep_once_added()
    {
        REQUIRE(wait_for("seeding"));
        seed->node.crash();
        crowd.world.run_for(100s);
        REQUIRE(is_asleep());
        events.clear();
    }
    const client::Entry& entry() const { return *client->entries().begin()->second; }
    bool is_asleep() const { return client->dormant() == 1 && client->session().torrents().empty(); }
    std::size_t heard_of(const std::string& event) const
    {
        return static_cast<std::size_t>(std::ranges::count(events, event));
    }
    support::Member& fetch_from_it()
    {
        auto& leecher = crowd.add({.extensions = {"metadata"}});
        leecher.start({node->endpoint(6881)});
        return leecher;
    }
    std::int64_t uploaded() { return *show().find("uploaded")->as_integer(); }
};

}  // namespace

TEST_CASE("a seed that nobody wants leaves the session, and seeds to all who ask", "[client][sleep]")
{
    SleepScene scene;
    scene.let_sleep();
    const auto shown = scene.show();
    CHECK(*shown.find("state")->as_text() == "seeding");
    CHECK(*shown.find("progress")->as_real() == 1.0);
    CHECK(*shown.find("wanted")->as_integer() == 1'043'576);
    CHECK(*shown.find("done")->as_integer() == 1'043'576);
    CHECK(*shown.find("peers")->as_integer() == 0);
    CHECK_FALSE(*shown.find("private")->as_bool());
    CHECK(scene.call("torrents.peers", scene.of_torrent())->as_list()->empty());
    const auto revision = scene.client->changes().revision();
    scene.crowd.world.run_for(1h);
    CHECK(scene.client->changes().revision() == revision);
    CHECK(scene.events.empty());
    CHECK(scene.is_asleep());
}

TEST_CASE("who knocks at a sleeping seed gets the whole of it, and then it sleeps again with what it gave on record", "[client][sleep]")
{
    SleepScene scene;
    scene.let_sleep();
    auto& leecher = scene.fetch_from_it();
    REQUIRE(scene.crowd.world.run_until([&] { return leecher.is_complete(); }, scene.crowd.world.now() + 300s));
    CHECK(*leecher.octets == scene.crowd.content.octets);
    leecher.node.crash();
    scene.crowd.world.run_for(120s);
    CHECK(scene.is_asleep());
    CHECK(scene.uploaded() >= 1'043'576);
    const auto all = client::report_session(*scene.client);
    CHECK(*all.find("running")->as_integer() == 1);
    CHECK(*all.find("asleep")->as_integer() == 1);
    CHECK(*all.find("uploaded")->as_integer() == scene.uploaded());
    CHECK(scene.heard_of("torrent.state") == 0);
    CHECK(scene.heard_of("torrent.finished") == 0);
    const auto given = scene.uploaded();
    scene.kill();
    CHECK(scene.uploaded() == given);
}

TEST_CASE("a sleeping seed is announced at its tracker's interval, and the tracker hears of no beginning and no end", "[client][sleep]")
{
    SleepScene scene({.trackers = {NotingTracker::url}});
    NotingTracker tracker(scene.crowd);
    const auto told = [&](const std::string& name) { return tracker.values_of(scene.node->address(), name); };
    scene.let_sleep();
    CHECK(tracker.events_of(scene.node->address()).front() == "started");
    auto& leecher = scene.fetch_from_it();
    REQUIRE(scene.crowd.world.run_until([&] { return leecher.is_complete(); }, scene.crowd.world.now() + 300s));
    leecher.node.crash();
    scene.crowd.world.run_for(120s);
    REQUIRE(scene.is_asleep());

    tracker.forget();
    scene.crowd.world.run_for(2h);
    CHECK(told("event=") == std::vector<std::string>(4, ""));
    CHECK(told("uploaded=") == std::vector<std::string>(4, std::to_string(scene.uploaded())));
    CHECK(told("left=") == std::vector<std::string>(4, "0"));
    CHECK(scene.is_asleep());
    CHECK(scene.heard_of("torrent.state") == 0);

    SECTION("stopped by somebody, it says goodbye")
    {
        tracker.forget();
        CHECK(scene.call("torrents.stop", scene.of_torrent()));
        CHECK(tracker.events_of(scene.node->address()) == std::vector<std::string>{"stopped"});
        CHECK(scene.state() == "stopped");
        CHECK(scene.heard_of("torrent.state") == 1);
    }
    SECTION("asked to, it announces at once")
    {
        tracker.forget();
        CHECK(scene.call("torrents.reannounce", scene.of_torrent()));
        scene.crowd.world.run_for(5s);
        CHECK(tracker.events_of(scene.node->address()) == std::vector<std::string>{""});
        CHECK(scene.client->dormant() == 0);
    }
    SECTION("it still has its tracker")
    {
        const auto trackers = scene.call("torrents.trackers", scene.of_torrent());
        REQUIRE(trackers);
        REQUIRE(trackers->as_list()->size() == 1);
        CHECK(*trackers->as_list()->front().as_map()->find("url")->as_text() == NotingTracker::url);
        CHECK(*trackers->as_list()->front().as_map()->find("working")->as_bool());
        CHECK(scene.is_asleep());
    }
}

TEST_CASE("a sleeping seed ends when it has given enough, and nobody woke it for that", "[client][sleep]")
{
    SleepScene scene;
    scene.let_sleep();
    SECTION("seeding time")
    {
        scene.client->set_defaults({.folder = scene.folder / "files", .ends = {.seeding_time = 30min}});
        CHECK(scene.is_asleep());
    }
    SECTION("idle time, its own")
    {
        CHECK(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("idle_time", 1800))));
    }
    scene.crowd.world.run_for(25min);
    CHECK(scene.is_asleep());
    CHECK(scene.wait_for("stopped", 10min));
    CHECK(scene.heard_of("torrent.ended") == 1);
    CHECK(scene.entry().progress.seeding_s >= 1'800);
    scene.restart();
    CHECK(scene.state() == "stopped");
    CHECK(scene.entry().progress.seeding_s >= 1'800);
}

TEST_CASE("how long a torrent has been seeding is counted while it sleeps, and what is left of a fetch is estimated", "[client][sleep]")
{
    SleepScene scene;
    scene.add();
    REQUIRE(scene.wait_for("downloading"));
    CHECK(*scene.show().find("seeding_time")->as_integer() == 0);
    const auto estimated = [&] { return scene.show().find("eta") != nullptr; };
    CHECK(scene.crowd.world.run_until(estimated, scene.crowd.world.now() + 60s));
    scene.let_sleep_once_added();
    const auto before = *scene.show().find("seeding_time")->as_integer();
    CHECK(scene.show().find("eta") == nullptr);
    scene.crowd.world.run_for(500s);
    REQUIRE(scene.is_asleep());
    CHECK(*scene.show().find("seeding_time")->as_integer() == before + 500);
}

TEST_CASE("what is asked of a sleeping seed is done", "[client][sleep]")
{
    SleepScene scene;
    scene.let_sleep();
    SECTION("files")
    {
        CHECK(scene.files().size() == 2);
        CHECK(scene.heard_of("torrent.state") == 0);
    }
    SECTION("recheck")
    {
        CHECK(scene.call("torrents.recheck", scene.of_torrent()));
        CHECK(scene.wait_for("seeding", 5s));
        CHECK(scene.heard_of("torrent.state") >= 2);  // people see that it is checked
    }
    SECTION("move")
    {
        CHECK(scene.call("torrents.move", scene.of_torrent().set("folder", scene.folder / "elsewhere")));
        CHECK(scene.is_whole("elsewhere"));
        CHECK(*scene.show().find("folder")->as_text() == scene.folder / "elsewhere");
    }
    SECTION("rename")
    {
        CHECK(scene.call("torrents.rename",
                         scene.of_torrent().set("path", "crowd/file0.bin").set("new_path", "crowd/other.bin")));
        CHECK(std::filesystem::exists(scene.folder / "files/crowd/other.bin"));
    }
    SECTION("a priority")
    {
        CHECK(scene.call("torrents.set", scene.of_torrent().set(
                                             "changes", Value::Map{}.set("priorities", Value::Map{}.set("*file1*", "high")))));
        CHECK(*scene.files().back().as_map()->find("priority")->as_text() == "high");
    }
    SECTION("a label, for which nobody wakes it")
    {
        CHECK(scene.call("torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("label", "films"))));
        CHECK(*scene.show().find("label")->as_text() == "films");
        CHECK(scene.is_asleep());
    }
    SECTION("connect")
    {
        auto& leecher = scene.crowd.add({.extensions = {"metadata"}});
        leecher.start({});
        const Value::List peers{leecher.endpoint().to_string()};
        CHECK(scene.call("torrents.connect", scene.of_torrent().set("peers", peers)));
        CHECK(scene.crowd.world.run_until([&] { return leecher.is_complete(); }, scene.crowd.world.now() + 300s));
    }
    CHECK(scene.state() == "seeding");
    if (const bool is_up = !scene.is_asleep(); is_up) scene.crowd.world.run_for(400s);
    CHECK(scene.client->dormant() + scene.client->session().torrents().size() == 1);
}

TEST_CASE("a sleeping seed is stopped, started awake, and removed with its files", "[client][sleep]")
{
    SleepScene scene;
    scene.let_sleep();
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.state() == "stopped");
    CHECK(scene.client->dormant() == 0);
    CHECK(scene.call("torrents.start", scene.of_torrent()));
    CHECK(scene.wait_for("seeding", 5s));
    CHECK(scene.client->dormant() == 0);
    scene.crowd.world.run_for(100s);
    CHECK(scene.is_asleep());
    CHECK(scene.call("torrents.remove", scene.of_torrent().set("data", true)));
    CHECK(scene.client->entries().empty());
    CHECK(scene.client->dormant() == 0);
    CHECK_FALSE(std::filesystem::exists(scene.folder / "files/crowd"));
}

TEST_CASE("a seed sleeps from the start, after a peaceful end and after a crash, and is checked in neither case", "[client][sleep]")
{
    SleepScene scene({.trackers = {NotingTracker::url}});
    NotingTracker tracker(scene.crowd);
    scene.let_sleep();
    tracker.forget();
    if (const bool dies = GENERATE(false, true); dies) scene.kill();
    else scene.restart();
    CHECK(scene.client->dormant() == 1);
    CHECK(scene.state() == "seeding");
    scene.crowd.world.run_for(60s);
    CHECK(tracker.events_of(scene.node->address()) == std::vector<std::string>{"started"});
    CHECK(scene.is_asleep());
    CHECK(scene.heard_of("torrent.state") == 0);
    auto& leecher = scene.fetch_from_it();
    CHECK(scene.crowd.world.run_until([&] { return leecher.is_complete(); }, scene.crowd.world.now() + 300s));
}

TEST_CASE("what vanished while a seed slept is said when somebody wants it", "[client][sleep]")
{
    SleepScene scene;
    scene.let_sleep();
    std::filesystem::remove_all(scene.folder / "files");
    scene.crowd.world.run_for(10min);
    CHECK(scene.state() == "seeding");
    scene.fetch_from_it();
    CHECK(scene.wait_for("failed", 20s));
    CHECK(scene.heard_of("torrent.error") == 1);
    CHECK_THAT(*scene.show().find("error")->as_text(), Catch::Contains("its files are gone"));
}

TEST_CASE("a seed with company stays awake, and so does one that is still needed by nobody but fetched a minute ago", "[client][sleep]")
{
    SleepScene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.seed->node.crash();
    scene.crowd.world.run_for(40s);
    CHECK(scene.client->dormant() == 0);
    support::Member& leecher = scene.crowd.add({.node = {.down = 3'000}, .extensions = {"metadata"}});
    leecher.start({scene.node->endpoint(6881)});
    scene.crowd.world.run_for(250s);
    CHECK_FALSE(leecher.is_complete());
    CHECK(scene.client->dormant() == 0);
}

TEST_CASE("alarms ring in order, and no more than twenty of them a second", "[client][sleep]")
{
    lab::World world;
    auto& loop = world.add_node().loop();
    std::vector<std::uint8_t> rung;
    std::map<Hash20, environment::Time> places;
    const auto torrent = [](std::size_t number) {
        Hash20 hash{};
        hash.bytes[0] = static_cast<std::byte>(number);
        return hash;
    };
    Alarms alarms(loop, [&](const Hash20& rings) {
        rung.push_back(std::to_integer<std::uint8_t>(rings.bytes[0]));
        alarms.clear(rings, places[rings]);
    });
    for (std::size_t number = 0; number < 100; ++number) {
        places[torrent(number)] = environment::time_never;
        alarms.set(torrent(number), places[torrent(number)], loop.now() + 1s);
    }
    alarms.set(torrent(7), places[torrent(7)], loop.now() + 500ms);
    alarms.clear(torrent(8), places[torrent(8)]);
    world.run_for(600ms);
    CHECK(rung == std::vector<std::uint8_t>{7});
    world.run_for(1400ms);
    CHECK(rung.size() <= 22);
    CHECK(rung.size() >= 20);
    world.run_for(10s);
    CHECK(rung.size() == 99);
}

TEST_CASE("strangers wake forty at once and then twenty a second, whatever they knock at", "[client][sleep]")
{
    lab::World world;
    auto& loop = world.add_node().loop();
    Alarms alarms(loop, [](const Hash20&) {});
    const auto admitted = [&](int knocks) {
        int count = 0;
        for (int i = 0; i < knocks; ++i) count += alarms.admits_stranger() ? 1 : 0;
        return count;
    };
    CHECK(admitted(1'000) == 40);
    world.run_for(1s);
    CHECK(admitted(1'000) == 20);
    world.run_for(60s);
    CHECK(admitted(1'000) == 40);
}
