#pragma once

#include "environment/loop.hpp"
#include "lab/groups.hpp"
#include "lab/paths.hpp"
#include "lab/scheduler.hpp"
#include "lab/settings.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

// A deterministic world: hosts, the network between them, and one virtual clock. Everything in it runs on the
// thread that runs it, one event after the other. It outlives all that was made with its hosts' environments.
namespace shoal::lab {

class Connections;
class Node;

// Of the host with this index, in a family: 10.x.y.z or fd00::x.y.z.
Address address_of(NodeIndex index, bool v6);

class World {
public:
    explicit World(const WorldSettings& settings = {});
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    // Stays where it is until the world ends. Indices count from 1.
    Node& add_node(const NodeSettings& settings = {});
    Node& node(NodeIndex index) const;
    std::size_t node_count() const { return nodes_.size(); }
    // Null when no host has this address.
    Node* node_at(const Address& address) const;

    Time now() const { return scheduler_.now(); }

    // Runs the next event. False: there is none.
    bool step();
    // Runs all events up to and including that time; then it is that time.
    void run_until(Time end);
    void run_for(Duration duration) { run_until(now() + duration); }
    // Asks after every event. False: the limit came first, and it is that time now.
    template <class Predicate>
    bool run_until(Predicate&& is_reached, Time limit)
    {
        while (!is_reached()) {
            if (scheduler_.next_time() > limit) {
                run_until(limit);
                return is_reached();
            }
            if (!step()) return false;
        }
        return true;
    }
    // The experiment's script: runs outside every host, before the hosts' events of the same time.
    void at(Time time, environment::Task task);

    // One-way latency between two hosts, in both directions. A later change never lets octets overtake
    // earlier ones.
    void set_latency(NodeIndex a, NodeIndex b, Duration latency);
    // Of datagrams only: this many in a million vanish.
    void set_loss(NodeIndex from, NodeIndex to, std::uint32_t in_a_million);
    // What is sent that way vanishes without an answer. Connections stall, and go on where they were when it
    // ends.
    void set_blackhole(NodeIndex from, NodeIndex to, bool vanishes);
    // Both directions at once.
    void partition(NodeIndex a, NodeIndex b);
    void heal(NodeIndex a, NodeIndex b);
    // Every connection between the two breaks at both ends now.
    void reset_connections(NodeIndex a, NodeIndex b);

    // What every host's resolver answers.
    void add_name(const std::string& name, std::vector<Address> addresses);

    // Of all events so far: time, host, sequence, kind, size, and the content of messages. Same seed, same
    // value.
    std::uint64_t fingerprint() const { return scheduler_.fingerprint().value(); }
    // Takes something else into the fingerprint, say a picker's choice.
    void observe(std::uint64_t value) { scheduler_.fingerprint().mix(value); }
    std::uint64_t events_run() const { return scheduler_.events_run(); }

    const WorldSettings& settings() const { return settings_; }

    // For the lab's own parts.
    Scheduler& scheduler() { return scheduler_; }
    Paths& paths() { return paths_; }
    Connections& connections() { return *connections_; }
    Groups& groups() { return groups_; }
    const std::vector<Address>* addresses_of(const std::string& name) const;
    bool is_ending() const { return is_ending_; }

private:
    template <class Change>
    void change_path(NodeIndex from, NodeIndex to, Change change);

    WorldSettings settings_;
    Scheduler scheduler_;
    Paths paths_;
    Groups groups_;
    std::unique_ptr<Connections> connections_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::map<std::string, std::vector<Address>> names_;
    bool is_ending_ = false;
};

}  // namespace shoal::lab
