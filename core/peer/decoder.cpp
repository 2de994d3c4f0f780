#include "peer/decoder.hpp"

#include "peer/handshake.hpp"

#include <shoal/assert.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace shoal::peer {
namespace {

// A longer rest was left by a pause; its memory is not worth keeping.
constexpr std::size_t kept_capacity = 256;

Request request_in(const std::byte* body)
{
    return {.piece = load_be<std::uint32_t>(body),
            .begin = load_be<std::uint32_t>(body + 4),
            .length = load_be<std::uint32_t>(body + 8)};
}

// `body` has fixed_body_size(id) octets.
Message fixed_message(MessageId id, const std::byte* body)
{
    switch (id) {
    case MessageId::choke: return Choke{};
    case MessageId::unchoke: return Unchoke{};
    case MessageId::interested: return Interested{};
    case MessageId::not_interested: return NotInterested{};
    case MessageId::have: return Have{load_be<std::uint32_t>(body)};
    case MessageId::request: return request_in(body);
    case MessageId::cancel: return Cancel{request_in(body)};
    case MessageId::port: return Port{load_be<std::uint16_t>(body)};
    case MessageId::suggest: return Suggest{load_be<std::uint32_t>(body)};
    case MessageId::have_all: return HaveAll{};
    case MessageId::have_none: return HaveNone{};
    case MessageId::reject: return Reject{request_in(body)};
    case MessageId::allowed_fast: return AllowedFast{load_be<std::uint32_t>(body)};
    case MessageId::bitfield:
    case MessageId::piece:
    case MessageId::extended: break;
    }
    SHOAL_ASSERT(false && "not a message of fixed length");
    return KeepAlive{};
}

}  // namespace

// One commit(), on its stack: it outlives a decoder that an event destroys.
struct Decoder::Turn {
    bool is_destroyed = false;
    Error failure;

    Step fail(std::string text)
    {
        failure = make_error(Errc::protocol_error, std::move(text));
        return Step::stopped;
    }
};

Decoder::Decoder(const DecoderLimits& limits, std::shared_ptr<ReadSpace> space)
    : limits_(limits), space_(space ? std::move(space) : std::make_shared<ReadSpace>())
{}

Decoder::~Decoder()
{
    if (turn_ != nullptr) turn_->is_destroyed = true;
}

MutableBytes Decoder::prepare()
{
    load();
    SHOAL_ASSERT(end_ < space_->octets().size());
    return space_->octets().subspan(end_);
}

// What was left the last time comes first.
void Decoder::load()
{
    std::ranges::copy(rest_, space_->octets().begin());
    begin_ = 0;
    end_ = rest_.size();
    is_loaded_ = true;
}

void Decoder::keep_rest()
{
    const auto rest = unhandled();
    if (rest.empty() && rest_.capacity() > kept_capacity) {
        rest_ = {};
    } else {
        rest_.assign(rest.begin(), rest.end());
    }
    is_loaded_ = false;
}

Result<DecoderProgress> Decoder::commit(std::size_t octets)
{
    SHOAL_ASSERT(turn_ == nullptr);
    Turn turn;
    turn_ = &turn;
    handle_octets(octets, turn);
    if (turn.is_destroyed) return DecoderProgress::destroyed;
    keep_rest();
    turn_ = nullptr;
    if (turn.failure.code != Errc::ok) return std::move(turn.failure);
    return is_paused() ? DecoderProgress::paused : DecoderProgress::hungry;
}

void Decoder::handle_octets(std::size_t octets, Turn& turn)
{
    if (!is_loaded_) load();
    end_ += octets;
    SHOAL_ASSERT(end_ <= space_->octets().size());
    auto last = is_paused() ? Step::stopped : Step::next;
    while (last == Step::next) last = step(turn);
    if (!turn.is_destroyed) has_backlog_ = last == Step::stopped;
}

Decoder::Step Decoder::step(Turn& turn)
{
    switch (phase_) {
    case Phase::handshake: return take_handshake(turn);
    case Phase::head: return take_head(turn);
    case Phase::payload: return take_payload(turn);
    case Phase::body: return take_body(turn);
    case Phase::skip: return skip();
    }
    return Step::stopped;
}

Decoder::Step Decoder::take_handshake(Turn& turn)
{
    const auto octets = unhandled();
    if (octets.size() < handshake_size) {
        auto begins_well = check_handshake_start(octets);
        return begins_well ? Step::starved : turn.fail(begins_well.error().text);
    }
    const auto handshake = decode_handshake(octets.first<handshake_size>());
    if (!handshake) return turn.fail(handshake.error().text);
    begin_ += handshake_size;
    phase_ = Phase::head;
    events_->on_handshake(*handshake);
    return after_event(turn);
}

Decoder::Step Decoder::take_head(Turn& turn)
{
    const auto octets = unhandled();
    if (octets.size() < length_prefix_size) return Step::starved;
    const auto length = load_be<std::uint32_t>(octets.data());
    if (length == 0) {
        begin_ += length_prefix_size;
        return deliver(turn, KeepAlive{});
    }
    if (length > std::uint64_t{limits_.message} + limits_.bitfield) {
        return turn.fail(fmt::format("the peer announced a message of {} octets; at most {} make sense here",
                                     length, std::uint64_t{limits_.message} + limits_.bitfield));
    }
    if (octets.size() < message_head_size) return Step::starved;
    return take_message(turn, MessageId{std::to_integer<std::uint8_t>(octets[length_prefix_size])},
                        length - 1);
}

Decoder::Step Decoder::take_message(Turn& turn, MessageId id, std::uint32_t body_size)
{
    if (id == MessageId::piece) return begin_block(turn, body_size);
    const auto expected = fixed_body_size(id);
    if (!expected) return take_long_message(turn, id, body_size);
    if (body_size != *expected) {
        return turn.fail(fmt::format("the peer sent a message with id {} of {} octets instead of {}",
                                     static_cast<unsigned>(id), body_size + 1, *expected + 1));
    }
    const auto octets = unhandled();
    if (octets.size() < message_head_size + body_size) return Step::starved;
    begin_ += message_head_size + body_size;
    return deliver(turn, fixed_message(id, octets.data() + message_head_size));
}

Decoder::Step Decoder::take_long_message(Turn& turn, MessageId id, std::uint32_t body_size)
{
    if (id != MessageId::bitfield && id != MessageId::extended) return take_unknown(turn, id, body_size);
    if (id == MessageId::bitfield && body_size > limits_.bitfield) {
        return turn.fail(
            fmt::format("the peer announced a bitfield of {} octets; {} are enough for this torrent",
                        body_size, limits_.bitfield));
    }
    if (id == MessageId::extended && (body_size == 0 || body_size > limits_.extended)) {
        return turn.fail(
            fmt::format("the peer announced an extension message of {} octets; 1 to {} are allowed",
                        body_size, limits_.extended));
    }
    begin_ += message_head_size;
    if (const auto octets = unhandled(); octets.size() >= body_size) {
        begin_ += body_size;
        return deliver_long(turn, id, octets.first(body_size));
    }
    body_id_ = id;
    left_ = body_size;
    phase_ = Phase::body;
    return Step::next;
}

Decoder::Step Decoder::take_unknown(Turn& turn, MessageId id, std::uint32_t body_size)
{
    begin_ += message_head_size;
    left_ = body_size;
    phase_ = Phase::skip;
    return deliver(turn, Unknown{.id = static_cast<std::uint8_t>(id), .length = body_size});
}

Decoder::Step Decoder::begin_block(Turn& turn, std::uint32_t body_size)
{
    constexpr std::uint32_t numbers = block_head_size - message_head_size;
    if (body_size < numbers) {
        return turn.fail(fmt::format("the peer sent a piece message of {} octets, too few for its numbers",
                                     body_size + 1));
    }
    if (body_size - numbers > limits_.block) {
        return turn.fail(fmt::format("the peer sent a block of {} octets; none above {} was requested",
                                     body_size - numbers, limits_.block));
    }
    const auto octets = unhandled();
    if (octets.size() < block_head_size) return Step::starved;
    block_ = {.piece = load_be<std::uint32_t>(octets.data() + message_head_size),
              .begin = load_be<std::uint32_t>(octets.data() + message_head_size + 4),
              .length = body_size - numbers};

    auto sink = events_->on_block_begin(block_);
    if (turn.is_destroyed) return Step::stopped;
    if (sink.kind == BlockSink::Kind::pause) {
        // The head stays unhandled, and is asked about again.
        pause_asked_ = true;
        return Step::stopped;
    }
    if (sink.kind == BlockSink::Kind::close) {
        turn.failure = std::move(sink.why);
        SHOAL_ASSERT(turn.failure.code != Errc::ok);
        return Step::stopped;
    }
    begin_ += block_head_size;
    left_ = block_.length;
    phase_ = Phase::payload;
    if (sink.kind == BlockSink::Kind::memory) {
        SHOAL_ASSERT(sink.place.size() == block_.length);
        place_ = sink.place;
    }
    return after_event(turn);
}

Decoder::Step Decoder::take_payload(Turn& turn)
{
    const auto from = unhandled();
    const auto size = take_unhandled(left_);
    if (size > 0 && !place_.empty()) {
        std::memcpy(place_.data(), from.data(), size);
        place_ = place_.subspan(size);
    }
    left_ -= static_cast<std::uint32_t>(size);
    if (left_ > 0) return Step::starved;
    phase_ = Phase::head;
    place_ = {};
    events_->on_block_end(block_, Payload::bytes);
    return after_event(turn);
}

Decoder::Step Decoder::take_body(Turn& turn)
{
    const auto from = unhandled();
    const auto size = take_unhandled(left_);
    body_.insert(body_.end(), from.begin(), from.begin() + static_cast<std::ptrdiff_t>(size));
    left_ -= static_cast<std::uint32_t>(size);
    if (left_ > 0) return Step::starved;
    phase_ = Phase::head;
    // Taken out, so that it outlives a decoder destroyed in the event; long messages are too rare to keep the
    // memory.
    const auto body = std::exchange(body_, {});
    return deliver_long(turn, body_id_, body);
}

Decoder::Step Decoder::skip()
{
    left_ -= static_cast<std::uint32_t>(take_unhandled(left_));
    if (left_ > 0) return Step::starved;
    phase_ = Phase::head;
    return Step::next;
}

Decoder::Step Decoder::deliver_long(Turn& turn, MessageId id, ByteView body)
{
    if (id == MessageId::bitfield) return deliver(turn, PieceBits{body});
    return deliver(turn, Extended{.id = std::to_integer<std::uint8_t>(body[0]), .payload = body.subspan(1)});
}

Decoder::Step Decoder::deliver(Turn& turn, const Message& message)
{
    events_->on_message(message);
    return after_event(turn);
}

Decoder::Step Decoder::after_event(const Turn& turn) const
{
    // The order matters: nothing of a destroyed decoder may be read.
    return turn.is_destroyed || is_paused() ? Step::stopped : Step::next;
}

std::size_t Decoder::take_unhandled(std::size_t most)
{
    const auto size = std::min(most, end_ - begin_);
    begin_ += size;
    return size;
}

void Decoder::divert_block()
{
    place_ = {};
}

Error Decoder::end_of_stream() const
{
    if (phase_ == Phase::handshake && rest_.empty()) {
        return make_error(Errc::end_of_file,
                          "the peer closed the connection before it sent a handshake: it may not have "
                          "this torrent, be full, or insist on encryption");
    }
    if (phase_ == Phase::handshake) {
        return make_error(Errc::end_of_file,
                          fmt::format("the peer closed the connection after {} of the {} octets of "
                                      "its handshake",
                                      rest_.size(), handshake_size));
    }
    if (phase_ == Phase::head && rest_.empty()) {
        return make_error(Errc::end_of_file, "the peer closed the connection");
    }
    return make_error(Errc::end_of_file, "the peer closed the connection in the middle of a message");
}

}  // namespace shoal::peer
