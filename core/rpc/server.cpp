#include "rpc/server.hpp"

#include "rpc/message.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace shoal::rpc {

namespace {

// Best effort: it is short, and nothing was written before it.
void turn_away(environment::Stream& stream, std::size_t clients)
{
    const auto error = make_error(Errc::limit_exceeded, fmt::format("there are {} clients already", clients));
    const auto line = fault_text({.error = error}) + '\n';
    const auto octets = as_bytes(line);
    stream.write({&octets, 1}, false);
}

}  // namespace

Server::Server(environment::Loop& loop, control::Registry& registry, const ServerLimits& limits)
    : loop_(loop), registry_(registry), limits_(limits), goodbye_(loop)
{}

Server::~Server()
{
    cut_all();
}

Result<void> Server::open(const Listen& listen)
{
    auto listener = listen([this](std::unique_ptr<environment::Stream> stream) { admit(std::move(stream)); });
    if (!listener) return listener.error();
    listeners_.push_back(std::move(*listener));
    return {};
}

void Server::admit(std::unique_ptr<environment::Stream> stream)
{
    if (connections_.size() >= limits_.clients) return turn_away(*stream, connections_.size());
    Connection::Owner& owner = *this;
    connections_.push_back(std::make_shared<Connection>(loop_, registry_, std::move(stream), limits_, owner));
    connections_.back()->start();
}

bool Server::holds_too_much() const
{
    std::size_t held = 0;
    for (const auto& connection : connections_) held += connection->held();
    return held > limits_.held;
}

void Server::on_closed(Connection& connection)
{
    std::erase_if(connections_, [&](const auto& entry) { return entry.get() == &connection; });
    stop_if_empty();
}

void Server::stop(environment::Task done)
{
    listeners_.clear();
    stopped_ = std::move(done);
    goodbye_.start(limits_.goodbye, [this] {
        cut_all();
        stop_if_empty();
    });
    const auto all = connections_;
    for (const auto& connection : all) connection->finish();
    stop_if_empty();
}

void Server::cut_all()
{
    for (const auto& connection : connections_) connection->close();
    connections_.clear();
}

void Server::stop_if_empty()
{
    if (!stopped_ || !connections_.empty()) return;
    goodbye_.cancel();
    loop_.post(std::exchange(stopped_, nullptr));
}

}  // namespace shoal::rpc
