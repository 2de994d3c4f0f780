#pragma once

#include "environment/subnet.hpp"

#include <shoal/endpoint.hpp>

#include <string>
#include <vector>

namespace shoal::net {

using environment::Subnet;

// A network interface of this machine.
struct Interface {
    unsigned index = 0;  // the kernel's number of it
    std::string name;
    std::vector<Subnet> subnets;  // its own address in each, and what is reached from there without a router
};

// The interfaces that are up, have an address of this family and can multicast; loopback among them.
std::vector<Interface> multicast_interfaces(bool v6);

}  // namespace shoal::net
