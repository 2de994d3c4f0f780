#include "torrent/resolution.hpp"

#include "torrent/neighbourhood.hpp"

#include <shoal/sha1.hpp>
#include <shoal/sha256.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace shoal::torrent {

namespace {
constexpr std::uint64_t unknown_left = 1;  // octets: not nothing, or we would be taken for a seed
constexpr std::uint16_t request_limit = 2000;
}  // namespace

Resolution::Resolution(Parts parts, Settings settings, InfoHash info_hash, std::string name,
                       std::unique_ptr<Finder> finder)
    : parts_(std::move(parts)), settings_(std::move(settings)), info_hash_(std::move(info_hash)), name_(std::move(name)),
      finder_(std::move(finder)),
      dialer_({.environment = parts_.environment,
               .transport = parts_.transport,
               .candidates = finder_->candidates(),
               .log = parts_.log,
               .owner = *this},
              settings_.dialer,
              {.capabilities = {.fast = true, .extended = true, .dht = finder_->node_port() != 0},
               .info_hash = info_hash_.wire(),
               .peer_id = parts_.identity.peer_id}),
      extensions_(parts_.environment.loop, *finder_, *this), second_(parts_.environment.loop)
{
    view_.struct_size = sizeof(view_);
    std::ranges::transform(info_hash_.wire().bytes, view_.info_hash,
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    view_.name = {name_.data(), name_.size()};
    view_.file_stride = sizeof(shoal_torrent_file);
    view_.flags = SHOAL_TORRENT_RESOLVING;
}

Resolution::~Resolution()
{
    if (finder_) finder_->set_owner(nullptr);
}

std::vector<Error> Resolution::make_extensions(const std::vector<std::string>& names, const MakeExtension& make)
{
    return extensions_.make(names, [&](const std::string& name, host::ExtensionSink& sink) {
        return make(name, *this, sink);
    });
}

void Resolution::start()
{
    finder_->start(*this);
    tick();
}

void Resolution::tick()
{
    second_.start(std::chrono::seconds{1}, [this] { tick(); });
    make_room();
    dialer_.connect_more();
    finder_->tick({.connected = peers_.size(), .connecting = dialer_.connecting(), .is_enough = false});
}

// One at a time where all places are taken: many may have no metadata and still tell of others.
void Resolution::make_room()
{
    const auto now = parts_.environment.loop.now();
    std::vector<ResolvingPeer*> leaving;
    ResolvingPeer* useless = nullptr;
    for (const auto& [handle, peer] : peers_) {
        if (now - peer->last_heard > settings_.patience) leaving.push_back(peer.get());
        if (useless == nullptr || peer->last_helped < useless->last_helped) useless = peer.get();
    }
    const bool is_waited_for = room() == 0 && finder_->candidates().next_time() <= now;
    if (leaving.empty() && is_waited_for && now - useless->last_helped > settings_.patience) leaving.push_back(useless);
    for (auto* peer : leaving) drop(*peer, make_error(Errc::timed_out, "it says nothing that helps"));
}

void Resolution::stop(environment::Task done)
{
    is_over_ = true;
    is_stopped_ = true;
    second_.cancel();
    dialer_.stop();
    while (!peers_.empty()) drop(*peers_.begin()->second, make_error(Errc::cancelled, "the torrent is stopping"));
    finder_->stop(std::move(done));
}

std::unique_ptr<Finder> Resolution::release_finder()
{
    is_over_ = true;
    second_.cancel();
    dialer_.stop();
    for (const auto& [handle, peer] : peers_) {
        peer->close();
        extensions_.on_gone(handle);
        // Who came to us is called back, at once: if we called it as well, that was put off for being the second connection.
        if (peer->dialled) finder_->candidates().release(*peer->dialled);
        else if (const auto where = peer->listening()) finder_->candidates().expect(*where, peer->source);
    }
    peers_.clear();
    finder_->set_owner(nullptr);
    return std::move(finder_);
}

bool Resolution::spot(const Endpoint& endpoint, std::string_view plugin)
{
    if (is_over_ || finder_->is_private()) return false;
    finder_->add({endpoint}, plugin);
    return true;
}

// ---- peers --------------------------------------------------------------------------------------------------------

std::size_t Resolution::room() const
{
    return peers_.size() < settings_.most_peers ? settings_.most_peers - peers_.size() : 0;
}

bool Resolution::is_connected_to(const WirePeerId& peer) const
{
    return std::ranges::any_of(peers_, [&](const auto& entry) { return entry.second->wire_id == peer; });
}

std::string Resolution::reason_to_refuse(const Introduction& introduction) const
{
    if (!introduction.theirs.capabilities.extended) return "it cannot tell the metadata";
    if (room() == 0) return "there are enough peers";
    if (is_crowded(introduction.link->remote().address)) return "its address has enough connections";
    return {};
}

// One host with many names must not take the places of everybody else.
bool Resolution::is_crowded(const Address& address) const
{
    const Address shared = neighbourhood(address);
    const auto same = std::ranges::count_if(
        peers_, [&](const auto& entry) { return neighbourhood(entry.second->remote().address) == shared; });
    return static_cast<std::size_t>(same) >= settings_.most_peers_per_address;
}

void Resolution::meet(Introduction introduction)
{
    const PeerHandle handle{next_handle_++};
    ResolvingPeer::Owner& ourselves = *this;
    auto made = std::make_unique<ResolvingPeer>(ourselves, handle, std::move(introduction), parts_.environment.loop.now());
    ResolvingPeer& peer = *made;
    peers_.emplace(handle, std::move(made));
    peer::ExtendedHandshake ours;
    ours.client = settings_.client_name;
    ours.request_limit = request_limit;
    if (parts_.identity.listen_port != 0) ours.listen_port = parts_.identity.listen_port;
    ours.your_address = peer.remote().address.unmapped();
    extensions_.introduce(ours);
    peer.start(ours, finder_->node_port());
}

void Resolution::drop(ResolvingPeer& peer, const Error& why)
{
    if (peer.is_closed()) return;
    peer.close();
    parts_.log.debug("{} left: {}", peer.remote().to_string(), why.text);
    if (peer.dialled) finder_->candidates().on_ended(*peer.dialled, parts_.environment.loop.now(), false);
    const auto at = peers_.find(peer.handle);
    graveyard_.push_back(std::move(at->second));
    peers_.erase(at);
    extensions_.on_gone(peer.handle);
    dialer_.on_left(peer.wire_id);
    bury();
}

void Resolution::bury()
{
    if (std::exchange(is_burial_posted_, true)) return;
    parts_.environment.loop.post([this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        is_burial_posted_ = false;
        graveyard_.clear();
    });
}

void Resolution::on_extended_handshake(ResolvingPeer& peer)
{
    if (peer.theirs.your_address) finder_->on_external_address(*peer.theirs.your_address, peer.remote().address);
    extensions_.on_peer(*view_of(peer));
}

void Resolution::on_extended(ResolvingPeer& peer, std::uint8_t id, ByteView payload)
{
    peer.last_heard = parts_.environment.loop.now();
    if (extensions_.is_about_metadata(id)) peer.last_helped = peer.last_heard;
    extensions_.on_message(peer.handle, id, payload);
}

void Resolution::on_node_port(ResolvingPeer& peer, std::uint16_t port)
{
    if (port != 0) finder_->introduce({peer.remote().address, port});
}

// ---- for the plug-ins ---------------------------------------------------------------------------------------------

std::optional<Extensions::Peer> Resolution::view_of(const ResolvingPeer& peer) const
{
    if (!peer.is_introduced || peer.is_closed()) return std::nullopt;
    return Extensions::Peer{.handle = peer.handle,
                            .theirs = peer.theirs,
                            .remote = peer.remote(),
                            .listening = peer.listening(),
                            .is_outgoing = peer.dialled.has_value(),
                            .is_seed = false};
}

void Resolution::for_each_peer(const std::function<void(const Extensions::Peer&)>& visit) const
{
    for (const auto& [handle, peer] : peers_) {
        if (const auto view = view_of(*peer)) visit(*view);
    }
}

std::optional<Extensions::Peer> Resolution::find_peer(PeerHandle handle) const
{
    const auto at = peers_.find(handle);
    return at == peers_.end() ? std::nullopt : view_of(*at->second);
}

shoal_status Resolution::send_extended(PeerHandle handle, std::uint8_t id, ByteView payload)
{
    const auto at = peers_.find(handle);
    if (at == peers_.end()) return SHOAL_E_STALE;
    return at->second->send_extended(id, payload) ? SHOAL_OK : SHOAL_E_LIMIT;
}

void Resolution::disconnect(PeerHandle handle, const Error& why)
{
    if (const auto at = peers_.find(handle); at != peers_.end()) drop(*at->second, why);
}

// We are inside a plug-in's call: what follows from the metadata ends the plug-in, and comes later.
shoal_status Resolution::take_metadata(ByteView info)
{
    if (is_over_) return SHOAL_E_STATE;
    // By the hash of version 1 where the link has both: then a wrong one of version 2 is the link's fault, not the peer's.
    const bool is_right = info_hash_.v1 ? Sha1::of(info) == *info_hash_.v1 : Sha256::of(info) == *info_hash_.v2;
    if (!is_right) return SHOAL_E_CORRUPT;
    auto parsed = metainfo::parse_info(info);
    if (parsed && info_hash_.v2 && parsed->info_hash.v2 != info_hash_.v2) {
        parsed = make_error(Errc::bad_input, "the two info-hashes of the link are of different torrents");
    }
    is_over_ = true;
    parts_.environment.loop.post([this, alive = std::weak_ptr(alive_), metainfo = std::move(parsed)]() mutable {
        if (!alive.expired() && !is_stopped_) parts_.events.on_resolved(std::move(metainfo));
    });
    return SHOAL_OK;
}

// ---- for people ---------------------------------------------------------------------------------------------------

Announcer::Totals Resolution::announced_totals() const
{
    return {0, 0, unknown_left};
}

void Resolution::on_event(std::string_view name, control::Value payload)
{
    parts_.events.on_resolution_event(name, std::move(payload));
}

std::string Resolution::reason_to_wait() const
{
    if (peers_.empty()) return finder_->reason_for_nobody(dialer_.connecting());
    const auto peers = fmt::format("{} peer{}", peers_.size(), peers_.size() == 1 ? "" : "s");
    // Some give none of private torrents, or have none themselves.
    const auto offers = [](const auto& entry) { return entry.second->theirs.metadata_size.has_value(); };
    if (std::ranges::none_of(peers_, offers)) return "connected to " + peers + ", but none offers the metadata";
    return "asking " + peers + " for the metadata";
}

Resolution::Status Resolution::status() const
{
    Status status;
    if (!finder_) return status;
    status.peers = static_cast<std::uint32_t>(peers_.size());
    status.connecting = static_cast<std::uint32_t>(dialer_.connecting());
    status.candidates = static_cast<std::uint32_t>(finder_->candidates().size());
    for (const auto& [handle, peer] : peers_) ++status.sources[peer->source.name];
    status.stall = reason_to_wait();
    status.trackers = finder_->announcer().trackers();
    return status;
}

}  // namespace shoal::torrent
