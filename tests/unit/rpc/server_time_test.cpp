#include "lab/node.hpp"
#include "lab/world.hpp"
#include "rpc/client.hpp"
#include "rpc/server.hpp"
#include "talk.hpp"

// What takes a minute takes none here: the server on a virtual network.

using namespace shoal;
using namespace shoal::rpc;
using namespace shoal::rpc::test;
using namespace std::chrono_literals;

namespace {

// Says what it likes, whenever it likes.
class VirtualClient final : public environment::Stream::Events {
public:
    explicit VirtualClient(std::unique_ptr<environment::Stream> stream) : stream_(std::move(stream))
    {
        stream_->set_events(this);
        stream_->want_read(true);
    }

    void say(std::string_view text)
    {
        const auto octets = as_bytes(text);
        REQUIRE(stream_->write({&octets, 1}, false).bytes == octets.size());
    }

    void on_readable() override
    {
        Bytes part(1 << 16);
        const MutableBytes room(part);
        const auto outcome = stream_->read({&room, 1});
        heard += as_text(ByteView(part).first(outcome.bytes));
        if (outcome.state != environment::IoState::closed) return;
        is_over = true;
        stream_->want_read(false);
    }
    void on_writable() override {}

    std::string heard;
    bool is_over = false;

private:
    std::unique_ptr<environment::Stream> stream_;
};

struct Town : Methods {
    Town()
    {
        auto& home = world.add_node();
        auto& away = world.add_node();
        server.emplace(home.loop(), registry);
        REQUIRE(server->open([&](environment::Network::Accepted accepted) {
            return home.environment().network.listen(home.endpoint(1), std::move(accepted));
        }));
        away.environment().network.connect(home.endpoint(1), 10s, [this](auto stream) {
            REQUIRE(stream);
            client.emplace(std::move(*stream));
        });
        world.run_for(1s);
        REQUIRE(client);
    }

    lab::World world{{.latency = 1ms}};
    std::optional<Server> server;
    std::optional<VirtualClient> client;
};

}  // namespace

TEST_CASE("A4 a message that comes slower than a minute costs its client the connection", "[rpc]")
{
    Town town;
    town.client->say("{\"jsonrpc\"");
    for (int i = 0; i < 58; ++i) {
        town.world.run_for(1s);
        town.client->say(" ");  // alive, but no further
    }
    CHECK(town.server->clients() == 1);
    CHECK(town.client->heard.empty());
    town.world.run_for(3s);
    CHECK(fault(town.client->heard) == "-32009 timed_out");
    CHECK(town.client->is_over);
    CHECK(town.server->clients() == 0);
}

TEST_CASE("each message has its minute, and a client that says nothing has all the time", "[rpc]")
{
    Town town;
    const auto line = request("1", "test.ping") + "\n";
    for (int i = 0; i < 5; ++i) {
        town.client->say(line.substr(0, 10));
        town.world.run_for(50s);
        town.client->say(line.substr(10));
        town.world.run_for(1s);
    }
    CHECK(town.pings == 5);
    // The next one begins in the same breath in which the last one ended.
    town.client->say(line.substr(0, 10));
    for (int i = 0; i < 5; ++i) {
        town.world.run_for(50s);
        town.client->say(line.substr(10) + line.substr(0, 10));
    }
    town.world.run_for(1s);
    CHECK(town.pings == 10);
    town.client->say(line.substr(10));
    town.world.run_for(24h);
    CHECK(town.server->clients() == 1);
    CHECK_FALSE(town.client->is_over);
}

TEST_CASE("a call may take as long as it likes", "[rpc]")
{
    Town town;
    town.client->say(request("1", "test.sleep", R"(["a"])") + "\n");
    town.world.run_for(24h);
    town.wake("a");
    town.world.run_for(1s);
    CHECK(town.client->heard == answer("1", "\"a\""));
}

TEST_CASE("a server waits two seconds for what is under way, and no longer", "[rpc]")
{
    Town town;
    town.client->say(request("1", "test.sleep", R"(["a"])") + "\n");
    town.world.run_for(1s);
    bool is_stopped = false;
    town.server->stop([&] { is_stopped = true; });
    town.world.run_for(1900ms);
    CHECK_FALSE(is_stopped);
    town.world.run_for(200ms);
    CHECK(is_stopped);
    CHECK(town.client->is_over);
}
