#pragma once

#include "environment/loop.hpp"
#include "environment/network.hpp"
#include "peer/link.hpp"
#include "peer/stream_link.hpp"

namespace shoal::peer {

// Stream links over a network's TCP. Links and the listener may outlive it. [loop]
class StreamTransport final : public Transport {
public:
    StreamTransport(environment::Loop& loop, environment::Network& network,
                    const StreamLinkSettings& settings = {});

    environment::OperationId connect(const Endpoint& to, environment::Duration timeout,
                                     Connected done) override;
    void cancel_connect(environment::OperationId operation) override;
    Result<std::unique_ptr<environment::Listener>> listen(const Endpoint& local, Accepted accepted) override;

private:
    environment::Loop& loop_;
    environment::Network& network_;
    StreamLinkSettings settings_;
};

}  // namespace shoal::peer
