#include "donthave.hpp"

namespace shoal::donthave {

std::optional<std::uint32_t> parse_donthave(ByteView payload)
{
    if (payload.size() != sizeof(std::uint32_t)) return std::nullopt;
    return load_be<std::uint32_t>(payload.data());
}

void DontHave::on_message(PeerHandle peer, ByteView payload)
{
    const auto piece = parse_donthave(payload);
    if (!piece) return peers_.disconnect(peer, "a lost piece is told in 4 octets");
    // How many pieces there are is not known yet; what the peer has, it tells anew when it is.
    if (torrent_.view().is_resolving()) return;
    if (!peers_.piece_lost(peer, *piece)) peers_.disconnect(peer, "it lost a piece that the torrent does not have");
}

} // namespace shoal::donthave
