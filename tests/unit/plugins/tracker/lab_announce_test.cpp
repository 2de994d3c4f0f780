// The same libraries in the lab: virtual hosts, virtual time.
#include "announcing.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"

#include <shoal/abi/tracker.h>

#include <catch2/catch.hpp>

#include <chrono>

namespace shoal::test {
namespace {

using Texts = std::vector<std::string>;
using std::chrono::seconds;

struct VirtualWorld {
    VirtualWorld() { world.add_name("tracker.example.org", {server.address()}); }

    Ground ground()
    {
        return {server.environment(), client.environment(), [this](UniqueFunction<bool()> done) {
                    return world.run_until([&] { return done(); }, world.now() + seconds{60});
                }};
    }

    host::SettingValues settings(std::int64_t interval) const
    {
        return {{"listen", control::Value(server.endpoint(80).to_string())},
                {"interval", control::Value(interval)}};
    }

    lab::World world;
    lab::Node& server = world.add_node();
    lab::Node& client = world.add_node();
};

} // namespace

TEST_CASE("in the lab peers find each other, and silence ends their stay", "[tracker][service]")
{
    VirtualWorld lab;
    Announcing swarm(lab.ground(), lab.settings(1800));
    swarm.announce(seed, SHOAL_ANNOUNCE_STARTED);
    CHECK(texts(swarm.announce(leecher).reply.peers) == Texts{lab.client.endpoint(1001).to_string()});
    lab.world.run_for(seconds{3500});
    CHECK(swarm.scrape().entries.size() == 1);
    lab.world.run_for(seconds{100});
    CHECK(swarm.scrape().entries.empty());
}

TEST_CASE("in the lab a tracker is found by its name", "[tracker][service]")
{
    VirtualWorld lab;
    Announcing swarm(lab.ground(), lab.settings(60));
    const auto answer = swarm.announce(seed, SHOAL_ANNOUNCE_STARTED, "http://tracker.example.org/announce");
    CHECK(answer.status == SHOAL_OK);
    CHECK(answer.reply.interval_s == 60u);
    const auto nobody = swarm.announce(seed, SHOAL_ANNOUNCE_STARTED, "http://nobody.example.org/announce");
    CHECK(nobody.status == SHOAL_E_NOT_FOUND);
}

TEST_CASE("T12 in the lab a tracker that swallows questions holds an announce up until its deadline, a "
          "goodbye for 5 s",
          "[tracker]")
{
    VirtualWorld lab;
    Announcing swarm(lab.ground(), lab.settings(60));
    lab.world.partition(lab.client.index(), lab.server.index());
    auto begun = lab.world.now();
    CHECK(swarm.announce(seed, SHOAL_ANNOUNCE_STARTED).status == SHOAL_E_TIMEOUT);
    CHECK(lab.world.now() - begun == seconds{20}); // what announcing.cpp gives it
    begun = lab.world.now();
    CHECK(swarm.announce(seed, SHOAL_ANNOUNCE_STOPPED).status == SHOAL_E_TIMEOUT);
    CHECK(lab.world.now() - begun == seconds{5});
}

} // namespace shoal::test
