// What others may ask of the scripts, and what the scripts have for others: the methods of the service, and the rules and feeds that a
// script declares, which are handed to those that have them.
#include "script_service.hpp"

#include "web_address.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::size_t most_readings = 100;
constexpr std::size_t most_errands = 10'000;
constexpr std::size_t most_warnings = 100; // kept of a script
constexpr const char* reading_mark = "read/"; // in no name of a file

Field needed(std::string name, Value::Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .is_required = true};
}

MethodSchema list_method()
{
    return {.name = "scripts.list",
            .help = "the scripts that run, and what is wrong with them",
            .arguments = {},
            .answer = "a list of maps: script, running, folder (it is one, with main.lua), version when its first lines say it, handlers (name, event, calls, failures, suspended), timers, memory (octets), "
                      "grants, new_grants (that the version before did not ask for), feeds that it declares (name, url without path), warnings (texts), "
                      "error when there is one, errors (at, handler, why), "
                      "the newest first",
            .errors = {}};
}

MethodSchema read_method()
{
    return {.name = "scripts.read",
            .help = "loads a text as a script that is not in the folder, and says what it declares; it hears no events, has no timers and calls nothing",
            .arguments = {needed("name", Value::Type::text, "what it is called until it is forgotten; none of a script that runs"),
                          needed("text", Value::Type::text, "in Lua; it is granted nothing"),
                          {.name = "files",
                           .type = Value::Type::map,
                           .help = "texts that it may require, by their paths: those of lib as lib/NAME.lua, the others are of its own folder",
                           .fallback = Value(Value::Map{})}},
            .answer = "rules and feeds, each a list of maps",
            .errors = {Errc::limit_exceeded}};
}

MethodSchema forget_method()
{
    return {.name = "scripts.forget",
            .help = "lets go of what scripts.read loaded",
            .arguments = {needed("name", Value::Type::text, "as it was read")},
            .answer = "nothing",
            .errors = {Errc::not_found}};
}

MethodSchema ask_method()
{
    return {.name = "scripts.ask",
            .help = "asks the predicate (`where`) of a rule of a script about an item",
            .arguments = {needed("script", Value::Type::text, "one that runs, or that was read"),
                          needed("rule", Value::Type::text, "its name"), needed("item", Value::Type::map, "what the predicate gets")},
            .answer = "ok, and why as the predicate says it",
            .errors = {Errc::not_found, Errc::plugin_broken, Errc::limit_exceeded}};
}

MethodSchema run_method()
{
    return {.name = "scripts.run",
            .help = "runs the handlers that a script has for an event, as if it had happened",
            .arguments = {needed("script", Value::Type::text, "its name"), needed("event", Value::Type::text, "e.g. torrent.finished"),
                          {.name = "payload", .type = Value::Type::map, .help = "the fields of the event", .fallback = Value(Value::Map{})},
                          {.name = "handler", .type = Value::Type::text, .help = "only this one of its handlers", .fallback = Value("")},
                          {.name = "timeout",
                           .type = Value::Type::real,
                           .help = "seconds, after which the answer is what there is",
                           .fallback = Value(30.0)}},
            .answer = "handlers (handler, and error when it failed), lines that they logged (level, text), waiting: one of them is not over, unfinished: those that are not, by name",
            .errors = {Errc::not_found, Errc::limit_exceeded}};
}

const std::string& text_of(const Value::Map& arguments, std::string_view key) { return *arguments.find(key)->as_text(); }

// What was handed over with a text.
std::map<std::string, std::string> files_with(const Value::Map& arguments)
{
    const auto* files = arguments.find("files");
    return files != nullptr && files->as_map() != nullptr ? texts_by_path(*files->as_map()) : std::map<std::string, std::string>{};
}

Value texts(const auto& words)
{
    Value::List list;
    for (const auto& word : words) list.emplace_back(to_valid_utf8(word));
    return Value(std::move(list));
}

Value declared_value(const Declared& declared)
{
    Value::Map both;
    both.append("rules", declared.rules);
    both.append("feeds", declared.feeds);
    return Value(std::move(both));
}

// What follows the host of an address may be a key.
std::string shown_url(const std::string& text)
{
    const auto url = WebAddress::parse(text);
    if (!url) return "…";
    const bool has_more = url->url.path != "/" || !url->url.query.empty();
    return (url->is_secure() ? "https://" : "http://") + url->place() + (has_more ? "/…" : "/");
}

Value feeds_value(const Value::List& declared)
{
    Value::List feeds;
    for (const auto& feed : declared) {
        const auto* name = feed.as_map()->find("name");
        Value::Map one;
        if (name != nullptr && name->as_text() != nullptr) one.append("name", to_valid_utf8(*name->as_text()));
        one.append("url", shown_url(text_of(*feed.as_map(), "url")));
        feeds.emplace_back(std::move(one));
    }
    return Value(std::move(feeds));
}

} // namespace

void ScriptService::offer_methods()
{
    const auto offer = [this](const MethodSchema& schema, void (ScriptService::*method)(const Value::Map&, Answer)) {
        const auto offered = methods_.offer(schema, [this, method](const Value::Map& arguments, Answer answer) {
            (this->*method)(arguments, std::move(answer));
        });
        if (!offered) host_.log(LogLevel::warning, offered.error().text);
    };
    const auto offered = methods_.offer(list_method(), [this](const Value::Map&, Answer answer) { answer.give(list()); });
    if (!offered) host_.log(LogLevel::warning, offered.error().text);
    offer(read_method(), &ScriptService::read);
    offer(forget_method(), &ScriptService::forget);
    offer(ask_method(), &ScriptService::ask);
    offer(run_method(), &ScriptService::run_by_hand);
}

Value ScriptService::list() const
{
    Value::List all;
    for (const auto& [name, seat] : seats_) {
        if (seat.is_reading || seat.is_leaving) continue;
        Value::List handlers;
        for (const auto& handler : seat.handlers) {
            Value::Map one;
            one.append("name", handler.name);
            one.append("event", handler.event);
            one.append("calls", static_cast<std::int64_t>(handler.calls));
            one.append("failures", static_cast<std::int64_t>(handler.failures));
            one.append("suspended", handler.is_suspended);
            handlers.emplace_back(std::move(one));
        }
        Value::Map script;
        script.append("script", name);
        script.append("running", seat.runner != nullptr);
        script.append("folder", seat.runner != nullptr && seat.runner->script->is_folder());
        if (seat.runner && !seat.runner->script->version().empty()) script.append("version", seat.runner->script->version());
        script.append("handlers", std::move(handlers));
        script.append("timers", static_cast<std::int64_t>(seat.timers));
        script.append("memory", static_cast<std::int64_t>(seat.memory));
        if (seat.wisher.grants) script.append("grants", texts(seat.wisher.grants->words()));
        if (!seat.new_grants.empty()) script.append("new_grants", texts(seat.new_grants));
        if (!seat.feeds.empty()) script.append("feeds", feeds_value(seat.feeds));
        if (auto warnings = seat.declared_warnings; !seat.warnings.empty() || !warnings.empty()) {
            for (const auto& warning : seat.warnings) warnings.emplace_back(to_valid_utf8(warning));
            script.append("warnings", std::move(warnings));
        }
        if (!seat.error.empty()) script.append("error", seat.error);
        Value::List errors;
        for (auto mistake = seat.mistakes.rbegin(); mistake != seat.mistakes.rend(); ++mistake) {
            Value::Map one;
            one.append("at", mistake->at);
            if (!mistake->handler.empty()) one.append("handler", mistake->handler);
            one.append("why", mistake->why);
            errors.emplace_back(std::move(one));
        }
        script.append("errors", std::move(errors));
        all.emplace_back(std::move(script));
    }
    return Value(std::move(all));
}

// ---- texts that are read ------------------------------------------------------------------------------------------------------

void ScriptService::read(const Value::Map& arguments, Answer answer)
{
    const auto& name = text_of(arguments, "name");
    if (seats_.contains(name)) return answer.refuse(make_error(Errc::invalid_argument, "a script called " + name + " runs: read it by another name"));
    const auto readings = std::ranges::count_if(seats_, [](const auto& entry) { return entry.second.is_reading; });
    if (readings >= static_cast<std::ptrdiff_t>(most_readings)) {
        return answer.refuse(make_error(Errc::limit_exceeded, "100 texts have been read; call scripts.forget for those that are not needed"));
    }
    struct Reading {
        std::unique_ptr<Script> script;
        Error error;
    };
    auto reading = std::make_shared<Reading>();
    auto owed = std::make_shared<Answer>(std::move(answer));
    const ScriptSettings settings{.seed = random_.next(), .effort = sandbox::time_of_this_thread, .unix_time = unix_time(), .is_reading = true};
    auto work = [reading, settings, name, files = files_with(arguments), text = text_of(arguments, "text"), host = host_] {
        auto one = settings;
        const bool is_folder = std::ranges::any_of(files, [](const auto& file) { return !file.first.starts_with("lib/"); });
        one.modules = Modules::handed_over(files, is_folder ? name : "", "");
        auto script = Script::load(name, text, one, [host] { return host.now(); });
        if (script) reading->script = std::move(*script);
        else reading->error = script.error();
    };
    const auto ran = workers_.run(std::move(work), [this, reading, owed, name](const Result<void>& done) {
        if (is_stopped_) return;
        if (!done) return owed->refuse(done.error());
        if (!reading->script) return owed->refuse(make_error(reading->error.code, to_valid_utf8(reading->error.text)));
        auto& seat = seats_[reading_mark + name];
        refuse_errands(seat.runner, "another text was read under the name");
        seat = Seat{};
        seat.is_reading = true;
        seat.runner = std::make_shared<Runner>(Runner{.script = std::move(reading->script), .seat = reading_mark + name});
        seat.wisher = {.name = "/" + name, .grants = std::make_shared<const Grants>(seat.runner->script->grants())};
        owed->give(declared_value(seat.runner->script->declarations().all()));
    });
    if (!ran) owed->refuse(ran.error());
}

void ScriptService::forget(const Value::Map& arguments, Answer answer)
{
    const auto& name = text_of(arguments, "name");
    const auto at = seats_.find(reading_mark + name);
    if (at == seats_.end()) return answer.refuse(make_error(Errc::not_found, "nothing called " + name + " was read"));
    refuse_errands(at->second.runner, "it was forgotten");
    *at->second.wisher.is_over = true;
    seats_.erase(at);
    answer.give(Value{});
}

// ---- errands --------------------------------------------------------------------------------------------------------------------

void ScriptService::ask(const Value::Map& arguments, Answer answer)
{
    const auto order = [rule = text_of(arguments, "rule"), item = *arguments.find("item")->as_map()](Script& script, std::uint64_t errand) {
        script.ask(errand, rule, item);
    };
    const auto& script = text_of(arguments, "script");
    send(seats_.contains(reading_mark + script) ? reading_mark + script : script, std::move(answer), order);
}

void ScriptService::run_by_hand(const Value::Map& arguments, Answer answer)
{
    const auto order = [event = text_of(arguments, "event"), handler = text_of(arguments, "handler"),
                        payload = *arguments.find("payload")->as_map()](Script& script, std::uint64_t errand) {
        script.run_by_hand(errand, event, payload, handler);
    };
    // Those of the folder alone: a text that somebody hands over does nothing but decide.
    const auto& script = text_of(arguments, "script");
    if (script.find('/') != script.npos) return answer.refuse(make_error(Errc::not_found, "no script called " + script + " runs"));
    const auto errand = send(script, std::move(answer), order);
    const auto at = errands_.find(errand);
    if (at == errands_.end()) return;
    const double seconds = std::clamp(*arguments.find("timeout")->as_real(), 0.0, 3600.0);
    at->second.alarm = timers_.after(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)), [this, errand] {
        const auto late = errands_.find(errand);
        if (late == errands_.end()) return;
        auto* seat = seat_of(late->second.runner);
        if (seat == nullptr) return;
        seat->inbox.push_back([errand](Script& script) { script.give_up(errand); });
        seat->is_due = true;
        schedule(*seat);
    });
}

// 0: the answer was refused.
std::uint64_t ScriptService::send(const std::string& script, Answer answer, const Order& order)
{
    const auto at = seats_.find(script);
    if (at == seats_.end() || at->second.runner == nullptr || at->second.is_leaving) {
        answer.refuse(make_error(Errc::not_found, "no script called " + script + " runs"));
        return 0;
    }
    if (errands_.size() >= most_errands) {
        answer.refuse(make_error(Errc::limit_exceeded, "the scripts are asked for too much at once"));
        return 0;
    }
    const auto errand = ++last_errand_;
    auto& seat = at->second;
    auto done = [answer = std::move(answer)](Result<Value> given) mutable {
        if (given) answer.give(*given);
        else answer.refuse(given.error());
    };
    errands_.emplace(errand, Errand{seat.runner, std::move(done)});
    seat.inbox.push_back([order, errand](Script& asked) { order(asked, errand); });
    schedule(seat);
    return errand;
}

void ScriptService::finish_errands(Errands::Finished finished)
{
    for (auto& [number, answer] : finished) {
        auto node = errands_.extract(number);
        if (node.empty()) continue;
        node.mapped().done(std::move(answer));
    }
}

void ScriptService::refuse_errands(const std::shared_ptr<Runner>& runner, const std::string& why)
{
    for (auto at = errands_.begin(); at != errands_.end();) {
        if (runner == nullptr || at->second.runner != runner) {
            ++at;
            continue;
        }
        auto node = errands_.extract(at++);
        node.mapped().done(make_error(Errc::cancelled, why));
    }
}

// ---- rules and feeds ----------------------------------------------------------------------------------------------------------

// When every script has begun: a rule that is told may add something at once, and whoever wants to forbid that attends by then.
void ScriptService::declare_due()
{
    const bool is_one_new = std::ranges::any_of(seats_, [](const auto& entry) {
        const auto& seat = entry.second;
        return seat.runner != nullptr && !seat.is_reading && !seat.is_leaving && !seat.has_begun;
    });
    if (is_one_new) return;
    for (auto& [name, seat] : seats_) {
        if (seat.is_leaving || !seat.undeclared) continue;
        const auto declared = *std::exchange(seat.undeclared, std::nullopt);
        declare(name, seat, declared);
    }
}

// Those that a script does not declare any more are taken back.
void ScriptService::declare(const std::string& name, Seat& seat, const Declared& declared)
{
    if (!declared.feeds.empty() || !seat.feeds.empty()) hand_over(name, "feeds", "feeds.load", declared.feeds);
    if (!declared.rules.empty() || seat.has_rules) hand_over(name, "rules", "rules.load", declared.rules);
    seat.feeds = declared.feeds;
    seat.declared_warnings = declared.warnings;
    seat.has_rules = !declared.rules.empty();
}

void ScriptService::hand_over(const std::string& name, const std::string& kind, const std::string& method, const Value::List& all)
{
    Value::Map arguments;
    arguments.append("source", name);
    arguments.append(kind, all);
    const auto called = control_.call(method, std::move(arguments), [this, name, kind](const Result<Value>& answer) {
        if (is_stopped_) return;
        if (!answer) {
            const auto* advice = answer.error().code == Errc::not_found ? ": the setting `services` needs rss and rules" : "";
            return host_.log(LogLevel::warning, "the " + kind + " of script " + name + " are not taken: " + answer.error().text + advice);
        }
        const auto* map = answer->as_map();
        const auto* problems = map == nullptr ? nullptr : map->find("problems");
        if (problems == nullptr || problems->as_list() == nullptr) return;
        for (const auto& problem : *problems->as_list()) {
            if (problem.as_text() == nullptr) continue;
            host_.log(LogLevel::warning, "script " + name + ": " + *problem.as_text());
            const auto at = seats_.find(name);
            const bool is_shown = at != seats_.end() && at->second.declared_warnings.size() < most_warnings;
            if (is_shown) at->second.declared_warnings.push_back(problem);
        }
    });
    if (!called) host_.log(LogLevel::warning, "the " + kind + " of script " + name + " are not taken: " + called.error().text);
}

} // namespace shoal::script_lua
