#include "peer/stream_transport.hpp"

#include <utility>

namespace shoal::peer {

StreamTransport::StreamTransport(environment::Loop& loop, environment::Network& network,
                                 const StreamLinkSettings& settings)
    : loop_(loop), network_(network), settings_(settings)
{
    if (!settings_.read_space) settings_.read_space = std::make_shared<ReadSpace>();
}

environment::OperationId StreamTransport::connect(const Endpoint& to, environment::Duration timeout,
                                                  Connected done)
{
    // The loop and the settings are captured, not `this`: the operation may outlive the transport.
    auto make_link = [&loop = loop_, settings = settings_,
                      done = std::move(done)](Result<std::unique_ptr<environment::Stream>> stream) mutable {
        if (!stream) return done(std::move(stream).error());
        done(std::unique_ptr<Link>(std::make_unique<StreamLink>(loop, std::move(*stream), settings)));
    };
    return network_.connect(to, timeout, std::move(make_link));
}

void StreamTransport::cancel_connect(environment::OperationId operation)
{
    network_.cancel_connect(operation);
}

Result<std::unique_ptr<environment::Listener>> StreamTransport::listen(const Endpoint& local,
                                                                       Accepted accepted)
{
    auto make_link = [&loop = loop_, settings = settings_,
                      accepted = std::move(accepted)](std::unique_ptr<environment::Stream> stream) mutable {
        accepted(std::make_unique<StreamLink>(loop, std::move(stream), settings));
    };
    return network_.listen(local, std::move(make_link));
}

}  // namespace shoal::peer
