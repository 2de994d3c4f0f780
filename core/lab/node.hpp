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

// What of a host is under way or open; when it has come to an end, nothing.
struct InUse {
    std::size_t events = 0;  // timers among them, and what is on its way to it
    std::size_t listeners = 0;
    std::size_t datagram_sockets = 0;  // and memberships in groups
    std::size_t connections = 0;       // and attempts at one
    std::size_t names = 0;             // being looked up
    std::size_t requests = 0;          // HTTP, asked and to be answered

    friend bool operator==(const InUse&, const InUse&) = default;
};

// One simulated host with the addresses of its index: 10.x.y.z, fd00::x.y.z or both. Made by World::add_node and owned by it.
class Node {
public:
    Node(World& world, NodeIndex index, const NodeSettings& settings);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    NodeIndex index() const { return index_; }
    // Of IPv4 if it has one.
    Address address() const { return address(!settings_.has_v4); }
    Endpoint endpoint(std::uint16_t port) const { return {address(), port}; }
    bool has_address(bool v6) const { return v6 ? settings_.has_v6 : settings_.has_v4; }
    Address address(bool v6) const;
    Endpoint endpoint(bool v6, std::uint16_t port) const { return {address(v6), port}; }

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
    // Looks at everything in the world: for the end of an experiment.
    InUse in_use() const;

    // For the lab's own parts. On a dead host nothing is scheduled: the task is destroyed.
    EventId schedule(Time at, EventKind kind, std::uint32_t size, environment::Task task);
    World& world() { return world_; }
    // Who is at that address as seen from here. Null: nobody, or no way there.
    Node* target_at(const Address& address);
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
