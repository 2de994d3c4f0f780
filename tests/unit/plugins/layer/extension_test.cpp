#include "fake_host.hpp"

#include <shoal/extension.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace shoal::test {
namespace {

using Lines = std::vector<std::string>;

// A peer's view as a later host may give it: longer than what this layer knows.
struct GrownView {
    shoal_peer_view view;
    std::uint64_t later;
};

// What the host hears and gives; the table's functions have no other place for it.
struct Torrent {
    Lines heard;
    std::array<GrownView, 2> peers{};
    std::array<shoal_endpoint, 1> ours{};
    shoal_status answer = SHOAL_OK;
};
Torrent* torrent = nullptr;

shoal_status note(std::string line)
{
    torrent->heard.push_back(std::move(line));
    return torrent->answer;
}

shoal_status send(const shoal_host*, std::uint64_t peer, shoal_bytes payload)
{
    return note("send " + std::to_string(peer) + " " + std::string(as_text(from_abi(payload))));
}

shoal_status peers(const shoal_host*, const shoal_peer_view** first, std::uint32_t* count, std::uint32_t* stride)
{
    *first = &torrent->peers[0].view;
    *count = 2;
    *stride = sizeof(GrownView);
    return torrent->answer;
}

shoal_status found(const shoal_host*, const shoal_candidate* candidates, std::uint32_t count)
{
    std::string line = "found";
    for (std::uint32_t i = 0; i < count; ++i) {
        line += " " + from_abi(candidates[i].endpoint).to_string() + "/" + std::to_string(candidates[i].flags);
    }
    return note(line);
}

shoal_status metadata(const shoal_host*, shoal_bytes* info)
{
    *info = to_abi(as_bytes("info"));
    return torrent->answer;
}

shoal_status set_metadata(const shoal_host*, shoal_bytes info)
{
    return note("metadata " + std::string(as_text(from_abi(info))));
}

shoal_status piece_lost(const shoal_host*, std::uint64_t peer, std::uint32_t piece)
{
    return note("lost " + std::to_string(peer) + " " + std::to_string(piece));
}

shoal_status disconnect(const shoal_host*, std::uint64_t peer, shoal_text why)
{
    return note("disconnect " + std::to_string(peer) + " " + std::string(from_abi(why)));
}

shoal_status own_endpoints(const shoal_host*, const shoal_endpoint** first, std::uint32_t* count)
{
    *first = torrent->ours.data();
    *count = 1;
    return torrent->answer;
}

shoal_status set_marks(const shoal_host*, std::uint64_t peer, std::uint32_t marks)
{
    return note("marks " + std::to_string(peer) + " " + std::to_string(marks));
}

shoal_host_extension_v1 extension_service{sizeof(shoal_host_extension_v1), 0, send, peers, found, metadata, set_metadata, piece_lost,
                                disconnect, own_endpoints, set_marks};

// Writes down what it is told.
struct ExtensionRecorder : Extension {
    static constexpr std::string_view message = "ut_recorder";
    static constexpr std::uint32_t flags = SHOAL_EXTENSION_PUBLIC_ONLY;

    explicit ExtensionRecorder(Host& host) : peers(host) { made = this; }
    void on_peer(const PeerView& peer) override { told.push_back("peer " + std::to_string(peer.peer.value())); }
    void on_message(PeerHandle peer, ByteView payload) override
    {
        if (payload.empty()) throw std::runtime_error("nothing said");
        told.push_back("message " + std::to_string(peer.value()) + " " + std::string(as_text(payload)));
    }
    void on_peer_gone(PeerHandle peer) override { told.push_back("gone " + std::to_string(peer.value())); }

    static inline ExtensionRecorder* made = nullptr;
    ExtensionPeers peers;
    Lines told;
};

struct Other : ExtensionRecorder {
    static constexpr std::string_view message = "ut_other";
    static constexpr std::uint32_t flags = SHOAL_EXTENSION_METADATA;
    using ExtensionRecorder::ExtensionRecorder;
};

struct Meter : ExtensionRecorder {
    using ExtensionRecorder::ExtensionRecorder;
    void on_traffic(const PeerTraffic& traffic) override { last = traffic; }

    PeerTraffic last;
};

const shoal_extension_v1& table_of(const shoal_factory& factory)
{
    return *static_cast<const shoal_extension_v1*>(factory.table);
}

struct ExtensionBench {
    ExtensionBench()
    {
        torrent = &all;
        fake.lent_too[SHOAL_SERVICE_EXTENSION] = &extension_service;
        REQUIRE(factory.create(fake.raw(), &self) == SHOAL_OK);
    }
    ~ExtensionBench() { factory.destroy(self); }
    const ExtensionPeers& peers() const { return ExtensionRecorder::made->peers; }

    Torrent all;
    FakeHost fake;
    shoal_factory factory = extension<ExtensionRecorder>("recorder");
    void* self = nullptr;
};

} // namespace

TEST_CASE("each extension has a table with the message and the flags of its class", "[layer]")
{
    const auto& one = table_of(extension<ExtensionRecorder>("one"));
    const auto& other = table_of(extension<Other>("other"));
    CHECK(from_abi(one.message) == "ut_recorder");
    CHECK(one.flags == SHOAL_EXTENSION_PUBLIC_ONLY);
    CHECK(from_abi(other.message) == "ut_other");
    CHECK(other.flags == SHOAL_EXTENSION_METADATA);
}

TEST_CASE("what peers do reaches an extension in C++ types, and what it throws goes no further", "[layer]")
{
    ExtensionBench bench;
    const auto& table = table_of(bench.factory);
    shoal_peer_view view{};
    view.peer = 5;
    table.on_peer(bench.self, &view);
    table.on_message(bench.self, 5, to_abi(as_bytes("hello")));
    table.on_message(bench.self, 5, {});
    table.on_peer_gone(bench.self, 5);
    CHECK(ExtensionRecorder::made->told == Lines{"peer 5", "message 5 hello", "gone 5"});
    CHECK(bench.fake.error == SHOAL_E_EXCEPTION);
    CHECK_THAT(bench.fake.error_text, Catch::Contains("nothing said"));
}

TEST_CASE("traffic reaches an extension that overrides the function, and no other", "[layer]")
{
    CHECK(table_of(extension<ExtensionRecorder>("recorder")).on_traffic == nullptr);
    FakeHost fake;
    fake.lent_too[SHOAL_SERVICE_EXTENSION] = &extension_service;
    const auto factory = extension<Meter>("meter");
    void* self = nullptr;
    REQUIRE(factory.create(fake.raw(), &self) == SHOAL_OK);
    REQUIRE(table_of(factory).on_traffic != nullptr);
    const shoal_peer_traffic raw{.struct_size = sizeof raw,
                                 .flags = SHOAL_TRAFFIC_LAST,
                                 .peer = 5,
                                 .remote = to_abi(*Endpoint::parse("10.0.0.2:50000")),
                                 .down = 1,
                                 .up = 2,
                                 .total_down = 3,
                                 .total_up = 4,
                                 .connected_ns = 6};
    table_of(factory).on_traffic(self, &raw);
    const auto& last = static_cast<Meter*>(ExtensionRecorder::made)->last;
    CHECK(last.peer == PeerHandle{5});
    CHECK(last.remote.to_string() == "10.0.0.2:50000");
    CHECK((last.down == 1 && last.up == 2 && last.total_down == 3 && last.total_up == 4));
    CHECK(last.connected == std::chrono::nanoseconds(6));
    CHECK(last.is_last);
    factory.destroy(self);
}

TEST_CASE("a peer's view says in words what its flags say", "[layer]")
{
    shoal_peer_view raw{};
    raw.peer = 5;
    raw.remote = to_abi(*Endpoint::parse("10.0.0.2:50000"));
    raw.listening = to_abi(*Endpoint::parse("10.0.0.2:0"));
    raw.metadata_size = 99;
    const auto plain = from_abi(raw);
    CHECK(plain.remote.to_string() == "10.0.0.2:50000");
    CHECK_FALSE(plain.listening);
    CHECK(plain.metadata_size == 99);
    CHECK_FALSE((plain.is_outgoing || plain.is_seed || plain.is_upload_only || plain.speaks || plain.takes_holepunch));
    const auto has = [&](std::uint32_t flag, bool PeerView::*member) {
        raw.flags = flag;
        const auto view = from_abi(raw);
        const int set = view.is_outgoing + view.is_seed + view.is_upload_only + view.speaks + view.takes_holepunch;
        return view.*member && set == 1;
    };
    CHECK(has(SHOAL_EXTENSION_PEER_OUTGOING, &PeerView::is_outgoing));
    CHECK(has(SHOAL_EXTENSION_PEER_SEED, &PeerView::is_seed));
    CHECK(has(SHOAL_EXTENSION_PEER_UPLOAD_ONLY, &PeerView::is_upload_only));
    CHECK(has(SHOAL_EXTENSION_PEER_SPEAKS, &PeerView::speaks));
    CHECK(has(SHOAL_EXTENSION_PEER_HOLEPUNCH, &PeerView::takes_holepunch));
    raw.listening.port = 6881;
    CHECK(from_abi(raw).listening == *Endpoint::parse("10.0.0.2:6881"));
}

TEST_CASE("an extension sees all peers, also when their views have grown, the metadata and our addresses", "[layer]")
{
    ExtensionBench bench;
    bench.all.peers[0].view.peer = 3;
    bench.all.peers[1].view.peer = 4;
    bench.all.ours[0] = to_abi(*Endpoint::parse("9.9.9.9:6881"));
    const auto all = bench.peers().all();
    REQUIRE(all.size() == 2);
    CHECK(all[0].peer == PeerHandle{3});
    CHECK(all[1].peer == PeerHandle{4});
    REQUIRE(bench.peers().metadata());
    CHECK(as_text(*bench.peers().metadata()) == "info");
    CHECK(bench.peers().own_endpoints() == std::vector{*Endpoint::parse("9.9.9.9:6881")});

    bench.all.answer = SHOAL_E_STATE;
    CHECK(bench.peers().all().empty());
    CHECK_FALSE(bench.peers().metadata());
    CHECK(bench.peers().own_endpoints().empty());
}

TEST_CASE("where the host does not know our addresses there are none", "[layer]")
{
    ExtensionBench bench;
    extension_service.own_endpoints = nullptr;
    const auto ours = bench.peers().own_endpoints();
    extension_service.own_endpoints = own_endpoints;
    CHECK(ours.empty());
}

TEST_CASE("what an extension does reaches the host, and the host's refusal the extension", "[layer]")
{
    ExtensionBench bench;
    const auto& peers = bench.peers();
    CHECK(peers.send(PeerHandle{3}, as_bytes("hi")));
    CHECK(peers.piece_lost(PeerHandle{3}, 8));
    CHECK(peers.set_metadata(as_bytes("d4:name1:xe")));
    peers.disconnect(PeerHandle{3}, "it lied");
    CHECK(peers.set_marks(PeerHandle{3}, SHOAL_MARK_PREFERRED));
    const std::vector<Candidate> candidates{{.endpoint = *Endpoint::parse("10.0.0.2:1")},
                                            {.endpoint = *Endpoint::parse("10.0.0.3:1"), .is_seed = true},
                                            {.endpoint = *Endpoint::parse("10.0.0.4:1"), .is_urgent = true}};
    peers.found(candidates);
    CHECK(bench.all.heard
          == Lines{"send 3 hi", "lost 3 8", "metadata d4:name1:xe", "disconnect 3 it lied", "marks 3 1",
                   "found 10.0.0.2:1/0 10.0.0.3:1/" + std::to_string(SHOAL_CANDIDATE_SEED) + " 10.0.0.4:1/"
                       + std::to_string(SHOAL_CANDIDATE_NOW)});
    bench.all.answer = SHOAL_E_CORRUPT;
    CHECK(peers.set_metadata(as_bytes("x")).error().code == Errc::bad_input);
    bench.all.answer = SHOAL_E_LIMIT;
    CHECK(peers.send(PeerHandle{3}, as_bytes("hi")).error().code == Errc::limit_exceeded);
    bench.all.answer = SHOAL_E_ARGUMENT;
    CHECK(peers.piece_lost(PeerHandle{3}, 8).error().code == Errc::invalid_argument);
}

} // namespace shoal::test
