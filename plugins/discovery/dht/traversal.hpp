// Whom a lookup asks next, and when it has asked enough. No queries here, no time: only who was named, by whom, and
// who has answered.
//
// Nodes that lie must not be able to lead all of it astray:
// - It goes along several paths. What a node names is known to the path that asked it, and a node is asked once, by
//   one path: who is asked by one has no say in the others (S/Kademlia's disjoint paths).
// - An address has one place, a network a few.
// - Nodes whose id is not one of their address (BEP 42), or closer to the target than chance would have it, are asked
//   beside the others, never instead of them.
// - A node counts only if it answers with the id that it was named with.
#pragma once

#include "contact.hpp"
#include "node_id.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace shoal::dht {

class Traversal {
public:
    struct Settings {
        std::size_t paths = 3;
        std::size_t in_flight = 4;     // of all paths together; who is slow does not count
        std::size_t closest = 8;       // that have to answer, of each path
        std::size_t asked = 120;       // then it is over, whatever the answers promise
        std::size_t candidates = 200;  // of a path; the farthest go
        std::size_t from_network = 4;  // candidates of one /24 or /64
    };

    Traversal(const NodeId& target, const Settings& settings) : target_(target), settings_(settings) {}

    [[nodiscard]] const NodeId& target() const noexcept { return target_; }

    /// Among so many nodes hardly one shares more bits with the target by chance. From the next candidate on.
    void expect_network_of(std::uint64_t nodes) noexcept;

    /// Where to begin: nodes of the routing table. Dealt out to the paths in turn.
    void begin_at(const Contact& contact);
    /// A node of which only the endpoint is known: it is as far away as can be until it says who it is.
    void begin_at(const Endpoint& endpoint);

    /// Asked from now on. None: wait for answers, or it is over.
    [[nodiscard]] std::optional<Endpoint> next();

    /// `endpoint` has answered and named these. False: it answered as another one than was asked.
    bool on_answer(const Endpoint& endpoint, const NodeId& id, const std::vector<Contact>& named);
    void on_slow(const Endpoint& endpoint);
    void on_failure(const Endpoint& endpoint);

    /// Nobody is left to ask, nor to be waited for.
    [[nodiscard]] bool is_over() const;

    /// Who has answered and counts: the closest of each path, the closest of all first.
    [[nodiscard]] std::vector<Contact> closest() const;

    [[nodiscard]] std::size_t asked() const noexcept { return asked_; }
    [[nodiscard]] std::size_t answered() const noexcept { return answered_; }

private:
    enum class State : std::uint8_t { fresh, asked, slow, answered, failed };

    struct Candidate {
        NodeId id;
        Endpoint endpoint;
        std::uint32_t paths = 0; // those it was named to, one bit each
        std::uint8_t asked_by = 0;
        State state = State::fresh;
        bool is_nameless = false;
        bool is_credible = true;
    };

    [[nodiscard]] bool is_credible(const NodeId& id, const Address& address) const;
    void add(const Contact& contact, std::size_t path);
    void insert(Candidate candidate);
    [[nodiscard]] bool has_room_for(const Endpoint& endpoint) const;
    Candidate* give_name(const Candidate& nameless, const NodeId& id);
    [[nodiscard]] Candidate* find(const Endpoint& endpoint);
    [[nodiscard]] std::size_t in_flight() const;

    /// The first candidate to be asked among the closest of this path. Null: none, the path is at its end, or waits.
    [[nodiscard]] Candidate* next_of(std::size_t path);

    /// Calls `visit(candidate)` for those of `path` that are among its closest or would be, until it returns false.
    template <class Self, class Visit>
    static void walk(Self& self, std::size_t path, Visit visit);

    NodeId target_;
    Settings settings_;
    std::vector<Candidate> candidates_; // the closest first
    unsigned credible_bits_ = id_bits;
    std::size_t turn_ = 0;              // the path that is asked for its next one first
    std::size_t begun_ = 0;
    std::size_t asked_ = 0;
    std::size_t answered_ = 0;
};

} // namespace shoal::dht
