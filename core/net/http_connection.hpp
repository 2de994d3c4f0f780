#pragma once

#include "environment/http.hpp"
#include "net/stream_http_server.hpp"

#include <memory>
#include <string>

namespace shoal::net {

// One client of the HTTP server: takes a question, waits for its answer, writes it, takes the next. Held by a
// shared_ptr so that it outlives its own events and so that an answer can tell that it is gone. [loop]
class HttpConnection final : public environment::Stream::Events,
                             public std::enable_shared_from_this<HttpConnection> {
public:
    class Owner {
    public:
        virtual void on_question(environment::HttpQuestion question,
                                 environment::HttpServer::Answer answer) = 0;
        // It closed by itself. The last call.
        virtual void on_closed(HttpConnection& connection) = 0;

    protected:
        ~Owner() = default;
    };

    HttpConnection(environment::Loop& loop, std::unique_ptr<environment::Stream> stream,
                   const HttpServerLimits& limits, Owner& owner);
    ~HttpConnection();

    // After construction, as shared_from_this() works only then.
    void start();
    // Without telling the owner.
    void close();

    bool is_between_questions() const;
    environment::Time waiting_since() const { return waiting_since_; }

    void on_readable() override;
    void on_writable() override;

private:
    class Reader;
    class AnswerOnce;
    enum class State { reading, answering, writing, draining, closed };

    void advance();
    bool step();
    bool parse();
    bool flush();
    void drain();
    void ask();
    void answer(environment::HttpAnswer answer);
    void refuse(std::uint32_t status);
    void write(environment::HttpAnswer answer);
    void finish_answer();
    void wait_for_question();
    void encourage();
    void on_late();
    void end();

    environment::Loop& loop_;
    std::unique_ptr<environment::Stream> stream_;
    const HttpServerLimits limits_;
    Owner* owner_;
    environment::Timer timer_;  // of the state it is in

    State state_ = State::closed;
    bool is_advancing_ = false;
    environment::Time waiting_since_{};

    // The question.
    std::unique_ptr<Reader> reader_;
    Bytes inbox_;  // arrived and not parsed
    bool is_encouraged_ = false;

    // The answer going out, and what comes after it.
    std::string head_;
    Bytes body_;
    std::size_t sent_ = 0;  // of both
    bool is_head_ = false;  // asked for by HEAD: no body
    bool keeps_alive_ = true;
    bool is_refusal_ = false;
    std::size_t drained_ = 0;
};

}  // namespace shoal::net
