// The way out: where a node's datagrams go. The plug-in has a socket there, a test a list.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>

namespace shoal::dht {

class Wire {
public:
    /// May drop, as the network may. Nothing comes back from inside the call.
    virtual void send(const Endpoint& to, ByteView datagram) = 0;

protected:
    ~Wire() = default;
};

} // namespace shoal::dht
