#include "peer/stream_link.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace shoal::peer {
namespace {

// Views in one gathered write: sixteen blocks from buffers with their heads.
constexpr std::size_t views_per_write = 32;
// Whoever queued so many octets of messages wants to hear that they are gone.
constexpr std::size_t long_queue = 64 << 10;

}  // namespace

StreamLink::StreamLink(environment::Loop& loop, std::unique_ptr<environment::Stream> stream,
                       const StreamLinkSettings& settings)
    : loop_(loop),
      stream_(std::move(stream)),
      read_budget_(settings.read_budget),
      sends_files_(stream_->sends_files()),
      local_(stream_->local()),
      remote_(stream_->remote()),
      decoder_(settings.limits, settings.read_space),
      self_(std::make_shared<StreamLink*>(this))
{
    stream_->set_events(this);
}

StreamLink::~StreamLink()
{
    *self_ = nullptr;
}

void StreamLink::set_events(LinkEvents* events)
{
    events_ = events;
    decoder_.set_events(events);
    update_want_read();
    if (events != nullptr && (failure_ || decoder_.has_backlog())) schedule_turn();
}

void StreamLink::send(const Handshake& our_handshake)
{
    if (stream_ == nullptr) return;
    output_.push(our_handshake);
    schedule_turn();
}

void StreamLink::send(const Message& message)
{
    if (stream_ == nullptr) return;
    output_.push(message);
    schedule_turn();
}

void StreamLink::send(OutgoingBlock block)
{
    if (stream_ == nullptr) return;
    output_.push(std::move(block));
    schedule_turn();
}

void StreamLink::pause_reading()
{
    decoder_.pause();
    update_want_read();
}

void StreamLink::resume_reading()
{
    decoder_.resume();
    update_want_read();
    // What is read already must not be handled inside this command.
    if (decoder_.has_backlog()) schedule_turn();
}

bool StreamLink::read_on()
{
    auto budget = read_budget_;
    auto reading = decoder_.has_backlog() ? handle(0) : Reading::more;
    while (reading == Reading::more) reading = read_once(budget);
    return reading != Reading::ended;
}

StreamLink::Reading StreamLink::read_once(std::size_t& budget)
{
    if (decoder_.is_paused()) return Reading::over;
    const auto space = decoder_.prepare();
    const auto room = space.first(std::min(space.size(), budget));
    const auto got = stream_->read({&room, 1});
    if (got.bytes > 0) {
        const auto after = handle(got.bytes);
        if (after != Reading::more) return after;
    }
    if (got.state == environment::IoState::closed) {
        close(decoder_.end_of_stream());
        return Reading::ended;
    }
    if (got.state == environment::IoState::failed) {
        close(stream_->error());
        return Reading::ended;
    }
    // After a short read another one would only be told that there is nothing.
    if (got.state == environment::IoState::would_block || got.bytes < room.size()) return Reading::over;
    budget -= std::min(budget, got.bytes);
    return budget > 0 ? Reading::more : Reading::over;
}

StreamLink::Reading StreamLink::handle(std::size_t octets)
{
    const auto progress = decoder_.commit(octets);
    if (!progress) {
        close(progress.error());
        return Reading::ended;
    }
    if (*progress == DecoderProgress::destroyed) return Reading::ended;
    if (*progress == DecoderProgress::hungry) return Reading::more;
    update_want_read();
    return Reading::over;
}

void StreamLink::schedule_turn()
{
    // While the stream takes no more, its event will flush.
    if (is_turn_posted_ || (wants_write_ && !failure_ && !decoder_.has_backlog())) return;
    is_turn_posted_ = true;
    loop_.post([self = self_] {
        if (*self != nullptr) (*self)->on_turn();
    });
}

void StreamLink::on_turn()
{
    is_turn_posted_ = false;
    if (stream_ == nullptr) {
        if (events_ != nullptr && failure_) close(*std::exchange(failure_, std::nullopt));
        return;
    }
    if (decoder_.has_backlog() && !decoder_.is_paused() && !read_on()) return;
    if (!wants_write_) flush();
}

void StreamLink::flush()
{
    std::size_t blocks_through = 0;
    const bool was_blocked = wants_write_;
    const bool was_long = output_.control_octets() >= long_queue;
    auto sending = Sending::more;
    while (sending == Sending::more) sending = write_once(blocks_through);
    if (failure_) return give_up_sending();
    want_write(sending == Sending::blocked);
    const bool has_room_again = !wants_write_ && (was_blocked || was_long);
    if ((blocks_through > 0 || has_room_again) && events_ != nullptr) events_->on_sent();
}

void StreamLink::give_up_sending()
{
    const auto why = *std::exchange(failure_, std::nullopt);
    output_.clear();
    // What the peer sent before it went is worth having.
    if (read_on()) close(why);
}

StreamLink::Sending StreamLink::write_once(std::size_t& blocks_through)
{
    using environment::IoState;
    if (output_.is_empty()) return Sending::over;
    environment::IoOutcome out;
    std::size_t asked = 0;
    if (const auto file = output_.front_file()) {
        out = stream_->send_file(*file);
        asked = file->length;
    } else {
        std::array<ByteView, views_per_write> views;
        const auto gathered = output_.gather(views);
        out = stream_->write(std::span(views).first(gathered.views), gathered.more_follows);
        asked = gathered.octets;
    }
    blocks_through += output_.advance(out.bytes);
    if (out.state == IoState::failed) {
        failure_ = stream_->error();
    } else if (out.state == IoState::closed) {
        failure_ = make_error(Errc::end_of_file, "the peer closed the connection while it was being sent to");
    }
    return out.state == IoState::ready && out.bytes == asked ? Sending::more : Sending::blocked;
}

void StreamLink::want_write(bool wanted)
{
    if (wanted == wants_write_) return;
    wants_write_ = wanted;
    stream_->want_write(wanted);
}

void StreamLink::update_want_read()
{
    if (stream_ != nullptr) stream_->want_read(!decoder_.is_paused());
}

void StreamLink::close(Error why)
{
    stream_.reset();
    output_.clear();
    if (events_ == nullptr) {
        failure_ = std::move(why);
        return;
    }
    decoder_.set_events(nullptr);
    std::exchange(events_, nullptr)->on_closed(why);
}

}  // namespace shoal::peer
