#pragma once

#include "net/stream_http_server.hpp"
#include "stream_recorder.hpp"

#include <string>

namespace shoal::net::test {

// A connection to an HTTP server on which anything can be said.
class HttpVisitor {
public:
    HttpVisitor(Machine& machine, const Endpoint& server)
        : machine_(machine), end_(connected(machine, server))
    {}

    void say(std::string_view text) { end_.send(as_bytes(text)); }
    std::string heard() const { return std::string(as_text(end_.received)); }
    void forget() { end_.received.clear(); }
    bool is_dismissed() const { return end_.last_read != environment::IoState::ready; }

    bool hears(const std::string& text)
    {
        return machine_.turn_until([&] { return heard().find(text) != std::string::npos; });
    }
    bool is_dismissed_in_time()
    {
        return machine_.turn_until([&] { return is_dismissed(); });
    }

private:
    static std::unique_ptr<environment::Stream> connected(Machine& machine, const Endpoint& server)
    {
        std::unique_ptr<environment::Stream> made;
        machine.network.connect(server, std::chrono::seconds{5}, [&](auto stream) {
            REQUIRE(stream);
            made = std::move(*stream);
        });
        REQUIRE(machine.turn_until([&] { return made != nullptr; }));
        return made;
    }

    Machine& machine_;
    StreamRecorder end_;
};

// A server that answers each question with its target, unless told otherwise.
struct EchoServer {
    explicit EchoServer(Machine& machine, HttpServerLimits limits = {})
        : server(machine.loop, machine.network, limits)
    {
        auto opened = server.listen(loopback(), [this](environment::HttpQuestion question, auto answer) {
            const auto target = as_bytes(question.target);
            environment::HttpAnswer echo{.body = Bytes(target.begin(), target.end())};
            questions.push_back(std::move(question));
            answer(std::move(echo));
        });
        REQUIRE(opened);
        listener = std::move(*opened);
    }
    Endpoint local() const { return listener->local(); }

    StreamHttpServer server;
    std::vector<environment::HttpQuestion> questions;
    std::unique_ptr<environment::HttpListener> listener;
};

}  // namespace shoal::net::test
