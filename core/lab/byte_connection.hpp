#pragma once

#include "environment/network.hpp"
#include "lab/byte_queue.hpp"
#include "lab/connection.hpp"

namespace shoal::lab {

// One direction of a byte stream: one queue holds what is readable, then what is in flight, then what is
// unsent, so an octet is copied in by write() and out by read() and never in between.
class ByteChannel final : public Channel {
public:
    using Channel::Channel;

    std::uint32_t offer() override;
    void depart(Time first, Time last) override;

    std::size_t room() const;
    std::size_t write(ByteView bytes);
    std::size_t read(MutableBytes into);
    bool is_readable() const { return readable_ > 0; }
    void take(std::size_t octets) { taken(static_cast<std::uint32_t>(octets)); }

protected:
    void deliver(std::uint32_t parcels, std::uint32_t octets) override;
    bool has_unsent() const override { return unsent_ > 0; }

private:
    std::uint32_t next_segment() const;

    ByteQueue octets_;
    std::size_t readable_ = 0;
    std::size_t flying_ = 0;
    std::size_t unsent_ = 0;
    std::uint64_t departed_ = 0;  // since the stream began
};

class ByteConnection final : public Connection {
public:
    ByteConnection(World& world, const std::array<End, 2>& ends);

    Channel& channel(Side from) override { return channels_[from]; }
    ByteChannel& bytes(Side from) { return channels_[from]; }

    std::unique_ptr<environment::Stream> open(Side side);

    // Of the stream at that end.
    void set_events(Side side, environment::Stream::Events* events);
    void want_read(Side side, bool wanted);
    void want_write(Side side, bool wanted);
    environment::IoOutcome read(Side side, std::span<const MutableBytes> buffers);
    environment::IoOutcome write(Side side, std::span<const ByteView> buffers);
    const Error& error(Side side) const { return readiness_[side].error; }
    void let_go(Side side);

    // For the channels. Octets are here: their reader is told inside this event.
    void tell_readable(Side side);
    // Octets leave: their writer is told when they have left.
    void tell_writable(Side side, Time at);

protected:
    void on_broken(Side side, const Error& why) override;
    void on_finished(Side side) override;

private:
    struct Readiness {
        environment::Stream::Events* events = nullptr;
        bool wants_read = false;
        bool wants_write = false;
        bool is_scheduled = false;
        bool awaits_room = false;
        bool is_finished = false;  // the other side sends no more
        Error error;
    };

    bool can_read(Side side) const;
    bool can_write(Side side) const;
    void tell(Side side);
    void tell_soon(Side side);

    std::array<ByteChannel, 2> channels_;
    std::array<Readiness, 2> readiness_;
};

}  // namespace shoal::lab
