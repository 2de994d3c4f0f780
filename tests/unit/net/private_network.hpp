#pragma once

#include "net/descriptor.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <sched.h>

namespace shoal::net::test {

// The calling thread's sockets belong to a network of their own while it lives: the device "there" with the address
// fd00:5::1, which leads nowhere. Only a privileged process can make one.
class PrivateNetwork {
public:
    PrivateNetwork() : outside_(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC))
    {
        if (!outside_.is_open() || ::unshare(CLONE_NEWNET) != 0) return;
        is_inside_ = true;
        // A child's network is that of the thread that makes it.
        is_made_ = std::system("{ ip link add there type dummy && ip link set there up && "
                               "ip address add fd00:5::1/64 dev there nodad; } 2>/dev/null")
                   == 0;
    }
    ~PrivateNetwork()
    {
        if (is_inside_) ::setns(outside_.number(), CLONE_NEWNET);
    }
    PrivateNetwork(const PrivateNetwork&) = delete;
    PrivateNetwork& operator=(const PrivateNetwork&) = delete;

    bool is_made() const { return is_made_; }

private:
    Descriptor outside_;
    bool is_inside_ = false;
    bool is_made_ = false;
};

}  // namespace shoal::net::test
