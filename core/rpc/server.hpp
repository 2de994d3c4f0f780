#pragma once

#include "environment/loop.hpp"
#include "environment/network.hpp"
#include "rpc/connection.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace shoal::rpc {

// Lets clients call a registry: one conversation for each connection of its listeners. [loop]
class Server final : private Connection::Owner {
public:
    using Listen = std::function<Result<std::unique_ptr<environment::Listener>>(environment::Network::Accepted)>;

    // The registry lives longer.
    Server(environment::Loop& loop, control::Registry& registry, const ServerLimits& limits = {});
    // Cuts who is still there.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Whoever this listener accepts is a client from now on.
    Result<void> open(const Listen& listen);
    std::size_t clients() const { return connections_.size(); }

    // Nobody comes in and nothing is asked any more; what is under way has a little time to be answered, then `done` is called once,
    // not inline. May be called by a method.
    void stop(environment::Task done);

private:
    bool holds_too_much() const override;
    void on_closed(Connection& connection) override;
    void admit(std::unique_ptr<environment::Stream> stream);
    void cut_all();
    void stop_if_empty();

    environment::Loop& loop_;
    control::Registry& registry_;
    const ServerLimits limits_;
    std::vector<std::unique_ptr<environment::Listener>> listeners_;
    std::vector<std::shared_ptr<Connection>> connections_;
    environment::Timer goodbye_;
    environment::Task stopped_;
};

}  // namespace shoal::rpc
