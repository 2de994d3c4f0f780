// ut_pex (BEP 11): tells peers of each other, and hears of others from them.
#pragma once

#include "heard.hpp"
#include "told.hpp"

#include <shoal/extension.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace shoal::peer_exchange {

class PeerExchange final : public Extension {
public:
    static constexpr std::string_view message = "ut_pex";
    static constexpr std::uint32_t flags = SHOAL_EXTENSION_PUBLIC_ONLY;

    // Changes are gathered for so long before anybody is told.
    static constexpr Duration gathering = std::chrono::seconds{3};
    // A second more than the minute of BEP 11: who counts strictly must not find two in one of his.
    static constexpr Duration interval = std::chrono::seconds{61};

    explicit PeerExchange(Host& host);

    void on_peer(const PeerView& peer) override;
    void on_message(PeerHandle peer, ByteView payload) override;
    void on_peer_gone(PeerHandle peer) override;
    void on_stop() override;

private:
    struct Peer {
        PeerView view{};
        Told told{};
        Heard heard{};
        std::optional<Time> last_told{};
        std::optional<Time> stale_since{}; // it does not know all that is so

        [[nodiscard]] std::optional<Time> due() const;
    };

    void on_change();
    void tell_all();
    void tell(Peer& peer, std::span<const PeerView> all);
    void arm();
    [[nodiscard]] std::vector<Candidate> useful(const Peer& sender, const std::vector<NamedPeer>& named) const;

    Host host_;
    ExtensionPeers extension_;
    Timers timers_;
    Random random_;
    std::map<PeerHandle, Peer> peers_;
    Timer timer_;
};

} // namespace shoal::peer_exchange
