#include "lab/ports.hpp"

#include "lab/byte_connection.hpp"
#include "lab/message_connection.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"

#include <utility>

namespace shoal::lab {

namespace {

constexpr std::uint16_t first_free_port = 49152;

Error refused(const Endpoint& to)
{
    return make_error(Errc::refused, "nobody listens at " + to.to_string());
}

Error timed_out(const Endpoint& to)
{
    return make_error(Errc::timed_out, "no answer from " + to.to_string());
}

std::unique_ptr<Connection> make_connection(World& world, Carriage carriage,
                                            const std::array<Connection::End, 2>& ends)
{
    if (carriage == Carriage::bytes) return std::make_unique<ByteConnection>(world, ends);
    return std::make_unique<MessageConnection>(world, ends);
}

}  // namespace

PortLease::~PortLease()
{
    const auto found = ports_.listening_.find(PortKey(local_));
    if (found != ports_.listening_.end() && found->second.generation == generation_) {
        ports_.listening_.erase(found);
    }
}

Result<std::unique_ptr<PortLease>> Ports::listen(const Endpoint& local, Carriage carriage, Accept accept)
{
    return take(local, {.carriage = carriage, .accept = std::move(accept)});
}

Result<std::unique_ptr<PortLease>> Ports::reserve(const Endpoint& local)
{
    return take(local, {.carriage = {}, .accept = {}});
}

Result<std::unique_ptr<PortLease>> Ports::take(const Endpoint& local, Listening listening)
{
    auto endpoint = free_endpoint(listening_, local);
    if (!endpoint) return std::move(endpoint).error();
    listening.generation = ++last_generation_;
    listening_[PortKey(*endpoint)] = std::move(listening);
    return std::make_unique<PortLease>(*this, *endpoint, last_generation_);
}

template <class Table>
Result<Endpoint> Ports::free_endpoint(const Table& taken, const Endpoint& local)
{
    const auto address = local.address.unmapped();
    const bool has_family = node_.has_address(address.v6);
    const bool is_ours =
        has_family && (address == node_.address(address.v6) || address.is_unspecified() || address.is_loopback());
    if (!node_.is_alive() || !is_ours) {
        return make_error(Errc::invalid_argument, "this host cannot listen at " + local.to_string());
    }
    auto bound = node_.endpoint(address.v6, local.port);
    if (bound.port == 0) {
        do bound.port = next_port();
        while (taken.contains(PortKey(bound)));
    }
    if (taken.contains(PortKey(bound))) {
        return make_error(Errc::invalid_argument, "somebody listens at " + local.to_string() + " already");
    }
    return bound;
}

std::uint16_t Ports::next_port()
{
    last_port_ = last_port_ == 65535 ? first_free_port : static_cast<std::uint16_t>(last_port_ + 1);
    return last_port_;
}

environment::OperationId Ports::connect(const Endpoint& to, Duration timeout, Carriage carriage,
                                        Connected done)
{
    const environment::OperationId operation{++last_operation_};
    auto& world = node_.world();
    auto address = to.address.unmapped();
    auto* target = node_.target_at(address);
    auto& connecting = connecting_[operation.value()];
    connecting.done = std::move(done);
    connecting.deadline = node_.schedule(world.now() + timeout, EventKind::connect, 0, [this, operation, to] {
        const auto why = timed_out(to);
        complete(operation, &why);
    });
    if (target == nullptr) return operation;

    std::array<Connection::End, 2> ends;
    ends[initiator] = {.node = &node_, .endpoint = node_.endpoint(address.v6, next_port()), .is_awaited = true};
    ends[acceptor] = {.node = target, .endpoint = target->endpoint(address.v6, to.port)};
    auto& connection = world.connections().add(make_connection(world, carriage, ends));
    connecting.connection = connection.id();
    knock(operation, connection);
    return operation;
}

void Ports::knock(environment::OperationId operation, Connection& connection)
{
    auto& world = node_.world();
    const auto at = world.now() + connection.channel(initiator).latency();
    const EventTag tag{.node = connection.node(acceptor).index(), .kind = EventKind::connect};
    // On a dead host as well: somebody has to refuse.
    world.scheduler().schedule(at, tag, [this, operation, id = connection.id()] {
        auto* asked = node_.world().connections().find(id);
        if (asked != nullptr && !asked->channel(initiator).vanishes()) bring_answer(operation, *asked);
    });
}

void Ports::bring_answer(environment::OperationId operation, Connection& connection)
{
    auto& back = connection.channel(acceptor);
    const auto at = node_.world().now() + back.latency();
    auto& target = connection.node(acceptor).ports();
    const bool is_open = target.has_door(connection);
    // Before the door opens: nothing that is sent through it may overtake the answer.
    back.hold_until(at);
    connection.schedule(initiator, at, {.kind = EventKind::connect},
                        [this, operation, is_open](Connection& made) {
                            if (made.channel(acceptor).vanishes()) return;
                            const auto why = refused(made.end(acceptor).endpoint);
                            complete(operation, is_open ? nullptr : &why);
                        });
    if (is_open) target.open_door(connection);
}

bool Ports::has_door(const Connection& connection) const
{
    const auto found = listening_.find(PortKey(connection.end(acceptor).endpoint));
    return node_.is_alive() && found != listening_.end() && found->second.carriage == connection.carriage();
}

void Ports::open_door(Connection& connection)
{
    const PortKey port(connection.end(acceptor).endpoint);
    auto& listening = listening_.at(port);
    const auto generation = listening.generation;
    // The listener may go while it accepts.
    auto accept = std::move(listening.accept);
    accept(connection);
    const auto found = listening_.find(port);
    if (found != listening_.end() && found->second.generation == generation) {
        found->second.accept = std::move(accept);
    }
}

void Ports::complete(environment::OperationId operation, const Error* failure)
{
    const auto found = connecting_.find(operation.value());
    if (found == connecting_.end()) return;
    auto connecting = std::move(found->second);
    connecting_.erase(found);
    auto& world = node_.world();
    world.scheduler().cancel(connecting.deadline);
    auto* connection = world.connections().find(connecting.connection);
    if (failure == nullptr) {
        connecting.done(connection);
        return;
    }
    if (connection != nullptr) connection->release(initiator, true);
    connecting.done(*failure);
}

void Ports::cancel(environment::OperationId operation)
{
    const auto found = connecting_.find(operation.value());
    if (found == connecting_.end()) return;
    const auto connecting = std::move(found->second);
    connecting_.erase(found);
    auto& world = node_.world();
    world.scheduler().cancel(connecting.deadline);
    if (auto* connection = world.connections().find(connecting.connection)) {
        connection->release(initiator, true);
    }
}

Result<Endpoint> Ports::bind_datagram(const Endpoint& local, DatagramFlow& flow)
{
    auto endpoint = free_endpoint(datagram_flows_, local);
    if (endpoint) datagram_flows_[PortKey(*endpoint)] = &flow;
    return endpoint;
}

void Ports::unbind_datagram(const PortKey& port, const DatagramFlow& flow)
{
    const auto found = datagram_flows_.find(port);
    if (found != datagram_flows_.end() && found->second == &flow) datagram_flows_.erase(found);
}

DatagramFlow* Ports::datagram_flow(const PortKey& port) const
{
    const auto found = datagram_flows_.find(port);
    return found == datagram_flows_.end() ? nullptr : found->second;
}

void Ports::clear()
{
    // Destroyed only when the tables are empty: what they hold may come back to us.
    const auto connecting = std::move(connecting_);
    const auto listening = std::move(listening_);
    connecting_.clear();
    listening_.clear();
    datagram_flows_.clear();
}

}  // namespace shoal::lab
