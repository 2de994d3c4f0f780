#include "swarm/client_scene.hpp"

#include <catch2/catch.hpp>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using test::ClientScene;

namespace {

// A client of which it is noted what is told of its torrents, with the cause.
struct CauseScene : ClientScene {
    CauseScene()
    {
        ear = methods->subscribe([this](std::string_view event, const Value::Map& payload) {
            if (!event.starts_with("torrent.") || event == "torrent.moving") return;
            const auto* state = payload.find("state");
            told.push_back(std::string(event) + (event == "torrent.state" ? " " + *state->as_text() : "") + " " + *payload.find("cause")->as_text());
        });
    }

    Result<Value> call_as(const std::string& cause, std::string_view method, Value::Map arguments)
    {
        const control::Causes::Acting acting(methods->causes(), cause);
        std::optional<Result<Value>> answer;
        methods->call(method, std::move(arguments), [&](Result<Value> given) { answer = std::move(given); });
        const control::Causes::Acting world(methods->causes(), "core");  // what the world does it does of itself
        for (int turn = 0; turn < 100 && !answer; ++turn) crowd.world.run_for(100ms);
        REQUIRE(answer);
        return std::move(*answer);
    }
    std::string add_as(const std::string& cause)
    {
        const auto added = call_as(cause, "torrents.add",
                                   Value::Map{}.set("source", torrent_file).set("peers", Value::List{seed->endpoint().to_string()}));
        return added ? *added->as_text() : added.error().text;
    }
    bool was_told(const std::string& what) const { return std::ranges::find(told, what) != told.end(); }

    std::vector<std::string> told;
    std::unique_ptr<control::Registry::Subscription> ear;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("whoever adds a torrent is the cause of it, and of its start; what it does then it does of itself", "[client][causes]")
{
    CauseScene scene;
    REQUIRE(scene.add_as("rule:shows") == scene.hash());
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.told == Told{"torrent.added rule:shows", "torrent.state checking rule:shows", "torrent.state downloading rule:shows", "torrent.state seeding core",
                             "torrent.finished core"});
    CHECK(scene.methods->causes().is_nobody());
}

TEST_CASE("whoever stops and starts a torrent is the cause of the states on the way, and not of later ones", "[client][causes]")
{
    CauseScene scene;
    scene.add_as("user");
    REQUIRE(scene.wait_for("seeding"));
    scene.told.clear();
    REQUIRE(scene.call_as("rpc:sonarr", "torrents.start", scene.of_torrent()));  // it runs: nothing comes of it
    REQUIRE(scene.call_as("script:night", "torrents.stop", scene.of_torrent()));
    CHECK(scene.told == Told{"torrent.state stopped script:night"});
    scene.told.clear();
    REQUIRE(scene.call_as("user", "torrents.start", scene.of_torrent()));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.told == Told{"torrent.state checking user", "torrent.state seeding user"});
    scene.told.clear();
    REQUIRE(scene.call_as("plugin:web", "torrents.recheck", scene.of_torrent()));
    REQUIRE(scene.wait_for("seeding"));
    CHECK(scene.was_told("torrent.state checking plugin:web"));
    CHECK(scene.told.back() == "torrent.state seeding plugin:web");
}

TEST_CASE("what is done to files, however long it takes, has the cause of whoever asked for it", "[client][causes]")
{
    CauseScene scene;
    scene.add_as("user");
    REQUIRE(scene.wait_for("seeding"));
    scene.told.clear();
    REQUIRE(scene.call_as("script:tidy", "torrents.move", scene.of_torrent().set("folder", scene.folder / "other")));
    CHECK(scene.told == Told{"torrent.moved script:tidy"});
    scene.told.clear();
    const auto path = *scene.files().front().as_map()->find("path")->as_text();
    REQUIRE(scene.call_as("rpc", "torrents.rename", scene.of_torrent().set("path", path).set("new_path", "renamed")));
    CHECK(scene.told == Told{"torrent.renamed rpc"});
    scene.told.clear();
    REQUIRE(scene.call_as("rule:x", "torrents.set", scene.of_torrent().set("changes", Value::Map{}.set("label", "new"))));
    CHECK(scene.told == Told{"torrent.changed rule:x"});
    scene.told.clear();
    REQUIRE(scene.call_as("script:tidy", "torrents.remove", scene.of_torrent().set("data", true)));
    CHECK(scene.was_told("torrent.removed script:tidy"));
    CHECK(scene.was_told("torrent.removed-data script:tidy"));
}

TEST_CASE("a hook may let people remove and stop scripts, and who takes his time to decide changes no cause", "[client][causes][hooks]")
{
    CauseScene scene;
    scene.add_as("user");
    REQUIRE(scene.wait_for("seeding"));
    scene.told.clear();
    control::Hooks::Decide kept;
    const auto attendance = scene.methods->hooks().attend("before.remove", 50, [&](const Value::Map& question, control::Hooks::Decide decide) {
        if (question.find("cause")->as_text()->starts_with("script:")) return decide(make_error(Errc::permission_denied, "not by a script"));
        kept = std::move(decide);
        scene.node->loop().post([&] { std::exchange(kept, nullptr)(Value::Map{}); });
    });
    const auto refused = scene.call_as("script:tidy", "torrents.remove", scene.of_torrent());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().text == "not by a script");
    REQUIRE(scene.call_as("user", "torrents.remove", scene.of_torrent()));
    CHECK(scene.told == Told{"torrent.removed user", "torrent.state stopped user"});
}
