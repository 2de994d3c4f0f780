#include "lab/node.hpp"
#include "lab/world.hpp"
#include "session/anteroom.hpp"

#include <catch2/catch.hpp>

#include <memory>

using namespace shoal;
using namespace std::chrono_literals;
using session::Anteroom;

namespace {

// Counts those that are open, and knows whether it is listened to.
class CallersLink final : public peer::Link {
public:
    CallersLink(const Endpoint& from, int& open, bool& is_heard) : from_(from), open_(open), is_heard_(is_heard) { ++open_; }
    ~CallersLink() override { --open_; }

    void set_events(peer::LinkEvents* events) override { is_heard_ = events != nullptr; }
    void send(const peer::Handshake&) override {}
    void send(const peer::Message&) override {}
    void send(peer::OutgoingBlock) override {}
    bool withdraw(const peer::BlockHead&) override { return false; }
    std::size_t queued_block_octets() const override { return 0; }
    std::size_t queued_control_octets() const override { return 0; }
    void divert_block() override {}
    void pause_reading() override {}
    void resume_reading() override {}
    bool sends_files() const override { return false; }
    Endpoint local() const override { return {}; }
    Endpoint remote() const override { return from_; }

private:
    Endpoint from_;
    int& open_;
    bool& is_heard_;
};

struct AnteroomBench {
    void receive(const Hash20& torrent, const std::string& from)
    {
        torrent::Introduction introduction{std::make_unique<CallersLink>(*Endpoint::parse(from), open, is_heard),
                                           {},
                                           torrent::PeerSource::incoming,
                                           std::nullopt};
        room.receive(torrent, Anteroom::Caller(std::move(introduction)));
    }
    bool has_room_for(const std::string& from) const { return room.has_room_for(Endpoint::parse(from)->address); }

    lab::World world;
    Anteroom room{world.add_node().loop(), {.most = 4, .most_per_address = 2, .patience = 10s}};
    int open = 0;
    bool is_heard = true;
};

Hash20 torrent_number(unsigned char number)
{
    Hash20 hash{};
    hash.bytes[0] = std::byte{number};
    return hash;
}

}  // namespace

TEST_CASE("who waits for a torrent is found when it is there, and what he says meanwhile is not read", "[session]")
{
    AnteroomBench bench;
    bench.receive(torrent_number(1), "1.2.3.4:5");
    bench.receive(torrent_number(2), "1.2.3.4:6");
    bench.receive(torrent_number(1), "1.2.3.5:5");
    CHECK_FALSE(bench.is_heard);
    CHECK(bench.room.take(torrent_number(1)).size() == 2);
    CHECK(bench.room.take(torrent_number(1)).empty());
    CHECK(bench.open == 1);
}

TEST_CASE("who waited too long is let fall, and the others wait on", "[session]")
{
    AnteroomBench bench;
    bench.receive(torrent_number(1), "1.2.3.4:5");
    bench.world.run_for(5s);
    bench.receive(torrent_number(1), "1.2.3.4:6");
    bench.world.run_for(6s);
    CHECK(bench.open == 1);
    bench.world.run_for(5s);
    CHECK(bench.open == 0);
    CHECK(bench.room.is_empty());
}

TEST_CASE("there is room for so many, and for fewer of one address but our own", "[session]")
{
    AnteroomBench bench;
    bench.receive(torrent_number(1), "1.2.3.4:5");
    bench.receive(torrent_number(2), "1.2.3.4:6");
    CHECK_FALSE(bench.has_room_for("1.2.3.4:7"));
    CHECK(bench.has_room_for("1.2.3.5:7"));
    bench.receive(torrent_number(1), "127.0.0.1:1");
    bench.room.receive(torrent_number(1), Anteroom::Spotted{*Endpoint::parse("127.0.0.1:2"), "lsd"});
    CHECK_FALSE(bench.has_room_for("127.0.0.1:3"));
    CHECK(bench.room.take(torrent_number(1)).size() == 3);
    CHECK(bench.has_room_for("127.0.0.1:3"));
}
