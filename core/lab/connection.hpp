#pragma once

#include "lab/capacity.hpp"
#include "lab/node.hpp"
#include "lab/paths.hpp"
#include "lab/settings.hpp"

#include <shoal/result.hpp>

#include <array>
#include <memory>
#include <utility>
#include <vector>

// What byte streams and message links have in common: two ends on two hosts, and a channel in each direction
// that shares its sender's uplink, keeps order, and holds what runs into a blackhole until it ends.
namespace shoal::lab {

class Connection;
class Connections;

// Carries a generation: events that come too late find nothing.
using ConnectionId = StrongId<struct ConnectionIdTag, std::uint64_t>;

enum class Carriage : std::uint8_t { bytes, messages };

using Side = std::uint8_t;
inline constexpr Side initiator = 0;
inline constexpr Side acceptor = 1;
constexpr Side other(Side side)
{
    return static_cast<Side>(1 - side);
}

enum class Farewell : std::uint8_t { none, finish, reset };

// One direction. A parcel is unsent, then in flight, then delivered, then taken by its receiver; what is in
// flight or delivered is bounded by the receiver's window. That window's acknowledgements cost no time unless
// the sender waits.
class Channel : public Outflow, public Inflow {
public:
    Channel(Connection& connection, Side from) : connection_(connection), from_(from) {}

    // Came to the receiver's host.
    void arrive(const Arrival& arrival);
    void arrive(Farewell farewell);
    // After now, and after all that is in flight.
    void send(Farewell farewell);
    // Nothing more will be queued: the farewell follows the last octet.
    void finish();
    // Everything sent before the farewell was delivered.
    bool is_finished() const { return arrived_farewell_ && in_flight_ == 0; }
    // The path is another: what was held arrives, what waited may leave.
    void resume();
    void activate();
    // Nothing arrives before that.
    void hold_until(Time time) { last_arrival_ = std::max(last_arrival_, time); }
    Duration latency() { return path().latency; }
    bool vanishes() { return path().vanishes; }

protected:
    ~Channel() = default;

    virtual void deliver(std::uint32_t parcels, std::uint32_t octets) = 0;
    virtual bool has_unsent() const = 0;

    // May a parcel of this size leave? If not because of the window, the receiver's taking will wake us.
    bool may_leave(std::uint32_t octets);
    void leave(EventKind kind, std::uint32_t octets, Time first, Time last);
    // The receiver took octets out.
    void taken(std::uint32_t octets);
    const Path& path();

    Connection& connection_;
    Side from_;

private:
    void send(const Arrival& arrival, Time at, EventKind kind);
    void pass(const Arrival& arrival) override;

    bool is_starved_ = false;
    bool is_finishing_ = false;
    bool arrived_farewell_ = false;
    Farewell held_farewell_ = Farewell::none;
    std::uint32_t in_flight_ = 0;  // octets
    std::uint32_t untaken_ = 0;    // octets
    std::uint32_t held_octets_ = 0;
    std::uint32_t held_parcels_ = 0;
    Path path_;
    std::uint64_t path_epoch_ = 0;
    Time last_arrival_{};
};

class Connection {
public:
    struct End {
        Node* node = nullptr;
        Endpoint endpoint;
        bool is_awaited = false;  // it will be made
        bool is_held = false;     // somebody owns it
        bool is_broken = false;
    };

    Connection(World& world, Carriage carriage, const std::array<End, 2>& ends)
        : world_(world), carriage_(carriage), ends_(ends)
    {
    }
    virtual ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // The channel whose sender is on that side.
    virtual Channel& channel(Side from) = 0;

    World& world() const { return world_; }
    Connections& connections() const;
    ConnectionId id() const { return id_; }
    Carriage carriage() const { return carriage_; }
    const End& end(Side side) const { return ends_[side]; }
    Node& node(Side side) const { return *ends_[side].node; }
    bool is_open(Side side) const { return ends_[side].is_held && !ends_[side].is_broken; }

    // An event on that side's host, if there still is a connection by then.
    template <class Then>
    void schedule(Side side, Time at, const EventTag& tag, Then then);
    // Somebody owns this end from now on.
    void hold(Side side);
    // Its owner let it go. `abruptly`: what was not sent is lost and the other end sees a reset.
    void release(Side side, bool abruptly);
    // This end breaks without a word to its owner, the other one sees a reset.
    void kill(Side side);
    // Both ends break now.
    void break_both();
    // Something arrived at this end.
    void take_farewell(Side side, Farewell farewell);
    // Octets came to an end that is gone: their sender learns it.
    void bounce(Side sender);

protected:
    // The owner of this open end is to learn that it broke.
    virtual void on_broken(Side side, const Error& why) = 0;
    // The other side finished and all it sent was delivered.
    virtual void on_finished(Side side) = 0;

    void break_end(Side side, const Error& why);
    // This end is over though its owner still has it; the other side sees a finish.
    void retire(Side side);

private:
    friend class Channel;
    friend class Connections;
    void reap_if_over();

    World& world_;
    ConnectionId id_;
    Carriage carriage_;
    bool has_bounced_ = false;
    std::array<End, 2> ends_;
};

// Owns them all.
class Connections {
public:
    Connection& add(std::unique_ptr<Connection> connection);
    Connection* find(ConnectionId id) const;
    // Its memory stays until bury(): the caller may be inside one of its functions.
    void remove(ConnectionId id);
    void bury() { graveyard_.clear(); }

    // In the order of their slots.
    template <class Visit>
    void for_each(Visit&& visit)
    {
        for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
            if (slots_[slot].connection) visit(*slots_[slot].connection);
        }
    }
    std::size_t size() const { return slots_.size() - free_.size(); }

private:
    struct Slot {
        std::unique_ptr<Connection> connection;
        std::uint64_t generation = 1;
    };

    std::vector<Slot> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<std::unique_ptr<Connection>> graveyard_;
};

template <class Then>
void Connection::schedule(Side side, Time at, const EventTag& tag, Then then)
{
    auto find_again = [&connections = connections(), id = id_, then = std::move(then)] {
        if (auto* connection = connections.find(id)) then(*connection);
    };
    static_assert(sizeof find_again <= 48, "a larger one would allocate for every event");
    node(side).schedule(at, tag.kind, tag.size, std::move(find_again));
}

}  // namespace shoal::lab
