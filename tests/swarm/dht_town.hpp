#pragma once

#include "dht.hpp"

#include "environment/loop.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <shoal/random.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

// Thousands of DHT nodes as engines on the lab's datagram network, the honest ones and those that are not.
namespace shoal::test {

enum class Malice {
    none,
    invents_nodes,   // that are not there
    claims_closest,  // names its kind alone, each at a second port with an id just beside what is looked for
    keeps_nothing,   // gives tokens, and forgets what it is told to store
    invents_peers,
    says_nothing,
};

class Town;

class Resident final : public dht::Wire, public dht::RandomSource {
public:
    Resident(Town& town, lab::Node& machine, Malice malice);

    void send(const Endpoint& to, ByteView datagram) override;
    std::uint64_t next() override { return random_.next(); }
    std::uint64_t below(std::uint64_t bound) override { return random_.below(bound); }

    dht::Node& node() { return *node_; }
    bool is_honest() const { return malice_ == Malice::none; }
    bool is_there() const { return machine_.is_alive(); }
    Endpoint endpoint() const { return machine_.endpoint(port); }
    dht::Time now() const;
    void touch();  // after anything that may make the node due earlier
    void leave();

    static constexpr std::uint16_t port = 6881;
    static constexpr std::uint16_t false_port = 6882;

private:
    void on_datagram(const Endpoint& from, ByteView datagram, bool is_at_false_port);
    std::unique_ptr<environment::DatagramSocket> open(std::uint16_t at);
    void answer_with_malice(const dht::Query& query, const Endpoint& to, bool is_at_false_port);
    void arm();

    Town& town_;
    lab::Node& machine_;
    Malice malice_;
    RandomStream random_;
    std::unique_ptr<dht::Node> node_;
    std::unique_ptr<environment::DatagramSocket> socket_;
    std::unique_ptr<environment::DatagramSocket> false_socket_;
    std::optional<environment::Timer> timer_;
    dht::Time armed_for_ = dht::Time::max();
};

struct Rate {
    std::size_t tried = 0;
    std::size_t succeeded = 0;
    std::size_t asked = 0;  // queries, of all lookups
    double value() const { return static_cast<double>(succeeded) / static_cast<double>(tried); }
};

class Town {
public:
    explicit Town(std::uint64_t seed) : world({.experiment = 5, .replicate = seed}), random(5, seed) {}

    // Each begins at a few that are there already.
    void settle(std::size_t count, const std::function<Malice(std::size_t)>& malice = {});
    void remove(std::size_t count);
    void run_for(lab::Duration duration) { world.run_for(duration); }

    Resident& someone();  // honest, and there

    // Announces torrents number `first` to `first + count`, each by somebody; then looks for each from elsewhere.
    Rate announce(std::size_t first, std::size_t count);
    Rate find(std::size_t first, std::size_t count);
    // The same with mutable items.
    Rate put(std::size_t first, std::size_t count);
    Rate get(std::size_t first, std::size_t count);

    dht::NodeId torrent(std::size_t number) const;

    lab::World world;
    RandomStream random;
    dht::Ed25519 scheme;
    std::vector<std::unique_ptr<Resident>> residents;
    std::vector<Endpoint> accomplices;  // who claims to be closest
    std::vector<std::optional<Endpoint>> announced;
    std::vector<dht::NodeId> items;
};

}  // namespace shoal::test
