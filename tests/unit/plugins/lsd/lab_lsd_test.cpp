// The library itself in the lab: hosts of one local network, virtual time, no tracker.
#include "message.hpp"

#include "host/instance.hpp"
#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <shoal/abi/discovery.h>

#include <catch2/catch.hpp>

#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace shoal::test {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using Names = std::set<std::string>;

const Hash20 torrent{{std::byte{1}}};

// A host with the plug-in, and who it learned of.
class Neighbour final : public host::DiscoverySink {
public:
    Neighbour(lab::World& world, host::Registry& registry) : node(world.add_node())
    {
        const auto factory = registry.find(SHOAL_KIND_DISCOVERY, "lsd");
        if (!factory) FAIL(factory.error().text);
        const auto on_violation = [](const host::Violation& violation) { FAIL_CHECK(describe(violation)); };
        host::InstanceContext context{.environment = node.environment(),
                                      .discovery = this,
                                      .label = "lsd",
                                      .random = node.environment().random.fork(1),
                                      .checked = true,
                                      .on_violation = on_violation};
        auto made = host::Instance::create(**factory, std::move(context));
        if (!made) FAIL(made.error().text);
        instance_ = std::move(*made);
    }

    std::uint64_t search(const Hash20& info_hash = torrent)
    {
        shoal_search raw{};
        raw.struct_size = sizeof raw;
        raw.flags = SHOAL_SEARCH_ANNOUNCE;
        std::memcpy(raw.info_hash, info_hash.bytes.data(), Hash20::size);
        raw.port = 6881;
        raw.deadline_ns = environment::nanoseconds(node.environment().loop.now() + minutes{1});
        const auto operation = instance_->open_search();
        const auto& table = instance_->table<shoal_discovery_v1>();
        CHECK(instance_->call("search", [&] { return table.search(instance_->self(), operation, &raw); }) == SHOAL_OK);
        has.insert(info_hash);
        return operation;
    }

    void stop() { instance_->stop(); }

    lab::Node& node;
    std::set<Hash20> has;
    Names found;
    Names spotted;
    std::vector<shoal_status> ended;

private:
    void on_found(std::uint64_t, const std::vector<Endpoint>& peers) override
    {
        for (const auto& peer : peers) found.insert(peer.to_string());
    }
    void on_ended(std::uint64_t, shoal_status status, const std::string&) override { ended.push_back(status); }
    bool on_spotted(const Hash20& info_hash, const Endpoint& peer) override
    {
        if (!has.contains(info_hash)) return false;
        spotted.insert(peer.to_string());
        return true;
    }

    std::unique_ptr<host::Instance> instance_;
};

struct Street {
    explicit Street(std::size_t houses)
    {
        registry.scan(SHOAL_TEST_PLUGINS);
        for (std::size_t i = 0; i < houses; ++i) {
            neighbours.push_back(std::make_unique<Neighbour>(world, registry));
        }
    }

    // Everybody else's endpoint.
    Names others(const Neighbour& than) const
    {
        Names names;
        for (const auto& one : neighbours) {
            if (one.get() != &than) names.insert(one->node.endpoint(6881).to_string());
        }
        return names;
    }

    std::uint64_t octets_sent() const
    {
        std::uint64_t sum = 0;
        for (const auto& one : neighbours) sum += one->node.octets_sent();
        return sum;
    }

    lab::World world;
    host::Registry registry;
    std::vector<std::unique_ptr<Neighbour>> neighbours;
};

} // namespace

TEST_CASE("two peers without a tracker find each other, whoever comes first", "[lsd]")
{
    Street street(2);
    auto& first = *street.neighbours[0];
    auto& second = *street.neighbours[1];
    first.search();
    street.world.run_for(minutes{10});
    CHECK(first.found.empty());
    CHECK(first.ended == std::vector<shoal_status>{SHOAL_OK});
    second.search();
    street.world.run_for(seconds{10});
    CHECK(first.spotted == Names{"10.0.0.2:6881"});
    CHECK(second.found == Names{"10.0.0.1:6881"});
    CHECK(second.ended == std::vector<shoal_status>{SHOAL_OK});
}

TEST_CASE("two peers that start at once find each other, too", "[lsd]")
{
    Street street(2);
    for (auto& one : street.neighbours) one->search();
    street.world.run_for(seconds{10});
    CHECK(street.neighbours[0]->found == Names{"10.0.0.2:6881"});
    CHECK(street.neighbours[1]->found == Names{"10.0.0.1:6881"});
}

TEST_CASE("thirty peers that come one after the other all know each other in the end, and then it is quiet", "[lsd]")
{
    Street street(30);
    for (auto& one : street.neighbours) {
        one->search();
        street.world.run_for(seconds{20});
    }
    street.world.run_for(minutes{5});
    for (const auto& one : street.neighbours) {
        auto known = one->found;
        known.insert(one->spotted.begin(), one->spotted.end());
        CHECK(known == street.others(*one));
    }
    const auto before = street.octets_sent();
    street.world.run_for(minutes{60});
    CHECK(street.octets_sent() == before);
    // Everybody's own announce and its repetition, and an answer a minute for those that came later.
    const lsd::Message message{.port = 6881, .info_hashes = {torrent}, .cookie = "01234567"};
    CHECK(before <= 30 * 12 * lsd::write(message, lsd::group(false)).size());
}

TEST_CASE("half of the datagrams may be lost", "[lsd]")
{
    Street street(8);
    for (const auto& a : street.neighbours) {
        for (const auto& b : street.neighbours) {
            if (a != b) street.world.set_loss(a->node.index(), b->node.index(), 500'000);
        }
    }
    for (int round = 0; round < 6; ++round) {
        for (auto& one : street.neighbours) one->search();
        street.world.run_for(minutes{5});
    }
    for (const auto& one : street.neighbours) {
        auto known = one->found;
        known.insert(one->spotted.begin(), one->spotted.end());
        CHECK(known == street.others(*one));
    }
}

TEST_CASE("only those who have the same torrent learn of each other", "[lsd]")
{
    Street street(3);
    street.neighbours[0]->search();
    street.neighbours[1]->search(Hash20{{std::byte{2}}});
    street.neighbours[2]->search();
    street.world.run_for(minutes{5});
    CHECK(street.neighbours[1]->found.empty());
    CHECK(street.neighbours[1]->spotted.empty());
    CHECK(street.neighbours[2]->found == Names{"10.0.0.1:6881"});
}

TEST_CASE("a hundred searches end with the plug-in, and nothing is left to happen", "[lsd]")
{
    Street street(1);
    auto& one = *street.neighbours[0];
    for (std::uint8_t i = 0; i < 100; ++i) one.search(Hash20{{std::byte{1}, std::byte{i}}});
    street.world.run_for(seconds{1});
    one.stop();
    CHECK(one.ended == std::vector<shoal_status>(100, SHOAL_E_CANCELLED));
    while (street.world.step()) {}
    CHECK(street.world.now() < environment::Time{seconds{10}});
}

TEST_CASE("the same street has the same fingerprint", "[lsd]")
{
    const auto run = [] {
        Street street(5);
        for (auto& one : street.neighbours) one->search();
        street.world.run_for(minutes{5});
        return street.world.fingerprint();
    };
    CHECK(run() == run());
}

} // namespace shoal::test
