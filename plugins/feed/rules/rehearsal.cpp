#include "rehearsal.hpp"

#include "where_answer.hpp"

#include <algorithm>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr const char* not_peeked = "not peeked";

bool was_passed_unseen(const Rehearsal::Outcome& outcome)
{
    return std::ranges::any_of(outcome.wheres, [](const auto& of_rule) { return of_rule.second.got == not_peeked && of_rule.second.test == "peek"; });
}

std::size_t farness_of(const Opinion& opinion)
{
    std::size_t far = 0;
    for (const auto& finding : opinion.trace) {
        if (finding.is_ok) continue;
        const bool names = finding.test == "feeds" || finding.test == "match" || finding.test == "series" || finding.test == "movie" || finding.test == "must";
        far += names ? 202 : finding.test == "where" ? 1 : 2;
    }
    return far;
}

// The rule that an item is nearest to: what names it fits, and little else fails. What its own function refused passed all else; of several
// the last one asked had the last word.
const Opinion* nearest(const std::vector<Opinion>& opinions)
{
    const Opinion* best = nullptr;
    for (const auto& opinion : opinions) {
        const auto far = farness_of(opinion);
        if (best == nullptr || far < farness_of(*best) || (far == 1 && farness_of(*best) == 1)) best = &opinion;
    }
    return best;
}

} // namespace

Rehearsal::Rehearsal(std::vector<Rule> rules, Items items, std::int64_t now, Memory memory, Peeked peeked, bool keeps_traces)
    : items_(std::move(items)), now_(now), peeked_(std::move(peeked)), keeps_traces_(keeps_traces)
{
    desk_.memory() = std::move(memory);
    desk_.set_rules(std::move(rules), now_);
    outcomes_.resize(items_->size());
    order_.resize(items_->size());
    for (std::size_t i = 0; i < order_.size(); ++i) order_[i] = i;
    std::ranges::stable_sort(order_, {}, [this](std::size_t i) { return (*items_)[i].published.value_or(0); });
}

// As they were published, so that the first of a thing is the first that is offered; told in the order they came.
std::vector<AskWhere> Rehearsal::offer()
{
    const auto place = order_[offered_++];
    const auto& item = (*items_)[place];
    places_.emplace(item.name(), place);
    outcomes_[place] = {.title = item.title, .feed = item.feed, .item = item.name(), .decision = "rejected", .rule = {}, .why = {}, .opinions = {}};
    reject(outcomes_[place], desk_.opinions(item, now_));
    desk_.offer(item, now_, false);
    return drain();
}

// What the rules say of it now, their own functions included.
void Rehearsal::reject(Outcome& outcome, std::vector<Opinion> opinions) const
{
    for (const auto& [rule, finding] : outcome.wheres) {
        const auto of_rule = std::ranges::find(opinions, rule, [](const Opinion& opinion) { return opinion.rule->name; });
        if (of_rule == opinions.end()) continue;
        of_rule->trace.push_back(finding);
        of_rule->failures += finding.is_ok ? 0 : 1;
    }
    outcome.why = "there are no rules";
    if (const auto* opinion = nearest(opinions)) {
        outcome.rule = opinion->rule->name;
        const auto failed = std::ranges::find(opinion->trace, false, &Finding::is_ok);
        outcome.why = failed == opinion->trace.end() ? "" : in_words(*failed);
    }
    if (keeps_traces_) outcome.opinions = std::move(opinions);
}

// A yes may come too late: another item of the same thing was taken meanwhile. So what is still rejected is looked at again.
std::vector<AskWhere> Rehearsal::answer(std::uint64_t ticket, bool is_ok, const std::string& why)
{
    const auto asked = asked_[ticket];
    desk_.on_where(ticket, is_ok, why, now_);
    auto questions = drain();
    const auto place = places_.find(asked.item);
    if (place == places_.end()) return questions;
    auto& outcome = outcomes_[place->second];
    outcome.wheres.emplace_back(asked.rule, where_finding(is_ok, why));
    if (outcome.decision == "rejected" && !outcome.is_final) reject(outcome, desk_.opinions((*items_)[place->second], now_));
    return questions;
}

// What was taken keeps the trace it was taken by, and gets what came afterwards.
void Rehearsal::complete_traces()
{
    for (auto& outcome : outcomes_) {
        if (outcome.decision == "rejected" && !outcome.is_final) continue; // it has them
        for (const auto& [rule, finding] : outcome.wheres) {
            const auto of_rule = std::ranges::find(outcome.opinions, rule, [](const Opinion& opinion) { return opinion.rule->name; });
            if (of_rule != outcome.opinions.end()) of_rule->trace.push_back(finding);
        }
        outcome.wheres.clear();
    }
}

std::vector<AskWhere> Rehearsal::pass_time()
{
    const auto next = desk_.next();
    if (!next) return {};
    ++waits_;
    now_ = std::max(now_, *next);
    desk_.on_time(now_);
    return drain();
}

// Whatever is to be added is; what is to be asked comes back.
std::vector<AskWhere> Rehearsal::drain()
{
    std::vector<AskWhere> questions;
    for (auto actions = desk_.take_actions(); !actions.empty(); actions = desk_.take_actions()) {
        for (auto& action : actions) {
            if (auto* add = std::get_if<AddTorrent>(&action)) desk_.on_added(add->key, std::string("rehearsed"), now_);
            else if (auto* tell = std::get_if<Tell>(&action)) note(*tell);
            else if (auto* look = std::get_if<PeekTorrent>(&action)) peek(*look);
            else {
                auto& ask = std::get<AskWhere>(action);
                asked_[ask.ticket] = {Item::read(ask.item).name(), ask.rule};
                questions.push_back(std::move(ask));
            }
        }
    }
    return questions;
}

// Nothing is fetched for a rehearsal: of a torrent that nobody has at hand what is in it is taken for what is wanted, and the trace says so.
void Rehearsal::peek(const PeekTorrent& question)
{
    const auto known = [this](const std::string& name) { return name.empty() ? peeked_.end() : peeked_.find(name); };
    auto at = known(question.source);
    if (at == peeked_.end()) at = known(question.source.substr(question.source.rfind('/') + 1));
    const auto item = std::ranges::find(*items_, question.source, &Item::source);
    const auto* memo = desk_.memory().find(question.key);
    const auto& rule = *std::ranges::find(desk_.rules(), memo->claim->rule, &Rule::name);
    Sheet sheet(Sheet::Mode::explain);
    if (at != peeked_.end()) judge_peek(rule, at->second, sheet);
    else sheet.note({.test = "peek", .got = not_peeked, .wanted = "what is in the torrent", .is_ok = true});
    if (item != items_->end()) { // one that was on its way before may be none of these
        auto& trace = outcomes_[static_cast<std::size_t>(item - items_->begin())].wheres;
        for (const auto& finding : sheet.trace()) trace.emplace_back(rule.name, finding);
    }
    if (at != peeked_.end()) desk_.on_peeked(question.key, at->second, now_);
    else desk_.on_unpeeked(question.key, now_);
}

void Rehearsal::note(const Tell& tell)
{
    const auto text = [&tell](std::string_view key) { return *tell.payload.find(key)->as_text(); };
    const auto place = places_.find(text("item"));
    if (place == places_.end() || tell.event == "rule.waiting") return;
    auto* at = &outcomes_[place->second];
    at->rule = text("rule");
    if (tell.event == "rule.added") {
        at->decision = "added";
        at->why = was_passed_unseen(*at) ? "if what is in it is wanted: it was not peeked into" : "";
    } else if (tell.event == "rule.matched") {
        const bool is_shadow = *tell.payload.find("shadow")->as_bool();
        at->decision = is_shadow ? "shadow" : "passed over";
        at->why = is_shadow ? "the rule adds nothing" : "another one of " + text("key") + " is better";
    } else if (tell.event == "rule.rejected") {
        at->decision = "rejected";
        at->why = text("why");
        at->is_final = true;
    }
}

Value to_value(const Rehearsal::Outcome& outcome, bool with_traces)
{
    Value::Map map;
    map.set("title", outcome.title).set("feed", outcome.feed).set("decision", outcome.decision);
    if (!outcome.rule.empty()) map.set("rule", outcome.rule);
    if (!outcome.why.empty()) map.set("why", outcome.why);
    if (!with_traces) return map;
    Value::List traces;
    for (const auto& opinion : outcome.opinions) {
        traces.emplace_back(Value::Map{}.set("rule", opinion.rule->name).set("trace", to_value(opinion.trace)));
    }
    return map.set("traces", std::move(traces));
}

} // namespace shoal::feed_rules
