#include "host/library.hpp"
#include "host/manifest.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "session/trackers.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using session::Trackers;
using torrent::AnnounceEvent;
using torrent::AnnounceQuery;

namespace {

// A tracker plug-in that answers when the test says so.
class ScriptedTracker {
public:
    struct Asked {
        std::uint64_t operation;
        std::string url;
        shoal_announce announce;
    };

    ScriptedTracker()
    {
        auto manifest = host::parse_manifest(
            R"({ "id": "org.example.tracker.scripted", "version": "1", "license": "MIT", "summary": "scripted",
                 "abi": { "major": 1, "minor": 0 }, "schemes": [ "x", "y" ], "requires": [ "shoal.host.tracker/1" ],
                 "provides": [ { "kind": "shoal.tracker/1", "name": "scripted", "scope": "session" } ] })");
        REQUIRE(manifest);
        manifest_ = std::move(*manifest);
        static constexpr shoal_tracker_v1 table{sizeof table, 0, on_announce, nullptr, on_cancel};
        const shoal_factory factory{
            sizeof factory, 0,      to_abi(SHOAL_KIND_TRACKER), to_abi("scripted"), &table, create,
            nullptr,        destroy};
        const shoal_factory* const factories[] = {&factory};
        const shoal_plugin descriptor{sizeof descriptor, 0, to_abi(manifest_.text), factories, 1, 0};
        auto library = host::Library::adopt(&descriptor, manifest_, "scripted");
        REQUIRE(library);
        library_ = std::move(*library);
        current() = this;
    }

    const host::Factory& factory() const { return *library_->factories().front(); }

    void answer(std::uint64_t operation, shoal_status status, std::uint32_t interval = 100,
                std::string_view failure = {})
    {
        const auto peer = to_abi(*Endpoint::parse("10.0.0.9:99"));
        const shoal_announce_reply reply{.struct_size = sizeof(shoal_announce_reply),
                                         .interval_s = interval,
                                         .min_interval_s = SHOAL_UNKNOWN,
                                         .complete = 3,
                                         .incomplete = SHOAL_UNKNOWN,
                                         .peer_count = 1,
                                         .peers = &peer,
                                         .tracker_id = {},
                                         .failure = to_abi(failure),
                                         .warning = {}};
        service_->announced(host_, operation, status, &reply);
    }

    std::vector<Asked> asked;
    std::vector<std::uint64_t> cancelled;
    shoal_status accepts = SHOAL_OK;
    int instances = 0;

private:
    static ScriptedTracker*& current()
    {
        static ScriptedTracker* tracker = nullptr;
        return tracker;
    }

    static shoal_status create(const shoal_host* host, void** self)
    {
        auto& tracker = *current();
        ++tracker.instances;
        tracker.host_ = host;
        tracker.service_ =
            static_cast<const shoal_host_tracker_v1*>(host->service(host, to_abi(SHOAL_SERVICE_TRACKER)));
        *self = &tracker;
        return SHOAL_OK;
    }
    static void destroy(void*) {}
    static shoal_status on_announce(void* self, std::uint64_t operation, const shoal_announce* announce)
    {
        auto& tracker = *static_cast<ScriptedTracker*>(self);
        tracker.asked.push_back({operation, std::string(from_abi(announce->url)), *announce});
        return tracker.accepts;
    }
    static void on_cancel(void* self, std::uint64_t operation)
    {
        static_cast<ScriptedTracker*>(self)->cancelled.push_back(operation);
    }

    host::Manifest manifest_;
    std::unique_ptr<host::Library> library_;
    const shoal_host* host_ = nullptr;
    const shoal_host_tracker_v1* service_ = nullptr;
};

struct TrackersBench {
    environment::OperationId ask(const std::string& url, AnnounceQuery query = {})
    {
        query.url = url;
        return trackers.announce(std::move(query), [this](Result<host::AnnounceReply> answer) {
            answers.push_back(std::move(answer));
        });
    }
    void pass(environment::Duration duration) { world.run_for(duration); }

    ScriptedTracker plugin;
    lab::World world;
    lab::Node& node = world.add_node();
    torrent::Identity identity{.peer_id = {}, .listen_port = 6881};
    std::vector<Result<host::AnnounceReply>> answers;
    Trackers trackers{node.environment(), identity,
                      [this](const std::string& scheme, host::TrackerSink& sink) {
                          if (scheme == "z") {
                              return Result<std::unique_ptr<host::Instance>>(
                                  make_error(Errc::unsupported, "no z"));
                          }
                          return host::Instance::create(plugin.factory(), {.environment = node.environment(),
                                                                           .tracker = &sink,
                                                                           .random = RandomStream(1, 1)});
                      }};
};

}  // namespace

TEST_CASE("an announce says all that the tracker must know, and its answer comes once", "[session]")
{
    TrackersBench bench;
    bench.identity.peer_id.bytes.fill(std::byte{'p'});
    AnnounceQuery query{
        .event = AnnounceEvent::started, .uploaded = 1, .downloaded = 2, .left = 3, .num_want = 50};
    query.info_hash.bytes.fill(std::byte{'h'});
    query.tracker_id = Bytes{std::byte{9}};
    bench.ask("x://one/announce", query);
    REQUIRE(bench.plugin.asked.size() == 1);
    const auto& asked = bench.plugin.asked[0];
    CHECK(asked.url == "x://one/announce");
    CHECK(asked.announce.event == SHOAL_ANNOUNCE_STARTED);
    CHECK(asked.announce.info_hash[19] == 'h');
    CHECK(asked.announce.peer_id[0] == 'p');
    CHECK(asked.announce.uploaded == 1);
    CHECK(asked.announce.downloaded == 2);
    CHECK(asked.announce.left == 3);
    CHECK(asked.announce.num_want == 50);
    CHECK(asked.announce.port == 6881);
    CHECK(bench.answers.empty());
    bench.plugin.answer(asked.operation, SHOAL_OK);
    bench.pass(1s);
    REQUIRE(bench.answers.size() == 1);
    REQUIRE(bench.answers[0]);
    CHECK(bench.answers[0]->interval_s == 100);
    CHECK_FALSE(bench.answers[0]->min_interval_s);
    CHECK(bench.answers[0]->complete == 3);
    CHECK(bench.answers[0]->peers == std::vector{*Endpoint::parse("10.0.0.9:99")});
    bench.pass(100s);
    CHECK(bench.answers.size() == 1);
}

TEST_CASE("all announces of a session have the same key", "[session]")
{
    TrackersBench bench;
    bench.ask("x://one");
    bench.ask("y://two");
    CHECK(bench.plugin.asked[0].announce.key == bench.plugin.asked[1].announce.key);
}

TEST_CASE("one instance serves all URLs of a scheme, however it is written", "[session]")
{
    TrackersBench bench;
    bench.ask("x://one");
    bench.ask("X://two");
    bench.ask("x://three");
    CHECK(bench.plugin.instances == 1);
    bench.ask("y://four");
    CHECK(bench.plugin.instances == 2);
}

TEST_CASE("answers find their questions in any order", "[session]")
{
    TrackersBench bench;
    for (int i = 0; i < 3; ++i) bench.ask("x://" + std::to_string(i));
    for (const std::size_t i : {2u, 0u, 1u}) {
        bench.plugin.answer(bench.plugin.asked[i].operation, SHOAL_OK, static_cast<std::uint32_t>(1000 + i));
    }
    bench.pass(1s);
    REQUIRE(bench.answers.size() == 3);
    CHECK(bench.answers[0]->interval_s == 1002);
    CHECK(bench.answers[1]->interval_s == 1000);
    CHECK(bench.answers[2]->interval_s == 1001);
}

TEST_CASE("a tracker's refusal comes in its own words", "[session]")
{
    TrackersBench bench;
    bench.ask("x://one");
    bench.plugin.answer(bench.plugin.asked[0].operation, SHOAL_E_REMOTE, 0, "torrent not registered");
    bench.pass(1s);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].error().code == Errc::refused);
    CHECK(bench.answers[0].error().text == "torrent not registered");
}

TEST_CASE("what cannot be asked fails later, not at once", "[session]")
{
    TrackersBench bench;
    const auto fails_later = [&](const std::string& url, Errc code, const std::string& text) {
        bench.answers.clear();
        bench.ask(url);
        CHECK(bench.answers.empty());
        bench.pass(1s);
        REQUIRE(bench.answers.size() == 1);
        CHECK(bench.answers[0].error().code == code);
        CHECK_THAT(bench.answers[0].error().text, Catch::Contains(text));
    };
    fails_later("no url", Errc::bad_input, "no url");
    fails_later("z://one", Errc::unsupported, "no z");
    bench.plugin.accepts = SHOAL_E_ARGUMENT;
    fails_later("x://bad", Errc::invalid_argument, "x://bad");
}

TEST_CASE("T12 a plug-in that never answers costs a time-out, and its late answer nothing", "[session]")
{
    TrackersBench bench;
    bench.ask("x://one", {.timeout = 30s});
    bench.pass(29s);
    CHECK(bench.answers.empty());
    bench.pass(2s);
    REQUIRE(bench.answers.size() == 1);
    CHECK(bench.answers[0].error().code == Errc::timed_out);
    CHECK(bench.plugin.cancelled == std::vector{bench.plugin.asked[0].operation});
    bench.plugin.answer(bench.plugin.asked[0].operation, SHOAL_OK);
    bench.pass(1s);
    CHECK(bench.answers.size() == 1);
}

TEST_CASE("a cancelled announce is never answered", "[session]")
{
    TrackersBench bench;
    const auto operation = bench.ask("x://one");
    bench.trackers.cancel(operation);
    CHECK(bench.plugin.cancelled.size() == 1);
    bench.plugin.answer(bench.plugin.asked[0].operation, SHOAL_OK);
    bench.trackers.cancel(operation);
    const auto refused = bench.ask("z://one");
    bench.trackers.cancel(refused);
    bench.pass(100s);
    CHECK(bench.answers.empty());
}
