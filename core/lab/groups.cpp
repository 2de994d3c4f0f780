#include "lab/groups.hpp"

#include <algorithm>

namespace shoal::lab {

Membership Groups::join(const Endpoint& group, NodeIndex node, DatagramFlow& flow)
{
    const Membership membership{group, node, ++last_number_};
    members_.emplace(membership, &flow);
    return membership;
}

void Groups::leave_all(NodeIndex node)
{
    std::erase_if(members_, [&](const auto& member) { return member.first.node == node; });
}

std::size_t Groups::count(NodeIndex node) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(members_, [&](const auto& member) { return member.first.node == node; }));
}

std::vector<Membership> Groups::members(const Endpoint& group) const
{
    std::vector<Membership> found;
    const Membership first{group, NodeIndex{0}, 0};
    for (auto at = members_.lower_bound(first); at != members_.end() && at->first.group == group; ++at) {
        found.push_back(at->first);
    }
    return found;
}

DatagramFlow* Groups::flow(const Membership& membership) const
{
    const auto found = members_.find(membership);
    return found == members_.end() ? nullptr : found->second;
}

}  // namespace shoal::lab
