#pragma once

#include "environment/loop.hpp"
#include "environment/network.hpp"
#include "rpc/conversation.hpp"

#include <memory>

namespace shoal::rpc {

struct ServerLimits {
    std::size_t clients = 64;
    std::size_t held = 64 << 20;                              // octets of incomplete messages, of all clients together
    environment::Duration line = std::chrono::seconds{60};    // for a message that has begun
    environment::Duration goodbye = std::chrono::seconds{2};  // for what is under way when the server stops
    ConversationLimits conversation{};
};

// A conversation over a stream. Held by a shared_ptr, so that it outlives its own events. [loop]
class Connection final : public environment::Stream::Events, public std::enable_shared_from_this<Connection> {
public:
    class Owner {
    public:
        virtual bool holds_too_much() const = 0;
        // It closed by itself. The last call.
        virtual void on_closed(Connection& connection) = 0;

    protected:
        ~Owner() = default;
    };

    Connection(environment::Loop& loop, control::Registry& registry, std::unique_ptr<environment::Stream> stream,
               const ServerLimits& limits, Owner& owner);

    // After construction, as shared_from_this() works only then.
    void start();
    // Takes no more, and closes when all that was asked is answered and sent.
    void finish();
    // Without telling the owner.
    void close();

    std::size_t held() const { return conversation_.held(); }

    void on_readable() override;
    void on_writable() override;

private:
    void settle();
    bool flush();
    void watch_line();
    void on_late();
    void settle_soon();
    void end();

    environment::Loop& loop_;
    std::unique_ptr<environment::Stream> stream_;  // null: closed
    const ServerLimits limits_;
    Owner* owner_;
    Conversation conversation_;
    environment::Timer line_timer_;
    std::uint64_t timed_line_ = 0;
    bool is_finishing_ = false;
    bool is_settling_soon_ = false;
};

}  // namespace shoal::rpc
