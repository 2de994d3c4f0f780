// What a lookup is for: what it asks, what it takes from the answers, and what it leaves with the closest nodes.
#pragma once

#include "contact.hpp"
#include "message.hpp"

#include <shoal/endpoint.hpp>

#include <cstddef>
#include <vector>

namespace shoal::dht {

struct LookupSummary {
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::size_t stored = 0;   // nodes that have taken what was left with them
    bool is_cut_short = false; // by its deadline
    std::vector<Contact> closest{};
    /// Why nodes would not store it, the last of them; none when nobody refused.
    FailureCode refusal = FailureCode{0};
};

class Goal {
public:
    Goal() = default;
    Goal(const Goal&) = delete;
    Goal& operator=(const Goal&) = delete;
    virtual ~Goal() = default;

    /// Id, target and transaction are the lookup's business.
    virtual void fill(Query& query) const = 0;
    /// A node has answered, as the one it was asked as.
    virtual void on_reply(const Endpoint& from, const Reply& reply) = 0;

    /// The search is over: is there something to be stored? It goes to the closest nodes that gave a token.
    [[nodiscard]] virtual bool stores() { return false; }
    /// Id and token are the lookup's business, and the target.
    virtual void fill_store(const Endpoint& /*to*/, Query& /*query*/) const {}

    /// Once, last of all. Never when the lookup was cancelled.
    virtual void on_ended(const LookupSummary& summary) = 0;
};

} // namespace shoal::dht
