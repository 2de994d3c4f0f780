#pragma once

#include "peer/extended_handshake.hpp"
#include "torrent/introduction.hpp"

#include <shoal/ids.hpp>
#include <shoal/result.hpp>

namespace shoal::torrent {

// A peer while nobody knows the torrent's metadata: only what BEP 10 carries is of interest. Of pieces nothing can be said yet,
// so all else it says is passed over; it will say it again when it is called for the download. [loop]
class ResolvingPeer final : public peer::LinkEvents {
public:
    class Owner {
    public:
        virtual void on_extended_handshake(ResolvingPeer& peer) = 0;
        virtual void on_extended(ResolvingPeer& peer, std::uint8_t id, ByteView payload) = 0;
        virtual void on_node_port(ResolvingPeer& peer, std::uint16_t port) = 0;
        // The last word. The peer is destroyed later, not from inside it.
        virtual void on_closed(ResolvingPeer& peer, const Error& why) = 0;

    protected:
        ~Owner() = default;
    };

    ResolvingPeer(Owner& owner, PeerHandle handle, Introduction introduction, environment::Time now);

    // Says what we have (nothing) and what we take.
    void start(const peer::ExtendedHandshake& ours, std::uint16_t node_port);
    void close();
    bool is_closed() const { return is_closed_; }
    // False: it does not read what was said before.
    bool send_extended(std::uint8_t id, ByteView payload);

    Endpoint remote() const { return link_->remote(); }
    std::optional<Endpoint> listening() const;

    const PeerHandle handle;
    const WirePeerId wire_id;
    const PeerSource source;
    const std::optional<Endpoint> dialled;

    peer::ExtendedHandshake theirs;
    environment::Time last_heard;   // an extension's message
    environment::Time last_helped;  // a message about the metadata
    bool is_introduced = false;    // has made its extended handshake

private:
    void on_handshake(const peer::Handshake& theirs) override;
    void on_message(const peer::Message& message) override;
    peer::BlockSink on_block_begin(const peer::BlockHead& head) override;
    void on_block_end(const peer::BlockHead&, peer::Payload) override {}
    void on_sent() override {}
    void on_closed(const Error& why) override;

    void hear(const peer::Extended& message);

    Owner& owner_;
    std::unique_ptr<peer::Link> link_;
    peer::Capabilities capabilities_;
    bool is_closed_ = false;
};

}  // namespace shoal::torrent
