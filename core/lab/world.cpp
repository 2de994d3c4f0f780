#include "lab/world.hpp"

#include "lab/connection.hpp"
#include "lab/node.hpp"

#include <utility>

namespace shoal::lab {

namespace {
constexpr std::uint32_t ten_slash_eight = 0x0a000000;
}

Address address_of(NodeIndex index, bool v6)
{
    if (!v6) return Address::from_v4(ten_slash_eight | index.value());
    Address address{.bytes = {}, .v6 = true};
    address.bytes[0] = std::byte{0xfd};
    store_be(address.bytes.data() + 12, index.value());
    return address;
}

World::World(const WorldSettings& settings)
    : settings_(settings), paths_(settings.latency), connections_(std::make_unique<Connections>())
{
}

World::~World()
{
    is_ending_ = true;
    scheduler_.discard_all();
    connections_.reset();  // before the hosts, whose uplinks they use
}

Node& World::add_node(const NodeSettings& settings)
{
    const NodeIndex index{static_cast<std::uint32_t>(nodes_.size() + 1)};
    nodes_.push_back(std::make_unique<Node>(*this, index, settings));
    return *nodes_.back();
}

Node& World::node(NodeIndex index) const
{
    SHOAL_ASSERT(index.value() >= 1 && index.value() <= nodes_.size());
    return *nodes_[index.value() - 1];
}

Node* World::node_at(const Address& address) const
{
    const auto index = load_be<std::uint32_t>(address.bytes.data() + (address.v6 ? 12 : 0)) & 0xffffff;
    if (index < 1 || index > nodes_.size() || address != address_of(NodeIndex{index}, address.v6)) return nullptr;
    auto* node = nodes_[index - 1].get();
    return node->has_address(address.v6) ? node : nullptr;
}

bool World::step()
{
    connections_->bury();
    return scheduler_.run_next();
}

void World::run_until(Time end)
{
    while (scheduler_.next_time() <= end && step()) {
    }
    scheduler_.advance(end);
}

void World::at(Time time, environment::Task task)
{
    scheduler_.schedule(time, {.node = NodeIndex{0}, .kind = EventKind::script}, std::move(task));
}

void World::set_latency(NodeIndex a, NodeIndex b, Duration latency)
{
    SHOAL_ASSERT(latency >= Duration{0});
    change_path(a, b, [&](Path& path) { path.latency = latency; });
    if (a != b) change_path(b, a, [&](Path& path) { path.latency = latency; });
}

void World::set_loss(NodeIndex from, NodeIndex to, std::uint32_t in_a_million)
{
    change_path(from, to, [&](Path& path) { path.lost_in_a_million = in_a_million; });
}

void World::set_blackhole(NodeIndex from, NodeIndex to, bool vanishes)
{
    change_path(from, to, [&](Path& path) { path.vanishes = vanishes; });
    if (vanishes) return;
    connections_->for_each([](Connection& connection) {
        connection.channel(initiator).resume();
        connection.channel(acceptor).resume();
    });
}

void World::partition(NodeIndex a, NodeIndex b)
{
    set_blackhole(a, b, true);
    set_blackhole(b, a, true);
}

void World::heal(NodeIndex a, NodeIndex b)
{
    set_blackhole(a, b, false);
    set_blackhole(b, a, false);
}

void World::reset_connections(NodeIndex a, NodeIndex b)
{
    connections_->for_each([&](Connection& connection) {
        const auto from = connection.node(initiator).index();
        const auto to = connection.node(acceptor).index();
        if ((from == a && to == b) || (from == b && to == a)) connection.break_both();
    });
}

void World::add_name(const std::string& name, std::vector<Address> addresses)
{
    names_[name] = std::move(addresses);
}

const std::vector<Address>* World::addresses_of(const std::string& name) const
{
    const auto found = names_.find(name);
    return found == names_.end() ? nullptr : &found->second;
}

template <class Change>
void World::change_path(NodeIndex from, NodeIndex to, Change change)
{
    auto path = paths_.path(from, to);
    change(path);
    paths_.set(from, to, path);
}

}  // namespace shoal::lab
