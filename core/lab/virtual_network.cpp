#include "lab/virtual_network.hpp"

#include "lab/byte_connection.hpp"
#include "lab/node.hpp"
#include "lab/ports.hpp"
#include "lab/world.hpp"

#include <algorithm>
#include <utility>

namespace shoal::lab {

namespace {

class StreamListener final : public environment::Listener {
public:
    explicit StreamListener(std::unique_ptr<PortLease> lease) : lease_(std::move(lease)) {}
    Endpoint local() const override { return lease_->local(); }

private:
    std::unique_ptr<PortLease> lease_;
};

class VirtualDatagramSocket final : public environment::DatagramSocket {
public:
    VirtualDatagramSocket(Node& node, environment::Network::Received received)
        : flow_(node, std::move(received))
    {
    }

    Result<Endpoint> bind(const Endpoint& local) { return flow_.bind(local); }
    Result<void> join(const Endpoint& group) { return flow_.join(group); }
    Endpoint local() const override { return flow_.local(); }
    void send(const Endpoint& to, ByteView datagram) override { flow_.send(to, datagram); }

private:
    DatagramFlow flow_;
};

}  // namespace

environment::OperationId VirtualNetwork::connect(const Endpoint& to, Duration timeout, Connected done)
{
    return node_.ports().connect(to, timeout, Carriage::bytes,
                                 [done = std::move(done)](Result<Connection*> made) mutable {
                                     if (!made) return done(std::move(made).error());
                                     done(static_cast<ByteConnection&>(**made).open(initiator));
                                 });
}

void VirtualNetwork::cancel_connect(environment::OperationId operation)
{
    node_.ports().cancel(operation);
}

Result<std::unique_ptr<environment::Listener>> VirtualNetwork::listen(const Endpoint& local,
                                                                      Accepted accepted)
{
    auto accept = [accepted = std::move(accepted)](Connection& connection) mutable {
        accepted(static_cast<ByteConnection&>(connection).open(acceptor));
    };
    auto lease = node_.ports().listen(local, Carriage::bytes, std::move(accept));
    if (!lease) return std::move(lease).error();
    return std::make_unique<StreamListener>(std::move(*lease));
}

Result<std::unique_ptr<environment::DatagramSocket>> VirtualNetwork::open_datagram(const Endpoint& local,
                                                                                   Received received)
{
    auto socket = std::make_unique<VirtualDatagramSocket>(node_, std::move(received));
    if (const auto bound = socket->bind(local); !bound) return bound.error();
    return socket;
}

Result<std::unique_ptr<environment::DatagramSocket>> VirtualNetwork::open_group(const Endpoint& group,
                                                                                Received received)
{
    auto socket = std::make_unique<VirtualDatagramSocket>(node_, std::move(received));
    if (const auto joined = socket->join(group); !joined) return joined.error();
    return socket;
}

DatagramFlow::~DatagramFlow()
{
    node_.ports().unbind_datagram(PortKey(local_), *this);
    if (membership_) node_.world().groups().leave(*membership_);
    if (is_gone_ != nullptr) *is_gone_ = true;
}

Result<Endpoint> DatagramFlow::bind(const Endpoint& local)
{
    auto bound = node_.ports().bind_datagram(local, *this);
    if (bound) local_ = *bound;
    return bound;
}

Result<void> DatagramFlow::join(const Endpoint& group)
{
    if (!node_.is_alive() || !group.address.is_multicast() || group.port == 0) {
        return make_error(Errc::invalid_argument, "this host cannot join the group " + group.to_string());
    }
    if (!node_.has_address(group.address.v6)) {
        return make_error(Errc::unsupported, "join the group " + group.to_string() + ": this host has no such address");
    }
    membership_ = node_.world().groups().join(group, node_.index(), *this);
    local_ = node_.endpoint(group.address.v6, group.port);
    return {};
}

void DatagramFlow::send(const Endpoint& to, ByteView octets)
{
    const Endpoint plain{to.address.unmapped(), to.port};
    // A socket of one family does not reach the other.
    if (!node_.is_alive() || plain.address.v6 != local_.address.v6) return;
    if (outgoing_octets_ + octets.size() > node_.settings().send_buffer) return;
    outgoing_octets_ += octets.size();
    outgoing_.push_back({plain, Bytes(octets.begin(), octets.end())});
    node_.uplink().activate(*this);
}

std::uint32_t DatagramFlow::offer()
{
    // An empty datagram takes a turn as well.
    return outgoing_.empty()
             ? 0
             : std::max<std::uint32_t>(1, static_cast<std::uint32_t>(outgoing_.front().octets.size()));
}

void DatagramFlow::depart(Time first, Time last)
{
    auto datagram = outgoing_.pop_front();
    outgoing_octets_ -= datagram.octets.size();
    auto& world = node_.world();
    if (datagram.peer.address.is_multicast()) {
        // The sender's own host among them, as with a real socket.
        for (const auto& member : world.groups().members(datagram.peer)) {
            travel(world.node(member.node), datagram, first, last, member);
        }
        return;
    }
    auto* target = node_.target_at(datagram.peer.address);
    if (target != nullptr) travel(*target, std::move(datagram), first, last, {});
}

void DatagramFlow::travel(Node& target, Datagram datagram, Time first, Time last,
                          const std::optional<Membership>& member)
{
    const auto path = node_.world().paths().path(node_.index(), target.index());
    // Drawn even where nothing is lost or arrives: a path's change leaves the fate of other datagrams alone.
    const bool is_lost = node_.loss_random().chance(path.lost_in_a_million, 1'000'000);
    if (is_lost || path.vanishes) return;
    const auto size = static_cast<std::uint32_t>(datagram.octets.size());
    const PortKey port(std::exchange(datagram.peer, local_));
    target.schedule(last + path.latency, EventKind::datagram, size,
                    [&target, first = first + path.latency, port, member,
                     datagram = std::move(datagram)]() mutable {
                        auto* flow =
                            member ? target.world().groups().flow(*member) : target.ports().datagram_flow(port);
                        if (flow != nullptr) flow->take(first, std::move(datagram));
                    });
}

void DatagramFlow::take(Time first, Datagram datagram)
{
    const auto size = static_cast<std::uint32_t>(datagram.octets.size());
    node_.world().scheduler().fingerprint().mix(ByteView(datagram.octets));
    if (incoming_octets_ + size > node_.settings().receive_window) return;
    incoming_octets_ += size;
    incoming_.push_back(std::move(datagram));
    node_.downlink().arrive(*this, {first, size, 1});
}

void DatagramFlow::pass(const Arrival& arrival)
{
    incoming_octets_ -= arrival.octets;
    const auto datagram = incoming_.pop_front();
    bool is_gone = false;
    is_gone_ = &is_gone;
    auto received = std::move(received_);
    received(datagram.peer, datagram.octets);
    if (is_gone) return;
    received_ = std::move(received);
    is_gone_ = nullptr;
}

environment::OperationId VirtualResolver::resolve(const std::string& name, Resolved done)
{
    const environment::OperationId operation{++last_operation_};
    pending_[operation.value()] = std::move(done);
    const auto literal = Address::parse(name);
    auto& world = node_.world();
    const auto delay = literal ? Duration{0} : world.settings().name_latency;
    node_.schedule(world.now() + delay, EventKind::name, 0, [this, operation, name, literal] {
        auto found = pending_.extract(operation.value());
        if (found.empty()) return;
        if (literal) return found.mapped()(std::vector<Address>{*literal});
        const auto* addresses = node_.world().addresses_of(name);
        if (addresses != nullptr) return found.mapped()(*addresses);
        found.mapped()(make_error(Errc::not_found, "no host is called '" + name + "'"));
    });
    return operation;
}

void VirtualResolver::clear()
{
    const auto pending = std::move(pending_);
    pending_.clear();
}

}  // namespace shoal::lab
