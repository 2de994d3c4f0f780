#include "net/stream_http_server.hpp"

#include "net/http_connection.hpp"

#include <algorithm>
#include <memory>
#include <vector>

namespace shoal::net {

using environment::HttpServer;

namespace {

class StreamHttpListener final : public environment::HttpListener, public HttpConnection::Owner {
public:
    StreamHttpListener(environment::Loop& loop, const HttpServerLimits& limits, HttpServer::Asked asked)
        : loop_(loop), limits_(limits), asked_(std::make_shared<HttpServer::Asked>(std::move(asked)))
    {}

    ~StreamHttpListener() override
    {
        for (const auto& connection : connections_) connection->close();
    }

    Result<> open(environment::Network& network, const Endpoint& local)
    {
        auto listener = network.listen(
            local, [this](std::unique_ptr<environment::Stream> stream) { admit(std::move(stream)); });
        if (!listener) return listener.error();
        listener_ = std::move(*listener);
        return {};
    }

    Endpoint local() const override { return listener_->local(); }

    // May destroy this listener.
    void on_question(environment::HttpQuestion question, HttpServer::Answer answer) override
    {
        const auto asked = asked_;
        (*asked)(std::move(question), std::move(answer));
    }

    void on_closed(HttpConnection& connection) override
    {
        std::erase_if(connections_, [&](const auto& entry) { return entry.get() == &connection; });
    }

private:
    void admit(std::unique_ptr<environment::Stream> stream)
    {
        if (connections_.size() >= limits_.connections && !make_room()) return;
        connections_.push_back(std::make_shared<HttpConnection>(loop_, std::move(stream), limits_, *this));
        connections_.back()->start();
    }

    // A client that keeps its connection for later loses it to one that has a question now.
    bool make_room()
    {
        auto longest = connections_.end();
        for (auto i = connections_.begin(); i != connections_.end(); ++i) {
            if (!(*i)->is_between_questions()) continue;
            const bool is_first = longest == connections_.end();
            if (is_first || (*i)->waiting_since() < (*longest)->waiting_since()) longest = i;
        }
        if (longest == connections_.end()) return false;
        (*longest)->close();
        connections_.erase(longest);
        return true;
    }

    environment::Loop& loop_;
    const HttpServerLimits limits_;
    std::shared_ptr<HttpServer::Asked> asked_;  // shared only with the call going on
    std::vector<std::shared_ptr<HttpConnection>> connections_;
    std::unique_ptr<environment::Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<environment::HttpListener>> StreamHttpServer::listen(const Endpoint& local,
                                                                            Asked asked)
{
    auto listener = std::make_unique<StreamHttpListener>(loop_, limits_, std::move(asked));
    if (const auto opened = listener->open(network_, local); !opened) return opened.error();
    return std::unique_ptr<environment::HttpListener>(std::move(listener));
}

}  // namespace shoal::net
