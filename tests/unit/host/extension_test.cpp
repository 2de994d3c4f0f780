#include "probe.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace shoal::host::test {

namespace {

// The connections of a torrent, as written down.
struct Peers final : ExtensionSink {
    shoal_status send(PeerHandle peer, ByteView payload) override
    {
        return note("send " + std::to_string(peer.value()) + " " + std::to_string(payload.size()));
    }
    std::span<const shoal_peer_view> peers() override { return views; }
    void on_candidates(std::span<const FoundCandidate> candidates) override
    {
        std::string line = "found";
        for (const auto& one : candidates) line += " " + one.endpoint.to_string() + (one.is_urgent ? " now" : "");
        note(line);
    }
    std::optional<ByteView> metadata() override { return info; }
    shoal_status on_metadata(ByteView given) override { return note("metadata " + std::to_string(given.size())); }
    shoal_status on_piece_lost(PeerHandle peer, std::uint32_t piece) override
    {
        return note("lost " + std::to_string(peer.value()) + " " + std::to_string(piece));
    }
    shoal_status on_disconnect(PeerHandle peer, std::string why) override
    {
        return note("disconnect " + std::to_string(peer.value()) + " " + why);
    }
    std::span<const shoal_endpoint> own_endpoints() override { return ours; }
    shoal_status on_marks(PeerHandle peer, std::uint32_t marks) override
    {
        return note("marks " + std::to_string(peer.value()) + " " + std::to_string(marks));
    }

    shoal_status note(std::string line)
    {
        heard.push_back(std::move(line));
        return answer;
    }

    std::vector<std::string> heard;
    shoal_status answer = SHOAL_OK;
    std::array<shoal_peer_view, 2> views{};
    std::array<shoal_endpoint, 1> ours{};
    std::optional<ByteView> info;
};

struct ExtensionStage : Stage {
    ExtensionStage() : Stage({.kind = "extension"})
    {
        auto with = context();
        with.extension = &peers;
        start(std::move(with));
    }

    // Calls one function of the service as the plug-in.
    template <class... Given>
    shoal_status ask(shoal_status (*shoal_host_extension_v1::*function)(const shoal_host*, Given...),
                     std::type_identity_t<Given>... given)
    {
        return as_plugin([&] { return (probe.extension->*function)(probe.host, given...); });
    }

    Peers peers;
};

using Service = shoal_host_extension_v1;
using Heard = std::vector<std::string>;

shoal_bytes octets(const Bytes& bytes)
{
    return to_abi(ByteView(bytes));
}

shoal_candidate candidate(const std::string& endpoint, std::uint32_t flags = 0)
{
    return {to_abi(*Endpoint::parse(endpoint)), flags, 0};
}

}  // namespace

TEST_CASE("what an extension says of a peer reaches the connections, and their answer comes back", "[host][extension]")
{
    ExtensionStage stage;
    const auto answer = GENERATE(shoal_status{SHOAL_OK}, shoal_status{SHOAL_E_STALE});
    stage.peers.answer = answer;
    const Bytes info(7);
    CHECK(stage.ask(&Service::send, 3, octets(info)) == answer);
    CHECK(stage.ask(&Service::piece_lost, 4, 9) == answer);
    CHECK(stage.ask(&Service::disconnect, 5, text("told \x1b nonsense")) == answer);
    CHECK(stage.ask(&Service::set_metadata, octets(info)) == answer);
    CHECK(stage.peers.heard == Heard{"send 3 7", "lost 4 9", "disconnect 5 told \\x1b nonsense", "metadata 7"});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("an extension sees the peers, the metadata and our addresses as the torrent shows them", "[host][extension]")
{
    ExtensionStage stage;
    stage.peers.views[1].peer = 12;
    stage.peers.ours[0] = to_abi(*Endpoint::parse("9.9.9.9:6881"));
    const shoal_peer_view* first = nullptr;
    std::uint32_t count = 0;
    std::uint32_t stride = 0;
    CHECK(stage.ask(&Service::peers, &first, &count, &stride) == SHOAL_OK);
    CHECK(count == 2);
    REQUIRE(stride == sizeof(shoal_peer_view));
    CHECK(first[1].peer == 12);

    shoal_bytes info{};
    CHECK(stage.ask(&Service::metadata, &info) == SHOAL_E_NOT_FOUND);
    stage.peers.info = as_bytes("d4:name1:xe");
    CHECK(stage.ask(&Service::metadata, &info) == SHOAL_OK);
    CHECK(as_text(from_abi(info)) == "d4:name1:xe");

    const shoal_endpoint* ours = nullptr;
    CHECK(stage.ask(&Service::own_endpoints, &ours, &count) == SHOAL_OK);
    REQUIRE(count == 1);
    CHECK(from_abi(*ours).to_string() == "9.9.9.9:6881");
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("a place for the answer that is missing is a strike", "[host][extension]")
{
    ExtensionStage stage;
    const shoal_peer_view* first = nullptr;
    const shoal_endpoint* ours = nullptr;
    std::uint32_t number = 0;
    CHECK(stage.ask(&Service::peers, nullptr, &number, &number) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::peers, &first, nullptr, &number) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::peers, &first, &number, nullptr) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::metadata, nullptr) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::own_endpoints, nullptr, &number) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::own_endpoints, &ours, nullptr) == SHOAL_E_ARGUMENT);
    CHECK(stage.instance->strikes() == 6);
}

TEST_CASE("a payload has at most 64 KiB, and may have none", "[host][extension]")
{
    ExtensionStage stage;
    CHECK(stage.ask(&Service::send, 1, octets(Bytes(65'536))) == SHOAL_OK);
    CHECK(stage.ask(&Service::send, 1, {nullptr, 0}) == SHOAL_OK);
    CHECK(stage.ask(&Service::send, 1, octets(Bytes(65'537))) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::send, 1, {nullptr, 3}) == SHOAL_E_ARGUMENT);
    CHECK(stage.peers.heard == Heard{"send 1 65536", "send 1 0"});
    CHECK(stage.instance->strikes() == 2);
}

TEST_CASE("metadata has at least one octet and at most 16 MiB", "[host][extension]")
{
    ExtensionStage stage;
    const Bytes large((16u << 20) + 1);
    CHECK(stage.ask(&Service::set_metadata, {octets(large).data, 16u << 20}) == SHOAL_OK);
    CHECK(stage.ask(&Service::set_metadata, octets(large)) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::set_metadata, {nullptr, 0}) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::set_metadata, {nullptr, 9}) == SHOAL_E_ARGUMENT);
    CHECK(stage.peers.heard == Heard{"metadata 16777216"});
    CHECK(stage.instance->strikes() == 3);
}

TEST_CASE("the reason of a disconnection has at most 256 octets", "[host][extension]")
{
    ExtensionStage stage;
    CHECK(stage.ask(&Service::disconnect, 1, text(std::string(256, 'x'))) == SHOAL_OK);
    CHECK(stage.ask(&Service::disconnect, 1, text(std::string(257, 'x'))) == SHOAL_E_ARGUMENT);
    CHECK(stage.ask(&Service::disconnect, 1, {nullptr, 1}) == SHOAL_E_ARGUMENT);
    CHECK(stage.peers.heard.size() == 1);
    CHECK(stage.instance->strikes() == 2);
}

TEST_CASE("candidates are passed on with what is urgent", "[host][extension]")
{
    ExtensionStage stage;
    const std::array all{candidate("10.0.0.2:1"), candidate("[2001:db8::1]:2", SHOAL_CANDIDATE_NOW | SHOAL_CANDIDATE_SEED)};
    CHECK(stage.ask(&Service::found, all.data(), 2) == SHOAL_OK);
    CHECK(stage.peers.heard == Heard{"found 10.0.0.2:1 [2001:db8::1]:2 now"});
    CHECK(stage.instance->strikes() == 0);
}

TEST_CASE("candidates that make no sense are refused as a whole", "[host][extension]")
{
    ExtensionStage stage;
    std::vector<shoal_candidate> all(10'001, candidate("10.0.0.2:1"));
    const auto check_refused = [&](const shoal_candidate* first, std::uint32_t count) {
        CHECK(stage.ask(&Service::found, first, count) == SHOAL_E_ARGUMENT);
        CHECK(stage.peers.heard.empty());
        CHECK(stage.instance->strikes() == 1);
    };
    SECTION("no pointer") { check_refused(nullptr, 1); }
    SECTION("too many") { check_refused(all.data(), 10'001); }
    SECTION("one of no family")
    {
        all[1].endpoint.family = 0;
        check_refused(all.data(), 2);
    }
    SECTION("an unknown flag")
    {
        all[1].flags = 0x80;
        check_refused(all.data(), 2);
    }
    SECTION("a reserved field in use")
    {
        all[1].reserved = 1;
        check_refused(all.data(), 2);
    }
}

TEST_CASE("a peer is marked with what has a meaning, and a reserved mark is a strike", "[host][extension]")
{
    ExtensionStage stage;
    CHECK(stage.ask(&Service::set_marks, 3, SHOAL_MARK_PREFERRED | SHOAL_MARKS_PRIVATE) == SHOAL_OK);
    CHECK(stage.ask(&Service::set_marks, 3, 0) == SHOAL_OK);
    CHECK(stage.instance->strikes() == 0);
    CHECK(stage.ask(&Service::set_marks, 3, 2) == SHOAL_E_ARGUMENT);
    CHECK(stage.peers.heard == Heard{"marks 3 4294901761", "marks 3 0"});
    CHECK(stage.instance->strikes() == 1);
}

TEST_CASE("an extension that stops reaches its peers until `stop` returns, and not in `destroy`", "[host][extension]")
{
    ExtensionStage stage;
    const auto send = [&] { return stage.probe.extension->send(stage.probe.host, 1, {nullptr, 0}); };
    stage.probe.on_stop = [&] { CHECK(send() == SHOAL_OK); };
    stage.probe.on_destroy = [&] {
        const shoal_candidate one = candidate("10.0.0.2:1");
        const shoal_peer_view* first = nullptr;
        std::uint32_t number = 0;
        shoal_bytes info{};
        const auto& probe = stage.probe;
        CHECK(send() == SHOAL_E_STATE);
        CHECK(probe.extension->peers(probe.host, &first, &number, &number) == SHOAL_E_STATE);
        CHECK(probe.extension->found(probe.host, &one, 1) == SHOAL_E_STATE);
        CHECK(probe.extension->metadata(probe.host, &info) == SHOAL_E_STATE);
        CHECK(probe.extension->set_metadata(probe.host, to_abi(as_bytes("x"))) == SHOAL_E_STATE);
        CHECK(probe.extension->piece_lost(probe.host, 1, 1) == SHOAL_E_STATE);
        CHECK(probe.extension->disconnect(probe.host, 1, text("x")) == SHOAL_E_STATE);
        CHECK(probe.extension->set_marks(probe.host, 1, 0) == SHOAL_E_STATE);
    };
    stage.instance->stop();
    stage.instance.reset();
    CHECK(stage.peers.heard == Heard{"send 1 0"});
    CHECK(stage.probe.events_seen == Heard{"create", "stop", "destroy"});
    CHECK_FALSE(stage.lines.contains("strike"));
}

TEST_CASE("an extension whose torrent is gone reaches nobody, even in `stop`", "[host][extension]")
{
    ExtensionStage stage;
    stage.probe.on_stop = [&] {
        CHECK(stage.probe.extension->send(stage.probe.host, 1, {nullptr, 0}) == SHOAL_E_STATE);
    };
    stage.instance.reset();
    CHECK(stage.peers.heard.empty());
}

TEST_CASE("the service of extensions is lent to instances of a torrent with connections", "[host][extension]")
{
    Stage stage({.kind = "extension"});
    stage.start();
    CHECK(stage.probe.extension == nullptr);
}

}  // namespace shoal::host::test
