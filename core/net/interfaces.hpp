#pragma once

#include <shoal/endpoint.hpp>

#include <string>
#include <vector>

namespace shoal::net {

// The addresses that share the first `length` bits with `address`.
struct Subnet {
    Address address;
    unsigned length = 0;

    bool contains(const Address& other) const;
};

// A network interface of this machine.
struct Interface {
    unsigned index = 0;  // the kernel's number of it
    std::string name;
    std::vector<Subnet> subnets;  // its own address in each, and what is reached from there without a router
};

// The interfaces that are up, have an address of this family and can multicast; loopback among them.
std::vector<Interface> multicast_interfaces(bool v6);

}  // namespace shoal::net
