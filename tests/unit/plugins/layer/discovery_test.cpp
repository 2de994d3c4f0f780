#include "fake_host.hpp"

#include <shoal/discovery.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace shoal::test {
namespace {

using Lines = std::vector<std::string>;

// What the host hears; the table's functions have no other place to put it.
Lines* heard = nullptr;

shoal_status found(const shoal_host*, std::uint64_t operation, const shoal_endpoint* peers, std::uint32_t count)
{
    std::string line = std::to_string(operation) + " found";
    for (std::uint32_t i = 0; i < count; ++i) line += " " + from_abi(peers[i]).to_string();
    heard->push_back(line);
    return SHOAL_OK;
}

shoal_status ended(const shoal_host*, std::uint64_t operation, shoal_status status)
{
    heard->push_back(std::to_string(operation) + " ended " + std::to_string(status));
    return SHOAL_OK;
}

shoal_status spotted(const shoal_host*, const std::uint8_t* info_hash, const shoal_endpoint* peer)
{
    heard->push_back(std::to_string(info_hash[19]) + " spotted " + from_abi(*peer).to_string());
    return info_hash[0] == 0 ? SHOAL_E_NOT_FOUND : SHOAL_OK;
}

constexpr shoal_host_discovery_v1 discovery_service{sizeof(shoal_host_discovery_v1), 0, found, ended, spotted};

// Writes down what it is asked.
struct Recorder : Discovery {
    explicit Recorder(Host& host) : reports(host) { made = this; }
    Result<void> search(std::uint64_t operation, const Search& search) override
    {
        asked.push_back(std::to_string(operation) + (search.announces ? " announce" : "") + (search.is_seed ? " seed" : "")
                        + " port " + std::to_string(search.port) + " until " + std::to_string(search.deadline.count()));
        hash = search.info_hash;
        if (operation == 13) throw std::runtime_error("superstition");
        return operation == 0 ? Result<void>(make_error(Errc::network_error, "no socket")) : Result<void>{};
    }
    void cancel(std::uint64_t operation) override { asked.push_back("cancel " + std::to_string(operation)); }
    void introduce(std::string_view host, std::uint16_t port) override
    {
        asked.push_back("introduce " + std::string(host) + ":" + std::to_string(port));
    }
    void on_external_address(const Address& ours) override { asked.push_back("we are " + ours.to_string()); }
    std::uint16_t port() override { return 6882; }

    static inline Recorder* made = nullptr;
    DiscoveryReports reports;
    Lines asked;
    Hash20 hash;
};

// Does only what it must.
struct PlainDiscovery : Discovery {
    explicit PlainDiscovery(Host&) {}
    Result<void> search(std::uint64_t, const Search&) override { return {}; }
    void cancel(std::uint64_t) override {}
};

template <class T>
struct DiscoveryBench {
    DiscoveryBench() : factory(discovery<T>("x"))
    {
        heard = &lines;
        fake.lent_too[SHOAL_SERVICE_DISCOVERY] = &discovery_service;
        REQUIRE(factory.create(fake.raw(), &self) == SHOAL_OK);
    }
    ~DiscoveryBench() { factory.destroy(self); }
    const shoal_discovery_v1& table() const { return *static_cast<const shoal_discovery_v1*>(factory.table); }

    Lines lines;
    FakeHost fake;
    shoal_factory factory;
    void* self = nullptr;
};

} // namespace

TEST_CASE("a search reaches its plug-in in C++ types, and its refusal the host", "[layer]")
{
    DiscoveryBench<Recorder> bench;
    shoal_search search{};
    search.struct_size = sizeof search;
    search.info_hash[19] = 7;
    search.port = 6881;
    search.deadline_ns = 5;
    search.flags = SHOAL_SEARCH_ANNOUNCE | SHOAL_SEARCH_SEED;
    CHECK(bench.table().search(bench.self, 1, &search) == SHOAL_OK);
    search.flags = 0;
    search.port = 0;
    CHECK(bench.table().search(bench.self, 0, &search) == SHOAL_E_NETWORK);
    CHECK(bench.fake.error_text == "no socket");
    CHECK(bench.table().search(bench.self, 13, &search) == SHOAL_E_EXCEPTION);
    bench.table().cancel(bench.self, 1);
    CHECK(Recorder::made->asked
          == Lines{"1 announce seed port 6881 until 5", "0 port 0 until 5", "13 port 0 until 5", "cancel 1"});
    CHECK(Recorder::made->hash.bytes[19] == std::byte{7});
}

TEST_CASE("what a discovery plug-in should know reaches it in C++ types", "[layer]")
{
    DiscoveryBench<Recorder> bench;
    const auto ours = to_abi(*Endpoint::parse("9.9.9.9:6881"));
    bench.table().introduce(bench.self, to_abi(std::string_view("router")), 65'535);
    bench.table().external_address(bench.self, &ours);
    CHECK(Recorder::made->asked == Lines{"introduce router:65535", "we are 9.9.9.9"});
    CHECK(bench.table().port(bench.self) == 6882);
}

TEST_CASE("a discovery plug-in need only search and cancel", "[layer]")
{
    DiscoveryBench<PlainDiscovery> bench;
    const auto ours = to_abi(*Endpoint::parse("9.9.9.9:6881"));
    bench.table().introduce(bench.self, to_abi(std::string_view("router")), 1);
    bench.table().external_address(bench.self, &ours);
    CHECK(bench.table().port(bench.self) == 0);
    CHECK(bench.fake.error == SHOAL_OK);
}

TEST_CASE("what a discovery plug-in found reaches the host: peers, an end, a failure, a passer-by", "[layer]")
{
    DiscoveryBench<Recorder> bench;
    const auto& reports = Recorder::made->reports;
    const std::vector<Endpoint> peers{*Endpoint::parse("10.0.0.2:1"), *Endpoint::parse("[2001:db8::1]:2")};
    reports.found(4, peers);
    reports.found(4, {});
    reports.ended(4);
    reports.failed(5, make_error(Errc::timed_out, "no node answered"));
    Hash20 ours;
    ours.bytes.fill(std::byte{1});
    CHECK(reports.spotted(ours, peers[0]));
    CHECK_FALSE(reports.spotted(Hash20{}, peers[0]));
    CHECK(bench.lines
          == Lines{"4 found 10.0.0.2:1 [2001:db8::1]:2", "4 found", "4 ended 0",
                   "5 ended " + std::to_string(SHOAL_E_TIMEOUT), "1 spotted 10.0.0.2:1", "0 spotted 10.0.0.2:1"});
    CHECK(bench.fake.error_text == "no node answered");
}

} // namespace shoal::test
