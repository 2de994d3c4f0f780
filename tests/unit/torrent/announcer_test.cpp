#include "lab/node.hpp"
#include "lab/world.hpp"
#include "torrent/announcer.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace shoal;
using namespace shoal::torrent;
using namespace std::chrono_literals;

using environment::Duration;
using environment::OperationId;
using environment::Time;

namespace {

// Trackers that answer, refuse, or say nothing, as the test has it. Answers take a tenth of a second.
class Trackers final : public TrackerClient {
public:
    struct Asked {
        AnnounceQuery query;
        Time at;
    };
    enum class Mood { answers, refuses, silent };

    explicit Trackers(environment::Loop& loop) : loop_(loop) {}

    OperationId announce(AnnounceQuery query, Announced done) override
    {
        asked.push_back({query, loop_.now()});
        const std::uint64_t id = asked.size();
        pending_.emplace(id, std::move(done));
        const auto mood = moods.contains(query.url) ? moods[query.url] : Mood::answers;
        if (mood == Mood::silent) {
            later(id, query.timeout, make_error(Errc::timed_out, "no answer"));
        } else if (mood == Mood::refuses) {
            later(id, 100ms, make_error(Errc::refused, "go away"));
        } else {
            later(id, 100ms, replies.contains(query.url) ? replies[query.url] : reply);
        }
        return OperationId{id};
    }

    void cancel(OperationId operation) override { pending_.erase(operation.value()); }

    std::size_t count(AnnounceEvent event, const std::string& url = {}) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(asked, [&](const Asked& a) {
            return a.query.event == event && (url.empty() || a.query.url == url);
        }));
    }
    std::vector<std::string> urls() const
    {
        std::vector<std::string> all;
        for (const auto& a : asked) all.push_back(a.query.url);
        return all;
    }

    std::vector<Asked> asked;
    std::map<std::string, Mood> moods;
    std::map<std::string, host::AnnounceReply> replies;
    host::AnnounceReply reply;

private:
    void later(std::uint64_t id, Duration delay, Result<host::AnnounceReply> answer)
    {
        loop_.start_timer(delay, [this, id, answer = std::move(answer)]() mutable {
            auto node = pending_.extract(id);
            if (node) node.mapped()(std::move(answer));
        });
    }

    environment::Loop& loop_;
    std::map<std::uint64_t, Announced> pending_;
};

struct AnnouncerBench {
    lab::World world;
    environment::Loop& loop = world.add_node().loop();
    Trackers trackers{loop};
    Announcer::Totals totals{.uploaded = 1, .downloaded = 2, .left = 1000};
    std::vector<Endpoint> peers;
    std::vector<std::string> replies;
    Announcer announcer{
        loop,
        trackers,
        Hash20{},
        {.totals = [this] { return totals; },
         .peers_wanted = [] { return 50u; },
         .on_peers = [this](const std::string&, const auto& found) { peers.insert(peers.end(), found.begin(), found.end()); },
         .on_reply =
             [this](const std::string& url, const Error* failure, const host::AnnounceReply*) {
                 replies.push_back(url + (failure ? ": " + failure->text : ""));
             }}};

    void start(std::vector<std::vector<std::string>> tiers)
    {
        announcer.start(std::move(tiers), RandomStream(1, 1));
    }
    void pass(Duration duration) { world.run_for(duration); }
};

host::AnnounceReply every(std::uint32_t interval, std::optional<std::uint32_t> least = std::nullopt)
{
    host::AnnounceReply reply;
    reply.interval_s = interval;
    reply.min_interval_s = least;
    return reply;
}

}  // namespace

TEST_CASE("an announcer without trackers asks nobody", "[torrent]")
{
    AnnouncerBench bench;
    bench.start({});
    bench.announcer.want_peers();
    bench.announcer.on_completed();
    bench.pass(1h);
    CHECK(bench.trackers.asked.empty());
    CHECK_FALSE(bench.announcer.has_trackers());
    bool is_stopped = false;
    bench.announcer.stop([&] { is_stopped = true; });
    CHECK_FALSE(is_stopped);
    bench.pass(1s);
    CHECK(is_stopped);
}

TEST_CASE("a tracker that is named twice is one tracker, and is not asked for ever", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.start({{"a", "a"}, {"b", "a", "b"}, {"b"}});
    REQUIRE(bench.announcer.trackers().size() == 2);
    bench.pass(10s);
    CHECK(bench.trackers.urls() == std::vector<std::string>{"a", "b"});
    const auto known = bench.announcer.trackers();
    CHECK(known[0].url == "a");
    CHECK(known[0].tier == 0);
    CHECK(known[1].url == "b");
    CHECK(known[1].tier == 1);
    for (const auto& tracker : known) CHECK_FALSE(tracker.is_asking);
}

TEST_CASE("the first announce says started and how much is left", "[torrent]")
{
    AnnouncerBench bench;
    bench.start({{"a"}});
    REQUIRE(bench.trackers.asked.size() == 1);
    const auto& query = bench.trackers.asked[0].query;
    CHECK(query.event == AnnounceEvent::started);
    CHECK(query.uploaded == 1);
    CHECK(query.downloaded == 2);
    CHECK(query.left == 1000);
    CHECK(query.num_want == 50);
    CHECK(query.tracker_id.empty());
}

TEST_CASE("peers are passed on, and the tracker's id is given back to it", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(100);
    bench.trackers.reply.peers = {*Endpoint::parse("10.0.0.1:1"), *Endpoint::parse("10.0.0.2:2")};
    bench.trackers.reply.tracker_id = Bytes{std::byte{7}};
    bench.trackers.reply.complete = 5;
    bench.trackers.reply.warning = "be nice";
    bench.start({{"a"}});
    bench.pass(150s);
    CHECK(bench.peers.size() == 4);
    REQUIRE(bench.trackers.asked.size() == 2);
    CHECK(bench.trackers.asked[1].query.tracker_id == Bytes{std::byte{7}});
    CHECK(bench.trackers.asked[1].query.event == AnnounceEvent::none);
    const auto status = bench.announcer.trackers();
    REQUIRE(status.size() == 1);
    CHECK(status[0].is_working);
    CHECK(status[0].seeds == 5);
    CHECK(status[0].message == "be nice");
}

TEST_CASE("started is said until it was heard, and then no more", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.start({{"a"}});
    bench.pass(60s);
    CHECK(bench.trackers.count(AnnounceEvent::started) >= 2);
    CHECK(bench.trackers.count(AnnounceEvent::none) == 0);
    bench.trackers.moods.clear();
    bench.pass(3h);
    const auto heard = bench.trackers.count(AnnounceEvent::started);
    bench.pass(10h);
    CHECK(bench.trackers.count(AnnounceEvent::started) == heard);
    CHECK(bench.trackers.count(AnnounceEvent::none) > 10);
}

TEST_CASE("the interval of the tracker is kept", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(600);
    bench.start({{"a"}});
    bench.pass(6000s);
    REQUIRE(bench.trackers.asked.size() == 10);
    for (std::size_t i = 1; i < bench.trackers.asked.size(); ++i) {
        CHECK(bench.trackers.asked[i].at - bench.trackers.asked[i - 1].at == 600s + 100ms);
    }
}

TEST_CASE("T2 an interval of 0 or of 2^31 is brought to between a minute and a day", "[torrent]")
{
    AnnouncerBench often;
    often.trackers.reply = every(0, 0);
    often.start({{"a"}});
    often.pass(600s);
    CHECK(often.trackers.asked.size() <= 11);
    CHECK(often.trackers.asked.size() >= 9);

    AnnouncerBench seldom;
    seldom.trackers.reply = every(1u << 31);
    seldom.start({{"a"}});
    seldom.pass(49h);
    CHECK(seldom.trackers.asked.size() == 3);
}

TEST_CASE("a tracker that names no interval is asked every half hour", "[torrent]")
{
    AnnouncerBench bench;
    bench.start({{"a"}});
    bench.pass(89min);
    CHECK(bench.trackers.asked.size() == 3);
}

TEST_CASE("more peers are asked for as soon as the min interval allows", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(1800, 300);
    bench.start({{"a"}});
    bench.pass(10s);
    for (int second = 0; second < 1200; ++second) {
        bench.announcer.want_peers();
        bench.pass(1s);
    }
    const auto& asked = bench.trackers.asked;
    CHECK(asked.size() == 5);
    for (std::size_t i = 1; i < asked.size(); ++i) CHECK(asked[i].at - asked[i - 1].at >= 300s);
}

TEST_CASE("wanting peers does not shorten the wait after a failure", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.start({{"a"}});
    for (int second = 0; second < 100; ++second) {
        bench.announcer.want_peers();
        bench.pass(1s);
    }
    CHECK(bench.trackers.asked.size() <= 4);
}

TEST_CASE("failures are followed by longer and longer waits, up to half an hour", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.start({{"a"}});
    bench.pass(6h);
    const auto& asked = bench.trackers.asked;
    REQUIRE(asked.size() > 10);
    const std::vector<Duration> waits{15s, 30s, 60s, 120s, 240s, 480s, 960s, 1800s, 1800s};
    for (std::size_t i = 0; i < waits.size(); ++i) CHECK(asked[i + 1].at - asked[i].at == waits[i] + 100ms);
    CHECK_FALSE(bench.announcer.trackers()[0].is_working);
    CHECK(bench.announcer.trackers()[0].message == "go away");
}

TEST_CASE("one success ends the back-off", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(60);
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.start({{"a"}});
    bench.pass(300s);
    bench.trackers.moods.clear();
    bench.pass(600s);
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    const auto before = bench.trackers.asked.size();
    bench.pass(120s);
    REQUIRE(bench.trackers.asked.size() >= before + 2);
    CHECK(bench.trackers.asked[before + 1].at - bench.trackers.asked[before].at == 15s + 100ms);
}

TEST_CASE("a tier is tried after all of the tier before it failed", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.trackers.moods["b"] = Trackers::Mood::refuses;
    bench.start({{"a", "b"}, {"c"}, {"d"}});
    bench.pass(5s);
    auto urls = bench.trackers.urls();
    REQUIRE(urls.size() == 3);
    CHECK(std::set(urls.begin(), urls.begin() + 2) == std::set<std::string>{"a", "b"});
    CHECK(urls[2] == "c");
    // The next round begins with the first tier again.
    bench.trackers.moods.clear();
    bench.pass(30min);
    CHECK(bench.trackers.urls()[3] != "c");
    CHECK(bench.trackers.count(AnnounceEvent::started, "d") == 0);
}

TEST_CASE("a tracker that answers moves to the front of its tier", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(60);
    for (const auto* url : {"a", "b", "c", "d", "e"}) bench.trackers.moods[url] = Trackers::Mood::refuses;
    bench.trackers.moods.erase("c");
    bench.start({{"a", "b", "c", "d", "e"}});
    bench.pass(200s);
    const auto urls = bench.trackers.urls();
    const auto first = std::ranges::find(urls, "c");
    REQUIRE(first != urls.end());
    CHECK(std::all_of(first, urls.end(), [](const auto& url) { return url == "c"; }));
    CHECK(bench.announcer.trackers()[0].url == "c");
}

TEST_CASE("within a tier the order is random, the same for the same seed", "[torrent]")
{
    std::set<std::string> firsts;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        AnnouncerBench one;
        AnnouncerBench same;
        one.announcer.start({{"a", "b", "c", "d"}}, RandomStream(seed, 0));
        same.announcer.start({{"a", "b", "c", "d"}}, RandomStream(seed, 0));
        CHECK(one.trackers.urls() == same.trackers.urls());
        firsts.insert(one.trackers.urls().at(0));
    }
    CHECK(firsts.size() == 4);
}

TEST_CASE("completed is said at once and exactly once", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(600);
    bench.start({{"a"}});
    bench.pass(100s);
    bench.totals.left = 0;
    bench.announcer.on_completed();
    REQUIRE(bench.trackers.asked.size() == 2);
    CHECK(bench.trackers.asked[1].query.event == AnnounceEvent::completed);
    CHECK(bench.trackers.asked[1].query.left == 0);
    bench.pass(5h);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == 1);
    CHECK(bench.trackers.count(AnnounceEvent::started) == 1);
}

TEST_CASE("completed is said again until a tracker heard it", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(600);
    bench.start({{"a"}});
    bench.pass(100s);
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.totals.left = 0;
    bench.announcer.on_completed();
    bench.pass(40s);
    CHECK(bench.trackers.count(AnnounceEvent::completed) >= 2);
    bench.trackers.moods.clear();
    bench.pass(1h);
    const auto heard = bench.trackers.count(AnnounceEvent::completed);
    bench.pass(5h);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == heard);
}

TEST_CASE("what completes while started is under way is completed all the same", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(600);
    bench.start({{"a"}});
    bench.pass(50ms);
    bench.totals.left = 0;
    bench.announcer.on_completed();
    bench.pass(1s);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == 1);
    bench.pass(5h);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == 1);
}

TEST_CASE("who starts complete says so, and never completes", "[torrent]")
{
    AnnouncerBench bench;
    bench.totals.left = 0;
    bench.start({{"a"}});
    bench.pass(1s);
    bench.pass(5h);
    CHECK(bench.trackers.asked[0].query.event == AnnounceEvent::started);
    CHECK(bench.trackers.asked[0].query.left == 0);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == 0);
}

TEST_CASE("a tracker that hears of us first when all is here needs no completed", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.moods["a"] = Trackers::Mood::refuses;
    bench.start({{"a"}});
    bench.pass(1s);
    bench.totals.left = 0;
    bench.announcer.on_completed();
    bench.pass(1s);
    bench.trackers.moods.clear();
    bench.pass(5h);
    CHECK(bench.trackers.count(AnnounceEvent::completed) == 0);
    CHECK(bench.trackers.asked.back().query.event == AnnounceEvent::none);
}

TEST_CASE("stopped goes once to every tracker that heard started, and to no other", "[torrent]")
{
    AnnouncerBench bench;
    bench.trackers.reply = every(60);
    bench.trackers.moods["b"] = Trackers::Mood::refuses;
    bench.start({{"a"}, {"b"}, {"c"}});
    bench.pass(5s);
    bench.trackers.moods["a"] = Trackers::Mood::refuses;  // then c is asked
    bench.pass(100s);
    REQUIRE(bench.trackers.count(AnnounceEvent::started, "c") == 1);
    bench.trackers.moods["a"] = Trackers::Mood::answers;
    int stopped = 0;
    bench.announcer.stop([&] { ++stopped; });
    CHECK(stopped == 0);
    bench.pass(10s);
    CHECK(stopped == 1);
    CHECK(bench.trackers.count(AnnounceEvent::stopped, "a") == 1);
    CHECK(bench.trackers.count(AnnounceEvent::stopped, "b") == 0);
    CHECK(bench.trackers.count(AnnounceEvent::stopped, "c") == 1);
    CHECK(bench.trackers.asked.back().query.num_want == 0);
    const auto all = bench.trackers.asked.size();
    bench.announcer.want_peers();
    bench.announcer.on_completed();
    bench.pass(5h);
    CHECK(bench.trackers.asked.size() == all);
    CHECK(stopped == 1);
}

TEST_CASE("T12 a tracker that is silent at the end is waited for five seconds", "[torrent]")
{
    AnnouncerBench bench;
    bench.start({{"a"}});
    bench.pass(1s);
    bench.trackers.moods["a"] = Trackers::Mood::silent;
    bool is_stopped = false;
    bench.announcer.stop([&] { is_stopped = true; });
    bench.pass(4900ms);
    CHECK_FALSE(is_stopped);
    bench.pass(200ms);
    CHECK(is_stopped);
}

TEST_CASE("an announce under way is cancelled by the end", "[torrent]")
{
    AnnouncerBench bench;
    bench.start({{"a"}});
    bool is_stopped = false;
    bench.announcer.stop([&] { is_stopped = true; });
    bench.pass(1s);
    CHECK(is_stopped);
    CHECK(bench.replies.empty());
    CHECK(bench.trackers.count(AnnounceEvent::stopped) == 0);
}

TEST_CASE("an announcer that is destroyed hears of nothing any more", "[torrent]")
{
    lab::World world;
    auto& loop = world.add_node().loop();
    Trackers trackers(loop);
    int heard = 0;
    auto announcer = std::make_unique<Announcer>(
        loop, trackers, Hash20{},
        Announcer::Actions{.totals = [] { return Announcer::Totals{0, 0, 1}; },
                           .peers_wanted = [] { return 1u; },
                           .on_peers = [](const std::string&, const auto&) {},
                           .on_reply = [&](const auto&, const auto*, const auto*) { ++heard; }});
    announcer->start({{"a"}}, RandomStream(1, 1));
    world.run_for(1s);
    CHECK(heard == 1);
    announcer->stop([] {});
    announcer.reset();
    world.run_for(1h);
    CHECK(heard == 1);
}
