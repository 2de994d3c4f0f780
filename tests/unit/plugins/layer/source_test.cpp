#include "fake_host.hpp"

#include <shoal/source.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

namespace shoal::test {
namespace {

using Told = std::vector<std::string>;

// What the host hears; the table's functions have no other place to put it.
Told* told = nullptr;

shoal_status tell(std::uint64_t operation, const std::string& how)
{
    told->push_back(std::to_string(operation) + " " + how);
    return SHOAL_OK;
}

constexpr shoal_host_source_v1 source_service{
    sizeof(shoal_host_source_v1), 0,
    [](const shoal_host*, std::uint64_t operation, shoal_bytes torrent) {
        return tell(operation, "torrent " + std::string(as_text(from_abi(torrent))));
    },
    [](const shoal_host*, std::uint64_t operation, shoal_text link) { return tell(operation, "magnet " + std::string(from_abi(link))); },
    [](const shoal_host*, std::uint64_t operation, shoal_text text) { return tell(operation, "elsewhere " + std::string(from_abi(text))); },
    [](const shoal_host*, std::uint64_t operation, shoal_status status, shoal_text text) {
        return tell(operation, "failed " + std::to_string(status) + " " + std::string(from_abi(text)));
    }};

// Writes down what it is asked.
struct Oracle : Source {
    explicit Oracle(Host& host) : answers(host) { made = this; }
    std::int32_t claims(std::string_view identifier) override
    {
        if (identifier == "thirteen") throw std::runtime_error("superstition");
        return identifier == "mine" ? certain : 7;
    }
    Result<void> resolve(std::uint64_t operation, const SourceRequest& request) override
    {
        asked.push_back(std::to_string(operation) + " " + std::string(request.identifier) + (request.is_from_stranger ? " of a stranger" : "")
                        + " until " + std::to_string(request.deadline.count()));
        if (operation == 13) throw std::runtime_error("superstition");
        return operation == 0 ? Result<void>(make_error(Errc::network_error, "no line")) : Result<void>{};
    }
    void cancel(std::uint64_t operation) override { asked.push_back("cancel " + std::to_string(operation)); }

    static inline Oracle* made = nullptr;
    SourceAnswers answers;
    Told asked;
};

struct OracleBench {
    OracleBench() : factory(source<Oracle>("x"))
    {
        told = &lines;
        fake.lent_too[SHOAL_SERVICE_SOURCE] = &source_service;
        REQUIRE(factory.create(fake.raw(), &self) == SHOAL_OK);
    }
    ~OracleBench() { factory.destroy(self); }
    const shoal_source_v1& table() const { return *static_cast<const shoal_source_v1*>(factory.table); }

    Told lines;
    FakeHost fake;
    shoal_factory factory;
    void* self = nullptr;
};

} // namespace

TEST_CASE("an identifier reaches its source plug-in in C++ types, and its refusal the host", "[layer]")
{
    OracleBench bench;
    shoal_source_request request{};
    request.struct_size = sizeof request;
    request.identifier = to_abi(std::string_view("thing"));
    request.deadline_ns = 5;
    CHECK(bench.table().resolve(bench.self, 1, &request) == SHOAL_OK);
    request.flags = SHOAL_SOURCE_FROM_STRANGER;
    CHECK(bench.table().resolve(bench.self, 0, &request) == SHOAL_E_NETWORK);
    CHECK(bench.fake.error_text == "no line");
    CHECK(bench.table().resolve(bench.self, 13, &request) == SHOAL_E_EXCEPTION);
    bench.table().cancel(bench.self, 1);
    CHECK(Oracle::made->asked
          == Told{"1 thing until 5", "0 thing of a stranger until 5", "13 thing of a stranger until 5", "cancel 1"});
}

TEST_CASE("what a source plug-in claims reaches the host, and a claim that throws is none", "[layer]")
{
    OracleBench bench;
    const auto claim = [&](std::string_view identifier) { return bench.table().claims(bench.self, to_abi(identifier)); };
    CHECK(claim("mine") == SHOAL_SOURCE_CERTAIN);
    CHECK(claim("thing") == 7);
    CHECK(claim("thirteen") == 0);
}

TEST_CASE("each way a source plug-in can end an operation reaches the host", "[layer]")
{
    OracleBench bench;
    const auto& answers = Oracle::made->answers;
    answers.torrent_file(1, as_bytes("de"));
    answers.magnet(2, "magnet:?x");
    answers.elsewhere(3, "http://x.org/");
    answers.failed(4, make_error(Errc::timed_out, "nobody is there"));
    CHECK(bench.lines == Told{"1 torrent de", "2 magnet magnet:?x", "3 elsewhere http://x.org/",
                              "4 failed " + std::to_string(SHOAL_E_TIMEOUT) + " nobody is there"});
}

} // namespace shoal::test
