#include "actors.hpp"

#include <iostream>
#include <list>

using namespace shoal;
using namespace shoal::lab_test;
using namespace std::chrono_literals;

namespace {

// A peer that talks at random: haves, requests, blocks, streams, datagrams, timers, a web server, names.
class Talker {
public:
    Talker(World& world, Node& node, std::vector<std::unique_ptr<Talker>>& all)
        : world_(world), node_(node), all_(all), random_(node.environment().random.fork(1)),
          timer_(node.loop())
    {
        listener_ = std::move(
            *node.transport().listen(node.endpoint(1), [this](auto link) { keep(std::move(link)); }));
        auto& network = node.environment().network;
        socket_ =
            std::move(*network.open_datagram(node.endpoint(2), [this](const Endpoint&, ByteView octets) {
                if (octets.size() > 8) socket_->send(node_.endpoint(2), octets.first(4));
            }));
        streams_ = std::move(*network.listen(node.endpoint(3), [this](auto stream) {
            users_.push_back(std::make_unique<StreamUser>(world_));
            users_.back()->take(std::move(stream));
        }));
        timer_.start(Duration{static_cast<Duration::rep>(random_.below(5'000'000))}, [this] { tick(); });
    }

private:
    void keep(std::unique_ptr<peer::Link> link)
    {
        links_.push_back(std::make_unique<LinkUser>(world_));
        auto& user = *links_.back();
        user.take(std::move(link));
        user.on_any_message = [this, &user] {
            if (user.link && random_.chance(1, 4)) {
                user.link->send(synthetic_block(static_cast<std::uint32_t>(random_.below(9))));
            }
        };
    }

    void tick()
    {
        auto& other = all_[random_.below(all_.size())]->node_;
        auto& network = node_.environment().network;
        switch (random_.below(4)) {
        case 0:
            node_.transport().connect(other.endpoint(1), 1s, [this](auto made) {
                if (made) keep(std::move(*made));
            });
            break;
        case 1: socket_->send(other.endpoint(2), pattern(20)); break;
        case 2:
            network.connect(other.endpoint(3), 1s, [this](auto made) {
                if (!made) return;
                users_.push_back(std::make_unique<StreamUser>(world_));
                users_.back()->send(pattern(random_.below(100'000)));
                users_.back()->take(std::move(*made));
            });
            break;
        default: break;
        }
        for (auto& user : links_) {
            if (user->link == nullptr) continue;
            user->link->send(peer::Message{peer::Have{static_cast<std::uint32_t>(random_.below(100))}});
            if (random_.chance(1, 50)) user->link.reset();
        }
        timer_.start(Duration{static_cast<Duration::rep>(random_.below(20'000'000))}, [this] { tick(); });
    }

    World& world_;
    Node& node_;
    std::vector<std::unique_ptr<Talker>>& all_;
    RandomStream random_;
    environment::Timer timer_;
    std::unique_ptr<environment::Listener> listener_;
    std::unique_ptr<environment::Listener> streams_;
    std::unique_ptr<environment::DatagramSocket> socket_;
    std::list<std::unique_ptr<LinkUser>> links_;
    std::list<std::unique_ptr<StreamUser>> users_;
};

struct Outcome {
    std::uint64_t fingerprint;
    std::uint64_t events;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome run(std::uint64_t experiment, std::uint64_t replicate, bool with_garbage = false)
{
    std::vector<std::unique_ptr<Bytes>> garbage;
    auto litter = [&, odd = RandomStream(99, 1)]() mutable {
        if (with_garbage) garbage.push_back(std::make_unique<Bytes>(odd.below(5000)));
    };
    World world({.experiment = experiment, .replicate = replicate, .latency = 3ms});
    std::vector<std::unique_ptr<Talker>> talkers;
    for (std::uint32_t i = 0; i < 12; ++i) {
        litter();
        auto& node = world.add_node({.up = i % 3 == 0 ? 0U : 300'000U + i,
                                     .down = i % 2 == 0 ? 0U : 1'000'000U + i,
                                     .segment = 1460,
                                     .receive_window = 60'000});
        talkers.push_back(std::make_unique<Talker>(world, node, talkers));
        if (i > 0) world.set_loss(node.index(), lab::NodeIndex{1}, 100'000);
    }
    world.at(Time{300ms}, [&] { world.partition(lab::NodeIndex{1}, lab::NodeIndex{2}); });
    world.at(Time{400ms}, [&] { world.node(lab::NodeIndex{5}).crash(); });
    world.at(Time{500ms}, [&] { world.heal(lab::NodeIndex{1}, lab::NodeIndex{2}); });
    world.at(Time{550ms}, [&] { world.reset_connections(lab::NodeIndex{3}, lab::NodeIndex{4}); });
    while (world.now() < Time{800ms}) {
        litter();
        world.run_for(5ms);
    }
    return {world.fingerprint(), world.events_run()};
}

}  // namespace

TEST_CASE("the same seed gives the same run, wherever memory lies", "[lab]")
{
    const auto first = run(1, 0);
    CHECK(first.events > 10'000);
    // From every compiler, wherever the loader put the program. Whoever changes the model changes it, and
    // takes the new value from a run of each compiler.
    CHECK(first.fingerprint == 0x5f5e9dacd6b9d06b);
    CHECK(run(1, 0) == first);
    CHECK(run(1, 0, true) == first);
    std::cout << "lab fingerprint of the talkers: " << std::hex << first.fingerprint << std::dec << " after "
              << first.events << " events\n";
}

TEST_CASE("another experiment or replicate gives another run", "[lab]")
{
    const auto first = run(1, 0);
    CHECK(run(2, 0).fingerprint != first.fingerprint);
    CHECK(run(1, 1).fingerprint != first.fingerprint);
}
