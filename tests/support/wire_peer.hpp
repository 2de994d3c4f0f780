#pragma once

#include "environment/network.hpp"
#include "lab/node.hpp"
#include "peer/decoder.hpp"
#include "peer/encoder.hpp"
#include "peer/handshake.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace shoal::support {

// A peer that a test moves octet by octet, over a byte stream from a simulated host: it can stop in the middle of a block. It
// reads all that comes and answers nothing by itself.
class WirePeer final : private environment::Stream::Events, private peer::LinkEvents {
public:
    // The host's number is its name.
    WirePeer(lab::Node& node, const Hash20& info_hash, peer::Capabilities capabilities = {.fast = true}) : node_(node)
    {
        peer::Handshake ours{.capabilities = capabilities, .info_hash = info_hash, .peer_id = {}};
        ours.peer_id.bytes.fill(static_cast<std::byte>(node.index().value()));
        say_octets(peer::encode_handshake(ours));
        decoder_.set_events(this);
    }

    void connect(const Endpoint& to)
    {
        node_.environment().network.connect(to, std::chrono::seconds{10},
                                            [this](Result<std::unique_ptr<environment::Stream>> made) {
                                                if (!made) return;
                                                stream_ = std::move(*made);
                                                stream_->set_events(this);
                                                stream_->want_read(true);
                                                stream_->want_write(true);
                                            });
    }
    void leave() { stream_.reset(); }
    bool is_connected() const { return stream_ != nullptr; }

    void say(const peer::Message& message)
    {
        peer::append_message(to_send_, message);
        if (stream_) stream_->want_write(true);
    }
    void say_octets(ByteView octets)
    {
        to_send_.insert(to_send_.end(), octets.begin(), octets.end());
        if (stream_) stream_->want_write(true);
    }
    // What was asked for, or how it begins: the rest is for say_octets().
    void give(const peer::Request& request, ByteView octets)
    {
        peer::append_block_head(to_send_, {request.piece, request.begin, request.length});
        say_octets(octets);
    }

    std::vector<peer::Request> asked;
    std::function<void(std::uint8_t id, ByteView payload)> on_extended; // the octets are borrowed

private:
    void on_readable() override
    {
        const MutableBytes into = decoder_.prepare();
        const auto outcome = stream_->read({&into, 1});
        if (!decoder_.commit(outcome.bytes)) return leave();
        if (outcome.state == environment::IoState::closed || outcome.state == environment::IoState::failed) leave();
    }
    void on_writable() override
    {
        const ByteView from(to_send_);
        const auto outcome = stream_->write({&from, 1}, false);
        to_send_.erase(to_send_.begin(), to_send_.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
        if (to_send_.empty()) stream_->want_write(false);
    }

    void on_handshake(const peer::Handshake&) override {}
    void on_message(const peer::Message& message) override
    {
        if (const auto* request = std::get_if<peer::Request>(&message)) asked.push_back(*request);
        const auto* extended = std::get_if<peer::Extended>(&message);
        if (extended != nullptr && on_extended) on_extended(extended->id, extended->payload);
    }
    peer::BlockSink on_block_begin(const peer::BlockHead&) override { return {}; }
    void on_block_end(const peer::BlockHead&, peer::Payload) override {}
    void on_sent() override {}
    void on_closed(const Error&) override {}

    lab::Node& node_;
    std::unique_ptr<environment::Stream> stream_;
    peer::Decoder decoder_;
    Bytes to_send_;
};

}  // namespace shoal::support
