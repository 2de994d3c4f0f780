#include "desk.hpp"

#include "where_answer.hpp"

#include <algorithm>
#include <utility>

// Between "this one would do" and adding it, for rules that look into a torrent first. A process that dies before that came to something
// looks again; one that dies afterwards has it on record, and adds.
namespace shoal::feed_rules {

void Desk::on_peeked(const std::string& key, const Result<Peek>& peeked, Time now)
{
    in_flight_.erase(key);
    const auto* memo = memory_.find(key);
    if (memo == nullptr || !memo->claim) return on_time(now);
    const auto& claim = *memo->claim;
    const auto* rule = rule_named(claim.rule);
    if (rule == nullptr) return on_time(now); // it waits for its rule
    if (!peeked && peeked.error().code == Errc::cancelled) {
        memory_.change(key).claim->due = now + 60;
    } else if (!peeked) {
        fail(key, peeked.error(), now);
    } else if (peeked->is_here) {
        finish(key, peeked->torrent, now);
    } else {
        Sheet sheet(Sheet::Mode::explain);
        judge_peek(*rule, *peeked, sheet);
        if (!sheet.is_passed()) pass_over(key, sheet.trace(), now);
        else ask_or_want(key, *rule, peeked->complete(claim.candidates[claim.chosen].item), sheet.trace(), now);
    }
    on_time(now);
}

void Desk::on_unpeeked(const std::string& key, Time now)
{
    in_flight_.erase(key);
    const auto* memo = memory_.find(key);
    const auto* rule = memo != nullptr && memo->claim ? rule_named(memo->claim->rule) : nullptr;
    if (rule != nullptr) ask_or_want(key, *rule, memo->claim->candidates[memo->claim->chosen].item, {}, now);
    on_time(now);
}

void Desk::ask_or_want(const std::string& key, const Rule& rule, Value::Map item, std::vector<Finding> trace, Time now)
{
    if (!rule.has_where) return want(key, now);
    in_flight_.insert(key);
    Pending pending{.item = Item::read(item), .rule = 0, .tells_near_misses = false, .peeked = key, .trace = std::move(trace)};
    actions_.emplace_back(AskWhere{++last_ticket_, rule.source, rule.name, std::move(item)});
    asked_.emplace(last_ticket_, std::move(pending));
}

void Desk::on_where_peeked(const Pending& pending, bool is_ok, const std::string& why, Time now)
{
    in_flight_.erase(pending.peeked);
    const auto* memo = memory_.find(pending.peeked);
    if (memo == nullptr || !memo->claim) return on_time(now);
    if (is_ok) {
        want(pending.peeked, now);
    } else {
        auto trace = pending.trace;
        trace.push_back(where_finding(false, why));
        pass_over(pending.peeked, std::move(trace), now);
    }
    on_time(now);
}

// On record first: whoever dies now need not look again.
void Desk::want(const std::string& key, Time now)
{
    auto& claim = *memory_.change(key).claim;
    claim.candidates[claim.chosen].is_peeked = true;
    claim.due = now;
}

void Desk::pass_over(const std::string& key, std::vector<Finding> trace, Time now)
{
    auto& claim = *memory_.change(key).claim;
    auto& candidate = claim.candidates[claim.chosen];
    candidate.is_dead = true;
    static_cast<void>(next_candidate(claim, now));
    const auto failed = std::ranges::find(trace, false, &Finding::is_ok);
    const auto why = failed == trace.end() ? std::string() : in_words(*failed);
    decide({.at = now, .state = "rejected", .rule = claim.rule, .feed = candidate.feed, .title = candidate.title, .item = candidate.name, .key = key, .why = why,
            .trace = std::move(trace)});
}

} // namespace shoal::feed_rules
