#pragma once

#include <shoal/endpoint.hpp>

#include <algorithm>

namespace shoal::environment {

// The addresses that share the first `length` bits with `address`.
struct Subnet {
    Address address;
    unsigned length = 0;

    bool contains(const Address& other) const
    {
        if (address.v6 != other.v6) return false;
        const auto whole = length / 8;
        const auto ours = address.view();
        const auto theirs = other.view();
        if (!std::ranges::equal(ours.first(whole), theirs.first(whole))) return false;
        if (length % 8 == 0) return true;
        const auto mask = std::byte(0xff00U >> (length % 8) & 0xffU);
        return (ours[whole] & mask) == (theirs[whole] & mask);
    }
};

}  // namespace shoal::environment
