#include "lab/connection.hpp"

#include "lab/world.hpp"

#include <utility>

namespace shoal::lab {

namespace {

constexpr unsigned slot_bits = 24;
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << slot_bits) - 1;

Error connection_reset()
{
    return make_error(Errc::network_error, "the connection was reset by the other side");
}

}  // namespace

void Channel::arrive(const Arrival& arrival)
{
    const auto to = other(from_);
    if (!connection_.is_open(to)) {
        connection_.bounce(from_);
        return;
    }
    if (path().vanishes) {
        held_octets_ += arrival.octets;
        held_parcels_ += arrival.parcels;
        return;
    }
    connection_.node(to).downlink().arrive(*this, arrival);
}

void Channel::pass(const Arrival& arrival)
{
    const auto to = other(from_);
    if (!connection_.is_open(to)) {
        connection_.bounce(from_);
        return;
    }
    in_flight_ -= arrival.octets;
    untaken_ += arrival.octets;
    deliver(arrival.parcels, arrival.octets);
    if (is_finished() && connection_.is_open(to)) connection_.on_finished(to);
}

void Channel::arrive(Farewell farewell)
{
    if (path().vanishes) {
        held_farewell_ = std::max(held_farewell_, farewell);
        return;
    }
    if (farewell == Farewell::finish) {
        arrived_farewell_ = true;
        if (in_flight_ > 0) return;
    }
    connection_.take_farewell(other(from_), farewell);
}

void Channel::send(Farewell farewell)
{
    auto at = connection_.world().now() + path().latency;
    if (farewell == Farewell::finish) at = std::max(at, last_arrival_);
    connection_.schedule(
        other(from_), at, {.kind = EventKind::farewell},
        [from = from_, farewell](Connection& there) { there.channel(from).arrive(farewell); });
}

void Channel::finish()
{
    is_finishing_ = true;
    if (!has_unsent()) send(Farewell::finish);
}

void Channel::resume()
{
    if (path().vanishes) return;
    if (held_parcels_ > 0) {
        const auto now = connection_.world().now();
        send({now, std::exchange(held_octets_, 0), std::exchange(held_parcels_, 0)}, now, EventKind::segment);
    }
    if (held_farewell_ != Farewell::none) send(std::exchange(held_farewell_, Farewell::none));
    activate();
}

void Channel::activate()
{
    auto& sender = connection_.node(from_);
    if (sender.is_alive() && has_unsent()) sender.uplink().activate(*this);
}

bool Channel::may_leave(std::uint32_t octets)
{
    if (path().vanishes) return false;
    const std::uint64_t outstanding = std::uint64_t{in_flight_} + untaken_;
    const auto window = connection_.node(other(from_)).settings().receive_window;
    // One parcel may always go, or a message larger than the window never would.
    is_starved_ = outstanding > 0 && outstanding + octets > window;
    return !is_starved_;
}

void Channel::leave(EventKind kind, std::uint32_t octets, Time first, Time last)
{
    in_flight_ += octets;
    last_arrival_ = std::max(last_arrival_, last + path().latency);
    send({std::min(first + path_.latency, last_arrival_), octets, 1}, last_arrival_, kind);
    if (is_finishing_ && !has_unsent()) send(Farewell::finish);
}

void Channel::send(const Arrival& arrival, Time at, EventKind kind)
{
    connection_.schedule(other(from_), at, {.kind = kind, .size = arrival.octets},
                         [from = from_, arrival](Connection& there) { there.channel(from).arrive(arrival); });
}

void Channel::taken(std::uint32_t octets)
{
    untaken_ -= octets;
    if (!is_starved_) return;
    // Not for every octet: a window that opens by halves keeps the parcels whole.
    if (std::uint64_t{untaken_} * 2 > connection_.node(other(from_)).settings().receive_window) return;
    is_starved_ = false;
    connection_.schedule(from_, connection_.world().now() + path().latency, {.kind = EventKind::window},
                         [from = from_](Connection& there) { there.channel(from).activate(); });
}

const Path& Channel::path()
{
    const auto& paths = connection_.world().paths();
    if (path_epoch_ != paths.epoch()) {
        path_epoch_ = paths.epoch();
        path_ = paths.path(connection_.node(from_).index(), connection_.node(other(from_)).index());
    }
    return path_;
}

Connections& Connection::connections() const
{
    return world_.connections();
}

void Connection::hold(Side side)
{
    ends_[side].is_held = true;
    ends_[side].is_awaited = false;
}

void Connection::release(Side side, bool abruptly)
{
    auto& end = ends_[side];
    const bool was_open = is_open(side) || end.is_awaited;
    end.is_held = end.is_awaited = false;
    const bool is_heard = is_open(other(side)) || ends_[other(side)].is_awaited;
    if (was_open && is_heard && abruptly) {
        channel(side).send(Farewell::reset);
    } else if (was_open && is_heard) {
        channel(side).finish();
    }
    reap_if_over();
}

void Connection::kill(Side side)
{
    auto& end = ends_[side];
    if (is_open(side) || end.is_awaited) channel(side).send(Farewell::reset);
    if (is_open(side)) break_end(side, make_error(Errc::cancelled, "this host crashed"));
    end.is_awaited = false;
    reap_if_over();
}

void Connection::break_both()
{
    for (const auto side : {initiator, acceptor}) {
        if (!is_open(side)) continue;
        schedule(side, world_.now(), {.kind = EventKind::farewell}, [side](Connection& there) {
            if (there.is_open(side)) {
                there.break_end(side, make_error(Errc::network_error, "the connection broke"));
            }
        });
    }
}

void Connection::take_farewell(Side side, Farewell farewell)
{
    if (!is_open(side)) return;
    if (farewell == Farewell::reset) {
        break_end(side, connection_reset());
    } else {
        on_finished(side);
    }
}

void Connection::bounce(Side sender)
{
    if (has_bounced_ || !is_open(sender)) return;
    has_bounced_ = true;
    channel(other(sender)).send(Farewell::reset);
}

void Connection::break_end(Side side, const Error& why)
{
    ends_[side].is_broken = true;
    on_broken(side, why);
}

void Connection::retire(Side side)
{
    if (!is_open(side)) return;
    ends_[side].is_broken = true;
    if (is_open(other(side))) channel(side).finish();
}

void Connection::reap_if_over()
{
    for (const auto& end : ends_) {
        if (end.is_held || end.is_awaited) return;
    }
    connections().remove(id_);
}

Connection& Connections::add(std::unique_ptr<Connection> connection)
{
    if (free_.empty()) {
        SHOAL_ASSERT(slots_.size() < slot_mask);
        free_.push_back(static_cast<std::uint32_t>(slots_.size()));
        slots_.emplace_back();
    }
    const auto index = free_.back();
    free_.pop_back();
    auto& slot = slots_[index];
    slot.connection = std::move(connection);
    slot.connection->id_ = ConnectionId{slot.generation << slot_bits | index};
    return *slot.connection;
}

Connection* Connections::find(ConnectionId id) const
{
    const auto index = id.value() & slot_mask;
    if (index >= slots_.size()) return nullptr;
    const auto& slot = slots_[index];
    return slot.generation == id.value() >> slot_bits ? slot.connection.get() : nullptr;
}

void Connections::remove(ConnectionId id)
{
    if (find(id) == nullptr) return;
    const auto index = static_cast<std::uint32_t>(id.value() & slot_mask);
    auto& slot = slots_[index];
    graveyard_.push_back(std::move(slot.connection));
    ++slot.generation;
    free_.push_back(index);
}

}  // namespace shoal::lab
