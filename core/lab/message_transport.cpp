#include "lab/message_transport.hpp"

#include "lab/message_connection.hpp"
#include "lab/node.hpp"
#include "lab/ports.hpp"

#include <utility>

namespace shoal::lab {

namespace {

class LinkListener final : public environment::Listener {
public:
    explicit LinkListener(std::unique_ptr<PortLease> lease) : lease_(std::move(lease)) {}
    Endpoint local() const override { return lease_->local(); }

private:
    std::unique_ptr<PortLease> lease_;
};

}  // namespace

environment::OperationId MessageTransport::connect(const Endpoint& to, Duration timeout, Connected done)
{
    return node_.ports().connect(to, timeout, Carriage::messages,
                                 [done = std::move(done)](Result<Connection*> made) mutable {
                                     if (!made) return done(std::move(made).error());
                                     done(static_cast<MessageConnection&>(**made).open(initiator));
                                 });
}

void MessageTransport::cancel_connect(environment::OperationId operation)
{
    node_.ports().cancel(operation);
}

Result<std::unique_ptr<environment::Listener>> MessageTransport::listen(const Endpoint& local,
                                                                        Accepted accepted)
{
    auto accept = [accepted = std::move(accepted)](Connection& connection) mutable {
        accepted(static_cast<MessageConnection&>(connection).open(acceptor));
    };
    auto lease = node_.ports().listen(local, Carriage::messages, std::move(accept));
    if (!lease) return std::move(lease).error();
    return std::make_unique<LinkListener>(std::move(*lease));
}

}  // namespace shoal::lab
