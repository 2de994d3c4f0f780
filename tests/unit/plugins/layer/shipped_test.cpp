// Our own policy plug-ins as they are shipped: loaded as files, made by their factories, called through their
// tables.
#include "fake_host.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/plugin.h>
#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

#include <dlfcn.h>

namespace shoal::test {
namespace {

// Never closed: libraries stay for the life of the process.
const shoal_plugin& load(const std::string& file)
{
    auto* library = dlopen((SHOAL_TEST_PLUGINS "/" + file).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) FAIL(dlerror());
    const auto entry = reinterpret_cast<shoal_plugin_entry_function>(dlsym(library, SHOAL_PLUGIN_ENTRY_NAME));
    REQUIRE(entry != nullptr);
    return *entry();
}

class Made {
public:
    Made(FakeHost& host, const std::string& file) : factory_(*load(file).factories[0])
    {
        REQUIRE(factory_.create(host.raw(), &self_) == SHOAL_OK);
    }
    Made(const Made&) = delete;
    Made& operator=(const Made&) = delete;
    ~Made()
    {
        factory_.stop(self_);
        factory_.destroy(self_);
    }

    [[nodiscard]] void* self() const { return self_; }
    [[nodiscard]] const shoal_picker_v1& picker() const
    {
        return *static_cast<const shoal_picker_v1*>(factory_.table);
    }
    [[nodiscard]] const shoal_choker_v1& choker() const
    {
        return *static_cast<const shoal_choker_v1*>(factory_.table);
    }

private:
    const shoal_factory& factory_;
    void* self_ = nullptr;
};

// Four pieces of two blocks, nothing here yet.
struct SmallTorrent {
    SmallTorrent()
    {
        view.struct_size = sizeof view;
        view.piece_count = 4;
        view.blocks_per_piece = view.blocks_in_last_piece = 2;
        view.have = &have;
        view.availability = availability.data();
        view.priority = priority.data();
        view.state = state.data();
        view.open_allowance = 4;
        view.wanted_count = 4;
        view.unrequested_anywhere = 1;
        request.struct_size = sizeof request;
        request.budget = 3;
        request.peer = 1;
        request.peer_pieces = &everything;
    }

    std::uint64_t have = 0;
    std::uint64_t everything = 0b1111;
    std::array<std::uint16_t, 4> availability{3, 1, 2, 3};
    std::array<std::uint8_t, 4> priority{4, 4, 4, 4};
    std::array<std::uint8_t, 4> state{};
    shoal_swarm_view view{};
    shoal_pick_request request{};
    std::array<shoal_piece_event, 3> everything_changed{{{SHOAL_EVENT_AVAILABILITY, SHOAL_ALL_PIECES, 0, 0},
                                                         {SHOAL_EVENT_STATE, SHOAL_ALL_PIECES, 0, 0},
                                                         {SHOAL_EVENT_PRIORITY, SHOAL_ALL_PIECES, 0, 0}}};
};

} // namespace

TEST_CASE("each policy plug-in describes itself", "[layer][shipped]")
{
    const std::vector<std::array<std::string, 3>> shipped{
        {"picker/rarest-first.so", SHOAL_KIND_PICKER, "rarest-first"},
        {"picker/sequential.so", SHOAL_KIND_PICKER, "sequential"},
        {"picker/endgame.so", SHOAL_KIND_PICKER, "endgame"},
        {"picker/streaming.so", SHOAL_KIND_PICKER, "streaming"},
        {"picker/lua.so", SHOAL_KIND_PICKER, "lua"},
        {"choker/tit-for-tat.so", SHOAL_KIND_CHOKER, "tit-for-tat"},
        {"choker/lua.so", SHOAL_KIND_CHOKER, "lua"}};
    for (const auto& [file, kind, name] : shipped) {
        INFO(file);
        const auto& plugin = load(file);
        CHECK(plugin.struct_size == sizeof(shoal_plugin));
        CHECK(plugin.abi_minor == 0);
        REQUIRE(plugin.factory_count == 1);
        CHECK(from_abi(plugin.factories[0]->kind) == kind);
        CHECK(from_abi(plugin.factories[0]->name) == name);
        const std::string manifest(from_abi(plugin.manifest));
        CHECK(manifest.front() == '{');
        CHECK(manifest.back() == '}');
        CHECK_THAT(manifest, Catch::Contains("\"name\": \"" + name + "\""));
        CHECK_THAT(manifest, Catch::Contains("\"sim_safe\": true"));
    }
}

TEST_CASE("the shipped rarest-first picks the rarest piece", "[layer][shipped]")
{
    FakeHost host;
    host.settings["random_first"] = 0;
    const Made made(host, "picker/rarest-first.so");
    SmallTorrent torrent;
    made.picker().on_events(made.self(), &torrent.view, torrent.everything_changed.data(), 3);
    std::array<shoal_pick, 3> picks{};
    REQUIRE(made.picker().pick(made.self(), &torrent.view, &torrent.request, picks.data(), 3) == 3);
    CHECK(picks[0].piece == 1);
    CHECK(picks[2].piece == 2);
}

TEST_CASE("the shipped sequential ranks in order, without events of its own", "[layer][shipped]")
{
    FakeHost host;
    const Made made(host, "picker/sequential.so");
    CHECK(made.picker().pick == nullptr);
    CHECK(made.picker().on_events == nullptr);
    SmallTorrent torrent;
    std::array<std::int64_t, 4> ranks{};
    std::array<std::uint64_t, 4> deadlines{};
    CHECK(made.picker().rank(made.self(), &torrent.view, ranks.data(), deadlines.data()) == SHOAL_OK);
    CHECK(ranks[0] > ranks[1]);
    CHECK(ranks[2] > ranks[3]);
}

TEST_CASE("the shipped endgame may duplicate, and does so only in the endgame", "[layer][shipped]")
{
    FakeHost host;
    const Made made(host, "picker/endgame.so");
    CHECK(made.picker().flags == SHOAL_PICKER_DUPLICATES);
    SmallTorrent torrent;
    const std::uint64_t requested = 0b11;
    const std::uint64_t received = 0;
    const shoal_partial partial{2, 2, 0, 0, &requested, &received};
    torrent.view.partials = &partial;
    torrent.view.partial_count = 1;
    std::array<shoal_pick, 3> picks{};
    CHECK(made.picker().pick(made.self(), &torrent.view, &torrent.request, picks.data(), 3) == 0);
    torrent.view.unrequested_anywhere = 0;
    CHECK(made.picker().pick(made.self(), &torrent.view, &torrent.request, picks.data(), 3) == 2);
}

TEST_CASE("the shipped streaming publishes can_play", "[layer][shipped]")
{
    FakeHost host;
    host.settings = {{"head_bytes", 1}, {"tail_bytes", 1}, {"rate", 10}, {"window", 10}, {"step_bytes", 10}};
    const std::array<shoal_torrent_file, 2> files{
        {{to_abi("a/one"), 0, 25, 0, 4}, {to_abi("two"), 25, 10, 0, 4}}};
    host.torrent.struct_size = sizeof host.torrent;
    host.torrent.piece_count = 4;
    host.torrent.piece_length = 10;
    host.torrent.total_length = 35;
    host.torrent.files = files.data();
    host.torrent.file_count = 2;
    host.torrent.file_stride = sizeof files[0];
    const Made made(host, "picker/streaming.so");
    SmallTorrent torrent;
    made.picker().on_events(made.self(), &torrent.view, torrent.everything_changed.data(), 3);
    CHECK(host.events.empty());
    torrent.have = 0b0101;
    const std::array<shoal_piece_event, 2> changes{
        {{SHOAL_EVENT_STATE, 0, SHOAL_PIECE_COMPLETE, SHOAL_PIECE_HAVE},
         {SHOAL_EVENT_STATE, 2, SHOAL_PIECE_COMPLETE, SHOAL_PIECE_HAVE}}};
    made.picker().on_events(made.self(), &torrent.view, changes.data(), 2);
    CHECK(host.events == std::vector<std::string>{"can_play file=0 path=a/one contiguous=10 ready=true"});
    CHECK(host.error == SHOAL_OK);
}

TEST_CASE("the shipped tit-for-tat is asked every ten seconds and unchokes who gives", "[layer][shipped]")
{
    FakeHost host;
    host.settings = {{"slots", 2}, {"optimistic_interval", 30}};
    const Made made(host, "choker/tit-for-tat.so");
    CHECK(made.choker().interval_ns == 10'000'000'000U);
    std::array<shoal_choker_peer, 3> peers{};
    for (std::uint64_t i = 0; i < 3; ++i) {
        peers[i].peer = i + 1;
        peers[i].flags = SHOAL_CHOKER_PEER_INTERESTED;
        peers[i].download_rate = i * 1000;
    }
    shoal_choker_view view{};
    view.struct_size = sizeof view;
    view.slots = 10;
    view.peers = peers.data();
    view.peer_count = 3;
    view.peer_stride = sizeof peers[0];
    std::array<shoal_unchoke, 10> unchokes{};
    REQUIRE(made.choker().decide(made.self(), &view, unchokes.data(), 10) == 2);
    CHECK(unchokes[0].peer == 3);
    // Settings that are live count at once.
    host.settings["slots"] = 3;
    CHECK(made.choker().decide(made.self(), &view, unchokes.data(), 10) == 3);
}

} // namespace shoal::test
