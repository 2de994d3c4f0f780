#include "lab/node.hpp"

#include "lab/capacity.hpp"
#include "lab/connection.hpp"
#include "lab/message_transport.hpp"
#include "lab/ports.hpp"
#include "lab/virtual_http.hpp"
#include "lab/virtual_loop.hpp"
#include "lab/virtual_network.hpp"
#include "lab/world.hpp"

#include <utility>

namespace shoal::lab {

namespace {

// What the world itself draws about a host must not be what the host may draw.
constexpr std::uint64_t worlds_own = std::uint64_t{1} << 63;

RandomStream random_of(const WorldSettings& settings, std::uint64_t stream)
{
    return RandomStream(settings.experiment, settings.replicate).fork(stream);
}

}  // namespace

struct Node::Parts {
    explicit Parts(Node& node)
        : loop(node), network(node), resolver(node), http_client(node), http_server(node), workers(node),
          transport(node), environment{.loop = loop,
                                       .network = network,
                                       .resolver = resolver,
                                       .http = http_client,
                                       .http_server = http_server,
                                       .workers = workers,
                                       .random = random_of(node.world().settings(), node.index().value())}
    {
    }

    VirtualLoop loop;
    VirtualNetwork network;
    VirtualResolver resolver;
    VirtualHttpClient http_client;
    VirtualHttpServer http_server;
    VirtualWorkers workers;
    MessageTransport transport;
    environment::Environment environment;
};

Node::Node(World& world, NodeIndex index, const NodeSettings& settings)
    : world_(world), index_(index), settings_(settings),
      loss_random_(random_of(world.settings(), index.value() | worlds_own)),
      uplink_(std::make_unique<Uplink>(world.scheduler(), index)),
      downlink_(std::make_unique<Downlink>(world.scheduler(), index)), ports_(std::make_unique<Ports>(*this)),
      parts_(std::make_unique<Parts>(*this))
{
    SHOAL_ASSERT(index.value() < 1U << 24 && settings.segment > 0 && settings.receive_window > 0);
    SHOAL_ASSERT(settings.has_v4 || settings.has_v6);
    set_rates(settings.up, settings.down);
}

Node::~Node() = default;

Address Node::address(bool v6) const
{
    SHOAL_ASSERT(has_address(v6));
    return address_of(index_, v6);
}

environment::Environment& Node::environment()
{
    return parts_->environment;
}

environment::Loop& Node::loop()
{
    return parts_->loop;
}

peer::Transport& Node::transport()
{
    return parts_->transport;
}

VirtualHttpClient& Node::http_client()
{
    return parts_->http_client;
}

VirtualHttpServer& Node::http_server()
{
    return parts_->http_server;
}

Node* Node::target_at(const Address& address)
{
    const auto plain = address.unmapped();
    if (!has_address(plain.v6)) return nullptr;
    return plain.is_loopback() ? this : world_.node_at(plain);
}

void Node::crash()
{
    if (!is_alive_) return;
    is_alive_ = false;
    world_.scheduler().discard(index_);
    world_.connections().for_each([this](Connection& connection) {
        for (const auto side : {initiator, acceptor}) {
            if (&connection.node(side) == this) connection.kill(side);
        }
    });
    ports_->clear();
    world_.groups().leave_all(index_);
    parts_->resolver.clear();
    parts_->http_client.clear();
    parts_->http_server.clear();
    parts_->workers.clear();
    uplink_->clear();
    downlink_->clear();
}

void Node::restart()
{
    is_alive_ = true;
}

void Node::set_rates(std::uint64_t up, std::uint64_t down)
{
    settings_.up = up;
    settings_.down = down;
    uplink_->set_rate(up);
    downlink_->set_rate(down);
}

std::uint64_t Node::octets_sent() const
{
    return uplink_->octets();
}

std::uint64_t Node::octets_received() const
{
    return downlink_->octets();
}

InUse Node::in_use() const
{
    InUse use{.events = world_.scheduler().size(index_),
              .listeners = ports_->listener_count(),
              .datagram_sockets = ports_->datagram_count() + world_.groups().count(index_),
              .connections = ports_->connecting_count(),
              .names = parts_->resolver.pending_count(),
              .requests = parts_->http_client.pending_count() + parts_->http_server.pending_count()};
    world_.connections().for_each([&](const Connection& connection) {
        for (const auto side : {initiator, acceptor}) {
            if (&connection.node(side) == this && connection.end(side).is_held) ++use.connections;
        }
    });
    return use;
}

EventId Node::schedule(Time at, EventKind kind, std::uint32_t size, environment::Task task)
{
    if (!is_alive_) return EventId{};
    return world_.scheduler().schedule(at, {.node = index_, .kind = kind, .size = size}, std::move(task));
}

}  // namespace shoal::lab
