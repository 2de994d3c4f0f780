// Keeps a node among others: finds the first ones, asks those that were silent, looks for new ones near itself.
#pragma once

#include "asker.hpp"
#include "contact.hpp"
#include "flood_guard.hpp"
#include "lookups.hpp"
#include "random_source.hpp"
#include "routing_table.hpp"
#include "tokens.hpp"
#include "traversal.hpp"

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace shoal::dht {

class Upkeep {
public:
    struct Settings {
        std::size_t few = 8; // nodes: with fewer the network has to be found (again)
        std::chrono::nanoseconds first_pause = std::chrono::seconds{5}; // between attempts; doubles, up to
        std::chrono::nanoseconds longest_pause = std::chrono::minutes{5};
        std::chrono::nanoseconds refresh = std::chrono::minutes{15}; // of the surroundings of our own id
        std::chrono::nanoseconds round = std::chrono::seconds{5};    // one node at a time is asked whether it is there
    };

    struct Parts {
        Asker& asker;
        RoutingTable& table;
        Lookups& lookups;
        RandomSource& random;
        bool is_v6;
    };

    Upkeep(const Settings& settings, const Parts& parts)
        : settings_(settings), parts_(parts), pings_(2, 16), pause_(settings.first_pause)
    {
    }

    // Where to begin. Routers are part of the table only as long as there are few others: a busy well-known node serves
    // nobody better by being in everybody's.
    void set_routers(std::vector<Endpoint> routers, Time now);
    void remember(std::vector<Contact> saved, Time now);

    /// Somebody says there is a node: a torrent, a peer, a user.
    void introduce(const Endpoint& endpoint, Time now);
    /// A node that asked us, or was named: it is asked whether it is there, if it would have a place.
    void consider(const Contact& contact, Time now);

    /// Nodes of the other family that come up while the network is looked for: the two DHTs help each other begin.
    using OtherFamily = std::function<void(const Contact& contact, Time now)>;
    void set_on_other_family(OtherFamily told) { on_other_family_ = std::move(told); }

    /// The network is looked for at once: our id or our address is another one.
    void start_again(Time now);

    /// It has answered: does it belong in the table?
    [[nodiscard]] bool is_wanted(const Endpoint& endpoint, Time now) const;

    /// Adds where a lookup begins.
    void begin(Traversal& traversal, Time now) const;

    void on_time(Time now);
    [[nodiscard]] Time next_due() const noexcept { return due_; }

private:
    void find_network(Time now);
    void tell_other_family(const Endpoint& from, const Reply& reply) const;
    void on_network_sought(const LookupSummary& summary);
    void ask_due_node(Time now);
    void fill_table(Time now);
    void ask(const Endpoint& endpoint, const Query& query, Time now);
    void ping(const Endpoint& endpoint, Time now);
    [[nodiscard]] bool has_beginnings() const;

    Settings settings_;
    Parts parts_;
    OtherFamily on_other_family_;
    Allowance pings_; // of strangers, who may have been named to aim us at them
    std::vector<Endpoint> routers_;
    std::vector<Contact> saved_;
    std::vector<Endpoint> introduced_; // the last ones, for as long as there is nobody else
    Time due_{};
    Time search_due_{};
    Time now_{};
    std::chrono::nanoseconds pause_;
    bool is_searching_ = false;
};

} // namespace shoal::dht
