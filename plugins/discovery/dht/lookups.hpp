// The lookups under way, and those that wait for their turn.
#pragma once

#include "asker.hpp"
#include "goal.hpp"
#include "node_id.hpp"
#include "tokens.hpp"
#include "traversal.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/unique_function.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace shoal::dht {

using LookupId = StrongId<struct LookupIdTag, std::uint64_t>;

class Lookups {
public:
    struct Settings {
        std::size_t at_once = 16;
        std::size_t stores = 24; // nodes at most that are given what is to be stored
        bool wants_both_families = false; // a node of both DHTs that has too few of the other
        Traversal::Settings traversal{};
    };

    /// What lookups need to know of their node.
    class Surroundings {
    public:
        [[nodiscard]] virtual NodeId own_id() const = 0;
        [[nodiscard]] virtual bool is_v6() const = 0;
        /// Adds where to begin.
        virtual void begin(Traversal& traversal, Time now) = 0;
        /// Our own answer: in a small network we may be the one who knows.
        [[nodiscard]] virtual Bytes ask_ourselves(const Query& query, Time now) = 0;

    protected:
        ~Surroundings() = default;
    };

    Lookups(const Settings& settings, Asker& asker, Surroundings& surroundings)
        : settings_(settings), asker_(asker), surroundings_(surroundings)
    {
    }

    /// Ends at `deadline` with what it has by then. Nothing is told from inside this call.
    LookupId add(const NodeId& target, std::unique_ptr<Goal> goal, Time deadline);
    /// Not held back by anything: the one that finds the first nodes.
    LookupId add_urgent(const NodeId& target, std::unique_ptr<Goal> goal, Time deadline);
    /// Gone without another call.
    void cancel(LookupId id);
    /// Ends now, with what it has: there is nobody to wait for.
    void give_up(LookupId id) { end(id, false); }

    /// New ones wait, because there are no nodes to ask yet.
    void hold(bool is_held) { is_held_ = is_held; }

    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_due() const;

    [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }
    [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

private:
    struct Lookup {
        Lookup(const NodeId& target, const Traversal::Settings& settings, std::unique_ptr<Goal> purpose, Time end)
            : traversal(target, settings), goal(std::move(purpose)), deadline(end)
        {
        }

        Traversal traversal;
        std::unique_ptr<Goal> goal;
        Time deadline;
        std::map<Endpoint, Bytes> tokens{};
        LookupSummary summary{};
        std::set<Endpoint> storing{}; // who was asked to store, and is not slow
        bool has_searched = false;
    };
    using All = std::map<LookupId, std::unique_ptr<Lookup>>;

    void start_waiting(Time now);
    void advance(LookupId id, Time now);
    void ask_ourselves(Lookup& lookup, Time now);
    [[nodiscard]] Query make_query(const Lookup& lookup) const;
    void search(LookupId id, Lookup& lookup, Time now);
    void store(LookupId id, Lookup& lookup, Time now);
    void on_search_outcome(LookupId id, const Outcome& outcome);
    void on_store_outcome(LookupId id, const Outcome& outcome);
    void on_reply(Lookup& lookup, const Endpoint& from, const Reply& reply) const;
    void end(LookupId id, bool is_cut_short);
    void end_overdue(All& lookups, Time now);

    Settings settings_;
    Asker& asker_;
    Surroundings& surroundings_;
    All running_;
    All waiting_;
    All urgent_;
    std::uint64_t last_id_ = 0;
    bool is_held_ = false;
};

} // namespace shoal::dht
