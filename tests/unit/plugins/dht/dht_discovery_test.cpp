// The library in a real host, checked, on the lab's network: what the core sees of it.
#include "numbers.hpp"

#include "host/instance.hpp"
#include "host/registry.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <shoal/abi/discovery.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace shoal::test {

using namespace std::chrono_literals;

namespace {

constexpr std::string_view torrent = "aabbccddeeff00112233445566778899aabbccdd";

class Keeper final : public host::KeptValues {
public:
    const Bytes* find(const std::string&, std::string_view key) override
    {
        const auto found = values.find(std::string(key));
        return found == values.end() ? nullptr : &found->second;
    }
    Result<void> write(const std::string&, std::string_view key, ByteView value) override
    {
        values[std::string(key)] = Bytes(value.begin(), value.end());
        return {};
    }
    void erase(const std::string&, std::string_view key) override { values.erase(std::string(key)); }
    std::vector<std::string_view> keys(const std::string&, std::string_view, std::string_view, std::size_t) const override { return {}; }
    void hand_on() override {}

    std::map<std::string, Bytes> values;
};

class Client final : host::DiscoverySink {
public:
    Client(lab::World& in, host::Registry& registry, std::string routers, std::map<std::string, Bytes> kept = {})
        : world(in), machine(in.add_node())
    {
        keeper.values = std::move(kept);
        host::SettingValues settings;
        settings.emplace("routers", Value(std::move(routers)));
        settings.emplace("listen_v6", Value(""));
        const auto factory = registry.find("shoal.discovery/1", "dht");
        if (!factory) FAIL(factory.error().text);
        const auto on_violation = [](const host::Violation& violation) { FAIL_CHECK(describe(violation)); };
        host::InstanceContext context{.environment = machine.environment(), .settings = settings, .discovery = this,
                                      .kept = &keeper, .label = "dht", .random = machine.environment().random.fork(1),
                                      .checked = true, .on_violation = on_violation};
        auto made = host::Instance::create(**factory, std::move(context));
        if (!made) FAIL(made.error().text);
        instance = std::move(*made);
    }

    std::uint64_t search(bool announces, std::chrono::nanoseconds patience = 60s, bool may_be_private = false)
    {
        shoal_search raw{};
        raw.struct_size = sizeof raw;
        raw.flags = (announces ? SHOAL_SEARCH_ANNOUNCE : 0u) | (may_be_private ? SHOAL_SEARCH_MAY_BE_PRIVATE : 0u);
        std::ranges::copy(*from_hex(torrent), reinterpret_cast<std::byte*>(raw.info_hash));
        raw.port = 7000;
        raw.deadline_ns = environment::nanoseconds(world.now() + patience);
        const auto operation = instance->open_search();
        const auto& table = instance->table<shoal_discovery_v1>();
        REQUIRE(instance->call("search", [&] { return table.search(instance->self(), operation, &raw); }) == SHOAL_OK);
        return operation;
    }

    Result<Value> call(std::string_view method, const Value::Map& arguments = {})
    {
        std::optional<Result<Value>> answer;
        instance->call_method(method, arguments, [&](Result<Value> given) { answer = std::move(given); });
        world.run_until([&] { return answer.has_value(); }, world.now() + 120s);
        if (!answer) FAIL(std::string(method) + " was not answered");
        return *answer;
    }

    Value::Map map(std::string_view method, const Value::Map& arguments = {})
    {
        const auto answer = call(method, arguments);
        if (!answer) FAIL(answer.error().text);
        return *answer->as_map();
    }

    lab::World& world;
    lab::Node& machine;
    Keeper keeper;
    std::map<std::uint64_t, std::set<Endpoint>> found;
    std::map<std::uint64_t, shoal_status> ended;
    std::set<Endpoint> spotted;
    std::unique_ptr<host::Instance> instance;

private:
    void on_found(std::uint64_t operation, const std::vector<Endpoint>& peers) override
    {
        found[operation].insert(peers.begin(), peers.end());
    }
    void on_ended(std::uint64_t operation, shoal_status status, const std::string&) override
    {
        CHECK(ended.emplace(operation, status).second);
    }
    bool on_spotted(const Hash20&, const Endpoint& peer) override { return spotted.insert(peer).second; }
};

struct Lab {
    Lab()
    {
        registry.scan(SHOAL_TEST_PLUGINS);
        std::string routers;
        for (int i = 0; i < 12; ++i) {
            clients.push_back(std::make_unique<Client>(world, registry, routers));
            if (i == 0) routers = clients[0]->machine.endpoint(6881).to_string();
        }
        world.run_for(60s);
    }

    Client& operator[](std::size_t i) { return *clients[i]; }

    host::Registry registry;
    lab::World world;
    std::vector<std::unique_ptr<Client>> clients;
};

Value::Map arguments(std::initializer_list<std::pair<const char*, Value>> entries)
{
    Value::Map map;
    for (const auto& [key, value] : entries) map.set(key, value);
    return map;
}

std::int64_t integer(const Value::Map& map, std::string_view key)
{
    REQUIRE(map.find(key) != nullptr);
    REQUIRE(map.find(key)->as_integer() != nullptr);
    return *map.find(key)->as_integer();
}

} // namespace

TEST_CASE("who announces is found by who searches, and spotted where it is stored", "[dht][lab]")
{
    Lab lab;
    const auto announced = lab[3].search(true);
    lab.world.run_for(20s);
    CHECK(lab[3].ended == std::map<std::uint64_t, shoal_status>{{announced, SHOAL_OK}});
    const auto searched = lab[8].search(false);
    lab.world.run_for(20s);
    CHECK(lab[8].ended.at(searched) == SHOAL_OK);
    CHECK(lab[8].found.at(searched) == std::set{lab[3].machine.endpoint(7000)});
    const auto spotting = std::ranges::count_if(lab.clients, [&](const auto& client) {
        return client->spotted == std::set{lab[3].machine.endpoint(7000)};
    });
    CHECK(spotting >= 8);
}

TEST_CASE("who may have a private torrent asks, and is not announced", "[dht][lab]")
{
    Lab lab;
    lab[3].search(true, 60s, true);
    lab.world.run_for(20s);
    const auto searched = lab[8].search(false);
    lab.world.run_for(20s);
    CHECK(lab[8].ended.at(searched) == SHOAL_OK);
    CHECK_FALSE(lab[8].found.contains(searched));
}

TEST_CASE("a search without a network ends at its deadline, a cancelled one at once", "[dht][lab]")
{
    host::Registry registry;
    registry.scan(SHOAL_TEST_PLUGINS);
    lab::World world;
    Client client(world, registry, "");
    const auto lonely = client.search(true, 30s);
    const auto cancelled = client.search(false, 30s);
    const auto& table = client.instance->table<shoal_discovery_v1>();
    client.instance->call("cancel", [&] { table.cancel(client.instance->self(), cancelled); });
    world.run_for(1s);
    CHECK(client.ended == std::map<std::uint64_t, shoal_status>{{cancelled, SHOAL_E_CANCELLED}});
    world.run_for(30s);
    CHECK(client.ended.at(lonely) == SHOAL_E_TIMEOUT);
}

TEST_CASE("names are looked up: of routers, and of nodes that a torrent names", "[dht][lab]")
{
    Lab lab;
    lab.world.add_name("router.example.org", {lab[0].machine.address()});
    Client by_router(lab.world, lab.registry, "router.example.org:6881");
    Client by_torrent(lab.world, lab.registry, "");
    const auto& table = by_torrent.instance->table<shoal_discovery_v1>();
    by_torrent.instance->call("introduce", [&] {
        table.introduce(by_torrent.instance->self(), to_abi(std::string_view("router.example.org")), 6881);
    });
    lab.world.run_for(30s);
    for (auto* client : {&by_router, &by_torrent}) {
        const auto stats = client->map("dht.stats");
        CHECK(integer(*stats.find("ipv4")->as_map(), "good_nodes") >= 8);
        CHECK(stats.find("ipv6")->is_null());
    }
}

TEST_CASE("what was known when it stopped is where it begins again", "[dht][lab]")
{
    Lab lab;
    lab[5].instance->stop();
    REQUIRE(lab[5].keeper.values.contains("nodes"));
    Client again(lab.world, lab.registry, "", lab[5].keeper.values);
    Client forgetful(lab.world, lab.registry, "");
    lab.world.run_for(30s);
    CHECK(integer(*again.map("dht.stats").find("ipv4")->as_map(), "good_nodes") >= 8);
    CHECK(integer(*forgetful.map("dht.stats").find("ipv4")->as_map(), "nodes") == 0);
}

TEST_CASE("items are put and got by methods: immutable ones, and mutable ones version by version", "[dht][lab]")
{
    Lab lab;
    const auto fixed = lab[2].map("dht.put", arguments({{"value", Value("Hello World!")}}));
    CHECK(*fixed.find("target")->as_text() == "e5f96f6f38320f0f33959cb4d3d656452117aadb");
    CHECK(integer(fixed, "stored") >= 8);
    auto got = lab[9].map("dht.get", arguments({{"target", *fixed.find("target")}}));
    CHECK(*got.find("value") == Value("Hello World!"));

    const Value secret(std::string(64, '1'));
    const auto first = lab[2].map("dht.put", arguments({{"value", Value(1)}, {"secret", secret}, {"salt", Value("s")}}));
    CHECK(integer(first, "seq") == 1);
    const auto second = lab[4].map("dht.put", arguments({{"value", Value(2)}, {"secret", secret}, {"salt", Value("s")}}));
    CHECK(integer(second, "seq") == 2);
    got = lab[9].map("dht.get", arguments({{"key", *second.find("key")}, {"salt", Value("s")}}));
    CHECK(*got.find("value") == Value(2));
    CHECK(integer(got, "seq") == 2);
    CHECK(integer(got, "copies") >= 6);
    const auto late = lab[2].call("dht.put", arguments({{"value", Value(3)}, {"secret", secret}, {"salt", Value("s")},
                                                        {"seq", Value(3)}, {"cas", Value(1)}}));
    REQUIRE_FALSE(late);
    CHECK(late.error().text == "another version is there than 'cas' says: get it, and try again");
    CHECK_FALSE(*lab[9].map("dht.get", arguments({{"target", Value(std::string(40, '0'))}})).find("found")->as_bool());
}

TEST_CASE("after the last version of an item that can be there is no next one", "[dht][lab]")
{
    Lab lab;
    const Value secret(std::string(64, '1'));
    const auto last = lab[2].map("dht.put", arguments({{"value", Value(1)}, {"secret", secret},
                                                       {"seq", Value(std::numeric_limits<std::int64_t>::max())}}));
    CHECK(integer(last, "stored") >= 8);
    const auto next = lab[3].call("dht.put", arguments({{"value", Value(2)}, {"secret", secret}}));
    REQUIRE_FALSE(next);
    CHECK(next.error().code == Errc::limit_exceeded);
}

TEST_CASE("methods announce, look up with a scrape, sample and ping", "[dht][lab]")
{
    Lab lab;
    const Value info_hash{std::string(torrent)};
    CHECK(integer(lab[1].map("dht.announce", arguments({{"info_hash", info_hash}, {"seed", Value(true)}})), "stored") >= 8);
    const auto looked = lab[7].map("dht.lookup", arguments({{"info_hash", info_hash}, {"scrape", Value(true)}}));
    CHECK(*looked.find("peers") == Value(Value::List{Value(lab[1].machine.endpoint(6881).to_string())}));
    CHECK(integer(looked, "seeds_estimate") == 1);
    CHECK(integer(looked, "peers_estimate") == 0);
    const auto sampled = lab[7].map("dht.sample");
    CHECK(*sampled.find("info_hashes") == Value(Value::List{info_hash}));
    CHECK(integer(sampled, "sampling_nodes") == integer(sampled, "answered"));
    const auto pinged = lab[7].map("dht.ping", arguments({{"node", Value(lab[0].machine.endpoint(6881).to_string())}}));
    CHECK(pinged.find("id")->as_text()->size() == 40);
    CHECK(*pinged.find("sees_us_as") == Value(lab[7].machine.endpoint(6881).to_string()));
    CHECK(lab[7].call("dht.ping", arguments({{"node", Value("10.200.0.1:1")}})).error().text == "10.200.0.1:1 does not answer");
}

TEST_CASE("who asks when nobody is there is told so, and not that there is nothing", "[dht][lab]")
{
    host::Registry registry;
    registry.scan(SHOAL_TEST_PLUGINS);
    lab::World world;
    Client client(world, registry, "");
    const Value hash{std::string(torrent)};
    const Value patience(5);
    const std::vector<std::pair<const char*, const char*>> methods = {
        {"dht.lookup", "info_hash"}, {"dht.announce", "info_hash"}, {"dht.get", "target"}, {"dht.sample", "target"}};
    for (const auto& [method, argument] : methods) {
        CAPTURE(method);
        const auto answer = client.call(method, arguments({{argument, hash}, {"timeout", patience}}));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == Errc::timed_out);
        CHECK(answer.error().text == "no node of the DHT answers: is there a way to any?");
    }
}

TEST_CASE("how the DHT is doing can be asked for once others have been looked for", "[dht][lab]")
{
    Lab lab;
    Client fresh(lab.world, lab.registry, lab[0].machine.endpoint(6881).to_string());
    CHECK(integer(*fresh.map("dht.stats").find("ipv4")->as_map(), "nodes") == 0);
    const auto joined = fresh.map("dht.stats", arguments({{"join", Value(true)}}));
    CHECK(integer(*joined.find("ipv4")->as_map(), "good_nodes") >= 8);
}

TEST_CASE("wrong arguments are named", "[dht][lab]")
{
    Lab lab;
    CHECK(lab[0].call("dht.lookup").error().text == "dht.lookup: 'info_hash' is missing: 40 hexadecimal digits");
    CHECK(lab[0].call("dht.lookup", arguments({{"info_hash", Value("xyz")}})).error().text
          == "dht.lookup: 'info_hash' has to be bytes, or a text of hexadecimal digits");
    CHECK(lab[0].call("dht.lookup", arguments({{"info_hash", Value("abcd")}})).error().text
          == "'info_hash' has to be 40 hexadecimal digits");
    CHECK(lab[0].call("dht.put").error().text == "'value' is missing");
    CHECK(lab[0].call("dht.ping").error().text
          == "dht.ping: 'node' is missing: address and port, as 1.2.3.4:6881 or [::1]:6881");
    const auto endless = arguments({{"info_hash", Value(std::string(torrent))}, {"timeout", Value(0)}});
    CHECK(lab[0].call("dht.lookup", endless).error().text == "'timeout' has to be 1 to 600 seconds");
}

TEST_CASE("a method that waits when the instance stops is answered", "[dht][lab]")
{
    Lab lab;
    std::optional<Result<Value>> answer;
    lab[6].instance->call_method("dht.lookup", arguments({{"info_hash", Value(std::string(torrent))}}),
                                 [&](Result<Value> given) { answer = std::move(given); });
    lab.world.run_for(10ms);
    lab[6].instance->stop();
    lab.world.run_for(1s);
    REQUIRE(answer);
    CHECK(answer->error().code == Errc::cancelled);
}

} // namespace shoal::test
