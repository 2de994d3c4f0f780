#include "lab/byte_connection.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"

#include <algorithm>

namespace shoal::lab {

using environment::IoOutcome;
using environment::IoState;

namespace {

class VirtualStream final : public environment::Stream {
public:
    VirtualStream(ByteConnection& connection, Side side) : connection_(connection), side_(side) {}
    ~VirtualStream() override { connection_.let_go(side_); }

    void set_events(Events* events) override { connection_.set_events(side_, events); }
    void want_read(bool wanted) override { connection_.want_read(side_, wanted); }
    void want_write(bool wanted) override { connection_.want_write(side_, wanted); }
    IoOutcome read(std::span<const MutableBytes> buffers) override
    {
        return connection_.read(side_, buffers);
    }
    IoOutcome write(std::span<const ByteView> buffers, bool) override
    {
        return connection_.write(side_, buffers);
    }
    IoOutcome send_file(const environment::FileRegion&) override
    {
        SHOAL_ASSERT(!"a virtual stream says that it sends no files");
        return {0, IoState::failed};
    }
    bool sends_files() const override { return false; }
    Endpoint local() const override { return connection_.end(side_).endpoint; }
    Endpoint remote() const override { return connection_.end(other(side_)).endpoint; }
    Error error() const override { return connection_.error(side_); }

private:
    ByteConnection& connection_;
    Side side_;
};

}  // namespace

std::uint32_t ByteChannel::next_segment() const
{
    const auto& sender = connection_.node(from_).settings();
    const auto window = connection_.node(other(from_)).settings().receive_window;
    return static_cast<std::uint32_t>(std::min<std::size_t>(unsent_, std::min(sender.segment, window)));
}

std::uint32_t ByteChannel::offer()
{
    const auto size = next_segment();
    return size > 0 && may_leave(size) ? size : 0;
}

void ByteChannel::depart(Time first, Time last)
{
    const auto size = next_segment();
    auto& faults = connection_.node(from_).faults();
    if (faults.segment) {
        const auto segment = octets_.window(readable_ + flying_, size);
        faults.segment(connection_.end(other(from_)).endpoint, departed_, segment);
    }
    departed_ += size;
    unsent_ -= size;
    flying_ += size;
    leave(EventKind::segment, size, first, last);
    static_cast<ByteConnection&>(connection_).tell_writable(from_, last);
}

std::size_t ByteChannel::room() const
{
    const std::size_t buffer = connection_.node(from_).settings().send_buffer;
    return buffer > unsent_ ? buffer - unsent_ : 0;
}

std::size_t ByteChannel::write(ByteView bytes)
{
    const auto count = std::min(bytes.size(), room());
    octets_.append(bytes.first(count));
    unsent_ += count;
    return count;
}

std::size_t ByteChannel::read(MutableBytes into)
{
    const auto count = std::min(into.size(), readable_);
    if (count == 0) return 0;
    std::ranges::copy(octets_.window(0, count), into.begin());
    octets_.drop_front(count);
    readable_ -= count;
    return count;
}

void ByteChannel::deliver(std::uint32_t, std::uint32_t octets)
{
    auto& fingerprint = connection_.world().scheduler().fingerprint();
    fingerprint.mix(ByteView(octets_.window(readable_, octets)));
    flying_ -= octets;
    readable_ += octets;
    static_cast<ByteConnection&>(connection_).tell_readable(other(from_));
}

ByteConnection::ByteConnection(World& world, const std::array<End, 2>& ends)
    : Connection(world, Carriage::bytes, ends), channels_{{{*this, initiator}, {*this, acceptor}}}
{
}

std::unique_ptr<environment::Stream> ByteConnection::open(Side side)
{
    hold(side);
    return std::make_unique<VirtualStream>(*this, side);
}

void ByteConnection::set_events(Side side, environment::Stream::Events* events)
{
    readiness_[side].events = events;
    tell_soon(side);
}

void ByteConnection::want_read(Side side, bool wanted)
{
    readiness_[side].wants_read = wanted;
    if (wanted) tell_soon(side);
}

void ByteConnection::want_write(Side side, bool wanted)
{
    readiness_[side].wants_write = wanted;
    if (wanted) tell_soon(side);
}

IoOutcome ByteConnection::read(Side side, std::span<const MutableBytes> buffers)
{
    if (end(side).is_broken) return {0, IoState::failed};
    auto& incoming = channels_[other(side)];
    std::size_t total = 0;
    for (const auto buffer : buffers) {
        const auto count = incoming.read(buffer);
        total += count;
        if (count < buffer.size()) break;
    }
    if (total > 0) {
        incoming.take(total);
        return {total, IoState::ready};
    }
    return {0,
            readiness_[side].is_finished && !incoming.is_readable() ? IoState::closed : IoState::would_block};
}

IoOutcome ByteConnection::write(Side side, std::span<const ByteView> buffers)
{
    if (end(side).is_broken) return {0, IoState::failed};
    auto& outgoing = channels_[side];
    std::size_t total = 0;
    bool is_full = false;
    for (const auto buffer : buffers) {
        const auto count = outgoing.write(buffer);
        total += count;
        is_full = count < buffer.size();
        if (is_full) break;
    }
    outgoing.activate();
    return {total, is_full && total == 0 ? IoState::would_block : IoState::ready};
}

void ByteConnection::let_go(Side side)
{
    readiness_[side] = {};
    release(side, false);
}

bool ByteConnection::can_read(Side side) const
{
    const auto& ready = readiness_[side];
    return ready.wants_read
        && (channels_[other(side)].is_readable() || ready.is_finished || end(side).is_broken);
}

bool ByteConnection::can_write(Side side) const
{
    return readiness_[side].wants_write && (channels_[side].room() > 0 || end(side).is_broken);
}

void ByteConnection::tell_soon(Side side)
{
    auto& ready = readiness_[side];
    if (ready.is_scheduled || ready.events == nullptr || (!can_read(side) && !can_write(side))) return;
    ready.is_scheduled = true;
    schedule(side, world().now(), {.kind = EventKind::ready},
             [side](Connection& there) { static_cast<ByteConnection&>(there).tell(side); });
}

void ByteConnection::tell_writable(Side side, Time at)
{
    auto& ready = readiness_[side];
    if (ready.awaits_room || ready.events == nullptr || !can_write(side)) return;
    ready.awaits_room = true;
    schedule(side, at, {.kind = EventKind::ready}, [side](Connection& there) {
        auto& connection = static_cast<ByteConnection&>(there);
        connection.readiness_[side].awaits_room = false;
        connection.tell_soon(side);
    });
}

void ByteConnection::tell(Side side)
{
    auto& ready = readiness_[side];
    ready.is_scheduled = false;
    if (ready.events != nullptr && can_read(side)) ready.events->on_readable();
    // It may be destroyed by now, and then has no events any more.
    if (ready.events != nullptr && can_write(side)) ready.events->on_writable();
    tell_soon(side);
}

void ByteConnection::tell_readable(Side side)
{
    auto& ready = readiness_[side];
    if (ready.events != nullptr && can_read(side)) ready.events->on_readable();
    tell_soon(side);
}

void ByteConnection::on_broken(Side side, const Error& why)
{
    readiness_[side].error = why;
    if (node(side).is_alive()) tell_soon(side);
}

void ByteConnection::on_finished(Side side)
{
    readiness_[side].is_finished = true;
    tell_soon(side);
}

}  // namespace shoal::lab
