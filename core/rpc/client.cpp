#include "rpc/client.hpp"

#include "control/json.hpp"
#include "rpc/own_methods.hpp"

#include <array>
#include <utility>

namespace shoal::rpc {

using environment::IoState;

namespace {

// We asked for it.
constexpr std::size_t longest_answer = 256 << 20;

}  // namespace

Client::Client(std::unique_ptr<environment::Stream> stream, Heard heard)
    : stream_(std::move(stream)), heard_(std::move(heard)), lines_(longest_answer)
{
    stream_->set_events(this);
    stream_->want_read(true);
}

void Client::call(std::string_view method, Value::Map arguments, Answered done)
{
    if (end_) return done(*end_);
    calls_.emplace(++last_id_, std::move(done));
    outbox_ += request_line(last_id_, method, std::move(arguments));
    flush();
}

void Client::introduce(std::string_view name)
{
    call(introduce_method, Value::Map{}.set("client", name), [](const Result<Value>&) {});
}

// That nobody takes it is said by the next read, after what was answered before.
void Client::flush()
{
    while (!outbox_.empty()) {
        const auto octets = as_bytes(outbox_);
        const auto outcome = stream_->write({&octets, 1}, false);
        outbox_.erase(0, outcome.bytes);
        if (outcome.state == IoState::closed || outcome.state == IoState::failed) outbox_.clear();
        if (outcome.state == IoState::would_block) break;
    }
    stream_->want_write(!outbox_.empty());
}

void Client::on_writable()
{
    flush();
}

void Client::on_readable()
{
    std::array<std::byte, 64 << 10> octets;
    const auto room = MutableBytes(octets);
    const auto outcome = stream_->read({&room, 1});
    lines_.feed(ByteView(octets).first(outcome.bytes));
    for (auto next = lines_.next(); !end_ && next.kind != LineBuffer::Kind::none; next = lines_.next()) {
        if (next.kind == LineBuffer::Kind::line) hear(next.text);
        else end_with(make_error(Errc::protocol_error, "the answer is too long"));
    }
    if (!end_ && (outcome.state == IoState::closed || outcome.state == IoState::failed)) {
        end_with(make_error(Errc::network_error, "the daemon ended the connection"));
    }
}

void Client::hear(std::string_view line)
{
    const auto message = control::from_json(line, longest_answer);
    if (!message) return end_with(make_error(Errc::protocol_error, message.error().text));
    auto heard = read_answer(*message);
    if (!heard) return end_with(heard.error());
    if (const auto* answer = std::get_if<Answer>(&*heard)) return settle(*answer);
    if (heard_) heard_(std::get<Event>(*heard));
}

void Client::settle(const Answer& answer)
{
    // An error about nothing in particular: it is over.
    if (answer.id.is_null() && !answer.outcome) return end_with(answer.outcome.error());
    const auto* id = answer.id.as_integer();
    auto call = id != nullptr ? calls_.extract(*id) : decltype(calls_)::node_type();
    if (call.empty()) return end_with(make_error(Errc::protocol_error, "an answer to what was not asked"));
    call.mapped()(answer.outcome);
}

void Client::end_with(Error why)
{
    end_ = std::move(why);
    stream_->want_read(false);
    stream_->want_write(false);
    for (auto& [id, done] : std::exchange(calls_, {})) done(*end_);
}

}  // namespace shoal::rpc
