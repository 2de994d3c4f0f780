#pragma once

#include "lab/connection.hpp"
#include "lab/parcel.hpp"
#include "lab/ring.hpp"
#include "peer/link.hpp"

namespace shoal::lab {

class MessageConnection;

// One direction of a message link: one queue holds what arrived and was not taken (a paused reader), then
// what is in flight, then what is unsent. First in, first out, blocks and control messages alike, as in a
// stream of octets.
class MessageChannel final : public Channel {
public:
    using Channel::Channel;

    std::uint32_t offer() override;
    void depart(Time first, Time last) override;

    void queue(Parcel parcel);
    bool withdraw(const peer::BlockHead& head);
    void forget_unsent();
    std::size_t block_octets() const { return unsent_block_octets_; }
    std::size_t control_octets() const { return unsent_control_octets_; }

    bool has_arrived() const { return arrived_ > 0; }
    const Parcel& next() { return parcels_.front(); }
    Parcel take();

protected:
    void deliver(std::uint32_t parcels, std::uint32_t octets) override;
    bool has_unsent() const override;

private:
    Ring<Parcel> parcels_;
    std::size_t arrived_ = 0;
    std::size_t flying_ = 0;
    std::size_t unsent_block_octets_ = 0;  // payload only
    std::size_t unsent_control_octets_ = 0;
    bool has_waited_ = false;  // something was queued longer than the call that queued it
};

class MessageConnection final : public Connection {
public:
    MessageConnection(World& world, const std::array<End, 2>& ends);

    Channel& channel(Side from) override { return channels_[from]; }
    MessageChannel& messages(Side from) { return channels_[from]; }

    std::unique_ptr<peer::Link> open(Side side);

    // Of the link at that end.
    void set_events(Side side, peer::LinkEvents* events);
    void send(Side side, Parcel parcel);
    void pause(Side side) { readers_[side].is_paused = true; }
    void resume(Side side);
    void divert(Side side) { readers_[side].is_diverted = true; }
    void let_go(Side side);

    // For the channels: a parcel arrived at this end, or left it at that time.
    void hand_over(Side side);
    void tell_sent(Side side, Time at);

protected:
    void on_broken(Side side, const Error& why) override;
    void on_finished(Side side) override;

private:
    struct Reader {
        peer::LinkEvents* events = nullptr;
        bool is_paused = false;
        bool is_diverted = false;
        bool is_scheduled = false;
        bool is_telling_sent = false;
        bool is_finished = false;
        std::unique_ptr<Error> unsaid;  // why it broke, while there is nobody to tell
    };

    void hand_over_one(Side side);
    void hand_over_block(Side side);
    void hand_over_soon(Side side);
    void end_block(Side side, const peer::BlockSink& sink);
    void close(Side side, const Error& why);

    std::array<MessageChannel, 2> channels_;
    std::array<Reader, 2> readers_;
};

}  // namespace shoal::lab
