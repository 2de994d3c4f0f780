// What our address is, by the word of those who see it (`ip` in replies, BEP 42): none of them is believed alone.
#pragma once

#include "contact.hpp"

#include <shoal/endpoint.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

namespace shoal::dht {

class OwnAddress {
public:
    /// `seen` by a node that was asked by us. True: there is a new address.
    bool on_vote(const Address& voter, const Address& seen);
    /// The host knows. True: it is a new one.
    bool set(const Address& address);

    [[nodiscard]] const std::optional<Address>& value() const noexcept { return value_; }

private:
    // Of the last votes, one for each network, this many must agree.
    static constexpr std::size_t votes_kept = 16;
    static constexpr std::size_t majority = 10;

    std::deque<std::pair<Address, Address>> votes_; // network of the voter, what it says
    std::optional<Address> value_;
};

} // namespace shoal::dht
