#pragma once

#include "environment/loop.hpp"
#include "environment/network.hpp"
#include "net/descriptor.hpp"
#include "net/interfaces.hpp"

#include <memory>
#include <vector>

namespace shoal::net {

class DatagramReceiver;
class LiveLoop;

// A UDP socket in a multicast group, on every interface of the machine at once. Interfaces come and go: it looks again now
// and then, and before it speaks. It is bound to the group's address, so that nothing sent to the port alone comes in.
// Where the kernel lets it join on some interfaces only, those have to do.
class GroupSocket final : public environment::DatagramSocket {
public:
    using Interfaces = UniqueFunction<std::vector<Interface>()>;
    struct Options {
        Endpoint group;
        Interfaces interfaces;  // asked whenever it looks
        environment::Duration look_every = std::chrono::seconds{30};
        environment::Duration fresh_for = std::chrono::seconds{1};  // no look before it speaks
    };

    // Errors: invalid_argument (no group), unsupported (no interface can multicast), permission_denied …
    static Result<std::unique_ptr<environment::DatagramSocket>> open(LiveLoop& loop, Options options,
                                                                     environment::Network::Received received);
    ~GroupSocket() override;

    Endpoint local() const override { return options_.group; }
    void send(const Endpoint& to, ByteView datagram) override;

private:
    GroupSocket(LiveLoop& loop, Options options);
    void receive(LiveLoop& loop, Descriptor socket, environment::Network::Received received);
    // Joins where it is not a member yet.
    Result<void> look(int socket);
    Result<void> join(int socket, unsigned interface) const;
    void send_through(const Interface& interface, ByteView datagram) const;
    bool is_neighbour(const Address& address) const;
    void look_now_and_then();

    Options options_;
    std::vector<Interface> joined_;
    environment::Timer next_look_;
    environment::Loop& loop_;
    environment::Time last_look_{};
    std::shared_ptr<DatagramReceiver> receiver_;  // shared only with its own event while that runs
};

}  // namespace shoal::net
