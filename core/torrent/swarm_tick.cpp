#include "torrent/swarm.hpp"

#include <shoal/abi/choker.h>

#include <fmt/format.h>

#include <algorithm>

// What happens because time passes, and the torrent's own life: start, stop, status.
namespace shoal::torrent {

using environment::Duration;
using environment::Time;

namespace {
constexpr Duration tick_interval = std::chrono::seconds{1};
}  // namespace

Swarm::Swarm(SwarmContext context)
    : context_(std::move(context)), availability_(geometry().piece_count()),
      pickers_(context_.ledger, availability_,
               [this](const std::string& name, const std::string& why) { report_replacement("picker", name, why); }),
      choking_([this](const std::string& name, const std::string& why) { report_replacement("choker", name, why); }),
      dialer_({.environment = context_.environment,
               .transport = context_.transport,
               .candidates = context_.finder.candidates(),
               .log = context_.log,
               .owner = *this},
              {.most_connecting = context_.settings.most_connecting,
               .connect_timeout = context_.settings.connect_timeout,
               .handshake_timeout = context_.settings.handshake_timeout},
              {.capabilities = {.fast = true, .extended = true, .dht = context_.finder.node_port() != 0},
               .info_hash = context_.metainfo.info_hash.wire(),
               .peer_id = context_.identity.peer_id}),
      extensions_(context_.environment.loop, context_.finder, *this),
      second_(context_.environment.loop), retry_(context_.environment.loop)
{
}

Swarm::~Swarm()
{
    context_.finder.set_owner(nullptr);
    peers_.clear();
    context_.ledger.abandon_all();
}

void Swarm::start()
{
    if (!is_done()) context_.finder.candidates().recall_postponed();
    context_.finder.start(*this);
    dialer_.connect_more();
    tick();
}

void Swarm::stop(environment::Task done)
{
    if (is_stopping_) {
        // Stopped by two sides, a failure and the user: both hear of the end.
        if (!stopped_) return context_.environment.loop.post(std::move(done));
        stopped_ = [first = std::move(stopped_), second = std::move(done)]() mutable {
            first();
            second();
        };
        return;
    }
    is_stopping_ = true;
    second_.cancel();
    retry_.cancel();
    for (const auto& unwritten : std::exchange(unwritten_, {})) lose(unwritten);
    dialer_.stop();
    while (!peers_.empty()) drop(*peers_.begin()->second, make_error(Errc::cancelled, "the torrent is stopping"));
    stopped_ = std::move(done);
    context_.finder.stop([this] {
        is_goodbye_said_ = true;
        finish_stop();
    });
}

Announcer::Totals Swarm::announced_totals() const
{
    return {totals_.uploaded, totals_.downloaded, context_.ledger.wanted_octets_left()};
}

void Swarm::on_event(std::string_view name, control::Value payload)
{
    context_.events.on_event(name, std::move(payload));
}

void Swarm::finish_stop()
{
    if (!is_goodbye_said_ || writes_under_way_ > 0 || !stopped_) return;
    std::exchange(stopped_, {})();
}

void Swarm::set_pickers(std::vector<std::unique_ptr<host::Instance>> pickers)
{
    pickers_.set_pickers(std::move(pickers));
    refill_all();
}

void Swarm::set_choker(std::unique_ptr<host::Instance> choker)
{
    choking_.set_choker(std::move(choker));
    is_choker_due_ = true;
}

void Swarm::tick()
{
    second_.start(tick_interval, [this] { tick(); });
    is_held_back_ = false;  // whoever still is says so when it is refilled
    std::vector<ConnectedPeer*> all;
    for (auto& [handle, peer] : peers_) all.push_back(peer.get());
    // A peer may be dropped by its own tick, and by nobody else's.
    for (auto* peer : all) {
        if (peer->intake.is_holding()) peer->session.tick_unread(now());
        else if (!peer->is_closed()) peer->session.tick(now());
        if (!peer->is_closed()) refill(*peer);
        if (!peer->is_closed()) serve(*peer);
        if (!peer->is_closed()) watch_for_starvation(*peer);
        if (!peer->is_closed()) tell_traffic(*peer, peer->account.take(peer->moved(), now()));
    }
    resume_paused();  // the memory may have come from another torrent
    look_what_is_sent();
    pickers_.deliver_events(now());
    dialer_.connect_more();
    context_.finder.tick({.connected = peers_.size(), .connecting = dialer_.connecting(), .is_enough = is_done()});
    const bool on_time = now() - choked_last_ >= choking_.interval();
    if (on_time || is_choker_due_) run_choker(on_time ? SHOAL_CHOKER_TRIGGER_TIMER : SHOAL_CHOKER_TRIGGER_CHANGE);
}

void Swarm::run_choker(std::uint32_t trigger)
{
    choked_last_ = now();
    is_choker_due_ = false;
    std::vector<shoal_choker_peer> views;
    for (auto& [handle, peer] : peers_) {
        const auto& session = peer->session;
        views.push_back({.peer = handle.value(),
                         .flags = (session.is_interested() ? SHOAL_CHOKER_PEER_INTERESTED : 0u) |
                                  (!session.is_choked() ? SHOAL_CHOKER_PEER_UNCHOKED : 0u) |
                                  (session.is_snubbed() ? SHOAL_CHOKER_PEER_SNUBBED : 0u) |
                                  (session.is_seed() ? SHOAL_CHOKER_PEER_SEED : 0u),
                         .marks = extensions_.marks(handle),
                         .download_rate = peer->down.rate(now()),
                         .upload_rate = peer->up.rate(now()),
                         .downloaded = peer->down.total(),
                         .uploaded = peer->up.total(),
                         .connected_at_ns = nanoseconds(peer->connected_at),
                         .unchoked_at_ns = nanoseconds(peer->unchoked_at)});
    }
    const auto chosen = choking_.decide({.peers = views,
                                         .slots = context_.settings.upload_slots,
                                         .is_seeding = is_done(),
                                         .trigger = trigger},
                                        now());
    for (auto& [handle, peer] : peers_) {
        const bool choke = !chosen.contains(handle);
        if (peer->session.is_choked() && !choke) peer->unchoked_at = now();
        peer->session.set_choking(choke);
    }
}

void Swarm::watch_for_starvation(ConnectedPeer& peer)
{
    const auto& session = peer.session;
    // Idle for our pickers' sake only: it unchokes us, takes requests, and has what nobody was asked for.
    const bool could_give = !is_done() && !hold_ && !is_held_back_ && !session.is_choking_us() && peer.wanted_pieces > 0 &&
                            session.outstanding().empty() && session.window() > 0 &&
                            !(session.is_snubbed() && has_livelier_peer(peer)) &&
                            context_.ledger.has_unrequested() && !peer.intake.is_waiting() && has_work_for(peer);
    if (!could_give) {
        peer.idle_since.reset();
    } else if (!peer.idle_since) {
        peer.idle_since = now();
    } else if (now() - *peer.idle_since >= context_.settings.starved_after) {
        peer.idle_since.reset();
        pickers_.on_starved();
        refill(peer);
    }
}

// Is there a wanted block that this peer has, that nobody was asked for, and for which there is memory?
bool Swarm::has_work_for(const ConnectedPeer& peer) const
{
    const auto& theirs = peer.session.their_pieces();
    const bool is_suspect = suspicion_.is_suspect(peer.link->remote().address);
    const bool has_room = is_blockwise(*geometry().piece(0)) || context_.buffers.has_room(geometry().piece_length());
    for (auto p = theirs.find_first_set(0); p; p = theirs.find_first_set(*p + 1)) {
        const PieceIndex piece = *geometry().piece(*p);
        if (!context_.ledger.is_wanted(piece)) continue;
        if (has_room && context_.ledger.state(piece) == SHOAL_PIECE_MISSING) return true;
        const auto* open = context_.ledger.find(piece);
        if (open == nullptr || open->unrequested() == 0) continue;
        if (open->exclusive_to == peer.handle) return true;
        if (open->exclusive_to.value() == 0 && (!is_suspect || open->is_idle())) return true;
    }
    return false;
}

void Swarm::report_replacement(std::string_view kind, const std::string& name, const std::string& why)
{
    context_.log.warning("{} {}: {}", kind, name, why);
    control::Value::Map event;
    event.set("kind", kind);
    event.set("plugin", name);
    event.set("why", why);
    context_.events.on_event("plugin.replaced", std::move(event));
}

Swarm::Status Swarm::status()
{
    Status status;
    status.peers = static_cast<std::uint32_t>(peers_.size());
    status.candidates = static_cast<std::uint32_t>(context_.finder.candidates().size());
    status.connecting = static_cast<std::uint32_t>(dialer_.connecting());
    for (auto& [handle, peer] : peers_) {
        if (peer->session.is_seed()) ++status.seeds;
        if (!peer->session.is_choking_us()) ++status.unchoked_us;
        ++status.sources[peer->source.name];
        status.download_rate += peer->down.rate(now());
        status.upload_rate += peer->up.rate(now());
    }
    status.disk = disk_work();
    status.hold = hold_;
    if (hold_) status.download_rate = 0;  // what still comes was asked for before, and is not kept
    if (!is_done() && status.download_rate == 0) status.stall = reason_for_stall();
    return status;
}

DiskWork Swarm::disk_work() const
{
    return {.in_flight = writes_under_way_,
            .queued = context_.store.waiting() + unwritten_.size(),
            .write_latency = write_latency_,
            .is_back_pressured = !is_done() && is_back_pressured()};
}

std::vector<PeerStatus> Swarm::peers()
{
    std::vector<PeerStatus> all;
    for (auto& [handle, peer] : peers_) {
        const auto& session = peer->session;
        all.push_back({.address = peer->link->remote(),
                       .source = peer->source.name,
                       .client = peer->client(),
                       .pieces = session.their_pieces().count(),
                       .is_choking_us = session.is_choking_us(),
                       .is_choked = session.is_choked(),
                       .is_interested = session.is_interested(),
                       .are_we_interested = session.are_we_interested(),
                       .is_snubbed = session.is_snubbed(),
                       .download_rate = peer->down.rate(now()),
                       .upload_rate = peer->up.rate(now()),
                       .downloaded = peer->down.total(),
                       .uploaded = peer->up.total(),
                       .preferred_by = extensions_.who_prefers(handle)});
    }
    return all;
}

bool Swarm::is_back_pressured() const
{
    const bool is_paused =
        std::ranges::any_of(peers_, [](const auto& entry) { return entry.second->is_paused_for_memory; });
    return is_paused || is_held_back_ ||
           (writes_under_way_ > 0 && !context_.buffers.has_room(geometry().piece_length()));
}

// In the order in which a person would look: is anybody there, has anybody what we miss, may we have it?
std::string Swarm::reason_for_stall() const
{
    const auto peers = [](std::size_t count) { return fmt::format("{} peer{}", count, count == 1 ? "" : "s"); };
    if (hold_) return "waits for room: " + hold_->text;
    if (peers_.empty()) return context_.finder.reason_for_nobody(dialer_.connecting());
    const auto wanted = std::ranges::count_if(peers_, [](const auto& p) { return p.second->wanted_pieces > 0; });
    if (wanted == 0) return fmt::format("{}, none has a piece that is missing", peers(peers_.size()));
    const auto open = std::ranges::count_if(
        peers_, [](const auto& p) { return p.second->wanted_pieces > 0 && !p.second->session.is_choking_us(); });
    if (open == 0) return fmt::format("choked by all who have missing pieces: {}", peers(static_cast<std::size_t>(wanted)));
    if (is_held_back_ || !context_.buffers.has_room(geometry().piece_length())) return "waiting for the disk";
    return fmt::format("waiting for blocks from {}", peers(static_cast<std::size_t>(open)));
}

}  // namespace shoal::torrent
