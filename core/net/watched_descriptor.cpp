#include "net/watched_descriptor.hpp"

#include "net/live_loop.hpp"

#include <shoal/assert.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <array>

namespace shoal::net {

namespace asio = boost::asio;

// What pending waits share with the WatchedDescriptor. Counted without atomics: it all lives on the loop.
struct WatchedDescriptor::Watch {
    using Socket = asio::posix::basic_stream_descriptor<asio::io_context::executor_type>;
    enum Direction { reading, writing };
    struct Side {
        bool is_wanted = false;
        bool is_armed = false;
    };

    explicit Watch(asio::io_context& context) : socket(context) {}

    void want(Direction direction, bool wanted)
    {
        auto& side = sides[direction];
        side.is_wanted = wanted;
        if (wanted && !side.is_armed) arm(direction);
    }

    void arm(Direction direction)
    {
        sides[direction].is_armed = true;
        const auto condition = direction == reading ? Socket::wait_read : Socket::wait_write;
        auto ready = [self = boost::intrusive_ptr<Watch>(this), direction](const boost::system::error_code&) {
            self->tell(direction);
        };
        socket.async_wait(condition, std::move(ready));
    }

    // Closed in the meantime, nothing is wanted. Any other failure shows when the owner reads or writes.
    void tell(Direction direction)
    {
        auto& side = sides[direction];
        side.is_armed = false;
        if (!side.is_wanted || events == nullptr) return;
        if (direction == reading) {
            events->on_readable();
        } else {
            events->on_writable();
        }
        if (side.is_wanted && !side.is_armed) arm(direction);
    }

    void forget()
    {
        events = nullptr;
        sides = {};
    }

    Socket socket;
    Events* events = nullptr;
    std::array<Side, 2> sides;
    unsigned references = 0;
};

void intrusive_ptr_add_ref(WatchedDescriptor::Watch* watch) noexcept
{
    ++watch->references;
}

void intrusive_ptr_release(WatchedDescriptor::Watch* watch) noexcept
{
    if (--watch->references == 0) delete watch;
}

WatchedDescriptor::WatchedDescriptor(LiveLoop& loop, Descriptor descriptor)
    : number_(descriptor.number()), watch_(new Watch(loop.context()))
{
    boost::system::error_code refused;
    watch_->socket.assign(number_, refused);
    SHOAL_ASSERT(!refused);
    descriptor.release();
}

WatchedDescriptor::~WatchedDescriptor()
{
    watch_->forget();
    boost::system::error_code ignored;
    watch_->socket.close(ignored);
}

void WatchedDescriptor::set_events(Events* events)
{
    watch_->events = events;
}

void WatchedDescriptor::want_read(bool wanted)
{
    watch_->want(Watch::reading, wanted);
}

void WatchedDescriptor::want_write(bool wanted)
{
    watch_->want(Watch::writing, wanted);
}

Descriptor WatchedDescriptor::release()
{
    watch_->forget();
    return Descriptor(watch_->socket.release());
}

}  // namespace shoal::net
