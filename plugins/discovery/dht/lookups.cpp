#include "lookups.hpp"

#include <algorithm>
#include <utility>

namespace shoal::dht {

LookupId Lookups::add(const NodeId& target, std::unique_ptr<Goal> goal, Time deadline)
{
    const LookupId id(++last_id_);
    waiting_.emplace(id, std::make_unique<Lookup>(target, settings_.traversal, std::move(goal), deadline));
    return id;
}

LookupId Lookups::add_urgent(const NodeId& target, std::unique_ptr<Goal> goal, Time deadline)
{
    const LookupId id(++last_id_);
    urgent_.emplace(id, std::make_unique<Lookup>(target, settings_.traversal, std::move(goal), deadline));
    return id;
}

void Lookups::cancel(LookupId id)
{
    for (auto* lookups : {&running_, &waiting_, &urgent_}) lookups->erase(id);
}

void Lookups::on_time(Time now)
{
    end_overdue(running_, now);
    end_overdue(waiting_, now);
    start_waiting(now);
}

void Lookups::end_overdue(All& lookups, Time now)
{
    std::vector<LookupId> overdue;
    for (const auto& [id, lookup] : lookups) {
        if (lookup->deadline <= now) overdue.push_back(id);
    }
    for (const auto id : overdue) end(id, true);
}

void Lookups::start_waiting(Time now)
{
    const auto start = [&](All& from) {
        auto first = from.extract(from.begin());
        const auto id = first.key();
        auto& lookup = *running_.insert(std::move(first)).position->second;
        surroundings_.begin(lookup.traversal, now);
        ask_ourselves(lookup, now);
        advance(id, now);
    };
    while (!urgent_.empty()) start(urgent_);
    while (!is_held_ && !waiting_.empty() && running_.size() < settings_.at_once) start(waiting_);
}

void Lookups::advance(LookupId id, Time now)
{
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    auto& lookup = *found->second;
    if (!lookup.has_searched) {
        search(id, lookup, now);
        if (!lookup.traversal.is_over()) return;
        lookup.has_searched = true;
        lookup.summary.closest = lookup.traversal.closest();
        if (lookup.goal->stores()) store(id, lookup, now);
    }
    if (lookup.storing.empty()) end(id, false);
}

void Lookups::ask_ourselves(Lookup& lookup, Time now)
{
    auto query = make_query(lookup);
    query.transaction = as_bytes("own");
    const auto answer = surroundings_.ask_ourselves(query, now);
    const auto message = parse_message(answer, surroundings_.is_v6());
    const auto* reply = message ? std::get_if<Reply>(&*message) : nullptr;
    if (reply != nullptr) lookup.goal->on_reply(Endpoint{}, *reply);
}

Query Lookups::make_query(const Lookup& lookup) const
{
    Query query{.id = surroundings_.own_id(), .target = lookup.traversal.target()};
    if (settings_.wants_both_families) query.wants_v4 = query.wants_v6 = true;
    lookup.goal->fill(query);
    return query;
}

void Lookups::search(LookupId id, Lookup& lookup, Time now)
{
    while (const auto endpoint = lookup.traversal.next()) {
        asker_.ask(*endpoint, make_query(lookup), now,
                   [this, id](const Outcome& outcome) { on_search_outcome(id, outcome); });
    }
}

void Lookups::store(LookupId id, Lookup& lookup, Time now)
{
    for (const auto& contact : lookup.summary.closest) {
        if (lookup.storing.size() == settings_.stores) return;
        const auto token = lookup.tokens.find(contact.endpoint);
        if (token == lookup.tokens.end()) continue;
        Query query{.id = surroundings_.own_id(), .target = lookup.traversal.target(), .token = token->second};
        lookup.goal->fill_store(contact.endpoint, query);
        asker_.ask(contact.endpoint, query, now,
                   [this, id](const Outcome& outcome) { on_store_outcome(id, outcome); });
        lookup.storing.insert(contact.endpoint);
    }
}

void Lookups::on_search_outcome(LookupId id, const Outcome& outcome)
{
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    auto& lookup = *found->second;
    switch (outcome.kind) {
    case Outcome::Kind::slow: lookup.traversal.on_slow(outcome.endpoint); break;
    case Outcome::Kind::silent:
    case Outcome::Kind::refused: lookup.traversal.on_failure(outcome.endpoint); break;
    case Outcome::Kind::replied: on_reply(lookup, outcome.endpoint, *outcome.reply); break;
    }
    advance(id, outcome.now);
}

void Lookups::on_reply(Lookup& lookup, const Endpoint& from, const Reply& reply) const
{
    const auto& nodes = surroundings_.is_v6() ? reply.nodes6 : reply.nodes;
    auto named = read_contacts(nodes.value_or(ByteView{}), surroundings_.is_v6());
    // Nobody names more than it would be asked for, nor us to ourselves, nor what is near us unless it is as well.
    const auto own_id = surroundings_.own_id();
    std::erase_if(named, [&](const Contact& contact) {
        return contact.id == own_id || !may_name(from.address, contact.endpoint);
    });
    constexpr std::size_t most = 16;
    if (named.size() > most) named.resize(most);
    if (!lookup.traversal.on_answer(from, reply.id, named)) return;
    if (!reply.token.empty()) lookup.tokens[from] = Bytes(reply.token.begin(), reply.token.end());
    lookup.goal->on_reply(from, reply);
}

void Lookups::on_store_outcome(LookupId id, const Outcome& outcome)
{
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    auto& lookup = *found->second;
    lookup.storing.erase(outcome.endpoint);
    if (outcome.kind == Outcome::Kind::replied) ++lookup.summary.stored;
    if (outcome.kind == Outcome::Kind::refused) lookup.summary.refusal = outcome.failure->code;
    advance(id, outcome.now);
}

void Lookups::end(LookupId id, bool is_cut_short)
{
    // Out of the maps first: whoever is told may begin the next one, or cancel.
    auto ended = running_.extract(id);
    if (ended.empty()) ended = waiting_.extract(id);
    if (ended.empty()) return;
    auto& lookup = *ended.mapped();
    lookup.summary.is_cut_short = is_cut_short;
    lookup.summary.asked = lookup.traversal.asked();
    lookup.summary.answered = lookup.traversal.answered();
    if (lookup.summary.closest.empty()) lookup.summary.closest = lookup.traversal.closest();
    lookup.goal->on_ended(lookup.summary);
}

std::optional<Time> Lookups::next_due() const
{
    std::optional<Time> due;
    for (const auto* lookups : {&running_, &waiting_}) {
        for (const auto& [id, lookup] : *lookups) due = std::min(due.value_or(Time::max()), lookup->deadline);
    }
    const bool can_start = !urgent_.empty() || (!is_held_ && !waiting_.empty() && running_.size() < settings_.at_once);
    return can_start ? Time::min() : due;
}

} // namespace shoal::dht
