#include "net/http_connection.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/vector_body.hpp>

#include <algorithm>
#include <array>

namespace shoal::net {

namespace http = boost::beast::http;
using environment::HttpAnswer;
using environment::IoState;

namespace {

constexpr std::size_t octets_per_read = 8 << 10;
constexpr std::size_t most_drained = 256 << 10;

std::string_view reason_of(std::uint32_t status)
{
    const auto reason = http::obsolete_reason(http::int_to_status(status));
    return {reason.data(), reason.size()};
}

bool is_one_line(std::string_view text)
{
    return std::ranges::none_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

}  // namespace

// One question as it arrives.
class HttpConnection::Reader {
public:
    struct Progress {
        std::size_t consumed = 0;
        bool is_complete = false;
        std::uint32_t refusal = 0;  // the status to refuse it with
    };

    explicit Reader(const HttpServerLimits& limits) : most_pending_(limits.header_octets)
    {
        parser_.eager(true);
        parser_.header_limit(limits.header_octets);
        parser_.body_limit(limits.body_octets);
    }

    Progress feed(ByteView arrived)
    {
        Progress progress;
        boost::system::error_code error;
        while (!error && progress.consumed < arrived.size() && !parser_.is_done()) {
            const auto rest = arrived.subspan(progress.consumed);
            progress.consumed += parser_.put(boost::asio::buffer(rest.data(), rest.size()), error);
        }
        progress.is_complete = parser_.is_done();
        if (error && error != http::error::need_more) progress.refusal = refusal_for(error);
        // The parser has no limit of its own for the extension of a chunk, or for trailers.
        const bool is_clogged = arrived.size() - progress.consumed >= most_pending_;
        if (!progress.is_complete && is_clogged && progress.refusal == 0) progress.refusal = 431;
        return progress;
    }

    bool has_started() const { return parser_.got_some(); }
    bool keeps_alive() const { return parser_.keep_alive(); }
    bool is_head() const { return parser_.get().method() == http::verb::head; }

    bool waits_for_encouragement() const
    {
        return parser_.is_header_done() && !parser_.is_done()
               && boost::beast::iequals(parser_.get()[http::field::expect], "100-continue");
    }

    environment::HttpQuestion take(const Endpoint& from)
    {
        auto message = parser_.release();
        environment::HttpQuestion question;
        question.method = message.method_string();
        question.target = message.target();
        for (const auto& field : message) {
            std::string name(field.name_string());
            std::ranges::transform(name, name.begin(),
                                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
            question.headers.emplace_back(std::move(name), std::string(field.value()));
        }
        question.body = std::move(message.body());
        question.from = from;
        return question;
    }

private:
    static std::uint32_t refusal_for(const boost::system::error_code& error)
    {
        if (error == http::error::body_limit) return 413;
        return error == http::error::header_limit ? 431 : 400;
    }

    http::request_parser<http::vector_body<std::byte>> parser_;
    std::size_t most_pending_;
};

// What the one who answers holds. It can outlive the connection; dropped, it answers 500.
class HttpConnection::AnswerOnce {
public:
    explicit AnswerOnce(std::weak_ptr<HttpConnection> connection) : connection_(std::move(connection)) {}
    AnswerOnce(AnswerOnce&&) noexcept = default;
    AnswerOnce& operator=(AnswerOnce&&) = delete;
    ~AnswerOnce() { operator()({500, "text/plain", {}}); }

    void operator()(HttpAnswer answer)
    {
        const auto connection = std::exchange(connection_, {}).lock();
        if (connection) connection->answer(std::move(answer));
    }

private:
    std::weak_ptr<HttpConnection> connection_;
};

HttpConnection::HttpConnection(environment::Loop& loop, std::unique_ptr<environment::Stream> stream,
                               const HttpServerLimits& limits, Owner& owner)
    : loop_(loop), stream_(std::move(stream)), limits_(limits), owner_(&owner), timer_(loop)
{}

HttpConnection::~HttpConnection() = default;

void HttpConnection::start()
{
    stream_->set_events(this);
    wait_for_question();
}

void HttpConnection::close()
{
    state_ = State::closed;
    owner_ = nullptr;
    timer_.cancel();
    stream_.reset();
}

void HttpConnection::end()
{
    auto* owner = owner_;
    close();
    if (owner != nullptr) owner->on_closed(*this);
}

bool HttpConnection::is_between_questions() const
{
    return state_ == State::reading && inbox_.empty() && !reader_->has_started();
}

void HttpConnection::on_readable()
{
    const auto self = shared_from_this();
    if (state_ == State::draining) return drain();
    const auto before = inbox_.size();
    inbox_.resize(before + octets_per_read);
    const auto room = MutableBytes(inbox_).subspan(before);
    const auto outcome = stream_->read({&room, 1});
    inbox_.resize(before + outcome.bytes);
    if (outcome.state == IoState::closed || outcome.state == IoState::failed) return end();
    advance();
}

void HttpConnection::on_writable()
{
    const auto self = shared_from_this();
    advance();
}

// A loop and not a recursion: a thousand pipelined questions, answered at once, must not grow the stack.
void HttpConnection::advance()
{
    if (is_advancing_) return;
    is_advancing_ = true;
    while (step()) {
    }
    is_advancing_ = false;
}

// True when there may be more to do at once.
bool HttpConnection::step()
{
    if (state_ == State::reading) return parse();
    return state_ == State::writing && flush();
}

bool HttpConnection::parse()
{
    if (inbox_.empty()) return false;
    const auto progress = reader_->feed(inbox_);
    inbox_.erase(inbox_.begin(), inbox_.begin() + static_cast<std::ptrdiff_t>(progress.consumed));
    if (progress.refusal != 0) {
        refuse(progress.refusal);
    } else if (progress.is_complete) {
        ask();
    } else {
        encourage();
        return false;
    }
    return true;
}

// RFC 9110, 10.1.1: a client that expects it holds its body back until it is told to go on.
void HttpConnection::encourage()
{
    if (is_encouraged_ || !reader_->waits_for_encouragement()) return;
    is_encouraged_ = true;
    const auto interim = as_bytes("HTTP/1.1 100 Continue\r\n\r\n");
    if (stream_->write({&interim, 1}, false).bytes != interim.size()) end();
}

void HttpConnection::ask()
{
    state_ = State::answering;
    timer_.cancel();
    stream_->want_read(false);
    keeps_alive_ = reader_->keeps_alive();
    is_head_ = reader_->is_head();
    owner_->on_question(reader_->take(stream_->remote()), AnswerOnce(weak_from_this()));
}

void HttpConnection::answer(HttpAnswer answer)
{
    if (state_ != State::answering) return;
    write(std::move(answer));
    advance();
}

void HttpConnection::refuse(std::uint32_t status)
{
    is_refusal_ = true;
    keeps_alive_ = false;
    is_head_ = false;
    inbox_.clear();
    stream_->want_read(false);
    const auto reason = as_bytes(reason_of(status));
    write({status, "text/plain", Bytes(reason.begin(), reason.end())});
}

void HttpConnection::write(HttpAnswer answer)
{
    const auto status = answer.status >= 200 && answer.status <= 599 ? answer.status : 500;
    const auto type = is_one_line(answer.content_type) ? answer.content_type : "application/octet-stream";
    const bool has_content = status != 204 && status != 304;
    head_ = fmt::format("HTTP/1.1 {} {}\r\nServer: Shoal/0.1\r\n", status, reason_of(status));
    if (has_content) {
        head_ += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", type, answer.body.size());
    }
    head_ += keeps_alive_ ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    body_.clear();
    if (has_content && !is_head_) body_ = std::move(answer.body);
    sent_ = 0;
    state_ = State::writing;
    timer_.start(limits_.idle, [this] { end(); });
}

bool HttpConnection::flush()
{
    while (sent_ < head_.size() + body_.size()) {
        const auto head = as_bytes(head_).subspan(std::min(sent_, head_.size()));
        const auto body = ByteView(body_).subspan(sent_ > head_.size() ? sent_ - head_.size() : 0);
        const auto outcome = stream_->write(std::array{head, body}, false);
        sent_ += outcome.bytes;
        if (outcome.state == IoState::closed || outcome.state == IoState::failed) {
            end();
            return false;
        }
        if (outcome.state == IoState::would_block) {
            stream_->want_write(true);
            return false;
        }
    }
    finish_answer();
    return true;
}

void HttpConnection::finish_answer()
{
    stream_->want_write(false);
    if (keeps_alive_) return wait_for_question();
    if (!is_refusal_) return end();
    // The client may still be sending; closing on it at once would take the refusal from it.
    state_ = State::draining;
    timer_.start(limits_.drain, [this] { end(); });
    stream_->want_read(true);
}

void HttpConnection::drain()
{
    std::array<std::byte, octets_per_read> dropped;
    const auto room = MutableBytes(dropped);
    const auto outcome = stream_->read({&room, 1});
    drained_ += outcome.bytes;
    if (outcome.state == IoState::would_block) return;
    if (outcome.state != IoState::ready || drained_ > most_drained) end();
}

void HttpConnection::wait_for_question()
{
    reader_ = std::make_unique<Reader>(limits_);
    is_encouraged_ = false;
    state_ = State::reading;
    waiting_since_ = loop_.now();
    timer_.start(limits_.idle, [this] { on_late(); });
    stream_->want_read(true);
}

void HttpConnection::on_late()
{
    const auto self = shared_from_this();
    if (is_between_questions()) return end();
    refuse(408);
    advance();
}

}  // namespace shoal::net
