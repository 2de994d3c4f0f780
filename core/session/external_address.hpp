#pragma once

#include <shoal/endpoint.hpp>

#include <cstddef>
#include <deque>
#include <optional>

namespace shoal::session {

// What our address looks like from outside, by majority: each teller has one vote a family, the last hundred count, and nobody is
// believed before three agree. A liar with many addresses can move it; nothing depends on it but the order of calls and our DHT id.
class ExternalAddress {
public:
    // Local addresses are nobody's business. What most agree on now, if enough do.
    std::optional<Address> vote(const Address& ours, const Address& teller);
    std::optional<Address> verdict(bool v6) const;

private:
    struct Vote {
        Address ours;
        Address teller;
    };
    static constexpr std::size_t most_votes = 100;
    static constexpr std::size_t least_votes = 3;

    std::deque<Vote> votes_;
};

}  // namespace shoal::session
