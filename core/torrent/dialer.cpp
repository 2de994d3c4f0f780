#include "torrent/dialer.hpp"

#include <utility>

namespace shoal::torrent {

namespace {
constexpr std::uint64_t shortest_pause_ms = 200;
constexpr std::uint64_t longest_pause_ms = 3000;
}  // namespace

Dialer::Dialer(Parts parts, Settings settings, peer::Handshake ours)
    : parts_(std::move(parts)), settings_(settings), ours_(ours), random_(parts_.environment.random.fork(0x6469616c))
{
}

Dialer::~Dialer()
{
    stop();
}

void Dialer::stop()
{
    is_stopped_ = true;
    for (const auto& [endpoint, dial] : dials_) {
        if (dial.operation.value() != 0) parts_.transport.cancel_connect(dial.operation);
        parts_.candidates.release(endpoint);
    }
    dials_.clear();
    for (const auto& [peer, endpoint] : second_ways_) parts_.candidates.release(endpoint);
    second_ways_.clear();
}

void Dialer::on_left(const WirePeerId& peer)
{
    const auto node = second_ways_.extract(peer);
    if (!node) return;
    const auto pause = std::chrono::milliseconds(shortest_pause_ms + random_.below(longest_pause_ms - shortest_pause_ms));
    parts_.candidates.release(node.mapped());
    parts_.candidates.postpone(node.mapped(), parts_.environment.loop.now() + pause);
}

void Dialer::connect_more()
{
    while (!is_stopped_ && dials_.size() < settings_.most_connecting && dials_.size() < parts_.owner.room()) {
        const auto next = parts_.candidates.next(parts_.environment.loop.now());
        if (!next) return;
        dial(*next);
    }
}

void Dialer::dial(const Endpoint& endpoint)
{
    auto connected = [this, endpoint](Result<std::unique_ptr<peer::Link>> link) {
        on_dialled(endpoint, std::move(link));
    };
    dials_[endpoint].operation = parts_.transport.connect(endpoint, settings_.connect_timeout, std::move(connected));
}

void Dialer::on_dialled(const Endpoint& endpoint, Result<std::unique_ptr<peer::Link>> link)
{
    if (!link) {
        parts_.log.debug("{}: {}", endpoint.to_string(), link.error().text);
        return end_dial(endpoint);
    }
    Dial& dial = dials_[endpoint];
    dial.operation = environment::OperationId{0};
    auto done = [this, endpoint](Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> spoken) {
        on_handshake(endpoint, std::move(theirs), std::move(spoken));
    };
    dial.wait = std::make_unique<HandshakeWait>(parts_.environment.loop, std::move(*link), settings_.handshake_timeout,
                                                std::move(done));
    dial.wait->link().send(ours_);
}

void Dialer::on_handshake(const Endpoint& endpoint, Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> link)
{
    // We are inside the wait's own event: it is buried later, and so is a link that goes no further.
    ended_waits_.push_back(std::move(dials_[endpoint].wait));
    bury();
    dials_.erase(endpoint);
    Introduction introduction{std::move(link), theirs ? *theirs : peer::Handshake{},
                              parts_.candidates.source_of(endpoint).value_or(PeerSource::tracker), endpoint};
    const std::string refusal = theirs ? reason_to_refuse(introduction) : theirs.error().text;
    if (theirs && theirs->peer_id == ours_.peer_id) parts_.candidates.forget(endpoint);
    if (refusal.empty()) {
        parts_.candidates.on_connected(endpoint);
        return parts_.owner.meet(std::move(introduction));
    }
    parts_.log.debug("{}: {}", endpoint.to_string(), refusal);
    const bool is_second_way = theirs && parts_.owner.is_connected_to(theirs->peer_id) &&
                               second_ways_.try_emplace(theirs->peer_id, endpoint).second;
    if (!is_second_way) parts_.candidates.on_ended(endpoint, parts_.environment.loop.now(), false);
    let_fall(std::move(introduction.link));
}

void Dialer::end_dial(const Endpoint& endpoint)
{
    dials_.erase(endpoint);
    parts_.candidates.on_ended(endpoint, parts_.environment.loop.now(), false);
}

std::string Dialer::reason_to_refuse(const Introduction& introduction) const
{
    const auto& theirs = introduction.theirs;
    if (theirs.info_hash != ours_.info_hash) return "it answered for another torrent";
    if (theirs.peer_id == ours_.peer_id) return "it is ourselves";
    if (parts_.candidates.is_banned(introduction.link->remote().address)) return "it is banned";
    if (parts_.owner.is_connected_to(theirs.peer_id)) return "it is connected already";
    return parts_.owner.reason_to_refuse(introduction);
}

void Dialer::welcome(Introduction introduction)
{
    if (introduction.theirs.peer_id == ours_.peer_id) forget_ourselves(introduction.link->remote());
    const std::string refusal = is_stopped_ ? "the torrent is stopping" : reason_to_refuse(introduction);
    if (!refusal.empty()) {
        parts_.log.debug("{}: {}", introduction.link->remote().to_string(), refusal);
        return let_fall(std::move(introduction.link));
    }
    introduction.link->send(ours_);
    parts_.owner.meet(std::move(introduction));
}

// We called ourselves: the other end of that connection is one of our own dials.
void Dialer::forget_ourselves(const Endpoint& caller)
{
    for (const auto& [endpoint, dial] : dials_) {
        if (dial.wait && dial.wait->link().local() == caller) return parts_.candidates.forget(endpoint);
    }
}

// Later: we may be inside one of its events.
void Dialer::let_fall(std::unique_ptr<peer::Link> link)
{
    parts_.environment.loop.post([link = std::move(link)]() mutable { link.reset(); });
}

void Dialer::bury()
{
    if (std::exchange(is_burial_posted_, true)) return;
    parts_.environment.loop.post([this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        is_burial_posted_ = false;
        ended_waits_.clear();
    });
}

}  // namespace shoal::torrent
