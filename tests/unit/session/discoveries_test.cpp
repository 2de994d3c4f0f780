#include "host/library.hpp"
#include "host/manifest.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "session/discoveries.hpp"

#include <shoal/abi/discovery.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using session::Discoveries;
using torrent::SearchQuery;

namespace {

// A discovery plug-in that finds and ends when the test says so.
class ScriptedDiscovery {
public:
    struct Asked {
        std::uint64_t operation;
        shoal_search search;
    };

    // A plain one does only what it must.
    explicit ScriptedDiscovery(std::string name, bool is_plain = false) : name_(std::move(name))
    {
        auto manifest = host::parse_manifest(
            R"({ "id": "org.example.discovery.)" + name_ + R"(", "version": "1", "license": "MIT", "summary": "scripted",
                 "abi": { "major": 1, "minor": 0 }, "requires": [ "shoal.host.discovery/1" ],
                 "provides": [ { "kind": "shoal.discovery/1", "name": ")" + name_ + R"(", "scope": "session" } ] })");
        REQUIRE(manifest);
        manifest_ = std::move(*manifest);
        shoal_discovery_v1 table{sizeof table, 0, on_search, on_cancel, on_introduce, on_external, on_port};
        if (is_plain) table = {sizeof table, 0, on_search, on_cancel, nullptr, nullptr, nullptr};
        const shoal_factory factory{
            sizeof factory, 0, to_abi(SHOAL_KIND_DISCOVERY), to_abi(std::string_view(name_)), &table, create, nullptr,
            destroy};
        const shoal_factory* const factories[] = {&factory};
        const shoal_plugin descriptor{sizeof descriptor, 0, to_abi(manifest_.text), factories, 1, 0};
        auto library = host::Library::adopt(&descriptor, manifest_, name_);
        REQUIRE(library);
        library_ = std::move(*library);
    }

    Result<std::unique_ptr<host::Instance>> make(environment::Environment& environment, host::DiscoverySink& sink)
    {
        current() = this;
        ++instances;
        auto made = host::Instance::create(*library_->factories().front(), {.environment = environment,
                                                                            .discovery = &sink,
                                                                            .random = RandomStream(1, 1)});
        if (made) instance_ = made->get();
        return made;
    }

    void found(std::uint64_t operation, const std::string& peer)
    {
        const auto raw = to_abi(*Endpoint::parse(peer));
        instance_->call("act", [&] { return service_->found(host_, operation, &raw, 1); });
    }
    void end(std::uint64_t operation, shoal_status status, const std::string& why = "")
    {
        instance_->call("act", [&] {
            if (!why.empty()) host_->set_error(host_, status, to_abi(std::string_view(why)));
            return service_->ended(host_, operation, status);
        });
    }
    shoal_status spot(const Hash20& info_hash, const std::string& peer)
    {
        const auto raw = to_abi(*Endpoint::parse(peer));
        const auto* hash = reinterpret_cast<const std::uint8_t*>(info_hash.bytes.data());
        return instance_->call("act", [&] { return service_->spotted(host_, hash, &raw); });
    }

    int instances = 0;
    std::vector<Asked> asked;
    std::vector<std::uint64_t> cancelled;
    std::vector<std::string> introduced;
    std::vector<std::string> external;
    shoal_status accepts = SHOAL_OK;
    std::uint32_t port = 0;
    bool is_gone = false;

private:
    static ScriptedDiscovery*& current()
    {
        static ScriptedDiscovery* discovery = nullptr;
        return discovery;
    }
    static ScriptedDiscovery& of(void* self) { return *static_cast<ScriptedDiscovery*>(self); }

    static shoal_status create(const shoal_host* host, void** self)
    {
        auto& discovery = *current();
        discovery.host_ = host;
        discovery.service_ =
            static_cast<const shoal_host_discovery_v1*>(host->service(host, to_abi(SHOAL_SERVICE_DISCOVERY)));
        *self = &discovery;
        return SHOAL_OK;
    }
    static void destroy(void* self) { of(self).is_gone = true; }
    static shoal_status on_search(void* self, std::uint64_t operation, const shoal_search* search)
    {
        auto& mine = of(self);
        mine.asked.push_back({operation, *search});
        if (mine.accepts < 0) mine.host_->set_error(mine.host_, mine.accepts, to_abi(std::string_view("no socket")));
        return mine.accepts;
    }
    static void on_cancel(void* self, std::uint64_t operation) { of(self).cancelled.push_back(operation); }
    static void on_introduce(void* self, shoal_text host, std::uint32_t port)
    {
        of(self).introduced.push_back(std::string(from_abi(host)) + ":" + std::to_string(port));
    }
    static void on_external(void* self, const shoal_endpoint* address)
    {
        of(self).external.push_back(from_abi(*address).address.to_string());
    }
    static std::uint32_t on_port(void* self) { return of(self).port; }

    std::string name_;
    host::Manifest manifest_;
    std::unique_ptr<host::Library> library_;
    host::Instance* instance_ = nullptr;
    const shoal_host* host_ = nullptr;
    const shoal_host_discovery_v1* service_ = nullptr;
};

// A session's discoveries: "one", "two", and one between them that cannot be made.
struct DiscoveriesBench {
    environment::OperationId search(std::string_view name, SearchQuery query = {})
    {
        const auto number = std::to_string(++searches);
        return discoveries.search(
            name, query,
            [this, number](const std::vector<Endpoint>& peers) {
                for (const auto& peer : peers) told.push_back(number + " found " + peer.to_string());
            },
            [this, number](Result<void> outcome) {
                told.push_back(number + " ended" + (outcome ? "" : ": " + outcome.error().text));
            });
    }
    void pass(environment::Duration duration = 1s) { world.run_for(duration); }
    // As many as must agree on an address.
    void agree_on(const std::string& address)
    {
        for (int i = 1; i <= 3; ++i) {
            discoveries.vote(*Address::parse(address), *Address::parse("1.0.0." + std::to_string(i)));
        }
    }

    ScriptedDiscovery one{"one"};  // the plug-ins outlive the loop
    ScriptedDiscovery two{"two", true};
    lab::World world;
    lab::Node& node = world.add_node();
    torrent::Identity identity{.peer_id = {}, .listen_port = 6881};
    std::vector<std::string> told;
    std::vector<std::string> spotted;
    int searches = 0;
    Discoveries discoveries{
        node.environment(), identity, {"one", "broken", "two"}, {},
        {.make = [this](const std::string& name,
                        host::DiscoverySink& sink) -> Result<std::unique_ptr<host::Instance>> {
             if (name == "broken") return make_error(Errc::not_found, "it is not there");
             return (name == "one" ? one : two).make(node.environment(), sink);
         },
         .spotted =
             [this](const Hash20& info_hash, const Endpoint& peer, std::string_view plugin) {
                 spotted.push_back(peer.to_string() + " by " + std::string(plugin));
                 return info_hash != Hash20{};
             },
         .listening = [this] { return std::vector{node.endpoint(identity.listen_port)}; }}};
};

using Told = std::vector<std::string>;
using Names = std::vector<std::string_view>;

}  // namespace

TEST_CASE("discovery plug-ins are made when they are first asked for, once, and who cannot be made is left out", "[session]")
{
    DiscoveriesBench bench;
    CHECK(bench.one.instances == 0);
    CHECK(bench.discoveries.names() == Names{"one", "two"});
    CHECK(bench.discoveries.instances().size() == 2);
    bench.discoveries.introduce("router", 6881);
    CHECK(bench.one.instances == 1);
    CHECK(bench.two.instances == 1);
}

TEST_CASE("a search says for what, where we listen, whether we have it and until when", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    SearchQuery query{.info_hash = {}, .is_seed = true, .timeout = 30s};
    query.info_hash.bytes.fill(std::byte{'h'});
    const auto now = environment::nanoseconds(bench.node.environment().loop.now());
    bench.search("one", query);
    query.is_seed = false;
    bench.search("one", query);
    bench.identity.listen_port = 0;
    bench.search("one", query);
    REQUIRE(bench.one.asked.size() == 3);
    const auto& search = bench.one.asked[0].search;
    CHECK(search.info_hash[19] == 'h');
    CHECK(search.port == 6881);
    CHECK(search.deadline_ns == now + 30'000'000'000);
    CHECK(search.flags == (SHOAL_SEARCH_ANNOUNCE | SHOAL_SEARCH_SEED));
    CHECK(bench.one.asked[1].search.flags == SHOAL_SEARCH_ANNOUNCE);
    CHECK(bench.one.asked[2].search.flags == 0);
    CHECK(bench.two.asked.empty());
}

TEST_CASE("what is found goes to whom it was found for, and then the end, once", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    bench.search("one");
    bench.search("two");
    // Plug-ins number their searches each from the beginning.
    REQUIRE(bench.one.asked[0].operation == bench.two.asked[0].operation);
    bench.two.found(bench.two.asked[0].operation, "10.0.0.2:2");
    bench.one.found(bench.one.asked[0].operation, "10.0.0.1:1");
    bench.one.found(bench.one.asked[0].operation, "10.0.0.3:3");
    bench.one.end(bench.one.asked[0].operation, SHOAL_OK);
    CHECK(bench.told.empty());
    bench.pass();
    CHECK(bench.told == Told{"2 found 10.0.0.2:2", "1 found 10.0.0.1:1", "1 found 10.0.0.3:3", "1 ended"});
    bench.two.end(bench.two.asked[0].operation, SHOAL_E_NETWORK, "no router answers");
    bench.search("two");
    bench.two.end(bench.two.asked[1].operation, SHOAL_E_NETWORK);
    bench.pass(1h);
    CHECK(bench.told.size() == 6);
    CHECK(bench.told[4] == "2 ended: two: no router answers");
    CHECK(bench.told[5] == "3 ended: two could not look for peers");
    CHECK(bench.one.cancelled.empty());
}

TEST_CASE("a search that takes too long is ended as if it were over, and heard no more", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    bench.search("one", {.info_hash = {}, .timeout = 30s});
    const auto operation = bench.one.asked[0].operation;
    bench.pass(29s);
    bench.one.found(operation, "10.0.0.1:1");
    bench.pass(2s);
    CHECK(bench.told == Told{"1 found 10.0.0.1:1", "1 ended"});
    CHECK(bench.one.cancelled == std::vector{operation});
    bench.one.found(operation, "10.0.0.2:2");
    bench.one.end(operation, SHOAL_E_CANCELLED);
    bench.pass(1h);
    CHECK(bench.told.size() == 2);
}

TEST_CASE("a search that is cancelled is never told of", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    const auto operation = bench.search("one");
    const auto refused = bench.search("nobody");
    bench.one.found(bench.one.asked[0].operation, "10.0.0.1:1");
    bench.discoveries.cancel(operation);
    bench.discoveries.cancel(refused);
    bench.discoveries.cancel(operation);
    CHECK(bench.one.cancelled == std::vector{bench.one.asked[0].operation});
    bench.one.end(bench.one.asked[0].operation, SHOAL_E_CANCELLED);
    bench.pass(1h);
    CHECK(bench.told.empty());
}

TEST_CASE("what cannot be searched fails later, not at once", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    const auto ends = [&](std::string_view name, const std::string& text) {
        bench.told.clear();
        bench.search(name);
        CHECK(bench.told.empty());
        bench.pass();
        REQUIRE(bench.told.size() == 1);
        CHECK_THAT(bench.told[0], Catch::Contains(text));
    };
    ends("broken", "broken is not in use");
    bench.one.accepts = SHOAL_E_NETWORK;
    ends("one", "no socket");
    bench.pass(1h);
    CHECK(bench.told.size() == 1);
    CHECK(bench.one.cancelled.empty());
}

TEST_CASE("a plug-in that broke too many rules is not asked any more", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    for (int i = 0; i < 8; ++i) bench.one.end(4711, SHOAL_OK);
    bench.search("one");
    bench.pass();
    CHECK(bench.one.asked.empty());
    CHECK(bench.told == Told{"1 ended: one broke too many rules"});
}

TEST_CASE("who is spotted is told under the plug-in's name, and whether he is ours comes back", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    Hash20 ours;
    ours.bytes.fill(std::byte{1});
    CHECK(bench.two.spot(ours, "10.0.0.2:2") == SHOAL_OK);
    CHECK(bench.one.spot(Hash20{}, "10.0.0.1:1") == SHOAL_E_NOT_FOUND);
    CHECK(bench.spotted == Told{"10.0.0.2:2 by two", "10.0.0.1:1 by one"});
}

TEST_CASE("a node that may know more is introduced to those who care", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.introduce("router.example.org", 6881);
    CHECK(bench.one.introduced == Told{"router.example.org:6881"});
    CHECK(bench.two.introduced.empty());
}

TEST_CASE("peers are told the port of the first plug-in that has a real one", "[session]")
{
    DiscoveriesBench bench;
    CHECK(bench.discoveries.port() == 0);
    bench.one.port = 65'536;
    CHECK(bench.discoveries.port() == 0);
    bench.one.port = 6882;
    CHECK(bench.discoveries.port() == 6882);
}

TEST_CASE("our address as others see it is told once enough agree, and again when it changes", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    const auto vote = [&](const std::string& address, int teller) {
        return bench.discoveries.vote(*Address::parse(address), *Address::parse("1.0.0." + std::to_string(teller)));
    };
    CHECK_FALSE(vote("9.9.9.9", 1));
    CHECK_FALSE(vote("9.9.9.9", 2));
    CHECK(bench.one.external.empty());
    CHECK(vote("9.9.9.9", 3) == *Endpoint::parse("9.9.9.9:6881"));
    CHECK(vote("9.9.9.9", 4) == *Endpoint::parse("9.9.9.9:6881"));
    CHECK(bench.one.external == Told{"9.9.9.9"});
    for (int teller = 5; teller < 10; ++teller) vote("8.8.8.8", teller);
    CHECK(bench.one.external == Told{"9.9.9.9", "8.8.8.8"});
}

TEST_CASE("others reach us where we listen, and at the addresses that enough of them agree on", "[session]")
{
    DiscoveriesBench bench;
    const auto here = bench.node.endpoint(6881);
    CHECK(bench.discoveries.own_endpoints() == std::vector{here});
    bench.agree_on("9.9.9.9");
    CHECK(bench.discoveries.own_endpoints() == std::vector{here, *Endpoint::parse("9.9.9.9:6881")});
}

TEST_CASE("a plug-in that is made later is told the address that was agreed on before, and votes make none", "[session]")
{
    DiscoveriesBench bench;
    bench.agree_on("9.9.9.9");
    bench.agree_on("2001:db8::9");
    CHECK(bench.one.instances == 0);
    bench.discoveries.names();
    CHECK(bench.one.external == Told{"9.9.9.9", "2001:db8::9"});
}

TEST_CASE("discoveries that are stopped end their plug-ins, tell nothing and make none", "[session]")
{
    DiscoveriesBench bench;
    bench.discoveries.names();
    bench.search("one");
    bench.discoveries.stop();
    CHECK(bench.one.is_gone);
    CHECK(bench.discoveries.names().empty());
    bench.pass(1h);
    CHECK(bench.told.empty());
    CHECK(bench.one.instances == 1);

    DiscoveriesBench early;
    early.discoveries.stop();
    CHECK(early.discoveries.names().empty());
    CHECK(early.discoveries.port() == 0);
    CHECK(early.one.instances == 0);
}
