#pragma once

#include "environment/network.hpp"
#include "lab/connection.hpp"
#include "lab/scheduler.hpp"

#include <map>
#include <optional>

namespace shoal::lab {

class DatagramFlow;

class Ports;

// IPv4 and IPv6 have the same numbers for different ports.
struct PortKey {
    explicit PortKey(const Endpoint& local) : v6(local.address.v6), number(local.port) {}
    bool v6;
    std::uint16_t number;

    friend auto operator<=>(const PortKey&, const PortKey&) = default;
};

// A TCP port of a host, taken while it lives.
class PortLease {
public:
    PortLease(Ports& ports, const Endpoint& local, std::uint64_t generation)
        : ports_(ports), local_(local), generation_(generation)
    {
    }
    ~PortLease();
    PortLease(const PortLease&) = delete;
    PortLease& operator=(const PortLease&) = delete;

    const Endpoint& local() const { return local_; }

private:
    Ports& ports_;
    Endpoint local_;
    std::uint64_t generation_;
};

// A host's ports: who listens, and which connections are being made. Byte streams, message links and HTTP
// share them, as they would share TCP's.
class Ports {
public:
    // The connection is open on the acceptor's side once the function held it.
    using Accept = UniqueFunction<void(Connection&)>;
    using Connected = UniqueFunction<void(Result<Connection*>)>;

    explicit Ports(Node& node) : node_(node) {}

    // Port 0 means any. Errors: invalid_argument (not this host's address, or taken; or the host is dead).
    Result<std::unique_ptr<PortLease>> listen(const Endpoint& local, Carriage carriage, Accept accept);
    // Keeps the port from others; whoever knocks is refused.
    Result<std::unique_ptr<PortLease>> reserve(const Endpoint& local);

    environment::OperationId connect(const Endpoint& to, Duration timeout, Carriage carriage, Connected done);
    void cancel(environment::OperationId operation);

    Result<Endpoint> bind_datagram(const Endpoint& local, DatagramFlow& flow);
    void unbind_datagram(const PortKey& port, const DatagramFlow& flow);
    DatagramFlow* datagram_flow(const PortKey& port) const;

    std::size_t listener_count() const { return listening_.size(); }
    std::size_t datagram_count() const { return datagram_flows_.size(); }
    std::size_t connecting_count() const { return connecting_.size(); }

    // Forgets everything without a call.
    void clear();

private:
    friend class PortLease;
    struct Listening {
        std::optional<Carriage> carriage;  // none: reserved
        Accept accept;
        std::uint64_t generation = 0;  // a lease may outlive a crash, and must not end its successor's
    };
    struct Connecting {
        Connected done;
        ConnectionId connection;  // 0: there is no such host, and so no answer
        EventId deadline;
    };

    Result<std::unique_ptr<PortLease>> take(const Endpoint& local, Listening listening);
    template <class Table>
    Result<Endpoint> free_endpoint(const Table& taken, const Endpoint& local);
    std::uint16_t next_port();
    // Asks the other host. Its answer is made there, and travels back.
    void knock(environment::OperationId operation, Connection& connection);
    void bring_answer(environment::OperationId operation, Connection& connection);
    bool has_door(const Connection& connection) const;
    void open_door(Connection& connection);
    void complete(environment::OperationId operation, const Error* failure);

    Node& node_;
    std::map<PortKey, Listening> listening_;
    std::map<PortKey, DatagramFlow*> datagram_flows_;
    std::map<std::uint64_t, Connecting> connecting_;
    std::uint64_t last_operation_ = 0;
    std::uint64_t last_generation_ = 0;
    std::uint16_t last_port_ = 49151;
};

}  // namespace shoal::lab
