// ut_holepunch (BEP 55): brings two peers together that are both connected to us, and calls whom a relay names. Somebody who asks
// us to send to, or to call, a third party may be after that third party: everything here is limited, by who asks and by whom it hits.
#pragma once

#include "allowance.hpp"
#include "holepunch_message.hpp"

#include <shoal/extension.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace shoal::holepunch {

class Holepunch final : public Extension {
public:
    static constexpr std::string_view message = "ut_holepunch";
    // A relay's word is a way to find peers, and a private torrent finds its peers at its trackers alone.
    static constexpr std::uint32_t flags = SHOAL_EXTENSION_PUBLIC_ONLY;

    explicit Holepunch(Host& host) : host_(host), peers_(host) {}

    void on_peer(const PeerView& peer) override;
    void on_message(PeerHandle peer, ByteView payload) override;
    void on_peer_gone(PeerHandle peer) override { known_.erase(peer); }

private:
    struct Peer {
        Allowance asks{6, std::chrono::seconds{10}};         // rendezvous that it may ask for
        Allowance introductions{12, std::chrono::seconds{5}}; // times it is told to call somebody
        Allowance named{4, std::chrono::seconds{15}};        // whom we call on its word
        std::uint32_t excess = 0;
    };

    void on_rendezvous(const PeerView& initiator, const Endpoint& target);
    void on_connect(const PeerView& relay, const Endpoint& endpoint);
    void exceed(PeerHandle peer);
    void send(PeerHandle peer, const Message& message);
    [[nodiscard]] Refusal refusal(const PeerView& initiator, const Endpoint& wanted, const PeerView* target);

    Host host_;
    ExtensionPeers peers_;
    std::map<PeerHandle, Peer> known_;
    Allowance calls_{10, std::chrono::seconds{6}}; // whom we call on anybody's word
};

} // namespace shoal::holepunch
