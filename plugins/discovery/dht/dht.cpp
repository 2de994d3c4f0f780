#include "dht.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace shoal::dht {
namespace {

/// For the other network's first answers: ours may just have told it of its first node.
constexpr std::chrono::seconds moment{3};

void unite_lookups(LookupSummary& all, const LookupSummary& one)
{
    all.asked += one.asked;
    all.answered += one.answered;
    all.stored += one.stored;
    all.is_cut_short |= one.is_cut_short;
    all.closest.insert(all.closest.end(), one.closest.begin(), one.closest.end());
    if (one.refusal != FailureCode{0}) all.refusal = one.refusal;
}

void unite(PeerSummary& all, const PeerSummary& one)
{
    unite_lookups(all, one);
    all.peers += one.peers;
    all.seeds_estimate += one.seeds_estimate;
    all.peers_estimate += one.peers_estimate;
}

void unite(ItemSummary& all, const ItemSummary& one)
{
    unite_lookups(all, one);
    if (one.put) all.put = one.put;
    if (!one.found) return;
    const auto seq = [](const ItemSummary& summary) {
        return summary.found && summary.found->author ? summary.found->author->seq : 0;
    };
    if (all.found && seq(one) == seq(all)) {
        all.copies += one.copies;
    } else if (!all.found || seq(one) > seq(all)) {
        all.found = one.found;
        all.copies = one.copies;
    }
}

void unite(SampleSummary& all, const SampleSummary& one)
{
    unite_lookups(all, one);
    all.info_hashes.insert(one.info_hashes.begin(), one.info_hashes.end());
    all.total += one.total;
    all.sampling += one.sampling;
}

/// What the networks have found so far, until the last of them has ended.
template <class Summary>
struct Together {
    Summary all{};
    std::size_t missing = 0;
    UniqueFunction<void(const Summary&)> ended;
};

} // namespace

void Dht::join(const Endpoint& local, Wire& wire, SavedNodes saved, Time now)
{
    const bool is_v6 = local.address.v6;
    const auto id = saved.id.value_or(random_id(random_));
    nodes_[is_v6] = std::make_unique<Node>(settings_, is_v6, id, Node::World{wire, random_, scheme_});
    ports_[is_v6] = local.port;
    nodes_[is_v6]->remember(std::move(saved.nodes), now);
    if (!is_own_address(local.address)) nodes_[is_v6]->set_own_address(local.address, now);
    if (!nodes_[0] || !nodes_[1]) return;
    nodes_[0]->set_sibling(*nodes_[1]);
    nodes_[1]->set_sibling(*nodes_[0]);
}

void Dht::leave()
{
    searches_.clear();
    for (auto& node : nodes_) node.reset();
}

void Dht::receive(const Endpoint& from, ByteView datagram, Time now)
{
    if (auto* node = this->node(from.address.v6)) node->receive(from, datagram, now);
    settle(now);
}

void Dht::on_time(Time now)
{
    for (const auto& node : nodes_) {
        if (node && node->next_due() <= now) node->on_time(now);
    }
    settle(now);
}

Time Dht::next_due() const
{
    auto due = Time::max();
    for (const auto& node : nodes_) {
        if (node) due = std::min(due, node->next_due());
    }
    for (const auto& [id, search] : searches_) due = std::min(due, search.gives_up.value_or(due));
    return due;
}

void Dht::introduce(const Endpoint& endpoint, Time now)
{
    if (auto* node = this->node(endpoint.address.v6)) node->introduce(endpoint, now);
}

void Dht::set_routers(const std::vector<Endpoint>& routers, Time now)
{
    for (const auto& node : nodes_) {
        if (node) node->set_routers(routers, now);
    }
}

void Dht::set_own_address(const Address& address, Time now)
{
    if (auto* node = this->node(address.v6)) node->set_own_address(address, now);
}

void Dht::set_on_announced(const Node::OnAnnounced& told)
{
    for (const auto& node : nodes_) {
        if (node) node->set_on_announced(told);
    }
}

SavedNodes Dht::saved(bool is_v6, Time now) const
{
    constexpr std::size_t most = 200;
    const auto* node = this->node(is_v6);
    if (node == nullptr) return {};
    return {node->own_id(), node->table().closest(node->own_id(), most, RoutingTable::Quality::good, now)};
}

template <class Summary, class Make>
SearchId Dht::search(const NodeId& target, Time deadline, Make make, UniqueFunction<void(const Summary&)> all_ended)
{
    const SearchId id(++last_search_);
    auto& lookups = searches_[id].lookups;
    auto together = std::make_shared<Together<Summary>>();
    together->ended = std::move(all_ended);
    for (const bool is_v6 : {false, true}) {
        auto* node = this->node(is_v6);
        if (node == nullptr) continue;
        ++together->missing;
        auto ended = [this, id, is_v6, together](const Summary& one) {
            unite(together->all, one);
            searches_.at(id).lookups[is_v6].reset();
            if (--together->missing > 0) return;
            searches_.erase(id);
            together->ended(together->all);
        };
        lookups[is_v6] = node->look_up(target, make(is_v6, std::move(ended)), deadline);
    }
    return id;
}

SearchId Dht::find_peers(const NodeId& info_hash, const PeerGoal::Wish& wish, Time deadline,
                         UniqueFunction<void(std::span<const Endpoint>)> found,
                         UniqueFunction<void(const PeerSummary&)> ended)
{
    // One of each network, and one listener for both.
    auto told = std::make_shared<UniqueFunction<void(std::span<const Endpoint>)>>(std::move(found));
    const auto make = [&](bool is_v6, PeerGoal::Ended one_ended) {
        auto own = wish;
        own.own_port = ports_[is_v6];
        return std::make_unique<PeerGoal>(own, [told](std::span<const Endpoint> peers) { (*told)(peers); },
                                          std::move(one_ended));
    };
    return search<PeerSummary>(info_hash, deadline, make, std::move(ended));
}

SearchId Dht::get(const NodeId& target, Bytes salt, Time deadline, UniqueFunction<void(const ItemSummary&)> ended)
{
    const auto make = [&](bool, ItemGoal::Ended one_ended) {
        ItemGoal::Wish wish{.target = target, .salt = salt};
        return std::make_unique<ItemGoal>(std::move(wish), scheme_, std::move(one_ended));
    };
    return search<ItemSummary>(target, deadline, make, std::move(ended));
}

SearchId Dht::put(const Item& item, std::optional<std::int64_t> cas, Time deadline,
                  UniqueFunction<void(const ItemSummary&)> ended)
{
    const auto target = target_of(item);
    const auto shared = std::make_shared<const Item>(item);
    const auto make = [&](bool, ItemGoal::Ended one_ended) {
        ItemGoal::Wish wish{.target = target, .put = shared, .cas = cas};
        if (item.author) wish.salt = item.author->salt;
        return std::make_unique<ItemGoal>(std::move(wish), scheme_, std::move(one_ended));
    };
    return search<ItemSummary>(target, deadline, make, std::move(ended));
}

SearchId Dht::sample(const NodeId& target, Time deadline, UniqueFunction<void(const SampleSummary&)> ended)
{
    const auto make = [](bool, SampleGoal::Ended one_ended) {
        return std::make_unique<SampleGoal>(std::move(one_ended));
    };
    return search<SampleSummary>(target, deadline, make, std::move(ended));
}

void Dht::cancel(SearchId id)
{
    const auto found = searches_.extract(id);
    if (found.empty()) return;
    for (const bool is_v6 : {false, true}) {
        const auto lookup = found.mapped().lookups[is_v6];
        if (lookup) node(is_v6)->cancel(*lookup);
    }
}

SearchId Dht::settle_for_one(SearchId id)
{
    if (const auto found = searches_.find(id); found != searches_.end()) found->second.settles_for_one = true;
    return id;
}

std::optional<bool> Dht::absent(const Search& search) const
{
    const bool is_v6 = search.lookups[1].has_value();
    const bool waits_for_one = nodes_[0] && nodes_[1] && search.lookups[0].has_value() != is_v6;
    if (!search.settles_for_one || !waits_for_one || !node(is_v6)->is_alone()) return std::nullopt;
    return is_v6;
}

void Dht::settle(Time now)
{
    std::vector<std::pair<bool, LookupId>> overdue; // whoever is told that one has ended may begin or cancel others
    for (auto& [id, search] : searches_) {
        const auto is_v6 = absent(search);
        if (!is_v6) search.gives_up.reset();
        else if (!search.gives_up) search.gives_up = now + moment;
        else if (*search.gives_up <= now) overdue.emplace_back(*is_v6, *search.lookups[*is_v6]);
    }
    for (const auto& [is_v6, lookup] : overdue) node(is_v6)->give_up(lookup);
}

bool Dht::ping(const Endpoint& endpoint, Time now, Node::Pinged done)
{
    auto* node = this->node(endpoint.address.v6);
    if (node != nullptr && is_usable(endpoint)) node->ping(endpoint, now, std::move(done));
    return node != nullptr && is_usable(endpoint);
}

} // namespace shoal::dht
