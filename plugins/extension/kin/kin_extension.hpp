// Who is kin: the message sh_kin (BEP 10). A peer that proves it is marked as preferred, for the pickers and chokers of the
// torrent; all others stay strangers, and are treated as such.
#pragma once

#include "greeting.hpp"

#include <shoal/extension.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::kin {

class KinExtension final : public Extension {
public:
    static constexpr std::string_view message = "sh_kin";
    static constexpr std::uint32_t flags = 0;
    /// Whoever asks a question can try secrets on the answer at leisure.
    static constexpr std::size_t shortest_secret = 16;

    explicit KinExtension(Host& host);

    void on_peer(const PeerView& peer) override;
    void on_message(PeerHandle peer, ByteView payload) override;
    void on_peer_gone(PeerHandle peer) override { acquaintances_.erase(peer); }

private:
    struct Acquaintance {
        Hash32 ours; // what we asked
        std::optional<Hash32> theirs{};
        bool has_answered = false;
    };

    [[nodiscard]] Hash32 new_question();
    [[nodiscard]] bool is_ours(const Hash32& question) const;
    void on_question(PeerHandle peer, Acquaintance& acquaintance, const Hash32& question);
    void on_answer(PeerHandle peer, Acquaintance& acquaintance, const Hash32& answer);

    ExtensionPeers peers_;
    OwnTorrent torrent_;
    Random random_;
    std::string secret_;
    std::map<PeerHandle, Acquaintance> acquaintances_;
};

} // namespace shoal::kin
