// The fake host with the connections of one torrent: a test says who is connected and what they send; what the plug-in sends, finds
// and disconnects is written down.
#pragma once

#include "unit/plugins/tracker/fake_host.hpp"

#include <shoal/extension.hpp>
#include <shoal/random.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::test {

struct PeerSpec {
    std::string_view remote;       // "1.2.3.4:5"
    std::string_view listening{};  // nothing: not known
    std::uint32_t flags = SHOAL_EXTENSION_PEER_SPEAKS;
    std::uint32_t metadata_size = 0;
};

class PeerHost : public FakeHost {
public:
    struct Sent {
        PeerHandle peer;
        Bytes payload;
        std::chrono::nanoseconds at;
    };

    PeerHost();

    /// Connected from now on, and part of all(). Telling the plug-in is the test's business.
    PeerHandle connect(const PeerSpec& spec);
    [[nodiscard]] PeerView view(PeerHandle peer) const { return from_abi(connected.at(peer)); }
    [[nodiscard]] std::vector<Bytes> sent_to(PeerHandle peer) const;

    std::map<PeerHandle, shoal_peer_view> connected; // changed at will
    std::vector<Sent> sent;
    std::map<PeerHandle, shoal_status> send_status; // what send() answers, where it is not SHOAL_OK
    std::vector<Candidate> found;
    std::map<PeerHandle, std::string> disconnected; // and no longer part of all()
    std::vector<std::pair<PeerHandle, std::uint32_t>> lost;
    std::uint32_t piece_count = 0; // of the torrent; 0: its metadata is not known
    std::optional<Bytes> known_metadata;
    Bytes true_metadata;         // what set_metadata() takes
    std::size_t metadata_offers = 0;
    shoal_status metadata_status = SHOAL_E_CORRUPT; // what the wrong one is answered with
    std::vector<shoal_endpoint> own;
    std::map<PeerHandle, std::uint32_t> marks; // as set, also to nothing
    std::map<std::string, std::string, std::less<>> text_settings{{"secret", "a secret of the family"}};

private:
    static const shoal_host_extension_v1 extension_table;
    static const shoal_host_random_v1 random_table;
    static const shoal_host_settings_v1 settings_table;
    static const shoal_host_torrent_v1 torrent_table;

    std::vector<shoal_peer_view> lent_;
    shoal_torrent_view torrent_{};
    RandomStream random_{11, 3};
};

/// An extension with the host it speaks to.
template <class T>
class Wired : public PeerHost {
public:
    Wired() : host_(table()), plugin(host_) {}

    PeerHandle join(const PeerSpec& spec)
    {
        const auto peer = connect(spec);
        plugin.on_peer(view(peer));
        return peer;
    }

    void leave(PeerHandle peer)
    {
        connected.erase(peer);
        plugin.on_peer_gone(peer);
    }

    /// The peer says it; the host delivers nothing of those it has disconnected.
    void say(PeerHandle peer, ByteView payload)
    {
        if (!disconnected.contains(peer)) plugin.on_message(peer, payload);
    }

private:
    Host host_;

public:
    T plugin;
};

} // namespace shoal::test
