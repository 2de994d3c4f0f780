#include "session/external_address.hpp"

#include <shoal/local_network.hpp>

#include <map>

namespace shoal::session {

std::optional<Address> ExternalAddress::vote(const Address& ours, const Address& teller)
{
    if (is_local_address(ours) || ours.is_multicast()) return verdict(ours.v6);
    std::erase_if(votes_, [&](const Vote& vote) { return vote.teller == teller && vote.ours.v6 == ours.v6; });
    if (votes_.size() == most_votes) votes_.pop_front();
    votes_.push_back({ours, teller});
    return verdict(ours.v6);
}

std::optional<Address> ExternalAddress::verdict(bool v6) const
{
    std::map<Address, std::size_t> counts;
    for (const auto& vote : votes_) {
        if (vote.ours.v6 == v6) ++counts[vote.ours];
    }
    std::optional<Address> best;
    std::size_t most = least_votes - 1;
    for (const auto& [address, count] : counts) {
        if (count <= most) continue;
        most = count;
        best = address;
    }
    return best;
}

}  // namespace shoal::session
