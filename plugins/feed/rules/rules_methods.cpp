// What people and scripts may ask of the rules.
#include "judge.hpp"
#include "lint.hpp"
#include "qb_import.hpp"
#include "release_value.hpp"
#include "rule_reader.hpp"
#include "rules_service.hpp"
#include "schemas.hpp"

#include <shoal/value_fields.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace shoal::feed_rules {
namespace {

// A title is less than an item: a rule's own function is not asked about it.
constexpr const char* not_asked = "not asked";

Value texts(const std::vector<std::string>& all) { return Value::List(all.begin(), all.end()); }

Value to_value(const Decision& decision)
{
    Value::Map map;
    map.set("at", decision.at).set("state", decision.state).set("rule", decision.rule).set("feed", decision.feed).set("title", decision.title);
    map.set("key", decision.key);
    if (!decision.why.empty()) map.set("why", decision.why);
    if (!decision.trace.empty()) map.set("trace", feed_rules::to_value(decision.trace));
    return map;
}

Value to_value(const std::string& key, const Memo& memo)
{
    Value::Map map;
    map.set("key", key);
    if (memo.claim) {
        Value::List titles;
        for (const auto& candidate : memo.claim->candidates) titles.emplace_back(candidate.title);
        map.set("state", state_name(memo.claim->state)).set("rule", memo.claim->rule).set("at", memo.claim->due).set("candidates", std::move(titles));
    }
    if (memo.taken) {
        if (!memo.claim) map.set("state", memo.taken->torrent.empty() ? "learned" : "added").set("rule", memo.taken->rule).set("at", memo.taken->at);
        map.set("title", memo.taken->title).set("torrent", memo.taken->torrent == "?" ? "" : memo.taken->torrent);
    }
    return map;
}

// Those that the title fits but for little come first.
std::size_t farness(const Opinion& opinion)
{
    std::size_t far = opinion.failures;
    for (const auto& finding : opinion.trace) {
        if (!finding.is_ok && (finding.test == "match" || finding.test == "series" || finding.test == "movie" || finding.test == "must")) far += 100;
    }
    return far;
}

Value to_value(const Opinion& opinion)
{
    Value::Map map;
    map.set("rule", opinion.rule->name).set("source", opinion.rule->source).set("matches", opinion.failures == 0).set("key", opinion.key);
    auto trace = opinion.trace;
    if (opinion.rule->peeks) trace.push_back({.test = "peek", .got = "not peeked", .wanted = "what is in the torrent", .is_ok = true});
    if (opinion.rule->has_where) trace.push_back({.test = "where", .got = not_asked, .wanted = "yes", .is_ok = true});
    map.set("has_where", opinion.rule->has_where).set("trace", to_value(trace));
    if (opinion.failures > 0) map.set("change", cheapest_change(*opinion.rule, opinion.trace, opinion.key));
    return map;
}

Rehearsal::Peeked peeked_in(const Value::Map& arguments)
{
    Rehearsal::Peeked out;
    const auto* given = arguments.find("torrents");
    const auto* map = given != nullptr ? given->as_map() : nullptr;
    for (std::size_t i = 0; map != nullptr && i < map->size(); ++i) out.emplace(map->keys()[i], Peek::read(map->values()[i]));
    return out;
}

struct Tally {
    std::int64_t taken = 0;   // or on its way
    std::int64_t waiting = 0;
};

// Of each rule by its name, counted at once: there may be many rules, and many things.
std::map<std::string_view, Tally> tally(const Memory& memory)
{
    std::map<std::string_view, Tally> tallies;
    for (const auto& [key, memo] : memory.all()) {
        const bool was_taken = memo.taken && !memo.taken->torrent.empty();
        if (was_taken) ++tallies[memo.taken->rule].taken;
        if (!memo.claim) continue;
        ++tallies[memo.claim->rule].waiting;
        const bool is_counted = was_taken && memo.taken->rule == memo.claim->rule;
        if (!is_counted && memo.claim->state != ClaimState::failed) ++tallies[memo.claim->rule].taken;
    }
    return tallies;
}

// What the text may require.
Value::Map files_in(const Value::Map& arguments)
{
    const auto* files = arguments.find("files");
    return files != nullptr && files->as_map() != nullptr ? *files->as_map() : Value::Map{};
}

// The item that is given, or one of what is said of it; what is said counts more.
Value::Map item_in(const Value::Map& arguments)
{
    const auto* given = arguments.find("item");
    if (given == nullptr || given->as_map() == nullptr) return arguments;
    auto map = *given->as_map();
    for (const auto* key : {"title", "feed", "size", "seeders", "published", "url"}) {
        if (const auto* value = arguments.find(key); value != nullptr && !value->is_null()) map.set(key, *value);
    }
    return map;
}

} // namespace

void RulesService::offer_methods()
{
    const auto offer = [this](const MethodSchema& schema, void (RulesService::*method)(const Value::Map&, Answer)) {
        const auto offered = methods_.offer(schema, [this, method](const Value::Map& arguments, Answer answer) { (this->*method)(arguments, std::move(answer)); });
        if (!offered) host_.log(LogLevel::warning, offered.error().text);
    };
    offer(load_schema(), &RulesService::load);
    offer(list_schema(), &RulesService::list);
    offer(test_schema(), &RulesService::test);
    offer(why_schema(), &RulesService::why);
    offer(release_schema(), &RulesService::release);
    offer(compare_schema(), &RulesService::compare);
    offer(import_schema(), &RulesService::import);
    offer(decisions_schema(), &RulesService::decisions);
    offer(seen_list_schema(), &RulesService::seen_list);
    offer(seen_has_schema(), &RulesService::seen_has);
    offer(seen_forget_schema(), &RulesService::seen_forget);
    offer(seen_learn_schema(), &RulesService::seen_learn);
    for (const auto& event : event_schemas()) {
        if (const auto declared = events_.declare(event); !declared) host_.log(LogLevel::warning, declared.error().text);
    }
}

// ---- rules ----------------------------------------------------------------------------------------------------------------

std::vector<Rule> RulesService::rules_but(const std::string& source) const
{
    std::vector<Rule> rules;
    for (const auto& [name, from] : sources_) {
        if (name != source) rules.insert(rules.end(), from.rules.begin(), from.rules.end());
    }
    return rules;
}

void RulesService::load(const Value::Map& arguments, Answer answer)
{
    const auto source = text_in(arguments, "source");
    if (source.empty()) return answer.refuse(make_error(Errc::invalid_argument, "'source' is empty: name the script that the rules are of"));
    auto reading = read_rules(list_in(arguments, "rules"), source);
    const auto others = rules_but(source);
    std::erase_if(reading.rules, [&](const Rule& rule) {
        const auto other = std::ranges::find(others, rule.name, &Rule::name);
        if (other == others.end()) return false;
        reading.problems.push_back("rule " + rule.name + ": there is one of that name in " + other->source);
        return true;
    });
    const auto accepted = static_cast<std::int64_t>(reading.rules.size());
    sources_[source] = {std::move(reading.rules), {}};
    sources_[source].problems = reading.problems;
    auto all = rules_but("");
    sort_rules(all);
    std::ranges::move(lint(all, source), std::back_inserter(reading.problems));
    answer.give(Value::Map{}.set("accepted", accepted).set("problems", texts(reading.problems)));
    if (list_in(arguments, "rules").empty()) sources_.erase(source);
    set_rules();
}

void RulesService::set_rules()
{
    auto rules = rules_but("");
    sort_rules(rules);
    desk_.set_rules(std::move(rules), calendar_.unix_time());
    settle();
    next_look_ = timers_.after(std::chrono::seconds{1}, [this] { look_again(); });
}

void RulesService::list(const Value::Map&, Answer answer)
{
    Value::List list;
    std::map<std::string, std::vector<std::string>> problems; // of each source, once
    const auto problems_in = [&](const std::string& source) -> const std::vector<std::string>& {
        const auto [at, is_new] = problems.try_emplace(source, sources_[source].problems);
        if (!is_new) return at->second;
        std::ranges::move(lint(desk_.rules(), source), std::back_inserter(at->second));
        std::ranges::copy(sources_[source].unknown_feeds, std::back_inserter(at->second));
        return at->second;
    };
    const auto problems_of = [&](const Rule& rule) {
        std::vector<std::string> own;
        const auto begin = "rule " + rule.name + ": ";
        std::ranges::copy_if(problems_in(rule.source), std::back_inserter(own), [&begin](const std::string& problem) { return problem.starts_with(begin); });
        return texts(own);
    };
    auto tallies = tally(desk_.memory());
    for (const auto& rule : desk_.rules()) {
        const auto& of_rule = tallies[rule.name];
        Value::Map map;
        map.set("rule", rule.name).set("source", rule.source).set("priority", rule.priority).set("enabled", rule.is_enabled).set("shadow", rule.is_shadow);
        map.set("taken", of_rule.taken).set("waiting", of_rule.waiting).set("problems", problems_of(rule));
        list.emplace_back(std::move(map));
    }
    answer.give(list);
}

// Thousands of rules have thousands of expressions to be read.
void RulesService::import(const Value::Map& arguments, Answer answer)
{
    struct Import {
        Value rules;
        Answer answer;
        Result<QbImport> done = make_error(Errc::cancelled, "it was not read");
    };
    auto import = std::make_shared<Import>(Import{.rules = *arguments.find("rules"), .answer = std::move(answer)});
    const auto read = [import] { import->done = import_qbittorrent(import->rules); };
    const auto give = [import](const Result<void>&) {
        const auto& done = import->done;
        if (!done) return import->answer.refuse(done.error());
        import->answer.give(Value::Map{}.set("lua", done->lua).set("rules", done->rules).set("warnings", texts(done->warnings)));
    };
    if (workers_ && workers_.run(read, give)) return;
    read();
    give({});
}

// ---- trying out -----------------------------------------------------------------------------------------------------------

// What a trial reads goes by its name, which another one may have as well.
void RulesService::try_out(Trial::Plan plan, Answer answer)
{
    const auto name = plan.name;
    for (int number = 2; !trials_.insert(plan.name).second; ++number) plan.name = name + " (" + std::to_string(number) + ")";
    auto done = [this, unique = plan.name, answer = std::move(answer)](const Result<Value>& outcome) mutable {
        trials_.erase(unique);
        if (outcome) answer.give(*outcome);
        else answer.refuse(outcome.error());
    };
    std::make_shared<Trial>(host_, control_, std::move(plan), std::move(done))->run();
}

void RulesService::test(const Value::Map& arguments, Answer answer)
{
    Trial::Plan plan{.name = text_in(arguments, "name"), .text = text_in(arguments, "text"), .rules = list_in(arguments, "rules"),
                     .feeds = list_in(arguments, "feeds"), .others = {}, .before = {}, .is_comparison = false,
                     .is_explained = flag_in(arguments, "explain"), .now = integer_in(arguments, "now").value_or(calendar_.unix_time()), .memory = {}};
    plan.files = files_in(arguments);
    plan.peeked = peeked_in(arguments);
    const auto seen = text_in(arguments, "seen");
    const bool is_time = plan.now >= 0 && plan.now <= last_moment;
    if (!is_time) return answer.refuse(make_error(Errc::invalid_argument, "now is a unix time up to the year 9999"));
    if (seen != "none" && seen != "live") return answer.refuse(make_error(Errc::invalid_argument, "seen is none or live"));
    if (seen == "live") plan.memory = desk_.memory();
    plan.taken = list_in(arguments, "taken");
    try_out(std::move(plan), std::move(answer));
}

void RulesService::compare(const Value::Map& arguments, Answer answer)
{
    const auto name = text_in(arguments, "name");
    Trial::Plan plan{.name = name + " (edited)", .text = text_in(arguments, "text"), .rules = list_in(arguments, "rules"), .feeds = {},
                     .others = rules_but(name), .before = desk_.rules(), .is_comparison = true, .is_explained = false,
                     .now = calendar_.unix_time(), .memory = {}};
    plan.files = files_in(arguments);
    plan.replaces_namesakes = !sources_.contains(name);
    try_out(std::move(plan), std::move(answer));
}

void RulesService::release(const Value::Map& arguments, Answer answer) { answer.give(release_value(Item::read(arguments))); }

void RulesService::why(const Value::Map& arguments, Answer answer)
{
    auto map = item_in(arguments);
    if (text_in(map, "title").empty()) return answer.refuse(make_error(Errc::invalid_argument, "give it a title, or an item that has one"));
    if (text_in(map, "url").empty()) map.set("url", "https://example.org/unknown.torrent"); // somebody has one, it is supposed
    auto item = Item::read(map);
    std::vector<std::string> problems;
    const auto* rules = arguments.find("rules");
    const bool are_given = rules != nullptr && rules->as_list() != nullptr;
    Desk given;
    if (are_given) {
        auto reading = read_rules(*rules->as_list(), "the file");
        problems = std::move(reading.problems);
        std::ranges::move(lint(reading.rules, "the file"), std::back_inserter(problems));
        given.set_rules(std::move(reading.rules), calendar_.unix_time());
    }
    const Desk& desk = are_given ? given : desk_;
    auto opinions = desk.opinions(item, calendar_.unix_time());
    std::ranges::stable_sort(opinions, {}, farness);
    Value::List list;
    for (const auto& opinion : opinions) list.push_back(to_value(opinion));
    answer.give(Value::Map{}.set("release", release_value(item)).set("rules", std::move(list)).set("problems", texts(problems)));
}

// ---- what was -------------------------------------------------------------------------------------------------------------

void RulesService::decisions(const Value::Map& arguments, Answer answer)
{
    const auto rule = text_in(arguments, "rule");
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(integer_in(arguments, "limit").value_or(50), 0));
    Value::List list;
    const auto& all = desk_.decisions();
    for (auto at = all.rbegin(); at != all.rend() && list.size() < limit; ++at) {
        if (rule.empty() || at->rule == rule) list.push_back(to_value(*at));
    }
    answer.give(list);
}

void RulesService::seen_list(const Value::Map& arguments, Answer answer)
{
    const auto part = text_in(arguments, "contains");
    const auto limit = static_cast<std::size_t>(std::max<std::int64_t>(integer_in(arguments, "limit").value_or(1000), 0));
    Value::List list;
    for (const auto& [key, memo] : desk_.memory().all()) {
        if (list.size() < limit && key.find(part) != key.npos) list.push_back(to_value(key, memo));
    }
    answer.give(list);
}

// What a rule would remember a title by, or all of them.
Result<std::string> RulesService::key_in(const Value::Map& arguments) const
{
    const auto name = text_in(arguments, "rule");
    const auto rule = std::ranges::find(desk_.rules(), name, &Rule::name);
    if (!name.empty() && rule == desk_.rules().end()) return make_error(Errc::not_found, "there is no rule " + name);
    return key_of(name.empty() ? Rule{} : *rule, Item::read(arguments));
}

void RulesService::seen_has(const Value::Map& arguments, Answer answer)
{
    const bool is_said = !text_in(arguments, "key").empty() || !text_in(arguments, "title").empty();
    if (!is_said) return answer.refuse(make_error(Errc::invalid_argument, "give it a title, or a key as seen.list has it"));
    auto key = text_in(arguments, "key").empty() ? key_in(arguments) : Result<std::string>(text_in(arguments, "key"));
    if (!key) return answer.refuse(key.error());
    const auto* memo = desk_.memory().find(*key);
    auto map = memo != nullptr ? *to_value(*key, *memo).as_map() : Value::Map{}.set("key", *key);
    answer.give(map.set("seen", memo != nullptr && memo->taken.has_value()));
}

void RulesService::seen_forget(const Value::Map& arguments, Answer answer)
{
    const auto key = text_in(arguments, "key");
    if (!desk_.memory().forget(key)) return answer.refuse(make_error(Errc::not_found, "nothing is remembered of " + key + "; seen.list has what is"));
    settle();
    answer.give(Value{});
}

void RulesService::seen_learn(const Value::Map& arguments, Answer answer)
{
    const auto key = key_in(arguments);
    if (!key) return answer.refuse(key.error());
    desk_.learn(*key, Item::read(arguments).title, calendar_.unix_time());
    settle();
    answer.give(Value::Map{}.set("key", *key));
}

} // namespace shoal::feed_rules
