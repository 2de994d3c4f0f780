#pragma once

#include "lab/settings.hpp"

#include <compare>
#include <map>
#include <vector>

namespace shoal::lab {

class DatagramFlow;

// One socket's place in a multicast group. Members are in the order of their hosts.
struct Membership {
    Endpoint group;
    NodeIndex node;
    std::uint64_t number = 0;  // never given twice

    friend auto operator<=>(const Membership&, const Membership&) = default;
};

// Who of a world is in which multicast group. The whole world is one local network.
class Groups {
public:
    Membership join(const Endpoint& group, NodeIndex node, DatagramFlow& flow);
    void leave(const Membership& membership) { members_.erase(membership); }
    // The host died.
    void leave_all(NodeIndex node);

    std::size_t count(NodeIndex node) const;
    std::vector<Membership> members(const Endpoint& group) const;
    // Null: it left in the meantime.
    DatagramFlow* flow(const Membership& membership) const;

private:
    std::map<Membership, DatagramFlow*> members_;
    std::uint64_t last_number_ = 0;
};

}  // namespace shoal::lab
