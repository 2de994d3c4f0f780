#include "peer_goal.hpp"

#include <algorithm>
#include <vector>

namespace shoal::dht {

void PeerGoal::fill(Query& query) const
{
    query.method = Method::get_peers;
    query.is_scrape = wish_.is_scrape;
}

void PeerGoal::on_reply(const Endpoint& from, const Reply& reply)
{
    std::vector<Endpoint> fresh;
    const auto count = std::min(reply.peers.size(), max_peers_of_node);
    for (std::size_t i = 0; i < count && peers_.size() < max_peers; ++i) {
        const Endpoint peer{reply.peers[i].address.unmapped(), reply.peers[i].port};
        if (!may_name(from.address, peer)) continue;
        if (peers_.insert(peer).second) fresh.push_back(peer);
        // Nodes that know no scrape: better than nothing (BEP 33).
        const bool has_filter = !wish_.is_scrape || !reply.peer_filter.empty();
        if (!has_filter && !seeds_.contains(peer.address)) others_.insert(peer.address);
    }
    if (!reply.seed_filter.empty()) seeds_.unite(reply.seed_filter);
    if (!reply.peer_filter.empty()) others_.unite(reply.peer_filter);
    if (!fresh.empty() && found_) found_(fresh);
}

void PeerGoal::fill_store(const Endpoint&, Query& query) const
{
    query.method = Method::announce_peer;
    query.is_port_implied = wish_.announcement->port == 0;
    query.port = query.is_port_implied ? wish_.own_port : wish_.announcement->port;
    query.is_seed = wish_.announcement->is_seed;
}

void PeerGoal::on_ended(const LookupSummary& summary)
{
    PeerSummary all{summary};
    all.peers = peers_.size();
    all.seeds_estimate = seeds_.estimate();
    all.peers_estimate = others_.estimate();
    ended_(all);
}

} // namespace shoal::dht
