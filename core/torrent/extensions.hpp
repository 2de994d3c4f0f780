#pragma once

#include "host/instance.hpp"
#include "peer/extended_handshake.hpp"
#include "torrent/finder.hpp"

#include <shoal/abi/extension.h>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace shoal::torrent {

// The extension plug-ins of one torrent (BEP 10): gives each its message id, tells them of peers and passes messages both ways.
// It owns the instances; the connections are its owner's. [loop]
class Extensions final {
public:
    // A connected peer after its extended handshake.
    struct Peer {
        PeerHandle handle;
        const peer::ExtendedHandshake& theirs;
        Endpoint remote;
        std::optional<Endpoint> listening;  // where it can be called
        bool is_outgoing = false;
        bool is_seed = false;
    };

    // From inside a plug-in's call: nothing is destroyed in them.
    class Owner {
    public:
        virtual void for_each_peer(const std::function<void(const Peer&)>& visit) const = 0;
        virtual std::optional<Peer> find_peer(PeerHandle handle) const = 0;
        // Under the peer's own id. SHOAL_E_LIMIT: it does not read what was sent before.
        virtual shoal_status send_extended(PeerHandle peer, std::uint8_t id, ByteView payload) = 0;
        virtual std::optional<ByteView> metadata() const = 0;
        // SHOAL_E_CORRUPT: not this torrent's.
        virtual shoal_status take_metadata(ByteView info) = 0;
        virtual bool has_piece_number(std::uint32_t piece) const = 0;
        // Not from inside a plug-in's call.
        virtual void lose_piece(PeerHandle peer, std::uint32_t piece) = 0;
        virtual void disconnect(PeerHandle peer, const Error& why) = 0;
        // Some peer's marks are others now. Not from inside a plug-in's call.
        virtual void on_marks_changed() = 0;

    protected:
        ~Owner() = default;
    };

    // Makes an instance of the extension plug-in of that name, which reports to the sink; null for one that has no place in a
    // private torrent, when this is one.
    using Make = std::function<Result<std::unique_ptr<host::Instance>>(const std::string& name, host::ExtensionSink& sink)>;

    Extensions(environment::Loop& loop, Finder& finder, Owner& owner);
    ~Extensions();
    Extensions(const Extensions&) = delete;
    Extensions& operator=(const Extensions&) = delete;

    // Makes them all. One that cannot be made is left out; what it said comes back.
    std::vector<Error> make(const std::vector<std::string>& names, const Make& make);
    bool empty() const { return seats_.empty(); }

    // Adds to our extended handshake what the plug-ins take, and the size of the metadata where one serves it.
    void introduce(peer::ExtendedHandshake& ours) const;

    // The peer has made its extended handshake, or changed it.
    void on_peer(const Peer& peer);
    void on_message(PeerHandle peer, std::uint8_t id, ByteView payload);
    void on_gone(PeerHandle peer);
    // To those that want to hear of it.
    void on_traffic(const shoal_peer_traffic& traffic);
    // SHOAL_MARK_…: what all of them together say of the peer.
    std::uint32_t marks(PeerHandle peer) const;
    // The names of those that say SHOAL_MARK_PREFERRED of it, for people to look at.
    std::vector<std::string_view> who_prefers(PeerHandle peer) const;
    // Is a message of this id for a plug-in that fetches metadata?
    bool is_about_metadata(std::uint8_t id) const;

private:
    struct Seat;

    shoal_peer_view view_of(const Peer& peer, const Seat& seat) const;
    Seat* seat_of(std::uint8_t id) const;

    environment::Loop& loop_;
    Finder& finder_;
    Owner& owner_;
    std::vector<std::unique_ptr<Seat>> seats_;  // message ids from 1 on
    std::set<PeerHandle> introduced_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent
