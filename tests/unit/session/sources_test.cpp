#include "host/library.hpp"
#include "host/manifest.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "metainfo/create.hpp"
#include "session/sources.hpp"
#include "support/made_torrent.hpp"

#include <shoal/abi/source.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using session::Sources;

namespace {

// A source plug-in that claims what it is told to claim, and answers when the test says so.
class ScriptedSource {
public:
    struct Asked {
        std::uint64_t operation;
        std::string identifier;
        std::uint32_t flags;
        std::uint64_t deadline_ns;
    };

    explicit ScriptedSource(std::string name) : name_(std::move(name))
    {
        auto manifest = host::parse_manifest(
            R"({ "id": "org.example.source.)" + name_ + R"(", "version": "1", "license": "MIT", "summary": "scripted",
                 "abi": { "major": 1, "minor": 0 }, "requires": [ "shoal.host.source/1" ],
                 "provides": [ { "kind": "shoal.source/1", "name": ")" + name_ + R"(", "scope": "session" } ] })");
        REQUIRE(manifest);
        manifest_ = std::move(*manifest);
        const shoal_source_v1 table{sizeof table, 0, on_claims, on_resolve, on_cancel};
        const shoal_factory factory{
            sizeof factory, 0, to_abi(SHOAL_KIND_SOURCE), to_abi(std::string_view(name_)), &table, create, nullptr, destroy};
        const shoal_factory* const factories[] = {&factory};
        const shoal_plugin descriptor{sizeof descriptor, 0, to_abi(manifest_.text), factories, 1, 0};
        auto library = host::Library::adopt(&descriptor, manifest_, name_);
        REQUIRE(library);
        library_ = std::move(*library);
    }

    Result<std::unique_ptr<host::Instance>> make(environment::Environment& environment, host::SourceSink& sink)
    {
        current() = this;
        ++instances;
        auto made = host::Instance::create(*library_->factories().front(),
                                           {.environment = environment, .source = &sink, .random = RandomStream(1, 1)});
        if (made) instance_ = made->get();
        return made;
    }

    // Each answers the question that was asked last, or the one that is named.
    shoal_status torrent(ByteView octets)
    {
        return act([&](auto operation) { return service_->torrent_file(host_, operation, to_abi(octets)); });
    }
    shoal_status magnet(const std::string& link)
    {
        return act([&](auto operation) { return service_->magnet(host_, operation, to_abi(std::string_view(link))); });
    }
    shoal_status elsewhere(const std::string& identifier)
    {
        return act([&](auto operation) { return service_->elsewhere(host_, operation, to_abi(std::string_view(identifier))); });
    }
    shoal_status fail(shoal_status status, const std::string& why)
    {
        return act([&](auto operation) { return service_->failed(host_, operation, status, to_abi(std::string_view(why))); });
    }
    std::uint32_t strikes() const { return instance_->strikes(); }

    int instances = 0;
    std::int32_t claim = 50;
    shoal_status accepts = SHOAL_OK;
    std::vector<Asked> asked;
    std::vector<std::uint64_t> cancelled;
    bool is_gone = false;

private:
    static ScriptedSource*& current()
    {
        static ScriptedSource* source = nullptr;
        return source;
    }
    static ScriptedSource& of(void* self) { return *static_cast<ScriptedSource*>(self); }

    template <class Act>
    shoal_status act(Act answer)
    {
        REQUIRE_FALSE(asked.empty());
        return instance_->call("act", [&] { return answer(asked.back().operation); });
    }

    static shoal_status create(const shoal_host* host, void** self)
    {
        auto& source = *current();
        source.host_ = host;
        source.service_ = static_cast<const shoal_host_source_v1*>(host->service(host, to_abi(SHOAL_SERVICE_SOURCE)));
        *self = &source;
        return SHOAL_OK;
    }
    static void destroy(void* self) { of(self).is_gone = true; }
    static std::int32_t on_claims(void* self, shoal_text) { return of(self).claim; }
    static shoal_status on_resolve(void* self, std::uint64_t operation, const shoal_source_request* request)
    {
        auto& mine = of(self);
        mine.asked.push_back({operation, std::string(from_abi(request->identifier)), request->flags, request->deadline_ns});
        if (mine.accepts < 0) mine.host_->set_error(mine.host_, mine.accepts, to_abi(std::string_view("not today")));
        return mine.accepts;
    }
    static void on_cancel(void* self, std::uint64_t operation) { of(self).cancelled.push_back(operation); }

    std::string name_;
    host::Manifest manifest_;
    std::unique_ptr<host::Library> library_;
    host::Instance* instance_ = nullptr;
    const shoal_host* host_ = nullptr;
    const shoal_host_source_v1* service_ = nullptr;
};

const std::string some_link = "magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567";

std::string outcome_text(const Result<session::Source>& source)
{
    if (!source) return std::string(errc_name(source.error().code)) + ": " + source.error().text;
    if (const auto* magnet = std::get_if<session::FromMagnet>(&*source)) return "magnet " + magnet->link;
    const auto& file = std::get<session::FromFile>(*source);
    return "torrent " + file.metainfo.name + " in " + std::to_string(file.octets.size());
}

// A session's sources: "one", "two", and one between them that cannot be made.
struct SourcesBench {
    // Up to the plug-ins' answers.
    void read(const std::string& identifier)
    {
        const auto number = std::to_string(++readings);
        sources.read(identifier, [this, number](const Result<session::Source>& source) {
            told.push_back(number + " " + outcome_text(source));
        });
        pass(1ms);
    }
    void pass(environment::Duration duration = 1s) { world.run_for(duration); }

    ScriptedSource one{"one"};  // the plug-ins outlive the loop
    ScriptedSource two{"two"};
    lab::World world;
    lab::Node& node = world.add_node();
    std::vector<std::string> told;
    int readings = 0;
    Sources sources{node.environment(), {"one", "broken", "two"}, {},
                    [this](const std::string& name, host::SourceSink& sink) -> Result<std::unique_ptr<host::Instance>> {
                        if (name == "broken") return make_error(Errc::not_found, "it is not there");
                        return (name == "one" ? one : two).make(node.environment(), sink);
                    }};
};

using Outcomes = std::vector<std::string>;

}  // namespace

TEST_CASE("source plug-ins are made when something is first read, once, and who cannot be made is left out", "[session]")
{
    SourcesBench bench;
    CHECK(bench.one.instances == 0);
    bench.read("x");
    bench.read("y");
    CHECK(bench.one.instances == 1);
    CHECK(bench.two.instances == 1);
}

TEST_CASE("nothing is asked inside the call that reads, which may be a plug-in's", "[session]")
{
    SourcesBench bench;
    bench.sources.read("x", [](const Result<session::Source>&) {});
    CHECK(bench.one.instances == 0);
    bench.pass();
    CHECK(bench.one.asked.size() == 1);
}

TEST_CASE("of equally sure plug-ins the first in the list is asked, for what, and until when", "[session]")
{
    SourcesBench bench;
    const auto now = environment::nanoseconds(bench.node.environment().loop.now());
    bench.read("a thing");
    REQUIRE(bench.one.asked.size() == 1);
    CHECK(bench.two.asked.empty());
    CHECK(bench.one.asked[0].identifier == "a thing");
    CHECK(bench.one.asked[0].flags == 0);
    CHECK(bench.one.asked[0].deadline_ns == now + 60'000'000'000);
}

TEST_CASE("who is surer is asked first, wherever it stands", "[session]")
{
    SourcesBench bench;
    bench.two.claim = 51;
    bench.read("x");
    CHECK(bench.one.asked.empty());
    CHECK(bench.two.asked.size() == 1);
}

TEST_CASE("a torrent is parsed before it is believed, and is what the plug-in gave", "[session]")
{
    SourcesBench bench;
    const auto made = test::make_torrent({.files = {{"a", 40'000}}});
    const auto octets = metainfo::to_torrent(*made.torrent);
    bench.read("x.torrent");
    CHECK(bench.one.torrent(octets) == SHOAL_OK);
    CHECK(bench.told.empty());
    bench.pass();
    CHECK(bench.told == Outcomes{"1 torrent made in " + std::to_string(octets.size())});
    bench.pass(1h);
    CHECK(bench.told.size() == 1);
    CHECK(bench.one.cancelled.empty());
}

TEST_CASE("a magnet link is parsed, too, and handed on as it is", "[session]")
{
    SourcesBench bench;
    bench.read("x");
    bench.one.magnet(some_link + "&dn=%41");
    bench.pass();
    CHECK(bench.told == Outcomes{"1 magnet " + some_link + "&dn=%41"});
}

TEST_CASE("when a plug-in fails the next is asked, and the last word is everybody's", "[session]")
{
    SourcesBench bench;
    bench.read("x");
    bench.one.fail(SHOAL_E_NOT_FOUND, "x: it is not here");
    CHECK(bench.two.asked.empty());
    bench.pass();
    REQUIRE(bench.two.asked.size() == 1);
    SECTION("which may do better")
    {
        bench.two.magnet(some_link);
        bench.pass();
        CHECK(bench.told == Outcomes{"1 magnet " + some_link});
    }
    SECTION("or not")
    {
        bench.two.fail(SHOAL_E_IO, "");
        bench.pass();
        CHECK(bench.told == Outcomes{"1 not_found: one says: x: it is not here; two says: x: two says nothing but no"});
    }
}

TEST_CASE("what a single plug-in said is the error, without more words", "[session]")
{
    SourcesBench bench;
    bench.two.claim = 0;
    bench.read("x");
    bench.one.fail(SHOAL_E_ACCESS, "x: Permission denied");
    bench.pass();
    CHECK(bench.told == Outcomes{"1 permission_denied: x: Permission denied"});
}

TEST_CASE("an answer that is no torrent or no magnet link is a failure of who gave it", "[session]")
{
    SourcesBench bench;
    bench.two.claim = 0;
    const auto error_of = [&](auto answer) {
        bench.told.clear();
        bench.read("x");
        answer();
        bench.pass();
        REQUIRE(bench.told.size() == 1);
        return bench.told[0];
    };
    CHECK_THAT(error_of([&] { bench.one.torrent({}); }), Catch::Contains("bad_input: x: not a torrent"));
    CHECK_THAT(error_of([&] { bench.one.torrent(as_bytes("<html>")); }), Catch::Contains("bad_input: x: not a torrent"));
    CHECK_THAT(error_of([&] { bench.one.magnet("magnet:?dn=x"); }), Catch::Contains("bad_input: the magnet link has no"));
    CHECK(bench.one.strikes() == 0);
}

TEST_CASE("a torrent of 100 MiB is not even copied, and the plug-in's fault", "[session]")
{
    SourcesBench bench;
    bench.two.claim = 0;
    bench.read("x");
    const Bytes huge(100u << 20, std::byte{'d'});
    bench.one.torrent(huge);
    bench.pass();
    CHECK(bench.told == Outcomes{"1 plugin_broken: the plug-in is broken: torrent is NULL or larger than 32 MiB"});
    CHECK(bench.one.strikes() == 1);
}

TEST_CASE("a plug-in that never ends is given 60 s, and its late end is heard by nobody", "[session]")
{
    SourcesBench bench;
    bench.read("x");
    bench.pass(59s);
    CHECK(bench.two.asked.empty());
    bench.pass(2s);
    CHECK(bench.one.cancelled == std::vector{bench.one.asked[0].operation});
    REQUIRE(bench.two.asked.size() == 1);
    CHECK(bench.one.magnet(some_link) == SHOAL_OK);
    bench.pass();
    CHECK(bench.told.empty());
    bench.pass(60s);
    CHECK(bench.told == Outcomes{"1 timed_out: one says: x: no answer in 60 s; two says: x: no answer in 60 s"});
    CHECK(bench.one.strikes() == 0);
}

TEST_CASE("a second end is a strike, and changes nothing", "[session]")
{
    SourcesBench bench;
    bench.read("x");
    bench.one.magnet(some_link);
    CHECK(bench.one.fail(SHOAL_E_IO, "on second thoughts") == SHOAL_E_ARGUMENT);
    bench.pass(1h);
    CHECK(bench.told == Outcomes{"1 magnet " + some_link});
    CHECK(bench.one.strikes() == 1);
    CHECK(bench.two.asked.empty());
}

TEST_CASE("where an answer leads is asked of everybody again, as the word of a stranger", "[session]")
{
    SourcesBench bench;
    bench.one.claim = 60;
    bench.read("page");
    bench.one.claim = 10;
    bench.one.elsewhere("thing");
    bench.pass(1ms);
    REQUIRE(bench.two.asked.size() == 1);
    CHECK(bench.two.asked[0].identifier == "thing");
    CHECK(bench.two.asked[0].flags == SHOAL_SOURCE_FROM_STRANGER);
    bench.two.magnet(some_link);
    bench.pass();
    CHECK(bench.told == Outcomes{"1 magnet " + some_link});
}

TEST_CASE("an answer leads on four times, and not a fifth", "[session]")
{
    SourcesBench bench;
    bench.read("0");
    for (int hop = 1; hop <= 4; ++hop) {
        bench.one.elsewhere(std::to_string(hop));
        bench.pass(1ms);
    }
    REQUIRE(bench.one.asked.size() == 5);
    SECTION("the fourth may be the place")
    {
        bench.one.magnet(some_link);
        bench.pass();
        CHECK(bench.told == Outcomes{"1 magnet " + some_link});
    }
    SECTION("the fifth is too many")
    {
        bench.one.elsewhere("5");
        bench.pass();
        CHECK(bench.one.asked.size() == 5);
        CHECK(bench.two.asked.empty());
        CHECK(bench.told == Outcomes{"1 limit_exceeded: 4: led on more than 4 times"});
    }
}

TEST_CASE("what nobody claims is said with the names of who was asked", "[session]")
{
    SourcesBench bench;
    bench.one.claim = bench.two.claim = 0;
    bench.read("gibberish");
    CHECK(bench.told == Outcomes{"1 bad_input: gibberish: none of the source plug-ins (one, two) knows what this is"});
}

TEST_CASE("without any plug-in the kind that is missing is named", "[session]")
{
    lab::World world;
    auto& node = world.add_node();
    Sources sources(node.environment(), {}, {}, {});
    std::string said;
    sources.read("x.torrent", [&](const Result<session::Source>& source) { said = outcome_text(source); });
    CHECK(said.empty());
    world.run_for(1s);
    CHECK(said == "unsupported: x.torrent: there is no source plug-in (shoal.source/1, e.g. file, magnet, http) to read it");
}

TEST_CASE("a claim beyond certainty is a strike, and counts as none", "[session]")
{
    SourcesBench bench;
    bench.one.claim = GENERATE(101, -1);
    bench.read("x");
    CHECK(bench.one.strikes() == 1);
    CHECK(bench.one.asked.empty());
    CHECK(bench.two.asked.size() == 1);
}

TEST_CASE("who does not accept a question, or broke too many rules, is passed over", "[session]")
{
    SourcesBench bench;
    bench.one.accepts = SHOAL_E_NETWORK;
    bench.two.accepts = SHOAL_E_NETWORK;
    bench.read("x");
    CHECK(bench.told == Outcomes{"1 network_error: one says: not today; two says: not today"});
    bench.one.accepts = bench.two.accepts = SHOAL_OK;
    bench.read("y");
    bench.one.fail(SHOAL_E_IO, "no");
    for (int i = 0; i < 8; ++i) bench.one.fail(SHOAL_E_IO, "no");
    bench.read("z");
    CHECK(bench.one.asked.size() == 2);
    CHECK(bench.two.asked.back().identifier == "z");
}

TEST_CASE("two are read at a time, and each gets its own answer", "[session]")
{
    SourcesBench bench;
    bench.read("x");
    bench.two.claim = 90;
    bench.read("y");
    // Plug-ins number their operations each from the beginning.
    REQUIRE(bench.one.asked[0].operation == bench.two.asked[0].operation);
    bench.two.magnet(some_link + "&dn=y");
    bench.one.magnet(some_link + "&dn=x");
    bench.pass();
    CHECK(bench.told == Outcomes{"2 magnet " + some_link + "&dn=y", "1 magnet " + some_link + "&dn=x"});
}

TEST_CASE("sources that are stopped end what is under way as cancelled, and what comes later", "[session]")
{
    SourcesBench bench;
    bench.read("x");
    bench.sources.stop();
    CHECK(bench.told == Outcomes{"1 cancelled: x: stopped before it was read"});
    CHECK(bench.one.is_gone);
    bench.read("y");
    bench.pass(1h);
    CHECK(bench.told == Outcomes{"1 cancelled: x: stopped before it was read", "2 cancelled: nothing is read any more"});
    CHECK(bench.one.instances == 1);
}

TEST_CASE("sources that are stopped while a torrent is parsed tell of it once", "[session]")
{
    SourcesBench bench;
    const auto made = test::make_torrent({.files = {{"a", 40'000}}});
    bench.read("x");
    bench.one.torrent(metainfo::to_torrent(*made.torrent));
    bench.sources.stop();
    bench.pass(1h);
    CHECK(bench.told == Outcomes{"1 cancelled: x: stopped before it was read"});
}
