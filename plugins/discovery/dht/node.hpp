// One node of the mainline DHT, in one address family: the IPv4 and the IPv6 DHT are two networks (BEP 32). No
// socket, no clock: datagrams and the time come in, datagrams and results go out. All that happens, happens inside
// receive() and on_time(); nothing is told from inside the call that asks for it.
#pragma once

#include "asker.hpp"
#include "flood_guard.hpp"
#include "lookups.hpp"
#include "message.hpp"
#include "own_address.hpp"
#include "responder.hpp"
#include "routing_table.hpp"
#include "upkeep.hpp"
#include "wire.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace shoal::dht {

struct NodeSettings {
    RoutingTable::Limits table{};
    Asker::Settings asker{};
    Lookups::Settings lookups{};
    Upkeep::Settings upkeep{};
    Responder::Settings responder{};
    FloodGuard::Limits flood{};
    std::uint64_t upload = 8000; // octets a second, of answers to strangers
};

struct NodeStats {
    std::size_t nodes = 0;
    std::size_t good_nodes = 0;
    std::size_t torrents = 0;
    std::size_t items = 0;
    std::size_t lookups = 0;
    std::uint64_t network_estimate = 0;
    // Since the beginning.
    std::uint64_t queries_sent = 0;
    std::uint64_t queries_answered = 0;
    std::uint64_t queries_dropped = 0;    // floods, bans
    std::uint64_t answers_withheld = 0;   // by the upload budget
    std::uint64_t unsolicited = 0;        // replies to nothing
    std::uint64_t malformed = 0;
};

class Node final : private Lookups::Surroundings {
public:
    /// What it refers to outlives it.
    struct World {
        Wire& wire;
        RandomSource& random;
        const SignatureScheme& scheme;
    };

    Node(const NodeSettings& settings, bool is_v6, const NodeId& own_id, const World& world);
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    void receive(const Endpoint& from, ByteView datagram, Time now);
    void on_time(Time now);
    /// When it wants to be called next; earlier after receive() or any of the below, so ask again.
    [[nodiscard]] Time next_due() const;

    LookupId look_up(const NodeId& target, std::unique_ptr<Goal> goal, Time deadline);
    void cancel(LookupId id) { lookups_.cancel(id); }
    void give_up(LookupId id) { lookups_.give_up(id); }
    /// Nobody has answered us so far, or all are gone.
    [[nodiscard]] bool is_alone() const noexcept { return table_.size() == 0; }

    using Pinged = UniqueFunction<void(const Outcome&)>;
    /// Once, never with `slow`.
    void ping(const Endpoint& endpoint, Time now, Pinged done);

    void introduce(const Endpoint& endpoint, Time now) { upkeep_.introduce(endpoint, now); }
    void set_routers(std::vector<Endpoint> routers, Time now) { upkeep_.set_routers(std::move(routers), now); }
    void remember(std::vector<Contact> saved, Time now) { upkeep_.remember(std::move(saved), now); }
    void set_own_address(const Address& address, Time now);
    /// The node in the other network. It outlives this, or is gone with it.
    void set_sibling(Node& sibling);
    /// Hears of every peer that is announced here.
    using OnAnnounced = Responder::OnAnnounced;
    void set_on_announced(OnAnnounced told) { responder_.set_on_announced(std::move(told)); }

    [[nodiscard]] NodeId own_id() const override { return table_.own_id(); }
    [[nodiscard]] bool is_v6() const override { return is_v6_; }
    [[nodiscard]] const std::optional<Address>& own_address() const noexcept { return own_address_.value(); }
    [[nodiscard]] const RoutingTable& table() const noexcept { return table_; }
    [[nodiscard]] const Responder& responder() const noexcept { return responder_; }
    [[nodiscard]] NodeStats stats(Time now) const;

private:
    void begin(Traversal& traversal, Time now) override { upkeep_.begin(traversal, now); }
    [[nodiscard]] Bytes ask_ourselves(const Query& query, Time now) override;

    void on_query(const Query& query, const Endpoint& from, Time now);
    void on_reply(const Reply& reply, const Endpoint& from, Time now);
    void answer(ByteView datagram, const Endpoint& to, Time now);
    void on_new_address(Time now);

    NodeSettings settings_;
    bool is_v6_;
    World world_;
    RoutingTable table_;
    Asker asker_;
    Lookups lookups_;
    Upkeep upkeep_;
    Responder responder_;
    FloodGuard guard_;
    Allowance upload_;
    OwnAddress own_address_;
    NodeStats counts_; // what is counted
    Time expiry_due_{};
};

} // namespace shoal::dht
