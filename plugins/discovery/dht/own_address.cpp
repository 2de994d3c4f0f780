#include "own_address.hpp"

#include <algorithm>

namespace shoal::dht {

bool OwnAddress::on_vote(const Address& voter, const Address& given)
{
    const auto seen = given.unmapped();
    const auto network = network_of(voter);
    if (!may_name(voter, {seen, 1})) return false;
    std::erase_if(votes_, [&](const auto& vote) { return vote.first == network; });
    votes_.emplace_back(network, seen);
    if (votes_.size() > votes_kept) votes_.pop_front();
    const auto agreeing = std::ranges::count(votes_, seen, [](const auto& vote) { return vote.second; });
    return static_cast<std::size_t>(agreeing) >= majority && set(seen);
}

bool OwnAddress::set(const Address& address)
{
    if (value_ == address) return false;
    value_ = address;
    return true;
}

} // namespace shoal::dht
