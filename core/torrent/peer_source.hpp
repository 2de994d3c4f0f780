#pragma once

#include <string_view>

namespace shoal::torrent {

// Where the address of a peer came from: one of the names below, or that of the plug-in that found it ("dht", "pex", "lsd").
// The name lives as long as the process, as plug-ins and literals do.
struct PeerSource {
    std::string_view name;
    bool is_trusted = false;  // the user said so: tried for ever, and before all others

    friend bool operator==(const PeerSource& a, const PeerSource& b) { return a.name == b.name; }

    static const PeerSource user;
    static const PeerSource magnet;  // x.pe of the link
    static const PeerSource tracker;
    static const PeerSource incoming;
};

inline constexpr PeerSource PeerSource::user{"user", true};
inline constexpr PeerSource PeerSource::magnet{"magnet", true};
inline constexpr PeerSource PeerSource::tracker{"tracker"};
inline constexpr PeerSource PeerSource::incoming{"incoming"};

// A private torrent takes nothing from anywhere else (BEP 27).
inline bool is_for_private(const PeerSource& source)
{
    return source.is_trusted || source == PeerSource::tracker || source == PeerSource::incoming;
}

}  // namespace shoal::torrent
