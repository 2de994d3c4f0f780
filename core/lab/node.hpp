#pragma once

#include "environment/environment.hpp"
#include "lab/scheduler.hpp"
#include "lab/settings.hpp"
#include "peer/link.hpp"

#include <memory>

namespace shoal::lab {

class Ports;
class Uplink;
class Downlink;
class VirtualHttpClient;
class VirtualHttpServer;
class World;

// One simulated host with the address 10.x.y.z of its index. Made by World::add_node and owned by it.
class Node {
public:
    Node(World& world, NodeIndex index, const NodeSettings& settings);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    NodeIndex index() const { return index_; }
    Address address() const;
    Endpoint endpoint(std::uint16_t port) const { return {address(), port}; }

    // Lives as long as the world. Its random numbers are this host's alone.
    environment::Environment& environment();
    environment::Loop& loop();
    // Whole messages with modelled time. Shares the ports and the capacity with the byte streams of
    // environment().
    peer::Transport& transport();

    // The process dies: nothing of it runs any more, its timers, listeners and pending operations are gone
    // without a call, and the other ends of its connections see a reset. What was made with it may still be
    // destroyed safely.
    void crash();
    bool is_alive() const { return is_alive_; }
    // An empty process again, on the same address. What the crash left over must be destroyed by then.
    void restart();

    // From the next parcel on.
    void set_rates(std::uint64_t up, std::uint64_t down);
    Faults& faults() { return faults_; }
    const NodeSettings& settings() const { return settings_; }

    // Octets that left through the uplink and came in through the downlink, as on the wire.
    std::uint64_t octets_sent() const;
    std::uint64_t octets_received() const;

    // For the lab's own parts. On a dead host nothing is scheduled: the task is destroyed.
    EventId schedule(Time at, EventKind kind, std::uint32_t size, environment::Task task);
    World& world() { return world_; }
    Ports& ports() { return *ports_; }
    Uplink& uplink() { return *uplink_; }
    Downlink& downlink() { return *downlink_; }
    VirtualHttpClient& http_client();
    VirtualHttpServer& http_server();
    RandomStream& loss_random() { return loss_random_; }

private:
    struct Parts;

    World& world_;
    NodeIndex index_;
    NodeSettings settings_;
    Faults faults_;
    bool is_alive_ = true;
    RandomStream loss_random_;
    std::unique_ptr<Uplink> uplink_;
    std::unique_ptr<Downlink> downlink_;
    std::unique_ptr<Ports> ports_;
    std::unique_ptr<Parts> parts_;  // what the environment refers to
};

}  // namespace shoal::lab
