#pragma once

#include "host/log.hpp"
#include "metainfo/torrent_file.hpp"
#include "torrent/dialer.hpp"
#include "torrent/extensions.hpp"
#include "torrent/finder.hpp"
#include "torrent/identity.hpp"
#include "torrent/resolving_peer.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::torrent {

// The first stage of a torrent that came as a magnet link: finds peers, and lets the extension plug-ins fetch the metadata from
// them (BEP 9). It ends with the metadata; what the finder knows by then goes on to the download. [loop]
class Resolution final : private Finder::Owner,
                         private Dialer::Owner,
                         private Extensions::Owner,
                         private ResolvingPeer::Owner,
                         private host::TorrentSource {
public:
    class Events {
    public:
        // Once, in a turn of the loop of its own: the resolution may be destroyed in it. An error: the metadata is the right one
        // and cannot be used, so that nobody has a better one.
        virtual void on_resolved(Result<metainfo::TorrentFile> metainfo) = 0;
        virtual void on_resolution_event(std::string_view name, control::Value payload) = 0;

    protected:
        ~Events() = default;
    };

    struct Settings {
        std::uint32_t most_peers = 50;
        std::uint32_t most_peers_per_address = 16;  // of one IPv6 /64 together
        Dialer::Settings dialer{};
        // A peer that has said nothing for so long makes room for another; in a full house one that has said nothing about the
        // metadata does, when somebody waits.
        environment::Duration patience = std::chrono::minutes{2};
        std::string client_name = "Shoal 0.1";
    };

    struct Parts {  // all of it outlives the resolution, but the finder, which it owns
        environment::Environment& environment;
        peer::Transport& transport;
        Identity identity;
        host::Log log;
        Events& events;
    };

    Resolution(Parts parts, Settings settings, InfoHash info_hash, std::string name, std::unique_ptr<Finder> finder);
    ~Resolution();

    // Makes an instance for this torrent, of which nothing is known yet.
    using MakeExtension = std::function<Result<std::unique_ptr<host::Instance>>(
        const std::string& name, host::TorrentSource& torrent, host::ExtensionSink& sink)>;
    std::vector<Error> make_extensions(const std::vector<std::string>& names, const MakeExtension& make);
    void start();
    // Hangs up and says goodbye to the trackers; then `done`. Metadata that came just before is of no interest any more.
    void stop(environment::Task done);
    // Hangs up, in a way that everybody may be called again at once. The resolution is of no use after that.
    std::unique_ptr<Finder> release_finder();

    void welcome(Introduction introduction) { dialer_.welcome(std::move(introduction)); }
    void add_peer(const Endpoint& endpoint) { finder_->add(endpoint, PeerSource::user); }
    bool spot(const Endpoint& endpoint, std::string_view plugin);

    const InfoHash& info_hash() const { return info_hash_; }

    struct Status {
        std::uint32_t peers = 0;
        std::uint32_t connecting = 0;
        std::uint32_t candidates = 0;
        std::map<std::string_view, std::uint32_t> sources;
        std::string stall;  // what it waits for, for a person
        std::vector<Announcer::TrackerStatus> trackers;
    };
    void look_for_peers() { finder_->look_again(); }
    Status status() const;

private:
    using Peers = std::map<PeerHandle, std::unique_ptr<ResolvingPeer>>;

    void tick();
    void make_room();
    bool is_crowded(const Address& address) const;
    void drop(ResolvingPeer& peer, const Error& why);
    void bury();
    std::optional<Extensions::Peer> view_of(const ResolvingPeer& peer) const;
    bool is_running() const { return !is_over_; }

    Announcer::Totals announced_totals() const override;
    std::uint32_t peers_wanted() const override { return settings_.most_peers; }
    void on_candidates() override { dialer_.connect_more(); }
    void on_event(std::string_view name, control::Value payload) override;

    std::size_t room() const override;
    bool is_connected_to(const WirePeerId& peer) const override;
    std::string reason_to_refuse(const Introduction& introduction) const override;
    void meet(Introduction introduction) override;

    void for_each_peer(const std::function<void(const Extensions::Peer&)>& visit) const override;
    std::optional<Extensions::Peer> find_peer(PeerHandle handle) const override;
    shoal_status send_extended(PeerHandle peer, std::uint8_t id, ByteView payload) override;
    std::optional<ByteView> metadata() const override { return std::nullopt; }
    shoal_status take_metadata(ByteView info) override;
    bool has_piece_number(std::uint32_t) const override { return false; }
    void lose_piece(PeerHandle, std::uint32_t) override {}
    void on_marks_changed() override {}  // nobody picks or chokes yet
    void disconnect(PeerHandle peer, const Error& why) override;

    void on_extended_handshake(ResolvingPeer& peer) override;
    void on_extended(ResolvingPeer& peer, std::uint8_t id, ByteView payload) override;
    void on_node_port(ResolvingPeer& peer, std::uint16_t port) override;
    void on_closed(ResolvingPeer& peer, const Error& why) override { drop(peer, why); }

    const shoal_torrent_view* view() override { return &view_; }

    std::string reason_to_wait() const;

    Parts parts_;
    Settings settings_;
    InfoHash info_hash_;
    std::string name_;
    shoal_torrent_view view_{};
    std::unique_ptr<Finder> finder_;
    Dialer dialer_;
    Extensions extensions_;
    Peers peers_;
    std::vector<std::unique_ptr<ResolvingPeer>> graveyard_;
    environment::Timer second_;
    std::uint64_t next_handle_ = 1;
    bool is_over_ = false;  // resolved, or stopped
    bool is_stopped_ = false;
    bool is_burial_posted_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace shoal::torrent
