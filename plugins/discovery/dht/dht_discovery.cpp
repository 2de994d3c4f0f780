#include "dht_discovery.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

namespace shoal::dht {
namespace {

constexpr std::chrono::minutes chores_round{5};
constexpr std::size_t most_names = 16; // looked up at once, of those that strangers name

PluginSettings checked_settings(const Settings& given)
{
    auto settings = read_settings(given);
    if (!settings) throw std::invalid_argument(settings.error().text);
    return std::move(*settings);
}

constexpr std::string_view key_of(bool is_v6)
{
    return is_v6 ? "nodes6" : "nodes";
}

} // namespace

DhtDiscovery::DhtDiscovery(Host& host)
    : host_(host), settings_(host.settings()), timers_(host.timers()), udp_(host.udp()), resolver_(host.resolver()),
      metrics_(host.metrics()), store_(host.store()), reports_(host), random_(host.random()),
      wanted_(checked_settings(settings_)), dht_(wanted_.node, random_, scheme_),
      methods_(host, dht_, scheme_, [this] { arm(); })
{
    if (wanted_.listen_v4) open(*wanted_.listen_v4);
    if (wanted_.listen_v6) open(*wanted_.listen_v6);
    dht_.set_on_announced([this](const NodeId& info_hash, const Endpoint& peer) {
        if (reports_) reports_.spotted(info_hash, peer);
    });
    look_up_routers();
    chores_ = timers_.after(chores_round, [this] { report(); });
    arm();
}

void DhtDiscovery::open(const Endpoint& local)
{
    const bool is_v6 = local.address.v6;
    auto socket = bind(local);
    if (!socket) {
        // A machine without IPv6 is no reason to complain.
        host_.log(is_v6 ? LogLevel::debug : LogLevel::warning,
                  std::string(is_v6 ? "no DHT over IPv6: " : "no DHT over IPv4: ") + socket.error().text);
        return;
    }
    const auto bound = socket->local();
    sockets_[is_v6].socket = std::move(*socket);
    SavedNodes saved;
    if (store_) {
        if (const auto kept = store_.read(key_of(is_v6))) saved = read_saved_nodes(*kept, is_v6);
    }
    dht_.join(bound, sockets_[is_v6], std::move(saved), host_.now());
}

Result<UdpSocket> DhtDiscovery::bind(const Endpoint& local)
{
    const auto on_datagram = [this](const Endpoint& from, ByteView datagram) {
        dht_.receive({from.address.unmapped(), from.port}, datagram, host_.now());
        arm();
    };
    auto socket = udp_.open(local, on_datagram);
    if (socket || local.port == 0) return socket;
    // Another client has the port, as a rule. Any other will do.
    return udp_.open({local.address, 0}, on_datagram);
}

void DhtDiscovery::look_up_routers()
{
    for (const auto& router : wanted_.routers) {
        if (const auto address = Address::parse(router.host)) {
            add_router({*address, router.port});
            continue;
        }
        if (!resolver_) continue;
        const auto on_found = [this](const Result<std::vector<Endpoint>>& found) {
            if (!found) return;
            for (const auto& endpoint : *found) add_router(endpoint);
            arm();
        };
        const auto sought = resolver_.resolve(router.host, router.port, on_found);
        if (!sought) host_.log(LogLevel::debug, sought.error().text);
    }
}

void DhtDiscovery::add_router(const Endpoint& router)
{
    if (std::ranges::find(routers_, router) != routers_.end()) return;
    routers_.push_back(router);
    dht_.set_routers(routers_, host_.now());
}

void DhtDiscovery::arm()
{
    const auto due = dht_.next_due();
    if (due == Time::max()) return;
    // Called too early it does nothing: what is armed for earlier may stay.
    if (timer_.is_armed() && armed_for_ && *armed_for_ <= due) return;
    armed_for_ = std::max(due, host_.now());
    timer_ = timers_.after(*armed_for_ - host_.now(), [this] { on_timer(); });
}

void DhtDiscovery::on_timer()
{
    armed_for_.reset();
    dht_.on_time(host_.now());
    arm();
}

Result<void> DhtDiscovery::search(std::uint64_t operation, const Search& search)
{
    if (!dht_.is_part_of_any()) return make_error(Errc::network_error, "the DHT has no socket to ask with");
    PeerGoal::Wish wish;
    if (search.announces && search.port != 0 && !search.may_be_private) wish.announcement = Announcement{search.port, search.is_seed};
    searches_[operation] = dht_.find_peers(
        search.info_hash, wish, search.deadline,
        [this, operation](std::span<const Endpoint> peers) { reports_.found(operation, peers); },
        [this, operation](const PeerSummary& summary) {
            searches_.erase(operation);
            if (summary.answered > 0 || summary.peers > 0) return reports_.ended(operation);
            reports_.failed(operation, make_error(Errc::timed_out, "no node of the DHT has answered"));
        });
    arm();
    return {};
}

void DhtDiscovery::cancel(std::uint64_t operation)
{
    const auto search = searches_.extract(operation);
    if (search.empty()) return;
    dht_.cancel(search.mapped());
    reports_.failed(operation, make_error(Errc::cancelled, "the search was cancelled"));
}

void DhtDiscovery::introduce(std::string_view host, std::uint16_t port)
{
    if (const auto address = Address::parse(host)) {
        dht_.introduce({address->unmapped(), port}, host_.now());
        return arm();
    }
    if (!resolver_ || names_sought_ >= most_names || port == 0) return;
    const auto sought = resolver_.resolve(host, port, [this](const Result<std::vector<Endpoint>>& found) {
        --names_sought_;
        if (!found) return;
        for (const auto& endpoint : *found) dht_.introduce(endpoint, host_.now());
        arm();
    });
    if (sought) ++names_sought_;
}

void DhtDiscovery::on_external_address(const Address& address)
{
    dht_.set_own_address(address.unmapped(), host_.now());
    arm();
}

std::uint16_t DhtDiscovery::port()
{
    // Of a node that only reads nobody has anything.
    if (wanted_.node.asker.is_read_only) return 0;
    for (const auto& each : sockets_) {
        if (each.socket) return each.socket.local().port;
    }
    return 0;
}

void DhtDiscovery::on_stop()
{
    save();
    timer_.cancel();
    chores_.cancel();
    dht_.leave(); // methods that wait are answered by that
    for (auto& each : sockets_) each.socket.close();
}

void DhtDiscovery::save()
{
    if (!store_) return;
    for (const bool is_v6 : {false, true}) {
        const auto saved = dht_.saved(is_v6, host_.now());
        // What was kept is better than nothing.
        if (saved.nodes.empty()) continue;
        if (const auto kept = store_.write(key_of(is_v6), encode(saved, is_v6)); !kept) {
            host_.log(LogLevel::debug, kept.error().text);
        }
    }
}

void DhtDiscovery::report()
{
    save();
    const bool has_found = dht_.is_part_of_any() && !routers_.empty();
    if (!has_found && !wanted_.routers.empty()) look_up_routers();
    for (const bool is_v6 : {false, true}) {
        const auto* node = dht_.node(is_v6);
        if (node == nullptr || !metrics_) continue;
        const auto stats = node->stats(host_.now());
        const std::string family = is_v6 ? "dht.ipv6." : "dht.ipv4.";
        metrics_.set(family + "good_nodes", static_cast<std::int64_t>(stats.good_nodes));
        metrics_.set(family + "torrents", static_cast<std::int64_t>(stats.torrents));
        metrics_.set(family + "items", static_cast<std::int64_t>(stats.items));
        metrics_.set(family + "queries_answered", static_cast<std::int64_t>(stats.queries_answered));
        metrics_.set(family + "queries_dropped", static_cast<std::int64_t>(stats.queries_dropped));
    }
    chores_ = timers_.after(chores_round, [this] { report(); });
}

} // namespace shoal::dht
