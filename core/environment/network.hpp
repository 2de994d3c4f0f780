#pragma once

#include "environment/loop.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

namespace shoal::environment {

// Octets that sit in a file: what sendfile needs. The descriptor is borrowed; it stays open while the region is queued.
struct FileRegion {
    int descriptor = -1;
    std::uint64_t offset = 0;
    std::uint32_t length = 0;
};

enum class IoState {
    ready,        // `bytes` were moved, more may follow at once
    would_block,  // nothing (more) can be moved now: ask for the event
    closed,       // read: the other side finished; write: it is gone
    failed,       // see Stream::error()
};

struct IoOutcome {
    std::size_t bytes = 0;
    IoState state = IoState::ready;
};

// A reliable stream of octets, by readiness: the owner is told that it can read or write and then does so itself, so that
// it chooses where they go. Destroying a stream closes it; no event comes after that. All [loop].
class Stream {
public:
    class Events {
    public:
        // May destroy the stream. Comes only while wanted, and again as long as the condition holds.
        virtual void on_readable() = 0;
        virtual void on_writable() = 0;

    protected:
        ~Events() = default;
    };

    virtual ~Stream() = default;

    virtual void set_events(Events* events) = 0;
    virtual void want_read(bool wanted) = 0;
    virtual void want_write(bool wanted) = 0;

    // Scatter read: fills the buffers in order. A short count with `ready` is normal.
    virtual IoOutcome read(std::span<const MutableBytes> buffers) = 0;
    // Gather write. `more_follows` lets a transport hold back a small segment (MSG_MORE).
    virtual IoOutcome write(std::span<const ByteView> buffers, bool more_follows) = 0;
    // Only where sends_files(): moves file octets without a copy in user space.
    virtual IoOutcome send_file(const FileRegion& region) = 0;
    virtual bool sends_files() const = 0;

    virtual Endpoint local() const = 0;
    virtual Endpoint remote() const = 0;
    virtual Error error() const = 0;
};

// Accepts while it lives.
class Listener {
public:
    virtual ~Listener() = default;
    virtual Endpoint local() const = 0;
};

// One bound datagram socket while it lives.
class DatagramSocket {
public:
    virtual ~DatagramSocket() = default;
    virtual Endpoint local() const = 0;
    // May drop, as the network may.
    virtual void send(const Endpoint& to, ByteView datagram) = 0;
};

using OperationId = StrongId<struct OperationTag, std::uint64_t>;  // 0 is "none"

// TCP and UDP. All [loop]; completions never run inline.
class Network {
public:
    using Connected = UniqueFunction<void(Result<std::unique_ptr<Stream>>)>;
    using Accepted = UniqueFunction<void(std::unique_ptr<Stream>)>;
    using Received = UniqueFunction<void(const Endpoint& from, ByteView datagram)>;

    virtual ~Network() = default;

    // `timeout` gives Errc::timed_out. Cancelling destroys `done` without calling it.
    virtual OperationId connect(const Endpoint& to, Duration timeout, Connected done) = 0;
    virtual void cancel_connect(OperationId operation) = 0;
    virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& local, Accepted accepted) = 0;
    virtual Result<std::unique_ptr<DatagramSocket>> open_datagram(const Endpoint& local, Received received) = 0;
    // A socket on the group's port, which it shares with other programs. It hears what neighbours (who are on a network of
    // this machine, or at a private or link-local address) send to the multicast group on any interface. What it sends to
    // the group leaves by every interface and goes no further than the next router; this machine hears it, too.
    virtual Result<std::unique_ptr<DatagramSocket>> open_group(const Endpoint& group, Received received) = 0;
};

// Name to addresses. [loop]
class Resolver {
public:
    using Resolved = UniqueFunction<void(Result<std::vector<Address>>)>;
    virtual ~Resolver() = default;
    virtual OperationId resolve(const std::string& name, Resolved done) = 0;
    // Destroys `done` without calling it.
    virtual void cancel(OperationId operation) = 0;
};

}  // namespace shoal::environment
