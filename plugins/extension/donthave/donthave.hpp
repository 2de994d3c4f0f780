// lt_donthave (BEP 54): a peer says that it no longer has a piece. The core keeps the books of who has what; here is only what
// may be said, and when.
#pragma once

#include <shoal/extension.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::donthave {

/// The four octets of a piece's index, or nothing: the message has another length.
[[nodiscard]] std::optional<std::uint32_t> parse_donthave(ByteView payload);

class DontHave final : public Extension {
public:
    static constexpr std::string_view message = "lt_donthave";
    static constexpr std::uint32_t flags = 0;

    explicit DontHave(Host& host) : peers_(host), torrent_(host.torrent()) {}

    void on_peer(const PeerView&) override {}
    void on_message(PeerHandle peer, ByteView payload) override;

private:
    ExtensionPeers peers_;
    OwnTorrent torrent_;
};

} // namespace shoal::donthave
