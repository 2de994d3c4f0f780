#include "lab/message_connection.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"

#include <algorithm>
#include <utility>

namespace shoal::lab {

namespace {

class MessageLink final : public peer::Link {
public:
    MessageLink(MessageConnection& connection, Side side) : connection_(connection), side_(side) {}
    ~MessageLink() override { connection_.let_go(side_); }

    void set_events(peer::LinkEvents* events) override { connection_.set_events(side_, events); }
    void send(const peer::Handshake& handshake) override { connection_.send(side_, Parcel::of(handshake)); }
    void send(const peer::Message& message) override
    {
        auto& faults = connection_.node(side_).faults();
        if (faults.message && !faults.message(remote(), message)) return;
        connection_.send(side_, Parcel::of(message));
    }
    void send(peer::OutgoingBlock block) override
    {
        auto& faults = connection_.node(side_).faults();
        const auto fate = faults.block ? faults.block(remote(), block.head) : BlockFate::deliver;
        auto parcel = Parcel::of(std::move(block));
        parcel.is_corrupt = fate == BlockFate::corrupt;
        parcel.is_lost = fate == BlockFate::lose;
        connection_.send(side_, std::move(parcel));
    }
    bool withdraw(const peer::BlockHead& head) override { return outgoing().withdraw(head); }
    std::size_t queued_block_octets() const override { return outgoing().block_octets(); }
    std::size_t queued_control_octets() const override { return outgoing().control_octets(); }

    void divert_block() override { connection_.divert(side_); }
    void pause_reading() override { connection_.pause(side_); }
    void resume_reading() override { connection_.resume(side_); }

    bool sends_files() const override { return false; }
    Endpoint local() const override { return connection_.end(side_).endpoint; }
    Endpoint remote() const override { return connection_.end(other(side_)).endpoint; }

private:
    MessageChannel& outgoing() const { return connection_.messages(side_); }

    MessageConnection& connection_;
    Side side_;
};

// Real octets, if the sender had any.
void copy_block(const peer::OutgoingBlock& block, MutableBytes place, bool is_corrupt)
{
    SHOAL_ASSERT(place.size() == block.head.length);
    auto left = place;
    for (const auto& part : block.parts) {
        const auto* region = std::get_if<peer::BufferRegion>(&part);
        SHOAL_ASSERT(region != nullptr && region->length <= left.size());
        const auto octets = ByteView(*region->buffer).subspan(region->offset, region->length);
        std::ranges::copy(octets, left.begin());
        left = left.subspan(octets.size());
    }
    SHOAL_ASSERT(left.empty());
    if (is_corrupt && !place.empty()) place.front() ^= std::byte{0xff};
}

}  // namespace

std::uint32_t MessageChannel::offer()
{
    if (!has_unsent()) return 0;
    const auto size = parcels_[arrived_ + flying_].size;
    return may_leave(size) ? size : 0;
}

void MessageChannel::depart(Time first, Time last)
{
    const auto& parcel = parcels_[arrived_ + flying_];
    const auto* block = parcel.block();
    (block ? unsent_block_octets_ : unsent_control_octets_) -= block ? block->head.length : parcel.size;
    ++flying_;
    leave(block ? EventKind::block : EventKind::message, parcel.size, first, last);
    if (block || has_waited_) static_cast<MessageConnection&>(connection_).tell_sent(from_, last);
    has_waited_ = has_waited_ && has_unsent();
}

void MessageChannel::queue(Parcel parcel)
{
    const auto* block = parcel.block();
    (block ? unsent_block_octets_ : unsent_control_octets_) += block ? block->head.length : parcel.size;
    parcels_.push_back(std::move(parcel));
    activate();
    has_waited_ = has_unsent();
}

bool MessageChannel::withdraw(const peer::BlockHead& head)
{
    for (auto i = arrived_ + flying_; i < parcels_.size(); ++i) {
        const auto* block = parcels_[i].block();
        if (block == nullptr || block->head != head) continue;
        unsent_block_octets_ -= head.length;
        parcels_.erase(i);
        return true;
    }
    return false;
}

void MessageChannel::forget_unsent()
{
    while (has_unsent()) parcels_.erase(parcels_.size() - 1);
    unsent_block_octets_ = unsent_control_octets_ = 0;
}

Parcel MessageChannel::take()
{
    --arrived_;
    auto parcel = parcels_.pop_front();
    taken(parcel.size);
    return parcel;
}

void MessageChannel::deliver(std::uint32_t parcels, std::uint32_t)
{
    auto& fingerprint = connection_.world().scheduler().fingerprint();
    for (; parcels > 0; --parcels) {
        parcels_[arrived_].mix_into(fingerprint);
        ++arrived_;
        --flying_;
    }
    static_cast<MessageConnection&>(connection_).hand_over(other(from_));
}

bool MessageChannel::has_unsent() const
{
    return parcels_.size() > arrived_ + flying_;
}

MessageConnection::MessageConnection(World& world, const std::array<End, 2>& ends)
    : Connection(world, Carriage::messages, ends), channels_{{{*this, initiator}, {*this, acceptor}}}
{
}

std::unique_ptr<peer::Link> MessageConnection::open(Side side)
{
    hold(side);
    return std::make_unique<MessageLink>(*this, side);
}

void MessageConnection::set_events(Side side, peer::LinkEvents* events)
{
    readers_[side].events = events;
    hand_over_soon(side);
}

void MessageConnection::send(Side side, Parcel parcel)
{
    if (is_open(side)) channels_[side].queue(std::move(parcel));
}

void MessageConnection::resume(Side side)
{
    readers_[side].is_paused = false;
    hand_over_soon(side);
}

void MessageConnection::let_go(Side side)
{
    readers_[side] = {};
    channels_[side].forget_unsent();
    release(side, false);
}

void MessageConnection::hand_over_soon(Side side)
{
    auto& reader = readers_[side];
    const bool has_news = channels_[other(side)].has_arrived() || reader.is_finished || reader.unsaid;
    if (reader.events == nullptr || reader.is_paused || reader.is_scheduled || !has_news) return;
    reader.is_scheduled = true;
    schedule(side, world().now(), {.kind = EventKind::ready}, [side](Connection& there) {
        auto& connection = static_cast<MessageConnection&>(there);
        connection.readers_[side].is_scheduled = false;
        connection.hand_over(side);
    });
}

void MessageConnection::hand_over(Side side)
{
    auto& reader = readers_[side];
    const auto& incoming = channels_[other(side)];
    if (reader.events != nullptr && reader.unsaid) {
        const auto why = std::move(reader.unsaid);
        close(side, *why);
        return;
    }
    // Asked anew each time: whoever is told may pause the link, close it or destroy it.
    while (reader.events != nullptr && !reader.is_paused && incoming.has_arrived()) hand_over_one(side);
    if (reader.events == nullptr || reader.is_paused || !reader.is_finished) return;
    close(side, make_error(Errc::end_of_file, "the other side closed the connection"));
}

void MessageConnection::hand_over_one(Side side)
{
    auto& incoming = channels_[other(side)];
    auto& reader = readers_[side];
    if (incoming.next().is_lost) {
        incoming.take();
    } else if (incoming.next().block() != nullptr) {
        hand_over_block(side);
    } else {
        const auto parcel = incoming.take();
        if (const auto* handshake = std::get_if<peer::Handshake>(&parcel.content)) {
            reader.events->on_handshake(*handshake);
        } else {
            reader.events->on_message(parcel.message());
        }
    }
}

void MessageConnection::hand_over_block(Side side)
{
    auto& reader = readers_[side];
    const auto head = channels_[other(side)].next().block()->head;
    reader.is_diverted = false;
    const auto sink = reader.events->on_block_begin(head);
    if (reader.events == nullptr) return;
    switch (sink.kind) {
    case peer::BlockSink::Kind::memory:
    case peer::BlockSink::Kind::discard: end_block(side, sink); break;
    case peer::BlockSink::Kind::pause: reader.is_paused = true; break;
    case peer::BlockSink::Kind::close: close(side, sink.why); break;
    }
}

void MessageConnection::end_block(Side side, const peer::BlockSink& sink)
{
    auto& reader = readers_[side];
    const auto parcel = channels_[other(side)].take();
    const auto& block = *parcel.block();
    auto payload = peer::Payload::bytes;
    if (block.parts.empty()) {
        const bool is_corrupt = parcel.is_corrupt || block.payload == peer::Payload::synthetic_corrupt;
        payload = is_corrupt ? peer::Payload::synthetic_corrupt : peer::Payload::synthetic;
    } else if (sink.kind == peer::BlockSink::Kind::memory && !reader.is_diverted) {
        copy_block(block, sink.place, parcel.is_corrupt);
    }
    reader.events->on_block_end(block.head, payload);
}

void MessageConnection::close(Side side, const Error& why)
{
    auto* events = std::exchange(readers_[side].events, nullptr);
    channels_[side].forget_unsent();
    retire(side);
    if (events != nullptr) events->on_closed(why);
}

void MessageConnection::tell_sent(Side side, Time at)
{
    auto& reader = readers_[side];
    if (reader.is_telling_sent || reader.events == nullptr) return;
    reader.is_telling_sent = true;
    schedule(side, at, {.kind = EventKind::ready}, [side](Connection& there) {
        auto& sender = static_cast<MessageConnection&>(there).readers_[side];
        sender.is_telling_sent = false;
        if (sender.events != nullptr) sender.events->on_sent();
    });
}

void MessageConnection::on_broken(Side side, const Error& why)
{
    if (!node(side).is_alive()) {
        readers_[side].events = nullptr;
    } else if (readers_[side].events == nullptr) {
        readers_[side].unsaid = std::make_unique<Error>(why);
    } else {
        close(side, why);
    }
}

void MessageConnection::on_finished(Side side)
{
    readers_[side].is_finished = true;
    hand_over(side);
}

}  // namespace shoal::lab
