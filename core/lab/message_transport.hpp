#pragma once

#include "lab/settings.hpp"
#include "peer/link.hpp"

namespace shoal::lab {

class Node;

// A host's message links: whole peer messages whose time is the latency plus their size on the wire at the
// hosts' rates. Payload is synthetic, or real where the sender had octets to send. Reached by
// Node::transport().
class MessageTransport final : public peer::Transport {
public:
    explicit MessageTransport(Node& node) : node_(node) {}

    environment::OperationId connect(const Endpoint& to, Duration timeout, Connected done) override;
    void cancel_connect(environment::OperationId operation) override;
    Result<std::unique_ptr<environment::Listener>> listen(const Endpoint& local, Accepted accepted) override;

private:
    Node& node_;
};

}  // namespace shoal::lab
