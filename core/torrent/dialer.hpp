#pragma once

#include "environment/environment.hpp"
#include "host/log.hpp"
#include "torrent/candidates.hpp"
#include "torrent/handshake_wait.hpp"
#include "torrent/introduction.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace shoal::torrent {

// From an address to a peer that has said who it is: calls candidates, exchanges handshakes, and turns away who is not wanted.
// Whom it introduces is the owner's from then on. [loop]
class Dialer {
public:
    class Owner {
    public:
        // How many more peers are wanted, those being called not counted.
        virtual std::size_t room() const = 0;
        virtual bool is_connected_to(const WirePeerId& peer) const = 0;
        // Why not, for what only the owner knows; empty: welcome.
        virtual std::string reason_to_refuse(const Introduction& introduction) const = 0;
        virtual void meet(Introduction introduction) = 0;

    protected:
        ~Owner() = default;
    };

    struct Settings {
        std::uint32_t most_connecting = 16;  // outgoing, before the handshake
        environment::Duration connect_timeout = std::chrono::seconds{15};
        environment::Duration handshake_timeout = std::chrono::seconds{10};
    };

    struct Parts {  // all of it outlives the dialer
        environment::Environment& environment;
        peer::Transport& transport;
        Candidates& candidates;
        host::Log log;
        Owner& owner;
    };

    // `ours` is what we say first: torrent, name, capabilities.
    Dialer(Parts parts, Settings settings, peer::Handshake ours);
    ~Dialer();
    Dialer(const Dialer&) = delete;
    Dialer& operator=(const Dialer&) = delete;

    void connect_more();
    // An incoming connection that asked for this torrent; its handshake was read, ours is still to be sent.
    void welcome(Introduction introduction);
    // The owner's peer of that name is gone. If it was called as well, and the second connection was the one that ended, it is
    // called again soon: two that call each other at the same moment both hang up, and must not do so again in step.
    void on_left(const WirePeerId& peer);
    // Hangs up on everybody who has not said who it is, and calls nobody any more.
    void stop();
    std::size_t connecting() const { return dials_.size(); }

private:
    struct Dial {
        environment::OperationId operation{0};
        std::unique_ptr<HandshakeWait> wait;
    };

    void dial(const Endpoint& endpoint);
    void on_dialled(const Endpoint& endpoint, Result<std::unique_ptr<peer::Link>> link);
    void on_handshake(const Endpoint& endpoint, Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> link);
    void end_dial(const Endpoint& endpoint);
    std::string reason_to_refuse(const Introduction& introduction) const;
    void forget_ourselves(const Endpoint& caller);
    void let_fall(std::unique_ptr<peer::Link> link);
    void bury();

    Parts parts_;
    Settings settings_;
    peer::Handshake ours_;
    RandomStream random_;
    std::map<Endpoint, Dial> dials_;
    std::map<WirePeerId, Endpoint> second_ways_;  // to peers that are connected; not called meanwhile
    std::vector<std::unique_ptr<HandshakeWait>> ended_waits_;
    bool is_stopped_ = false;
    bool is_burial_posted_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent
