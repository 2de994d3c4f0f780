#pragma once

#include "environment/network.hpp"
#include "machine.hpp"
#include "net/descriptor.hpp"

#include <memory>
#include <utility>

namespace shoal::net::test {

using StreamPair = std::pair<std::unique_ptr<environment::Stream>, std::unique_ptr<environment::Stream>>;

// Two ends of one TCP connection over loopback: who called, who answered.
StreamPair connected_pair(Machine& machine);

// A blocking client socket of the system, for what a stream of ours never does.
Descriptor raw_connection(const Endpoint& to);

// Reads all that arrives and writes what it is given.
class StreamRecorder final : public environment::Stream::Events {
public:
    explicit StreamRecorder(std::unique_ptr<environment::Stream> end);

    void send(ByteView octets);
    bool has_sent_all() const { return outbox.size() == sent; }

    void on_readable() override;
    void on_writable() override;

    std::unique_ptr<environment::Stream> stream;
    Bytes received;
    Bytes outbox;
    std::size_t sent = 0;
    environment::IoState last_read = environment::IoState::ready;
    environment::IoState last_write = environment::IoState::ready;
};

// Octets that repeat only after a long while, so that a piece in the wrong place shows.
Bytes sample(std::size_t length);

}  // namespace shoal::net::test
