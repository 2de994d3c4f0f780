// A small network of nodes on virtual time: any addresses, 20 ms one way, nothing lost but to whom is not there.
#pragma once

#include "node.hpp"
#include "numbers.hpp"

#include <shoal/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace shoal::test {

class Engines {
public:
    struct Datagram {
        Endpoint from;
        Endpoint to;
        Bytes octets;
    };

    /// A node with a proper id; the network goes on without it when it is removed.
    dht::Node& add(const Endpoint& endpoint, const dht::NodeSettings& settings = {});
    void remove(const Endpoint& endpoint) { hosts_.erase(endpoint); }
    dht::Node& at(const Endpoint& endpoint) { return hosts_.at(endpoint)->node; }

    /// Many nodes, each in a network of its own, that begin at the first one. Their endpoints.
    std::vector<Endpoint> add_many(std::size_t count, bool is_v6 = false);

    /// As if `from` had sent it.
    void send(const Endpoint& from, const Endpoint& to, ByteView octets);

    void run_for(std::chrono::nanoseconds duration);
    dht::Time now{std::chrono::hours{1}};

    /// What went to addresses where no node is, the oldest first.
    std::vector<Datagram> stray;
    std::uint64_t delivered = 0;

    Numbers numbers{99};

private:
    struct Host final : dht::Wire {
        Host(Engines& all, const Endpoint& where, const dht::NodeSettings& settings, std::uint64_t number);
        void send(const Endpoint& to, ByteView datagram) override { engines.send(endpoint, to, datagram); }

        Engines& engines;
        Endpoint endpoint;
        Numbers numbers;
        dht::Node node;
    };

    void deliver(Datagram datagram);

    dht::Ed25519 scheme_;
    std::map<Endpoint, std::unique_ptr<Host>> hosts_;
    std::multimap<dht::Time, Datagram> under_way_;
};

} // namespace shoal::test
