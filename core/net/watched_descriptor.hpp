#pragma once

#include "environment/network.hpp"
#include "net/descriptor.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>

namespace shoal::net {

class LiveLoop;

// A non-blocking descriptor whose readiness the loop reports, level-triggered to the eye: an event comes only
// while it is wanted, and again as long as the condition holds. This is the one place where sockets meet
// Asio. Destroying it closes the descriptor; no event comes after that, not even when it is destroyed inside
// one. An event costs no allocation.
class WatchedDescriptor {
public:
    using Events = environment::Stream::Events;

    WatchedDescriptor(LiveLoop& loop, Descriptor descriptor);
    ~WatchedDescriptor();
    WatchedDescriptor(const WatchedDescriptor&) = delete;
    WatchedDescriptor& operator=(const WatchedDescriptor&) = delete;

    int number() const { return number_; }
    void set_events(Events* events);
    void want_read(bool wanted);
    void want_write(bool wanted);

    // Stops watching and hands the descriptor out, still open.
    Descriptor release();

private:
    struct Watch;
    friend void intrusive_ptr_add_ref(Watch* watch) noexcept;
    friend void intrusive_ptr_release(Watch* watch) noexcept;

    int number_;
    boost::intrusive_ptr<Watch> watch_;
};

}  // namespace shoal::net
