#include "rpc/connection.hpp"

#include <array>

namespace shoal::rpc {

using environment::IoState;

namespace {

constexpr std::size_t octets_per_read = 64 << 10;

}  // namespace

Connection::Connection(environment::Loop& loop, control::Registry& registry,
                       std::unique_ptr<environment::Stream> stream, const ServerLimits& limits, Owner& owner)
    : loop_(loop), stream_(std::move(stream)), limits_(limits), owner_(&owner),
      conversation_(registry, limits.conversation, [this] { settle_soon(); }), line_timer_(loop)
{}

void Connection::start()
{
    stream_->set_events(this);
    stream_->want_read(true);
}

void Connection::finish()
{
    const auto self = shared_from_this();
    is_finishing_ = true;
    settle();
}

void Connection::close()
{
    owner_ = nullptr;
    line_timer_.cancel();
    stream_.reset();
}

void Connection::end()
{
    auto* owner = owner_;
    close();
    if (owner != nullptr) owner->on_closed(*this);
}

void Connection::on_readable()
{
    const auto self = shared_from_this();
    std::array<std::byte, octets_per_read> octets;
    const auto room = MutableBytes(octets);
    const auto outcome = stream_->read({&room, 1});
    if (outcome.state == IoState::failed) return end();
    conversation_.receive(ByteView(octets).first(outcome.bytes));
    if (outcome.state == IoState::closed) {
        // It may still read. What it said last counts, with an end of line or without.
        if (conversation_.is_inside_line()) conversation_.receive(as_bytes("\n"));
        is_finishing_ = true;
    } else if (conversation_.is_inside_line() && owner_ != nullptr && owner_->holds_too_much()) {
        conversation_.drop_line(make_error(Errc::limit_exceeded, "too much has begun to arrive and is not complete: try again"));
    }
    settle();
}

void Connection::on_writable()
{
    const auto self = shared_from_this();
    settle();
}

void Connection::settle()
{
    if (!stream_) return;
    const bool is_heard = flush();
    if (!stream_) return;  // what was asked for ended all connections
    if (!is_heard || conversation_.is_hopeless()) return end();
    const bool has_output = !conversation_.output().empty();
    if (is_finishing_ && !has_output && conversation_.is_at_rest()) return end();
    stream_->want_write(has_output);
    stream_->want_read(!is_finishing_ && conversation_.wants_input());
    watch_line();
}

// False: there is nobody to write to any more.
bool Connection::flush()
{
    while (stream_ && !conversation_.output().empty()) {
        const auto output = conversation_.output();
        const auto outcome = stream_->write({&output, 1}, false);
        conversation_.sent(outcome.bytes);
        if (outcome.state == IoState::would_block) return true;
        if (outcome.state != IoState::ready) return false;
    }
    return true;
}

void Connection::watch_line()
{
    if (is_finishing_ || !conversation_.wants_input() || !conversation_.is_inside_line()) return line_timer_.cancel();
    if (line_timer_.is_pending() && timed_line_ == conversation_.lines()) return;
    timed_line_ = conversation_.lines();
    line_timer_.start(limits_.line, [this] { on_late(); });
}

void Connection::on_late()
{
    conversation_.drop_line(make_error(Errc::timed_out, "the rest of a message did not come in time"));
    finish();
}

// What a call or an event brings comes in the middle of things; and many of them can leave together.
void Connection::settle_soon()
{
    if (is_settling_soon_) return;
    is_settling_soon_ = true;
    loop_.post([weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        self->is_settling_soon_ = false;
        self->settle();
    });
}

}  // namespace shoal::rpc
