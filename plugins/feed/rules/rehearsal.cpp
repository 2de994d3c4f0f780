#include "rehearsal.hpp"

#include "judge.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr int most_waits = 100'000;

// The rule that an item is nearest to: what names it fits, and little else fails.
const Opinion* nearest(const std::vector<Opinion>& opinions)
{
    const auto distance = [](const Opinion& opinion) {
        std::size_t strange = 0;
        for (const auto& finding : opinion.trace) {
            const bool names = finding.test == "feeds" || finding.test == "match" || finding.test == "series" || finding.test == "must";
            if (!finding.is_ok && names) strange += 100;
        }
        return strange + opinion.failures;
    };
    const auto at = std::ranges::min_element(opinions, {}, distance);
    return at == opinions.end() ? nullptr : &*at;
}

} // namespace

Rehearsal::Rehearsal(std::vector<Rule> rules, std::vector<Item> items, std::int64_t now, Memory memory) : items_(std::move(items)), now_(now)
{
    desk_.memory() = std::move(memory);
    desk_.set_rules(std::move(rules), now_);
}

// As they were published, so that the first of a thing is the first that is offered; told in the order they came.
std::vector<AskWhere> Rehearsal::begin()
{
    std::vector<std::size_t> order(items_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, {}, [this](std::size_t i) { return items_[i].published.value_or(0); });
    outcomes_.resize(items_.size());
    std::vector<AskWhere> questions;
    for (const auto i : order) {
        outcomes_[i] = rejected(items_[i], desk_.opinions(items_[i], now_));
        desk_.offer(items_[i], now_, false);
        std::ranges::move(drain(), std::back_inserter(questions));
    }
    return questions;
}

Rehearsal::Outcome Rehearsal::rejected(const Item& item, std::vector<Opinion> opinions) const
{
    Outcome out{.title = item.title, .feed = item.feed, .item = item.name(), .decision = "rejected", .rule = {}, .why = "there are no rules", .opinions = {}};
    if (const auto* opinion = nearest(opinions)) {
        out.rule = opinion->rule->name;
        const auto failed = std::ranges::find(opinion->trace, false, &Finding::is_ok);
        out.why = failed == opinion->trace.end() ? "" : failed->test + ": got " + failed->got + ", wanted " + failed->wanted;
    }
    out.opinions = std::move(opinions);
    return out;
}

std::vector<AskWhere> Rehearsal::answer(std::uint64_t ticket, bool is_ok, const std::string& why)
{
    const auto asked = asked_[ticket];
    const auto at = std::ranges::find(outcomes_, asked.item, &Outcome::item);
    if (!is_ok && at != outcomes_.end()) {
        at->rule = asked.rule;
        at->why = "where: " + (why.empty() ? std::string("it said no") : why);
    }
    desk_.on_where(ticket, is_ok, why, now_);
    return drain();
}

const std::vector<Rehearsal::Outcome>& Rehearsal::end()
{
    for (int step = 0; step < most_waits; ++step) {
        const auto next = desk_.next();
        if (!next) break;
        now_ = std::max(now_, *next);
        desk_.on_time(now_);
        static_cast<void>(drain()); // what was asked before is answered, and time asks nothing
    }
    return outcomes_;
}

// Whatever is to be added is; what is to be asked comes back.
std::vector<AskWhere> Rehearsal::drain()
{
    std::vector<AskWhere> questions;
    for (auto actions = desk_.take_actions(); !actions.empty(); actions = desk_.take_actions()) {
        for (auto& action : actions) {
            if (auto* add = std::get_if<AddTorrent>(&action)) desk_.on_added(add->key, std::string("rehearsed"), now_);
            else if (auto* tell = std::get_if<Tell>(&action)) note(*tell);
            else {
                auto& ask = std::get<AskWhere>(action);
                asked_[ask.ticket] = {Item::read(ask.item).name(), ask.rule};
                questions.push_back(std::move(ask));
            }
        }
    }
    return questions;
}

void Rehearsal::note(const Tell& tell)
{
    const auto text = [&tell](std::string_view key) { return *tell.payload.find(key)->as_text(); };
    const auto at = std::ranges::find(outcomes_, text("item"), &Outcome::item);
    if (at == outcomes_.end() || tell.event == "rule.waiting") return;
    at->rule = text("rule");
    if (tell.event == "rule.added") {
        at->decision = "added";
        at->why.clear();
    } else if (tell.event == "rule.matched") {
        const bool is_shadow = *tell.payload.find("shadow")->as_bool();
        at->decision = is_shadow ? "shadow" : "passed over";
        at->why = is_shadow ? "the rule adds nothing" : "another one of " + text("key") + " is better";
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
