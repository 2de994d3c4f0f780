#pragma once

#include "environment/network.hpp"
#include "lab/capacity.hpp"
#include "lab/groups.hpp"
#include "lab/ring.hpp"

#include <map>
#include <optional>

namespace shoal::lab {

class Node;

// A host's byte streams and datagrams.
class VirtualNetwork final : public environment::Network {
public:
    explicit VirtualNetwork(Node& node) : node_(node) {}

    environment::OperationId connect(const Endpoint& to, Duration timeout, Connected done) override;
    void cancel_connect(environment::OperationId operation) override;
    Result<std::unique_ptr<environment::Listener>> listen(const Endpoint& local, Accepted accepted) override;
    Result<std::unique_ptr<environment::DatagramSocket>> open_datagram(
        const Endpoint& local, environment::Network::Received received) override;
    Result<std::unique_ptr<environment::DatagramSocket>> open_group(
        const Endpoint& group, environment::Network::Received received) override;

private:
    Node& node_;
};

// A datagram socket. Bounded queues at the host's uplink and downlink: what finds one full is lost.
class DatagramFlow final : public Outflow, public Inflow {
public:
    DatagramFlow(Node& node, environment::Network::Received received)
        : node_(node), received_(std::move(received))
    {
    }
    ~DatagramFlow();

    Result<Endpoint> bind(const Endpoint& local);
    // Instead of bind(): hears the group alone. Errors: invalid_argument, unsupported.
    Result<void> join(const Endpoint& group);
    // What others see as the sender.
    const Endpoint& local() const { return local_; }

    void send(const Endpoint& to, ByteView octets);
    std::uint32_t offer() override;
    void depart(Time first, Time last) override;

private:
    struct Datagram {
        Endpoint peer;
        Bytes octets;
    };

    // Leaves for one host: for the socket at its port, or for a member of the group.
    void travel(Node& target, Datagram datagram, Time first, Time last,
                const std::optional<Membership>& member);
    // Came to this host.
    void take(Time first, Datagram datagram);
    void pass(const Arrival& arrival) override;

    Node& node_;
    environment::Network::Received received_;
    Endpoint local_;
    std::optional<Membership> membership_;
    Ring<Datagram> outgoing_;
    Ring<Datagram> incoming_;
    std::size_t outgoing_octets_ = 0;
    std::size_t incoming_octets_ = 0;
    bool* is_gone_ = nullptr;  // set while it receives
};

// Names from the world's table; addresses are their own names.
class VirtualResolver final : public environment::Resolver {
public:
    explicit VirtualResolver(Node& node) : node_(node) {}

    environment::OperationId resolve(const std::string& name, Resolved done) override;
    void cancel(environment::OperationId operation) override { pending_.erase(operation.value()); }
    void clear();
    std::size_t pending_count() const { return pending_.size(); }

private:
    Node& node_;
    std::map<std::uint64_t, Resolved> pending_;
    std::uint64_t last_operation_ = 0;
};

}  // namespace shoal::lab
