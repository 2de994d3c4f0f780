#include "node.hpp"

#include <algorithm>
#include <utility>

namespace shoal::dht {
namespace {

constexpr std::chrono::minutes expiry_round{1};

/// What an allowance holds after a pause: a few answers at once.
std::uint64_t upload_burst(std::uint64_t per_second)
{
    return std::max<std::uint64_t>(2 * per_second, 4 * max_datagram);
}

} // namespace

Bytes Node::ask_ourselves(const Query& query, Time now)
{
    // From nowhere: nobody else can have a token that is made for it.
    return responder_.answer(query, {Address{.bytes = {}, .v6 = is_v6_}, 0}, now);
}

Node::Node(const NodeSettings& settings, bool is_v6, const NodeId& own_id, const World& world)
    : settings_(settings), is_v6_(is_v6), world_(world), table_(own_id, settings.table),
      asker_(settings.asker, world.wire, world.random,
             [this](const Endpoint& silent) { table_.on_silence(silent); }),
      lookups_(settings.lookups, asker_, *this),
      upkeep_(settings.upkeep, {asker_, table_, lookups_, world.random, is_v6}),
      responder_(settings.responder, table_, world.random, world.scheme), guard_(settings.flood),
      upload_(settings.upload, upload_burst(settings.upload))
{
    lookups_.hold(true); // until the first nodes are found
}

void Node::receive(const Endpoint& from, ByteView datagram, Time now)
{
    if (from.address.v6 != is_v6_ || !is_usable(from)) return;
    // Who asks too much may have been forged: what we asked for is heard all the same.
    if (guard_.is_banned(from, now) && !asker_.is_awaited(from)) return;
    const auto message = parse_message(datagram, is_v6_);
    if (message) {
        if (const auto* reply = std::get_if<Reply>(&*message)) return on_reply(*reply, from, now);
        if (const auto* failure = std::get_if<Failure>(&*message)) {
            const Outcome outcome{.kind = Outcome::Kind::refused, .endpoint = from, .failure = failure, .now = now};
            if (asker_.bring(failure->transaction, from, outcome)) return;
        }
    }
    if (guard_.count(from, now) != FloodGuard::Verdict::heard) {
        ++counts_.queries_dropped;
        return;
    }
    if (!message) {
        ++counts_.malformed;
        return;
    }
    if (const auto* query = std::get_if<Query>(&*message)) on_query(*query, from, now);
    const auto* bad = std::get_if<BadQuery>(&*message);
    if (bad != nullptr && !settings_.asker.is_read_only) answer(encode(bad->failure), from, now);
}

void Node::on_query(const Query& query, const Endpoint& from, Time now)
{
    const bool is_ourselves = query.id == table_.own_id(); // or somebody who mocks us
    if (is_ourselves || settings_.asker.is_read_only) return;
    answer(responder_.answer(query, from, now), from, now);
    const Contact asker{query.id, from};
    if (!query.is_read_only && table_.on_query(asker, now)) upkeep_.consider(asker, now);
}

void Node::on_reply(const Reply& reply, const Endpoint& from, Time now)
{
    // The table first: what comes of the answer may look into it.
    const Outcome outcome{.kind = Outcome::Kind::replied, .endpoint = from, .reply = &reply, .now = now};
    if (!asker_.is_asked(reply.transaction, from)) {
        ++counts_.unsolicited;
        static_cast<void>(guard_.count(from, now));
        return;
    }
    if (upkeep_.is_wanted(from, now)) table_.on_answer({reply.id, from}, now);
    static_cast<void>(asker_.bring(reply.transaction, from, outcome));
    if (reply.seen_as && reply.seen_as->address.v6 == is_v6_
        && own_address_.on_vote(from.address, reply.seen_as->address)) {
        on_new_address(now);
    }
}

void Node::answer(ByteView datagram, const Endpoint& to, Time now)
{
    if (!upload_.spend(datagram.size(), now)) {
        ++counts_.answers_withheld;
        return;
    }
    ++counts_.queries_answered;
    world_.wire.send(to, datagram);
}

void Node::set_own_address(const Address& address, Time now)
{
    if (address.v6 == is_v6_ && own_address_.set(address)) on_new_address(now);
}

void Node::on_new_address(Time now)
{
    // An id that others would not believe of this address (BEP 42).
    if (is_proper_id(table_.own_id(), *own_address_.value())) return;
    table_.set_own_id(id_for(*own_address_.value(), world_.random));
    upkeep_.start_again(now);
}

void Node::set_sibling(Node& sibling)
{
    responder_.set_sibling(&sibling.table());
    upkeep_.set_on_other_family([&sibling](const Contact& contact, Time now) {
        sibling.upkeep_.consider(contact, now);
    });
}

LookupId Node::look_up(const NodeId& target, std::unique_ptr<Goal> goal, Time deadline)
{
    return lookups_.add(target, std::move(goal), deadline);
}

void Node::ping(const Endpoint& endpoint, Time now, Pinged done)
{
    asker_.ask(endpoint, {.method = Method::ping, .id = table_.own_id()}, now,
               [done = std::move(done)](const Outcome& outcome) mutable {
                   if (outcome.kind != Outcome::Kind::slow) done(outcome);
               });
}

void Node::on_time(Time now)
{
    asker_.on_time(now);
    upkeep_.on_time(now);
    lookups_.on_time(now);
    if (now >= expiry_due_) {
        responder_.expire(now);
        expiry_due_ = now + expiry_round;
    }
}

Time Node::next_due() const
{
    auto due = std::min(upkeep_.next_due(), expiry_due_);
    if (const auto asker = asker_.next_due()) due = std::min(due, *asker);
    if (const auto lookups = lookups_.next_due()) due = std::min(due, *lookups);
    return due;
}

NodeStats Node::stats(Time now) const
{
    auto stats = counts_;
    stats.nodes = table_.size();
    stats.good_nodes = table_.good(now);
    stats.torrents = responder_.peers().torrents();
    stats.items = responder_.items().size();
    stats.lookups = lookups_.running() + lookups_.waiting();
    stats.network_estimate = table_.estimate_network();
    stats.queries_sent = asker_.sent();
    return stats;
}

} // namespace shoal::dht
