#pragma once

#include "net/watched_descriptor.hpp"

#include <memory>

namespace shoal::net {

// A connected TCP socket. Each call is one system call on the caller's own buffers. A count shorter than what
// was asked means that the kernel has no more for now: waiting for the next event saves the call that would
// only say so.
class TcpStream final : public environment::Stream {
public:
    // `socket` is connected and non-blocking.
    static std::unique_ptr<environment::Stream> adopt(LiveLoop& loop, Descriptor socket,
                                                      const Endpoint& remote);

    TcpStream(LiveLoop& loop, Descriptor socket, const Endpoint& remote);

    void set_events(Events* events) override { socket_.set_events(events); }
    void want_read(bool wanted) override { socket_.want_read(wanted); }
    void want_write(bool wanted) override { socket_.want_write(wanted); }

    // At most 64 buffers a call are looked at.
    environment::IoOutcome read(std::span<const MutableBytes> buffers) override;
    environment::IoOutcome write(std::span<const ByteView> buffers, bool more_follows) override;
    // A file that ends before its region does fails the stream with io_error.
    environment::IoOutcome send_file(const environment::FileRegion& region) override;
    bool sends_files() const override { return true; }

    Endpoint local() const override { return local_; }
    Endpoint remote() const override { return remote_; }
    Error error() const override;

private:
    environment::IoOutcome stopped(bool writing);
    environment::IoOutcome file_stopped();

    WatchedDescriptor socket_;
    Endpoint local_;
    Endpoint remote_;
    int failure_ = 0;  // errno of the first one
    bool is_file_failure_ = false;
};

}  // namespace shoal::net
