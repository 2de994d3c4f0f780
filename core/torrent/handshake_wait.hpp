#pragma once

#include "environment/loop.hpp"
#include "peer/link.hpp"

#include <memory>

namespace shoal::torrent {

// A link whose peer has not said who it is. Ends once: with the handshake and the link, or with why not. `done` runs inside
// the link's event, so that its next message finds the new owner; destroy the wait later, not from inside `done`.
class HandshakeWait final : public peer::LinkEvents {
public:
    using Done = UniqueFunction<void(Result<peer::Handshake>, std::unique_ptr<peer::Link>)>;

    HandshakeWait(environment::Loop& loop, std::unique_ptr<peer::Link> link, environment::Duration timeout, Done done)
        : link_(std::move(link)), timer_(loop), done_(std::move(done))
    {
        link_->set_events(this);
        timer_.start(timeout, [this] { end(make_error(Errc::timed_out, "the peer sent no handshake in time")); });
    }

    peer::Link& link() { return *link_; }

private:
    void on_handshake(const peer::Handshake& theirs) override { end(theirs); }
    void on_closed(const Error& why) override { end(why); }
    // The codec lets nothing through before the handshake.
    void on_message(const peer::Message&) override {}
    peer::BlockSink on_block_begin(const peer::BlockHead&) override { return {}; }
    void on_block_end(const peer::BlockHead&, peer::Payload) override {}
    void on_sent() override {}

    void end(Result<peer::Handshake> outcome)
    {
        if (!done_) return;
        timer_.cancel();
        auto done = std::exchange(done_, {});
        done(std::move(outcome), std::move(link_));
    }

    std::unique_ptr<peer::Link> link_;
    environment::Timer timer_;
    Done done_;
};

}  // namespace shoal::torrent
