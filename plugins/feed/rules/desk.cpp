#include "desk.hpp"

#include "judge.hpp"
#include "where_answer.hpp"

#include <algorithm>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr std::size_t most_decisions = 500;
constexpr std::size_t most_claims = 1000;
constexpr std::size_t most_asked = 10'000;
constexpr int most_near_misses = 20; // a minute
constexpr std::int64_t minute = 60;

// What names a thing, and what was taken before: nothing that fails there is a near miss.
bool is_no_news(std::string_view test)
{
    return test == "feeds" || test == "backlog" || test == "match" || test == "series" || test == "movie" || test == "must" || test == "seen" || test == "smart";
}

bool names_something(const Rule& rule) { return !rule.match.empty() || !rule.series.empty() || !rule.movies.empty() || rule.qb != nullptr; }

std::string qb_key(const Rule& rule, const std::string& what) { return "qbittorrent\t" + rule.name + "\t" + what; }

} // namespace

void Desk::set_rules(std::vector<Rule> rules, Time now)
{
    rules_ = std::move(rules);
    auto asked = std::exchange(asked_, {});
    for (auto& [ticket, pending] : asked) {
        if (pending.peeked.empty()) consider(std::move(pending), now, 0, false);
        else in_flight_.erase(pending.peeked); // it is begun again
    }
    on_time(now);
}

const Rule* Desk::rule_named(const std::string& name) const
{
    const auto at = std::ranges::find(rules_, name, &Rule::name);
    return at == rules_.end() ? nullptr : &*at;
}

// ---- which rule takes it --------------------------------------------------------------------------------------------------

void Desk::offer(Item item, Time now, bool tells_near_misses)
{
    consider({std::move(item), 0, tells_near_misses}, now, 0, false);
}

void Desk::consider(Pending pending, Time now, std::size_t first, bool is_where_answered)
{
    const auto& item = pending.item;
    for (std::size_t i = first; i < rules_.size(); ++i) {
        const auto& rule = rules_[i];
        if (!rule.is_enabled) continue;
        Sheet sheet;
        judge(rule, item, now, sheet);
        if (sheet.is_passed()) check_memory(rule, item, key_of(rule, item), now, sheet);
        if (!sheet.is_passed()) {
            if (pending.tells_near_misses) near_miss(rule, item, now);
            continue;
        }
        const bool is_answered = is_where_answered && i == first; // it was this rule's function that said yes, and no other's
        if (rule.has_where && !rule.peeks && !is_answered) {
            if (asked_.size() >= most_asked) return; // it is offered again when the rules are loaded anew
            actions_.emplace_back(AskWhere{++last_ticket_, rule.source, rule.name, item.as_it_came});
            pending.rule = i;
            asked_.emplace(last_ticket_, std::move(pending));
            return;
        }
        take(rule, item, now);
        if (!rule.is_shadow) return;
    }
}

void Desk::on_where(std::uint64_t ticket, bool is_ok, const std::string& why, Time now)
{
    auto node = asked_.extract(ticket);
    if (node.empty()) return;
    auto& pending = node.mapped();
    if (!pending.peeked.empty()) return on_where_peeked(pending, is_ok, why, now);
    const auto place = pending.rule;
    if (!is_ok && pending.tells_near_misses) near_miss(rules_[place], pending.item, now, why.empty() ? "it said no" : why);
    consider(std::move(pending), now, is_ok ? place : place + 1, is_ok);
}

void Desk::check_memory(const Rule& rule, const Item& item, const std::string& key, Time now, Sheet& sheet) const
{
    const auto source = item.source();
    if (source.empty() && !sheet.note("source", false, [] { return "no URL of a torrent"; }, [] { return "one"; })) return;
    check_seen(rule, item, key, now, sheet);
    if (rule.qb) rule.qb->judge_memory(item.title, item.published, qb_memory(rule), sheet);
    check_limit(rule, key, now, sheet);
}

void Desk::check_seen(const Rule& rule, const Item& item, const std::string& key, Time now, Sheet& sheet) const
{
    const auto* memo = memory_.find(key);
    const auto wanted = [&rule] { return rule.upgrades ? "nothing as good before it" : "nothing of it before"; };
    if (memo == nullptr) {
        sheet.note("seen", true, [&key] { return key + ", for the first time"; }, wanted);
        return;
    }
    if (memo->taken && !is_improvement(rule, *memo->taken, candidate_of(rule, item), now)) {
        sheet.note("seen", false, [&] { return key + ", taken as " + memo->taken->title + (memo->taken->rule.empty() ? "" : " by rule " + memo->taken->rule); }, wanted);
        return;
    }
    if (!memo->claim) return;
    const auto& claim = *memo->claim;
    const bool is_known = std::ranges::find(claim.candidates, item.name(), &Candidate::name) != claim.candidates.end();
    const bool is_ok = claim.rule == rule.name && !is_known;
    if (is_ok) return;
    sheet.note("seen", false, [&] { return key + ", " + std::string(state_name(claim.state)) + " by rule " + claim.rule; }, wanted);
}

bool Desk::is_improvement(const Rule& rule, const Taken& taken, const Candidate& candidate, Time now) const
{
    if (taken.torrent.empty()) return false;
    const bool is_in_time = rule.propers_within == 0 || now - taken.at <= rule.propers_within;
    if (rule.takes_propers && is_in_time && candidate.revision > taken.revision && candidate.rank == taken.rank) return true;
    if (!rule.upgrades) return false;
    const bool is_enough = rule.upgrade_until && rule.upgrade_until->fit(Quality::of_rank(static_cast<int>(taken.rank))) == Fit::yes;
    if (is_enough) return false;
    return candidate.preference < taken.preference || (candidate.preference == taken.preference && candidate.rank > taken.rank);
}

void Desk::check_limit(const Rule& rule, const std::string& key, Time now, Sheet& sheet) const
{
    if (const auto* memo = memory_.find(key); memo != nullptr && memo->claim) return;
    if (rule.limit) {
        const auto count = memory_.count(rule.name, rule.limit->per == 0 ? 0 : now - rule.limit->per);
        sheet.note("limit", count < rule.limit->most, [count] { return std::to_string(count) + " taken"; },
                   [&rule] { return "fewer than " + rule.limit->text; });
    }
    if (memory_.claims() >= most_claims) sheet.note("limit", false, [] { return "1000 that wait"; }, [] { return "fewer"; });
}

QbMemory Desk::qb_memory(const Rule& rule) const
{
    QbMemory out = rule.qb->brought();
    const auto prefix = qb_key(rule, "");
    const auto& all = memory_.all();
    for (auto at = all.lower_bound(prefix); at != all.end() && at->first.starts_with(prefix); ++at) {
        const auto what = at->first.substr(prefix.size());
        if (!at->second.taken) continue;
        if (what == "last") out.last_match = at->second.taken->at;
        else out.episodes.push_back(what);
    }
    return out;
}

std::vector<Opinion> Desk::opinions(const Item& item, Time now) const
{
    std::vector<Opinion> out;
    for (const auto& rule : rules_) {
        Sheet sheet(Sheet::Mode::explain);
        if (!rule.is_enabled) sheet.note("enabled", false, [] { return "false"; }, [] { return "true"; });
        judge(rule, item, now, sheet);
        const auto key = key_of(rule, item);
        check_memory(rule, item, key, now, sheet);
        out.push_back({&rule, sheet.trace(), sheet.failures(), key});
    }
    return out;
}

// Bounded: a feed that is not for us is full of them.
void Desk::near_miss(const Rule& rule, const Item& item, Time now, const std::string& why)
{
    if (!names_something(rule)) return;
    Sheet count(Sheet::Mode::count);
    judge(rule, item, now, count);
    if (count.failures() > 1) return;
    Sheet sheet(Sheet::Mode::explain);
    judge(rule, item, now, sheet);
    check_memory(rule, item, key_of(rule, item), now, sheet);
    if (!why.empty()) sheet.note(where_finding(false, why));
    if (sheet.failures() != 1) return;
    const auto failed = std::ranges::find(sheet.trace(), false, &Finding::is_ok);
    if (is_no_news(failed->test)) return;
    if (now - near_misses_since_ >= minute) near_misses_since_ = now, near_misses_ = 0;
    if (++near_misses_ > most_near_misses) return;
    decide({.at = now, .state = "rejected", .rule = rule.name, .feed = item.feed, .title = item.title, .item = item.name(), .key = key_of(rule, item),
            .why = in_words(*failed), .trace = sheet.trace()});
}

// ---- what is taken --------------------------------------------------------------------------------------------------------

Candidate Desk::candidate_of(const Rule& rule, const Item& item) const
{
    return {.title = item.title, .source = item.source(), .feed = item.feed, .name = item.name(), .info_hash = item.info_hash,
            .preference = static_cast<std::int64_t>(preference_of(rule, item)), .rank = item.release.quality.rank(),
            .revision = item.release.revision, .seeders = item.seeders.value_or(-1), .failures = 0, .is_dead = false,
            .remembered = rule.qb ? rule.qb->remembered(item.title, qb_memory(rule)) : std::vector<std::string>(),
            .published = item.published.value_or(0), .item = rule.peeks && rule.has_where ? item.as_it_came : Value::Map{}};
}

void Desk::take(const Rule& rule, const Item& item, Time now)
{
    const auto key = key_of(rule, item);
    Sheet sheet(Sheet::Mode::explain);
    judge(rule, item, now, sheet);
    check_memory(rule, item, key, now, sheet);
    Decision decision{.at = now, .state = rule.is_shadow ? "shadow" : "matched", .rule = rule.name, .feed = item.feed, .title = item.title,
                      .item = item.name(), .key = key, .why = {}, .trace = sheet.trace()};
    decide(std::move(decision));
    if (rule.is_shadow) return;
    auto& memo = memory_.change(key);
    const bool is_new = !memo.claim || memo.claim->state == ClaimState::failed;
    if (!memo.claim) memo.claim = Claim{.rule = rule.name, .state = ClaimState::waiting, .since = now, .due = now + rule.wait, .candidates = {}, .chosen = 0};
    if (memo.claim->state == ClaimState::failed) memo.claim->state = ClaimState::waiting, memo.claim->due = now + rule.wait;
    join(*memo.claim, candidate_of(rule, item));
    if (is_new && rule.wait > 0) {
        decide({.at = now, .state = "waiting", .rule = rule.name, .feed = item.feed, .title = item.title, .item = item.name(), .key = key, .why = {}, .trace = {}},
               Value::Map{}.set("due", memo.claim->due));
    }
    on_time(now);
}

void Desk::decide(Decision decision, Value::Map more)
{
    Value::Map payload;
    payload.set("rule", decision.rule).set("feed", decision.feed).set("title", decision.title);
    payload.set("item", decision.item).set("key", decision.key);
    if (!decision.why.empty()) payload.set("why", decision.why);
    if (decision.state == "matched" || decision.state == "shadow") payload.set("shadow", decision.state == "shadow");
    if (!decision.trace.empty()) payload.set("trace", to_value(decision.trace));
    for (std::size_t i = 0; i < more.size(); ++i) payload.set(more.keys()[i], more.values()[i]);
    actions_.emplace_back(Tell{"rule." + (decision.state == "shadow" ? "matched" : decision.state), std::move(payload)});
    decisions_.push_back(std::move(decision));
    if (decisions_.size() > most_decisions) decisions_.pop_front();
}

void Desk::learn(const std::string& key, const std::string& title, Time now)
{
    auto& memo = memory_.change(key);
    memo.claim.reset();
    memo.taken = Taken{.rule = {}, .title = title, .torrent = {}, .at = now};
}

} // namespace shoal::feed_rules
