#include "support/crowd.hpp"
#include "support/temporary_folder.hpp"

#include "client/client.hpp"
#include "client/torrent_methods.hpp"
#include "metainfo/create.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using client::Client;
using control::Value;
using support::Crowd;

namespace {

// A seed, and a host with a client whose database and files are real.
struct Scene {
    Scene() : crowd({.pieces = 64, .piece_length = 16'384, .files = {400'000, 643'576}, .has_octets = true})
    {
        seed = &crowd.add({.is_seed = true, .extensions = {"metadata"}});
        seed->start({});
        node = &crowd.world.add_node({.down = 200'000});
        torrent_file = folder.write("crowd.torrent", as_text(metainfo::to_torrent(crowd.content.torrent)));
        open();
    }
    ~Scene() { client.reset(); }

    void open()
    {
        methods = std::make_unique<control::Registry>();
        auto opened = state::Library::open(node->loop(), node->environment().workers, folder / "shoal.db", {});
        if (!opened) FAIL(opened.error().text);
        library = std::move(*opened);
        transport = std::make_unique<peer::StreamTransport>(node->loop(), node->environment().network);
        client = std::make_unique<Client>(
            Client::Parts{node->environment(), *transport, crowd.registry, *library, *methods,
                          [this] { return unix_time; }, {}},
            client::ClientSettings{.session = {.listen = {node->endpoint(6881)}, .extensions = {"metadata"}},
                                   .folder = folder / "files"});
        client::offer_torrent_methods(*client, *methods);
        heard = methods->subscribe([this](std::string_view event, const Value::Map&) { events.emplace_back(event); });
        REQUIRE(client->start());
    }

    // In peace: the process ends, and another begins.
    void restart()
    {
        bool is_stopped = false;
        client->stop([&] { is_stopped = true; });
        crowd.world.run_for(10s);
        REQUIRE(is_stopped);
        close();
        open();
    }
    void close()
    {
        heard.reset();
        client.reset();
        transport.reset();
        library.reset();
    }
    // It dies: nothing that was under way is finished.
    void kill()
    {
        node->crash();
        close();
        node->restart();
        open();
    }

    Result<Value> call(std::string_view method, Value::Map arguments)
    {
        std::optional<Result<Value>> answer;
        methods->call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        for (int turn = 0; turn < 100 && !answer; ++turn) crowd.world.run_for(100ms);
        REQUIRE(answer);
        return std::move(*answer);
    }
    Value::Map of_torrent() { return Value::Map{}.set("torrent", hash()); }
    std::string hash() const { return crowd.content.torrent.info_hash.hex(); }
    std::string add(std::string source = {})
    {
        Value::Map arguments;
        arguments.set("source", source.empty() ? torrent_file : source);
        arguments.set("peers", Value::List{seed->endpoint().to_string()});
        const auto added = call("torrents.add", std::move(arguments));
        return added ? *added->as_text() : added.error().text;
    }
    Value::Map show()
    {
        const auto shown = call("torrents.show", of_torrent());
        REQUIRE(shown);
        return *shown->as_map();
    }
    std::string state() { return *show().find("state")->as_text(); }
    double progress() { return *show().find("progress")->as_real(); }
    bool wait_for(const std::string& wanted, lab::Duration limit = 120s)
    {
        const auto end = crowd.world.now() + limit;
        while (crowd.world.now() < end && state() != wanted) crowd.world.run_for(250ms);
        return state() == wanted;
    }
    bool wait_for_progress(double wanted)
    {
        const auto end = crowd.world.now() + 60s;
        while (crowd.world.now() < end && progress() < wanted) crowd.world.run_for(100ms);
        return progress() >= wanted;
    }
    bool is_whole()
    {
        const auto name = "files/" + crowd.content.torrent.name + "/";
        std::string all;
        for (const auto& file : crowd.content.torrent.files) all += folder.read(name + file.path);
        return all == as_text(crowd.content.octets);
    }

    test::TemporaryFolder folder;
    Crowd crowd;
    support::Member* seed = nullptr;
    lab::Node* node = nullptr;
    std::string torrent_file;
    std::int64_t unix_time = 1'800'000'000;
    std::unique_ptr<control::Registry> methods;
    std::unique_ptr<state::Library> library;
    std::unique_ptr<peer::StreamTransport> transport;
    std::unique_ptr<Client> client;
    std::unique_ptr<control::Registry::Subscription> heard;
    std::vector<std::string> events;
};

}  // namespace

TEST_CASE("a torrent that was added is fetched, and seeded again after a restart without a check", "[client]")
{
    Scene scene;
    CHECK(scene.add() == scene.hash());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
    CHECK(*scene.show().find("finished_at")->as_integer() == 1'800'000'000);
    const auto uploaded_by_seed = scene.seed->status().totals.uploaded;

    scene.events.clear();
    scene.restart();
    REQUIRE(scene.wait_for("seeding", 2s));
    CHECK(scene.seed->status().totals.uploaded == uploaded_by_seed);
    CHECK(*scene.show().find("downloaded")->as_integer() >= 1'043'576);
    CHECK(*scene.show().find("finished_at")->as_integer() == 1'800'000'000);
}

TEST_CASE("after a restart in the middle nothing is fetched twice", "[client]")
{
    Scene scene;
    scene.add();
    REQUIRE(scene.wait_for_progress(0.4));
    scene.restart();
    REQUIRE(scene.wait_for("downloading", 5s));
    CHECK(scene.progress() >= 0.4);
    scene.call("torrents.stop", scene.of_torrent()).value();
    scene.call("torrents.start", scene.of_torrent()).value();
    // Nobody is known after a restart: the seed is named again.
    scene.client->running(*scene.client->entry(*scene.client->find(scene.hash())))->add_peer(scene.seed->endpoint());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
    CHECK(scene.seed->status().totals.uploaded <= 1'043'576 + 16 * 16'384);  // what was under way at the end
}

TEST_CASE("a client that dies in the middle serves no wrong octet and fetches no piece on record again", "[client]")
{
    Scene scene;
    scene.add();
    REQUIRE(scene.wait_for_progress(0.4));
    scene.kill();
    CHECK(scene.wait_for("downloading", 5s));
    CHECK(scene.progress() >= 0.3);  // and what is not on record was checked
    scene.client->running(*scene.client->entry(*scene.client->find(scene.hash())))->add_peer(scene.seed->endpoint());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.is_whole());
}

TEST_CASE("a stopped torrent is stopped after a restart, and goes on when it is told to", "[client]")
{
    Scene scene;
    scene.add();
    scene.crowd.world.run_for(1s);
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    CHECK(scene.state() == "stopped");
    CHECK(scene.client->running(*scene.client->entry(*scene.client->find(scene.hash()))) == nullptr);
    scene.restart();
    scene.crowd.world.run_for(5s);
    CHECK(scene.state() == "stopped");
    CHECK(scene.call("torrents.start", scene.of_torrent()));
    CHECK(scene.wait_for("downloading", 5s));
}

TEST_CASE("a magnet link survives a restart before its metadata is known, and is a torrent afterwards", "[client]")
{
    Scene scene;
    const auto link = metainfo::to_magnet(scene.crowd.content.torrent);
    scene.seed->node.crash();
    CHECK(scene.add(link) == scene.hash());
    scene.crowd.world.run_for(5s);
    CHECK(scene.state() == "resolving");
    scene.restart();
    CHECK(scene.wait_for("resolving", 5s));
    CHECK(*scene.show().find("size")->as_integer() == 0);
}

TEST_CASE("a link becomes a torrent whose metadata is on record", "[client]")
{
    Scene scene;
    scene.add(metainfo::to_magnet(scene.crowd.content.torrent));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(*scene.show().find("size")->as_integer() == 1'043'576);
    scene.seed->node.crash();
    scene.restart();
    CHECK(scene.wait_for("seeding", 2s));
    CHECK(scene.is_whole());
}

TEST_CASE("a torrent is added once, and is gone when it is removed", "[client]")
{
    Scene scene;
    scene.add();
    CHECK_THAT(scene.add(), Catch::Contains("is here already"));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.call("torrents.remove", scene.of_torrent()));
    const auto shown = scene.call("torrents.show", scene.of_torrent());
    REQUIRE_FALSE(shown);
    CHECK(shown.error().code == Errc::not_found);
    CHECK(scene.is_whole());  // its files stay
    scene.restart();
    CHECK(scene.client->entries().empty());
    CHECK(scene.add() == scene.hash());
}

TEST_CASE("what changed since a revision is told, and nothing else", "[client]")
{
    Scene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    scene.crowd.world.run_for(60s);
    const auto changes = [&](std::int64_t since) {
        return *scene.call("torrents.changes", Value::Map{}.set("since", since))->as_map();
    };
    const auto first = changes(0);
    CHECK(*first.find("everything")->as_bool());
    REQUIRE(first.find("changed")->as_list()->size() == 1);
    const auto second = changes(*first.find("revision")->as_integer());
    CHECK_FALSE(*second.find("everything")->as_bool());
    CHECK(second.find("changed")->as_list()->empty());
    CHECK(scene.call("torrents.stop", scene.of_torrent()));
    const auto third = changes(*first.find("revision")->as_integer());
    REQUIRE(third.find("changed")->as_list()->size() == 1);
    CHECK(scene.call("torrents.remove", scene.of_torrent()));
    const auto fourth = changes(*third.find("revision")->as_integer());
    CHECK(fourth.find("changed")->as_list()->empty());
    CHECK(*fourth.find("gone")->as_list() == Value::List{scene.hash()});
}

TEST_CASE("a torrent is named by its info-hash, the beginning of it or its name", "[client]")
{
    Scene scene;
    scene.add();
    for (const auto& name : {scene.hash(), scene.hash().substr(0, 6), scene.crowd.content.torrent.name}) {
        CAPTURE(name);
        CHECK(scene.call("torrents.show", Value::Map{}.set("torrent", name)));
    }
    const auto none = scene.call("torrents.show", Value::Map{}.set("torrent", "nobody"));
    REQUIRE_FALSE(none);
    CHECK_THAT(none.error().text, Catch::Contains("there is no torrent nobody"));
}

TEST_CASE("a list is filtered and has the fields that were asked for", "[client]")
{
    Scene scene;
    scene.add();
    REQUIRE(scene.wait_for("seeding"));
    const auto list = [&](const std::string& filter) {
        return *scene.call("torrents.list", Value::Map{}.set("filter", filter).set("fields", Value::List{"name", "state"}))->as_list();
    };
    REQUIRE(list("state=seeding and size>1000000").size() == 1);
    CHECK(list("state=seeding").front().as_map()->size() == 2);
    CHECK(list("state=downloading").empty());
    const auto wrong = scene.call("torrents.list", Value::Map{}.set("filter", "state="));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code == Errc::bad_input);
}
