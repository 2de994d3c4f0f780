#include "trial.hpp"

#include "judge.hpp"
#include "lint.hpp"
#include "rule_reader.hpp"
#include "where_answer.hpp"

#include <shoal/value_fields.hpp>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr std::size_t most_items = 100'000;
constexpr std::chrono::milliseconds longest_turn{10};

} // namespace

void Trial::run()
{
    if (plan_.text.empty()) return read_rules();
    auto script = Value::Map{}.set("name", plan_.name).set("text", plan_.text);
    if (plan_.files.size() != 0) script.set("files", plan_.files);
    call("scripts.read", std::move(script), [this](const Value& answer) {
        if (const auto* map = answer.as_map()) plan_.rules = list_in(*map, "rules");
        read_rules();
    });
}

// What a method answers goes on; what it refuses ends everything.
void Trial::call(std::string_view method, Value::Map arguments, Next next)
{
    const auto asked = control_.call(method, std::move(arguments), [self = shared_from_this(), next = std::move(next)](Result<Value> answer) {
        if (answer) next(*answer);
        else self->finish(answer.error());
    });
    if (!asked) finish(asked.error());
}

void Trial::finish(Result<Value> outcome)
{
    if (!plan_.text.empty()) {
        static_cast<void>(control_.call("scripts.forget", Value::Map{}.set("name", plan_.name), [](const Result<Value>&) {}));
    }
    if (auto done = std::exchange(done_, {})) done(std::move(outcome));
}

// Others wait for us while we think.
void Trial::in_turns(Step step, Then then)
{
    const auto end = host_.now() + longest_turn;
    while (step()) {
        if (host_.now() < end) continue;
        host_.post([self = shared_from_this(), step = std::move(step), then = std::move(then)] { self->in_turns(step, then); });
        return;
    }
    then();
}

void Trial::read_rules()
{
    auto reading = feed_rules::read_rules(plan_.rules, plan_.name);
    problems_ = std::move(reading.problems);
    refused_ = static_cast<std::int64_t>(reading.refused);
    rules_ = plan_.others;
    if (plan_.replaces_namesakes) {
        std::set<std::string_view> names;
        for (const auto& rule : reading.rules) names.insert(rule.name);
        std::erase_if(rules_, [&names](const Rule& other) { return names.contains(other.name); });
    }
    std::ranges::move(reading.rules, std::back_inserter(rules_));
    sort_rules(rules_);
    std::ranges::move(lint(rules_, plan_.name), std::back_inserter(problems_));
    remember_taken();
    if (plan_.is_comparison) list_feeds();
    else take_feeds();
}

// What seen.list does not say, how good it was, its title does. What was only on its way is not taken.
void Trial::remember_taken()
{
    for (const auto& value : plan_.taken) {
        const auto* map = value.as_map();
        const auto key = map != nullptr ? text_in(*map, "key") : "";
        const auto title = map != nullptr ? text_in(*map, "title") : "";
        if (key.empty() || title.empty()) continue;
        const auto state = text_in(*map, "state");
        const auto item = Item::read(*map);
        const auto rule = std::ranges::find(rules_, text_in(*map, "rule"), &Rule::name);
        Taken taken{.rule = text_in(*map, "rule"), .title = title, .torrent = state == "learned" ? "" : text_in(*map, "torrent")};
        if (taken.torrent.empty() && state != "learned") taken.torrent = "?";
        taken.at = moment_in(*map, "at").value_or(0);
        taken.preference = rule != rules_.end() ? static_cast<std::int64_t>(preference_of(*rule, item)) : 0;
        taken.rank = item.release.quality.rank();
        taken.revision = item.release.revision;
        plan_.memory.change(key).taken = std::move(taken);
    }
}

// ---- feeds ----------------------------------------------------------------------------------------------------------------

void Trial::list_feeds()
{
    call("feeds.list", {}, [this](const Value& answer) {
        std::vector<std::string> names;
        for (const auto& feed : answer.as_list() != nullptr ? *answer.as_list() : Value::List()) {
            if (feed.as_map() != nullptr) names.push_back(text_in(*feed.as_map(), "feed"));
        }
        take_bodies(std::move(names));
    });
}

// The newest come first; of an item that is in several the oldest counts.
void Trial::take_bodies(std::vector<std::string> names)
{
    if (names.empty()) {
        std::ranges::reverse(plan_.feeds);
        return take_feeds();
    }
    const auto name = std::move(names.back());
    names.pop_back();
    call("feeds.bodies", Value::Map{}.set("feed", name), [this, name, names = std::move(names)](const Value& answer) {
        for (const auto& body : answer.as_list() != nullptr ? *answer.as_list() : Value::List()) {
            const auto* map = body.as_map();
            const auto* text = map != nullptr ? map->find("body") : nullptr;
            if (text != nullptr) plan_.feeds.emplace_back(Value::Map{}.set("name", name).set("text", *text));
        }
        take_bodies(names);
    });
}

void Trial::take_feeds()
{
    in_turns([this] { return take_item(); }, [this] { parse_feed(0); });
}

// Of those that are given as items. Not one feed inside the other: there may be many. False: the next is a text, or there is none.
bool Trial::take_item()
{
    if (feed_ >= plan_.feeds.size() || (place_ == 0 && items_->size() > most_items)) return false;
    const auto* feed = plan_.feeds[feed_].as_map();
    if (feed != nullptr && feed->find("text") != nullptr) return false;
    const auto* given = feed != nullptr ? feed->find("items") : nullptr;
    const auto* items = given != nullptr ? given->as_list() : nullptr;
    if (items != nullptr && place_ < items->size()) {
        add_item((*items)[place_++], text_in(*feed, "name"));
    } else {
        ++feed_;
        place_ = 0;
    }
    return true;
}

void Trial::parse_feed(std::int64_t from)
{
    if (feed_ >= plan_.feeds.size() || items_->size() > most_items) return rehearse();
    const auto& feed = *plan_.feeds[feed_].as_map();
    const auto name = text_in(feed, "name");
    call("feeds.parse", Value::Map{}.set("text", *feed.find("text")).set("feed", name).set("from", from), [this, name](const Value& answer) {
        const auto next_feed = [this] {
            ++feed_;
            take_feeds();
        };
        const auto* map = answer.as_map();
        if (map == nullptr) return next_feed();
        if (const auto error = text_in(*map, "error"); !error.empty()) {
            problems_.push_back("feed " + (name.empty() ? std::to_string(feed_ + 1) : name) + ": " + error);
            if (list_in(*map, "items").empty()) ++unread_;
        }
        const auto next = integer_in(*map, "next");
        add_items(std::make_shared<Value::List>(list_in(*map, "items")), name, next ? Then([this, next] { parse_feed(*next); }) : Then(next_feed));
    });
}

void Trial::add_items(std::shared_ptr<const Value::List> items, std::string feed, Then then)
{
    auto step = [this, items = std::move(items), feed = std::move(feed), at = std::size_t{0}]() mutable {
        if (at < items->size()) add_item((*items)[at++], feed);
        return at < items->size();
    };
    in_turns(std::move(step), std::move(then));
}

void Trial::add_item(const Value& value, const std::string& feed)
{
    if (value.as_map() == nullptr) return;
    auto item = Item::read(*value.as_map());
    if (item.feed.empty()) item.feed = feed;
    if (known_.insert(item.name()).second) items_->push_back(std::move(item));
}

// ---- rules ----------------------------------------------------------------------------------------------------------------

void Trial::rehearse()
{
    rehearsals_.push_back(std::make_unique<Rehearsal>(rules_, items_, plan_.now, plan_.memory, plan_.peeked, plan_.is_explained));
    if (plan_.is_comparison) rehearsals_.push_back(std::make_unique<Rehearsal>(plan_.before, items_, plan_.now, plan_.memory, Rehearsal::Peeked{}, false));
    in_turns([this] { return offer(); }, [this] { ask_all(); });
}

bool Trial::offer()
{
    const auto at = std::ranges::find_if(rehearsals_, [](const auto& one) { return !one->is_all_offered(); });
    if (at == rehearsals_.end()) return false;
    for (auto& question : (*at)->offer()) questions_.emplace_back(at - rehearsals_.begin(), std::move(question));
    return true;
}

// What was asked in between is asked now: an answer that is there in no time must decide nothing that a slow one would not.
void Trial::ask_all()
{
    in_turns([this] { return ask_next(); }, [this] {
        if (--unanswered_ == 0) conclude();
    });
}

bool Trial::ask_next()
{
    if (questions_.empty()) return false;
    const auto [rehearsal, question] = std::move(questions_.front());
    questions_.pop_front();
    ask(rehearsal, question);
    return true;
}

void Trial::ask(std::size_t rehearsal, const AskWhere& question)
{
    ++unanswered_;
    auto arguments = Value::Map{}.set("script", question.script).set("rule", question.rule).set("item", question.item);
    auto answered = [self = shared_from_this(), rehearsal, ticket = question.ticket](const Result<Value>& answer) {
        const auto said = where_answer(answer);
        for (const auto& next : self->rehearsals_[rehearsal]->answer(ticket, said.is_ok, said.why)) self->ask(rehearsal, next);
        if (--self->unanswered_ == 0) self->conclude();
    };
    if (const auto asked = control_.call("scripts.ask", std::move(arguments), std::move(answered)); !asked) --unanswered_;
}

void Trial::conclude()
{
    unanswered_ = 1;
    in_turns([this] { return pass_time(); }, [this] {
        if (questions_.empty()) give();
        else ask_all(); // the last of the answers comes here again
    });
}

// Each until it has something to ask.
bool Trial::pass_time()
{
    for (std::size_t i = 0; i < rehearsals_.size(); ++i) {
        const bool is_asking = std::ranges::any_of(questions_, [i](const auto& question) { return question.first == i; });
        if (is_asking || rehearsals_[i]->is_over()) continue;
        for (auto& question : rehearsals_[i]->pass_time()) questions_.emplace_back(i, std::move(question));
        return true;
    }
    return false;
}

void Trial::give()
{
    for (const auto& rehearsal : rehearsals_) rehearsal->end();
    auto outcome = plan_.is_comparison ? comparison() : decisions();
    auto* map = const_cast<Value::Map*>(outcome.as_map());
    map->set("problems", Value::List(problems_.begin(), problems_.end())).set("refused", refused_);
    finish(std::move(outcome));
}

Value Trial::decisions()
{
    Value::List list;
    for (const auto& outcome : rehearsals_.front()->outcomes()) list.push_back(to_value(outcome, plan_.is_explained));
    return Value::Map{}.set("decisions", std::move(list)).set("unread", unread_);
}

Value Trial::comparison()
{
    std::map<std::string, const Rehearsal::Outcome*> before;
    for (const auto& outcome : rehearsals_[1]->outcomes()) before.emplace(outcome.item, &outcome);
    std::int64_t same = 0;
    Value::List more;
    Value::List fewer;
    for (const auto& outcome : rehearsals_[0]->outcomes()) {
        const auto& was = *before.at(outcome.item);
        const bool is_added = outcome.decision == "added";
        const bool was_added = was.decision == "added";
        if (is_added && was_added) ++same;
        else if (is_added) more.push_back(to_value(outcome, false));
        else if (was_added) fewer.push_back(to_value(outcome, false));
    }
    return Value::Map{}.set("items", static_cast<std::int64_t>(items_->size())).set("same", same).set("more", std::move(more)).set("fewer", std::move(fewer));
}

} // namespace shoal::feed_rules
