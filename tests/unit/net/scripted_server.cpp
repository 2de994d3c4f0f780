#include "scripted_server.hpp"

#include <array>

namespace shoal::net::test {

using environment::IoState;

class ScriptedServer::Client final : public environment::Stream::Events {
public:
    Client(ScriptedServer& server, std::unique_ptr<environment::Stream> end)
        : server_(server), stream_(std::move(end)), timer_(server.loop_)
    {
        stream_->set_events(this);
        stream_->want_read(true);
    }

    bool is_gone() const { return stream_ == nullptr; }

    void on_readable() override
    {
        std::array<std::byte, 4096> room;
        const auto buffer = MutableBytes(room);
        const auto outcome = stream_->read({&buffer, 1});
        if (outcome.state == IoState::closed || outcome.state == IoState::failed) return leave();
        inbox_ += as_text(ByteView(room).first(outcome.bytes));
        const auto end = inbox_.find("\r\n\r\n");
        if (end == inbox_.npos) return;
        server_.requests.push_back(inbox_.substr(0, end + 4));
        inbox_.clear();
        script_ = server_.answer_(server_.requests.back());
        outbox_ = script_.once;
        stream_->want_write(true);
    }

    void on_writable() override
    {
        const auto view = as_bytes(outbox_);
        const auto outcome = stream_->write({&view, 1}, false);
        if (outcome.state == IoState::closed || outcome.state == IoState::failed) return leave();
        outbox_.erase(0, outcome.bytes);
        if (outbox_.empty()) refill();
    }

private:
    void refill()
    {
        if (script_.forever.empty()) {
            stream_->want_write(false);
            if (!script_.keeps_open) leave();
            return;
        }
        outbox_ = script_.forever;
        if (script_.pace == environment::Duration{}) return;
        stream_->want_write(false);
        timer_.start(script_.pace, [this] { stream_->want_write(true); });
    }

    void leave()
    {
        timer_.cancel();
        stream_.reset();
    }

    ScriptedServer& server_;
    std::unique_ptr<environment::Stream> stream_;
    environment::Timer timer_;
    std::string inbox_;
    std::string outbox_;
    Script script_;
};

ScriptedServer::ScriptedServer(Machine& machine, Answer answer)
    : loop_(machine.loop), answer_(std::move(answer))
{
    auto listener = machine.network.listen(loopback(), [this](std::unique_ptr<environment::Stream> stream) {
        clients_.push_back(std::make_unique<Client>(*this, std::move(stream)));
    });
    REQUIRE(listener);
    listener_ = std::move(*listener);
}

ScriptedServer::~ScriptedServer() = default;

std::string ScriptedServer::url(const std::string& path) const
{
    return "http://" + authority() + path;
}

bool ScriptedServer::is_client_gone(std::size_t client) const
{
    return clients_.at(client)->is_gone();
}

std::string response(const std::string& body, const std::string& more_headers)
{
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers
           + "\r\n" + body;
}

std::string redirect(const std::string& to)
{
    return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\nContent-Length: 0\r\n\r\n";
}

}  // namespace shoal::net::test
