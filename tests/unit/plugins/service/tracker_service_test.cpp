#include "tracker_service.hpp"

#include "server_host.hpp"

#include <shoal/crossing.hpp>
#include <shoal/udp_tracker.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>

namespace shoal::embedded_tracker {
namespace {

using std::chrono::seconds;
using test::ServerHost;

/// The plug-in as a host drives it: through its factory and its table, nothing else.
class Driven {
public:
    ~Driven() { end(); }

    void end()
    {
        if (self_ == nullptr) return;
        factory.stop(self_);
        factory.destroy(std::exchange(self_, nullptr));
    }

    shoal_status start()
    {
        if (self_ == nullptr) REQUIRE(factory.create(host.table(), &self_) == SHOAL_OK);
        return table().start(self_);
    }

    std::string summary() { return std::string(from_abi(table().summary(self_))); }

    const ServerHost::Answered& announce(char client, const std::string& more = {})
    {
        return host.ask("/announce?info_hash=tttttttttttttttttttt&peer_id=" + std::string(20, client)
                            + "&port=" + std::to_string(1000 + client) + "&left=5&compact=1" + more,
                        {*Address::parse("10.0.0.1"), 40'000});
    }

    ServerHost host;

private:
    static constexpr shoal_factory factory = service<TrackerService>("tracker");
    static const shoal_service_v1& table() { return *static_cast<const shoal_service_v1*>(factory.table); }

    void* self_ = nullptr;
};

} // namespace

TEST_CASE("the summary is the announce URLs, with the port that was bound", "[service]")
{
    Driven driven;
    REQUIRE(driven.start() == SHOAL_OK);
    CHECK(driven.summary() == "http://127.0.0.1:6969/announce udp://127.0.0.1:6969/announce");
    CHECK(driven.start() == SHOAL_E_ARGUMENT);
    Driven six;
    six.host.settings["listen"] = "[::1]:80";
    REQUIRE(six.start() == SHOAL_OK);
    CHECK(six.summary() == "http://[::1]:80/announce udp://[::1]:80/announce");
}

TEST_CASE("questions of the HTTP server are answered", "[service]")
{
    Driven driven;
    REQUIRE(driven.start() == SHOAL_OK);
    const auto& first = driven.announce('A');
    CHECK(first.status == 200);
    CHECK(first.content_type == "text/plain");
    CHECK(first.body.find("8:intervali1800e") != std::string::npos);
    CHECK(first.body.find("5:peers0:") != std::string::npos);
    CHECK(driven.announce('B').body.find("5:peers6:") != std::string::npos);
    CHECK(driven.host.ask("/nothing", {*Address::parse("10.0.0.1"), 1}).status == 404);
}

TEST_CASE("settings that make no sense are told by their names, and nothing listens", "[service]")
{
    const auto refusal = [](const std::string& name, std::variant<std::int64_t, std::string> value) {
        Driven driven;
        driven.host.settings[name] = std::move(value);
        CHECK(driven.start() == SHOAL_E_ARGUMENT);
        CHECK_FALSE(driven.host.is_listening);
        CHECK(driven.summary().empty());
        return driven.host.last_error;
    };
    CHECK(refusal("listen", "localhost:80").starts_with("setting 'listen': not an address and a port"));
    CHECK(refusal("allowed", "xyz") == "setting 'allowed': 'xyz' is no info-hash of 40 hexadecimal digits");
    CHECK(refusal("open", 0) == "setting 'allowed': is empty, and 'open' is off: nothing to serve");
}

TEST_CASE("a port that is taken is an error, not a crash", "[service]")
{
    Driven driven;
    driven.host.listen_status = SHOAL_E_REFUSED;
    CHECK(driven.start() == SHOAL_E_REFUSED);
    CHECK(driven.host.last_error.find("listening on 127.0.0.1:0") != std::string::npos);
    CHECK(driven.host.last_error.ends_with("is the port taken, or the address none of this machine's?"));
    driven.host.listen_status = SHOAL_OK;
    CHECK(driven.start() == SHOAL_OK);
}

TEST_CASE("the timer forgets silent peers although nobody asks", "[service]")
{
    Driven driven;
    driven.host.settings["interval"] = 10;
    REQUIRE(driven.start() == SHOAL_OK);
    CHECK(driven.host.armed_timers() == 0);
    driven.announce('A');
    driven.host.advance(seconds{15});
    driven.announce('B');
    CHECK(driven.host.armed_timers() == 1);
    driven.host.advance(seconds{5});
    CHECK(driven.host.armed_timers() == 1); // B may fall silent, too
    driven.host.advance(seconds{15});
    CHECK(driven.host.armed_timers() == 0);
    driven.announce('C');
    CHECK(driven.host.armed_timers() == 1);
}

TEST_CASE("datagrams are answered at the port of the HTTP server, from the same swarms", "[service]")
{
    Driven driven;
    REQUIRE(driven.start() == SHOAL_OK);
    REQUIRE(driven.host.open_sockets() == 1);
    CHECK(driven.host.sockets[0].local.to_string() == "127.0.0.1:6969");
    driven.announce('A');
    const Endpoint client{*Address::parse("10.0.0.2"), 777};
    driven.host.receive(client, bep15::encode(bep15::ConnectRequest{5}));
    REQUIRE(driven.host.sent.size() == 1);
    CHECK(driven.host.sent[0].to == client);
    const auto connected = std::get<bep15::ConnectReply>(*bep15::decode_reply(driven.host.sent[0].octets, false));
    CHECK(connected.transaction == 5);
    bep15::AnnounceRequest request{.connection = connected.connection, .left = 1, .num_want = 50, .port = 2000};
    request.info_hash.bytes.fill(std::byte{'t'});
    driven.host.receive(client, bep15::encode(request));
    REQUIRE(driven.host.sent.size() == 2);
    const auto announced = std::get<bep15::AnnounceReply>(*bep15::decode_reply(driven.host.sent[1].octets, false));
    REQUIRE(announced.peers.size() == 1);
    CHECK(announced.peers[0].to_string() == "10.0.0.1:1065");
    CHECK(driven.announce('B').body.find("5:peers12:") != std::string::npos);
}

TEST_CASE("a peer that announced by datagram is forgotten by the timer, too", "[service]")
{
    Driven driven;
    driven.host.settings["interval"] = 10;
    REQUIRE(driven.start() == SHOAL_OK);
    const Endpoint client{*Address::parse("10.0.0.2"), 777};
    driven.host.receive(client, bep15::encode(bep15::ConnectRequest{5}));
    CHECK(driven.host.armed_timers() == 0);
    const auto id = std::get<bep15::ConnectReply>(*bep15::decode_reply(driven.host.sent[0].octets, false)).connection;
    driven.host.receive(client, bep15::encode(bep15::AnnounceRequest{.connection = id, .port = 2000}));
    CHECK(driven.host.armed_timers() == 1);
    driven.host.advance(seconds{20});
    CHECK(driven.host.armed_timers() == 0);
}

TEST_CASE("without 'udp' there is no socket and no URL for it", "[service]")
{
    Driven driven;
    driven.host.settings["udp"] = 0;
    REQUIRE(driven.start() == SHOAL_OK);
    CHECK(driven.host.sockets.empty());
    CHECK(driven.summary() == "http://127.0.0.1:6969/announce");
}

TEST_CASE("a port that is free for TCP only is an error, or another one is taken when any will do", "[service]")
{
    Driven driven;
    driven.host.settings["listen"] = "127.0.0.1:6969";
    driven.host.refuses_sockets4 = true;
    CHECK(driven.start() == SHOAL_E_NETWORK);
    CHECK(driven.host.last_error.find("UDP socket on 127.0.0.1:6969") != std::string::npos);
    CHECK_FALSE(driven.host.is_listening);
    CHECK(driven.host.listened == 1);
    Driven any;
    any.host.refuses_sockets4 = true;
    CHECK(any.start() == SHOAL_E_NETWORK);
    CHECK(any.host.listened == 10);
}

TEST_CASE("stopping closes the listener and the socket, and leaves no timer", "[service]")
{
    Driven driven;
    REQUIRE(driven.start() == SHOAL_OK);
    driven.announce('A');
    driven.end();
    CHECK_FALSE(driven.host.is_listening);
    CHECK(driven.host.open_sockets() == 0);
    CHECK(driven.host.armed_timers() == 0);
}

} // namespace shoal::embedded_tracker
