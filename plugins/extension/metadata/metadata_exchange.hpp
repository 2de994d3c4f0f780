// ut_metadata (BEP 9) both ways: the info dictionary is fetched from peers until it is known, and served to them from then on.
#pragma once

#include "fetch.hpp"
#include "metadata_message.hpp"
#include "served.hpp"

#include <shoal/extension.hpp>

#include <cstdint>
#include <map>
#include <string_view>

namespace shoal::metadata_exchange {

class MetadataExchange final : public Extension, private FetchActions {
public:
    static constexpr std::string_view message = "ut_metadata";
    // Private torrents, too: their peers come from their trackers, and a magnet link may name those.
    static constexpr std::uint32_t flags = SHOAL_EXTENSION_METADATA;

    explicit MetadataExchange(Host& host);

    void on_peer(const PeerView& peer) override;
    void on_message(PeerHandle peer, ByteView payload) override;
    void on_peer_gone(PeerHandle peer) override;
    void on_stop() override;

private:
    struct Peer {
        Served served{};
        std::uint32_t strays = 0; // answers to what was not asked
    };

    void on_request(PeerHandle peer, std::uint32_t block);
    void on_stray(PeerHandle peer);
    void drop(PeerHandle peer, std::string_view why);
    /// Sends what waits for the peer, as far as it reads.
    void serve(PeerHandle peer, Peer& state);
    void stop_if_known();
    void tick();
    void arm();
    [[nodiscard]] bool has_queue() const;

    bool request(PeerHandle peer, std::uint32_t block) override;
    Verdict complete(ByteView metadata) override;
    void disconnect(PeerHandle peer, std::string_view why) override;

    Host host_;
    ExtensionPeers extension_;
    Timers timers_;
    std::map<PeerHandle, Peer> peers_;
    Fetch fetch_;
    Timer timer_;
};

} // namespace shoal::metadata_exchange
