#include "scripted_extension.hpp"
#include "torrent_bench.hpp"

#include "torrent/extensions.hpp"

#include <map>

using namespace shoal;
using namespace shoal::torrent;
using namespace shoal::torrent::test;

namespace {

// The connections of a torrent, as written down.
struct Connections final : Extensions::Owner {
    void for_each_peer(const std::function<void(const Extensions::Peer&)>& visit) const override
    {
        for (const auto& [handle, theirs] : handshakes) visit(*find_peer(handle));
    }
    std::optional<Extensions::Peer> find_peer(PeerHandle handle) const override
    {
        const auto at = handshakes.find(handle);
        if (at == handshakes.end()) return std::nullopt;
        return Extensions::Peer{.handle = handle,
                                .theirs = at->second,
                                .remote = *Endpoint::parse("10.0.0.2:50000"),
                                .listening = std::nullopt,
                                .is_outgoing = true};
    }
    shoal_status send_extended(PeerHandle peer, std::uint8_t id, ByteView payload) override
    {
        heard.push_back("send " + std::to_string(peer.value()) + " as " + std::to_string(id) + " " +
                        std::string(as_text(payload)));
        return SHOAL_OK;
    }
    std::optional<ByteView> metadata() const override { return info; }
    shoal_status take_metadata(ByteView) override { return SHOAL_E_CORRUPT; }
    bool has_piece_number(std::uint32_t piece) const override { return piece < 4; }
    void lose_piece(PeerHandle peer, std::uint32_t piece) override
    {
        heard.push_back("lost " + std::to_string(peer.value()) + " " + std::to_string(piece));
    }
    void disconnect(PeerHandle peer, const Error& why) override
    {
        heard.push_back("disconnect " + std::to_string(peer.value()) + " " + why.text);
    }
    void on_marks_changed() override { heard.push_back("marks"); }

    std::map<PeerHandle, peer::ExtendedHandshake> handshakes;
    std::optional<ByteView> info;
    std::vector<std::string> heard;
};

using Lines = std::vector<std::string>;
using Service = shoal_host_extension_v1;

struct ExtensionsBench {
    ExtensionsBench() : finder({.environment = node.environment(), .trackers = trackers, .discovery = discovery}, Hash20{}, {}) {}

    // "one", "two", "deaf": the plug-ins; "private": one that has no place here; all others cannot be made.
    std::vector<Error> make(const std::vector<std::string>& names)
    {
        return extensions.make(names, [this](const std::string& name, host::ExtensionSink& sink)
                                          -> Result<std::unique_ptr<host::Instance>> {
            if (name == "private") return std::unique_ptr<host::Instance>();
            if (name == "one") return one.make(node.environment(), sink);
            if (name == "two") return two.make(node.environment(), sink);
            if (name == "deaf") return deaf.make(node.environment(), sink);
            return make_error(Errc::not_found, "no " + name);
        });
    }
    void meet(std::uint64_t number, peer::ExtendedHandshake theirs = {})
    {
        const PeerHandle handle{number};
        connections.handshakes[handle] = std::move(theirs);
        extensions.on_peer(*connections.find_peer(handle));
    }
    void hear(std::uint64_t number, std::uint8_t id, std::string_view payload)
    {
        extensions.on_message(PeerHandle{number}, id, as_bytes(payload));
    }
    std::map<std::string, std::uint8_t, std::less<>> ids() const
    {
        peer::ExtendedHandshake ours;
        extensions.introduce(ours);
        return ours.extensions;
    }

    ScriptedExtension one{"ut_one", SHOAL_EXTENSION_METADATA};  // the plug-ins outlive the loop
    ScriptedExtension two{"ut_two"};
    ScriptedExtension deaf{"ut_deaf", 0, false};
    lab::World world;
    lab::Node& node = world.add_node();
    FakeTrackers trackers{node.loop()};
    FakeDiscovery discovery{node.loop()};
    Finder finder;
    Connections connections;
    Extensions extensions{node.loop(), finder, connections};
};

}  // namespace

TEST_CASE("each extension takes its message under an id of its own, and who cannot be made or has no place takes none",
          "[torrent]")
{
    ExtensionsBench bench;
    CHECK(bench.extensions.empty());
    const auto failures = bench.make({"bogus", "two", "private", "one"});
    REQUIRE(failures.size() == 1);
    CHECK(failures[0].text == "no bogus");
    CHECK(bench.ids() == std::map<std::string, std::uint8_t, std::less<>>{{"ut_two", 1}, {"ut_one", 2}});
}

TEST_CASE("the size of the metadata is told where it is known and a plug-in serves it", "[torrent]")
{
    const auto told = [](ExtensionsBench& bench) {
        peer::ExtendedHandshake ours;
        bench.extensions.introduce(ours);
        return ours.metadata_size;
    };
    ExtensionsBench bench;
    bench.make({"one"});
    CHECK_FALSE(told(bench));
    bench.connections.info = as_bytes("d4:name1:xe");
    CHECK(told(bench) == 11);
    ExtensionsBench without;
    without.make({"two"});
    without.connections.info = as_bytes("d4:name1:xe");
    CHECK_FALSE(told(without));
}

TEST_CASE("a message goes to the plug-in whose id it bears, and an unknown id to nobody", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one", "two"});
    bench.meet(7);
    bench.hear(7, 2, "hello");
    bench.hear(7, 1, "there");
    for (const int id : {0, 3, 255}) bench.hear(7, static_cast<std::uint8_t>(id), "nobody");
    CHECK(bench.one.told == Lines{"peer 7", "message 7 there"});
    CHECK(bench.two.told == Lines{"peer 7", "message 7 hello"});
}

TEST_CASE("who has not made its extended handshake, or is gone, is not heard, and goes once", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one"});
    bench.hear(7, 1, "early");
    bench.extensions.on_gone(PeerHandle{7});
    CHECK(bench.one.told.empty());
    bench.meet(7);
    bench.meet(7);  // changed its mind
    bench.extensions.on_gone(PeerHandle{7});
    bench.extensions.on_gone(PeerHandle{7});
    bench.hear(7, 1, "late");
    CHECK(bench.one.told == Lines{"peer 7", "peer 7", "gone 7"});
}

TEST_CASE("a peer's view says what that peer takes, for each plug-in its own", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one", "two"});
    bench.meet(7, {.extensions = {{"ut_one", 9}, {"ut_holepunch", 4}}, .metadata_size = 99, .upload_only = true});
    REQUIRE(bench.one.views.size() == 1);
    const auto& view = bench.one.views[0];
    const std::uint32_t both =
        SHOAL_EXTENSION_PEER_OUTGOING | SHOAL_EXTENSION_PEER_UPLOAD_ONLY | SHOAL_EXTENSION_PEER_HOLEPUNCH;
    CHECK(view.flags == (both | SHOAL_EXTENSION_PEER_SPEAKS));
    CHECK(bench.two.views.at(0).flags == both);
    CHECK(view.metadata_size == 99);
    CHECK(from_abi(view.remote).port == 50000);
    CHECK(from_abi(view.listening).port == 0);  // nobody knows where it listens
    const shoal_peer_view* first = nullptr;
    std::uint32_t count = 0;
    std::uint32_t stride = 0;
    CHECK(bench.two.ask(&Service::peers, &first, &count, &stride) == SHOAL_OK);
    REQUIRE(count == 1);
    CHECK(first->flags == both);
}

TEST_CASE("a message is sent under the peer's own id, and to nobody who does not take it", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one", "two"});
    bench.meet(7, {.extensions = {{"ut_one", 9}}});
    const auto hello = to_abi(as_bytes("hello"));
    CHECK(bench.one.ask(&Service::send, 7, hello) == SHOAL_OK);
    CHECK(bench.two.ask(&Service::send, 7, hello) == SHOAL_E_UNSUPPORTED);
    CHECK(bench.one.ask(&Service::send, 8, hello) == SHOAL_E_STALE);
    CHECK(bench.connections.heard == Lines{"send 7 as 9 hello"});
}

TEST_CASE("what a plug-in does to a peer comes after its call, and only to peers and pieces that there are", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one"});
    bench.meet(7);
    CHECK(bench.one.ask(&Service::piece_lost, 7, 3) == SHOAL_OK);
    CHECK(bench.one.ask(&Service::piece_lost, 7, 4) == SHOAL_E_ARGUMENT);
    CHECK(bench.one.ask(&Service::piece_lost, 8, 3) == SHOAL_E_STALE);
    CHECK(bench.one.ask(&Service::disconnect, 7, to_abi("it lied")) == SHOAL_OK);
    CHECK(bench.one.ask(&Service::disconnect, 8, to_abi("it lied")) == SHOAL_E_STALE);
    CHECK(bench.connections.heard.empty());
    bench.world.run_for(1s);
    CHECK(bench.connections.heard == Lines{"lost 7 3", "disconnect 7 it lied"});
}

TEST_CASE("candidates of a plug-in are known under its name, and an urgent one is the next", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one"});
    const auto near = *Endpoint::parse("98.76.54.31:6881");
    const auto urgent = *Endpoint::parse("98.76.54.32:6881");
    const std::array candidates{shoal_candidate{to_abi(near), 0, 0}, shoal_candidate{to_abi(urgent), SHOAL_CANDIDATE_NOW, 0}};
    CHECK(bench.one.ask(&Service::found, candidates.data(), 2) == SHOAL_OK);
    CHECK(bench.finder.candidates().source_of(near)->name == "scripted");
    CHECK(bench.finder.candidates().source_of(urgent)->name == "scripted");
    CHECK(bench.finder.candidates().next(bench.node.loop().now()) == urgent);
}

TEST_CASE("a plug-in that broke too many rules is deaf, and the others hear on", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one", "two"});
    bench.meet(7);
    for (int i = 0; i < 8; ++i) bench.one.err();
    bench.meet(8);
    bench.hear(7, 1, "hello");
    bench.hear(7, 2, "hello");
    bench.extensions.on_gone(PeerHandle{7});
    CHECK(bench.one.told == Lines{"peer 7"});
    CHECK(bench.two.told == Lines{"peer 7", "peer 8", "message 7 hello", "gone 7"});
}

TEST_CASE("the marks of a peer are what all plug-ins say of it, until they say otherwise or it is gone", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one", "two"});
    bench.meet(7);
    const PeerHandle peer{7};
    CHECK(bench.extensions.marks(peer) == 0);
    CHECK(bench.one.ask(&Service::set_marks, 8, SHOAL_MARK_PREFERRED) == SHOAL_E_STALE);
    CHECK(bench.one.ask(&Service::set_marks, 7, SHOAL_MARK_PREFERRED) == SHOAL_OK);
    CHECK(bench.connections.heard.empty());
    bench.world.run_for(1s);
    CHECK(bench.connections.heard == Lines{"marks"});
    CHECK(bench.two.ask(&Service::set_marks, 7, 0x10000) == SHOAL_OK);
    CHECK(bench.extensions.marks(peer) == (SHOAL_MARK_PREFERRED | 0x10000));
    CHECK(bench.one.ask(&Service::set_marks, 7, 0) == SHOAL_OK);
    CHECK(bench.extensions.marks(peer) == 0x10000);
    bench.extensions.on_gone(peer);
    CHECK(bench.extensions.marks(peer) == 0);
}

TEST_CASE("the marks of a plug-in that broke too many rules count no more", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"one"});
    bench.meet(7);
    bench.one.ask(&Service::set_marks, 7, SHOAL_MARK_PREFERRED);
    REQUIRE(bench.extensions.marks(PeerHandle{7}) == SHOAL_MARK_PREFERRED);
    for (int i = 0; i < 8; ++i) bench.one.err();
    CHECK(bench.extensions.marks(PeerHandle{7}) == 0);
}

TEST_CASE("traffic is told to the plug-ins that listen, also of peers that they have not met", "[torrent]")
{
    ExtensionsBench bench;
    bench.make({"deaf", "one"});
    const shoal_peer_traffic traffic{.struct_size = sizeof traffic,
                                     .flags = 0,
                                     .peer = 9,
                                     .remote = to_abi(*Endpoint::parse("10.0.0.2:50000")),
                                     .down = 5,
                                     .up = 6,
                                     .total_down = 7,
                                     .total_up = 8,
                                     .connected_ns = 9};
    bench.extensions.on_traffic(traffic);
    REQUIRE(bench.one.traffic.size() == 1);
    CHECK(bench.one.traffic[0].peer == 9);
    CHECK(bench.one.traffic[0].total_up == 8);
    CHECK(bench.deaf.traffic.empty());
}
