#include "upkeep.hpp"

#include "node_goal.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace shoal::dht {
namespace {

constexpr std::size_t introduced_kept = 32;
constexpr std::chrono::seconds search_time{60};

} // namespace

void Upkeep::set_routers(std::vector<Endpoint> routers, Time now)
{
    routers_ = std::move(routers);
    std::erase_if(routers_, [&](const Endpoint& router) { return router.address.v6 != parts_.is_v6; });
    start_again(now);
}

void Upkeep::remember(std::vector<Contact> saved, Time now)
{
    saved_ = std::move(saved);
    std::erase_if(saved_, [&](const Contact& contact) {
        return contact.endpoint.address.v6 != parts_.is_v6 || !is_usable(contact.endpoint);
    });
    start_again(now);
}

void Upkeep::introduce(const Endpoint& endpoint, Time now)
{
    if (endpoint.address.v6 != parts_.is_v6 || !is_usable(endpoint)) return;
    if (parts_.table.good(now) >= settings_.few) return ping(endpoint, now);
    if (std::ranges::find(introduced_, endpoint) != introduced_.end()) return;
    if (introduced_.size() >= introduced_kept) introduced_.erase(introduced_.begin());
    introduced_.push_back(endpoint);
    if (!is_searching_) start_again(now);
}

void Upkeep::start_again(Time now)
{
    pause_ = settings_.first_pause;
    search_due_ = due_ = now;
}

bool Upkeep::has_beginnings() const
{
    return parts_.table.size() > 0 || !routers_.empty() || !saved_.empty() || !introduced_.empty();
}

void Upkeep::begin(Traversal& traversal, Time now) const
{
    constexpr std::size_t count = 16;
    traversal.expect_network_of(parts_.table.estimate_network());
    const auto known = parts_.table.closest(traversal.target(), count, RoutingTable::Quality::any, now);
    for (const auto& contact : known) traversal.begin_at(contact);
    if (known.size() >= settings_.few) return;
    // Those that did not answer may do so again: perhaps it was us who was away.
    for (const auto& node : parts_.table.all()) traversal.begin_at(node.contact);
    for (const auto& contact : saved_) traversal.begin_at(contact);
    for (const auto& endpoint : introduced_) traversal.begin_at(endpoint);
    for (const auto& router : routers_) traversal.begin_at(router);
}

void Upkeep::on_time(Time now)
{
    now_ = now;
    if (now < due_) return;
    if (!is_searching_ && now >= search_due_) find_network(now);
    ask_due_node(now);
    // Not all nodes of the world at the same moment.
    due_ = now + settings_.round / 2
           + std::chrono::nanoseconds(parts_.random.below(static_cast<std::uint64_t>(settings_.round.count())));
    if (!is_searching_) due_ = std::min(due_, search_due_);
}

void Upkeep::find_network(Time now)
{
    parts_.lookups.hold(parts_.table.size() == 0);
    if (!has_beginnings()) {
        search_due_ = Time::max(); // until there is somebody to ask
        return;
    }
    is_searching_ = true;
    NodeGoal::Heard heard;
    if (on_other_family_) {
        heard = [this](const Endpoint& from, const Reply& reply) { tell_other_family(from, reply); };
    }
    const auto ended = [this](const LookupSummary& summary) { on_network_sought(summary); };
    parts_.lookups.add_urgent(parts_.table.own_id(), std::make_unique<NodeGoal>(ended, std::move(heard)),
                              now + search_time);
}

void Upkeep::tell_other_family(const Endpoint& from, const Reply& reply) const
{
    const auto& nodes = parts_.is_v6 ? reply.nodes : reply.nodes6;
    for (const auto& contact : read_contacts(nodes.value_or(ByteView{}), !parts_.is_v6)) {
        if (may_name(from.address, contact.endpoint)) on_other_family_(contact, now_);
    }
}

void Upkeep::on_network_sought(const LookupSummary&)
{
    is_searching_ = false;
    const bool has_found = parts_.table.size() > 0;
    parts_.lookups.hold(!has_found);
    const auto known = parts_.table.good(now_);
    const auto pause = known >= settings_.few ? settings_.refresh : pause_;
    if (known < settings_.few) pause_ = std::min(2 * pause_, settings_.longest_pause);
    search_due_ = std::min(now_ + pause, Time::max());
    due_ = std::min(due_, search_due_);
    if (known >= settings_.few) {
        for (const auto& router : routers_) parts_.table.forget(router);
        pause_ = settings_.first_pause;
        saved_.clear();
        introduced_.clear();
    }
}

void Upkeep::ask_due_node(Time now)
{
    const auto due = parts_.table.next_to_ask(now);
    if (!due) {
        // All is well, or all are gone: then the network is looked for again.
        const bool is_well = parts_.table.good(now) >= settings_.few;
        if (!is_well && has_beginnings()) search_due_ = std::min(search_due_, now + pause_);
        return fill_table(now);
    }
    // A question that also says who else is there.
    const auto bucket = parts_.table.bucket_of(due->id);
    const auto target = random_id_in_bucket(parts_.table.own_id(), bucket, parts_.random);
    ask(due->endpoint, {.method = Method::find_node, .target = target}, now);
}

void Upkeep::fill_table(Time now)
{
    const auto target = parts_.table.next_to_refresh(parts_.random, now);
    if (!target) return;
    // Any of the closest, not the very first: that one may be there to mislead us.
    const auto closest = parts_.table.closest(*target, 8, RoutingTable::Quality::any, now);
    if (closest.empty()) return;
    const auto& chosen = closest[static_cast<std::size_t>(parts_.random.below(closest.size()))];
    ask(chosen.endpoint, {.method = Method::find_node, .target = *target}, now);
}

bool Upkeep::is_wanted(const Endpoint& endpoint, Time now) const
{
    return std::ranges::find(routers_, endpoint) == routers_.end() || parts_.table.good(now) < settings_.few;
}

void Upkeep::ask(const Endpoint& endpoint, const Query& given, Time now)
{
    auto query = given;
    query.id = parts_.table.own_id();
    parts_.asker.ask(endpoint, query, now, [this](const Outcome& outcome) {
        if (outcome.kind != Outcome::Kind::replied) return;
        const auto& nodes = parts_.is_v6 ? outcome.reply->nodes6 : outcome.reply->nodes;
        for (const auto& contact : read_contacts(nodes.value_or(ByteView{}), parts_.is_v6)) {
            if (may_name(outcome.endpoint.address, contact.endpoint)) consider(contact, outcome.now);
        }
    });
}

void Upkeep::consider(const Contact& contact, Time now)
{
    if (contact.endpoint.address.v6 != parts_.is_v6 || !parts_.table.has_room_for(contact)) return;
    ping(contact.endpoint, now);
}

void Upkeep::ping(const Endpoint& endpoint, Time now)
{
    if (pings_.spend(1, now)) ask(endpoint, {.method = Method::ping}, now);
}

} // namespace shoal::dht
