#include "script_service.hpp"

#include <shoal/name_glob.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::chrono::seconds between_looks{2};
constexpr std::size_t most_messages = 10'000;
constexpr std::size_t most_mistakes = 20; // kept of a script
constexpr std::string_view torrent_removed = "torrent.removed";

EventSchema error_event()
{
    return {.name = "script.error",
            .help = "a script, or a handler of it, failed",
            .fields = {{.name = "script", .type = Value::Type::text, .help = "its name"},
                       {.name = "handler", .type = Value::Type::text, .help = "which of its handlers; absent: the script itself"},
                       {.name = "why", .type = Value::Type::text, .help = "with a traceback"},
                       {.name = "suspended", .type = Value::Type::boolean, .help = "it is not called any more"}}};
}

EventSchema loaded_event()
{
    return {.name = "script.loaded",
            .help = "a script runs, or its new version does",
            .fields = {{.name = "script", .type = Value::Type::text, .help = "its name"}}};
}

} // namespace

ScriptService::ScriptService(Host& host)
    : host_(host), settings_(host.settings()), control_(host), calendar_(host.calendar()), wishes_(host), events_(host.events()), timers_(host.timers()),
      random_(host.random()), workers_(host.workers()), methods_(host.methods())
{
    offer_methods();
    offer_rehearsal();
    offer_emit();
    offer_programs();
    for (const auto& done : {events_.declare(error_event()), events_.declare(loaded_event())}) {
        if (!done) host_.log(LogLevel::warning, done.error().text);
    }
}

Result<void> ScriptService::start()
{
    auto ear = control_.subscribe("*", [this](std::string_view event, const Value::Map& payload) { on_event(event, payload); });
    if (!ear) return ear.error();
    ear_ = std::move(*ear);
    wishes_.start();
    if (const std::string folder(settings_.text("folder")); !folder.empty()) {
        watch_folder(folder);
        return {};
    }
    return control_.call("settings.get", Value::Map{}.set("name", "folders.scripts"), [this](const Result<Value>& answer) {
        const auto* setting = answer ? answer->as_map() : nullptr;
        const auto* value = setting != nullptr ? setting->find("value") : nullptr;
        if (value != nullptr && value->as_text() != nullptr) return watch_folder(*value->as_text());
        host_.log(LogLevel::warning, "nobody says where the scripts are: set plugins.lua.folder");
    });
}

std::string_view ScriptService::summary()
{
    const auto count = std::ranges::count_if(seats_, [](const auto& entry) { return !entry.second.is_reading && !entry.second.is_leaving; });
    summary_ = std::to_string(count) + (count == 1 ? " script" : " scripts") + " in " + folder_;
    return summary_;
}

void ScriptService::on_stop()
{
    is_stopped_ = true;
    ear_.end();
    next_look_.cancel();
    for (auto& [name, seat] : seats_) {
        seat.alarm.cancel();
        seat.end.cancel();
    }
    errands_.clear();
    rehearsals_.clear();
    wishes_.stop();
}

// ---- files ----------------------------------------------------------------------------------------------------------------

void ScriptService::watch_folder(std::string folder)
{
    folder_ = std::move(folder);
    files_ = std::make_shared<ScriptFiles>(folder_);
    look();
}

void ScriptService::look()
{
    if (is_stopped_) return;
    auto found = std::make_shared<Look>();
    const ScriptSettings settings{.seed = random_.next(), .effort = sandbox::time_of_this_thread, .unix_time = unix_time()};
    const auto ran = workers_.run(
        [files = files_, settings, found, host = host_] { load_changed(*files, settings, [host] { return host.now(); }, *found); },
        [this, found](const Result<void>& looked) {
            if (is_stopped_) return;
            if (!looked) host_.log(LogLevel::warning, "the scripts could not be looked at: " + looked.error().text);
            check_events(); // of those before
            for (auto& loaded : found->loaded) take(loaded);
            for (const auto& name : found->gone) drop(name);
            next_look_ = timers_.after(between_looks, [this] { look(); });
        });
    if (!ran) host_.log(LogLevel::warning, ran.error().text);
}

// [worker]
void ScriptService::load_changed(ScriptFiles& files, const ScriptSettings& settings, const Sandbox::Clock& clock, Look& look)
{
    auto changes = files.look();
    auto one = settings;
    for (const auto& file : changes.changed) {
        ++one.seed; // not the same numbers for everybody
        one.options = file.options;
        one.modules = file.modules;
        one.folder = file.folder;
        auto script = Script::load(file.name, file.text, one, clock);
        files.note(file.name, file.modules->asked());
        if (script) look.loaded.push_back({file.name, std::make_shared<Runner>(Runner{std::move(*script)}), {}});
        else look.loaded.push_back({file.name, nullptr, script.error().text});
    }
    for (auto& [name, why] : changes.unreadable) look.loaded.push_back({name, nullptr, why});
    look.gone = std::move(changes.gone);
}

// A broken one leaves the old running.
void ScriptService::take(Loaded& loaded)
{
    auto& seat = seats_[loaded.name];
    if (loaded.runner == nullptr) {
        const std::string goes_on = seat.runner ? " (the version before it goes on)" : "";
        return trouble(loaded.name, seat, "", "cannot be loaded: " + loaded.error + goes_on, false);
    }
    host_.log(LogLevel::info, "script " + loaded.name + (seat.runner ? ": the new version runs" : " runs"));
    auto before = std::exchange(seat, Seat{});
    seat.has_rules = before.has_rules;
    seat.feeds = before.feeds;
    seat.mistakes = before.mistakes;
    seat.programs = before.programs;
    seat.runner = std::move(loaded.runner);
    seat.runner->seat = loaded.name;
    seat.wisher.name = loaded.name;
    seat.wisher.grants = std::make_shared<const Grants>(seat.runner->script->grants());
    compare_grants(before, seat);
    for (const auto& grant : seat.new_grants) {
        host_.log(LogLevel::warning, "script " + loaded.name + " asks for more than before: " + to_valid_utf8(grant));
    }
    seat.is_due = true; // it says what it wants to hear
    seat.has_unchecked_events = true;
    seat.undeclared = seat.runner->script->declarations().all();
    static_cast<void>(events_.publish("script.loaded", {field("script", loaded.name)}));
    if (before.runner) { // a worker has one job of ours at a time: nobody else touches the old one
        seat.inbox.push_back([old = before.runner](Script& script) {
            if (script.wants_state()) script.reload(old->script->state());
        });
    }
    schedule(seat);
    retire(loaded.name, std::move(before));
}

// A new version of a script that somebody else wrote may want more than its reader knows.
void ScriptService::compare_grants(const Seat& before, Seat& seat)
{
    if (!before.runner) return;
    const auto& old = before.wisher.grants->words();
    std::ranges::set_difference(seat.wisher.grants->words(), old, std::back_inserter(seat.new_grants));
}

void ScriptService::drop(const std::string& name)
{
    const auto at = seats_.find(name);
    if (at == seats_.end()) return;
    declare(name, at->second, {});
    host_.log(LogLevel::info, "script " + name + " is gone");
    auto node = seats_.extract(at);
    retire(name, std::move(node.mapped()));
}

// ---- events ---------------------------------------------------------------------------------------------------------------

void ScriptService::on_event(std::string_view event, const Value::Map& payload)
{
    std::shared_ptr<const Value::Map> shared; // copied only if somebody wants it
    for (auto& [name, seat] : seats_) {
        const bool is_wanted = event == torrent_removed || std::ranges::any_of(seat.handlers, [&](const auto& handler) {
                                   return !handler.is_suspended && matches_name(handler.event, event);
                               });
        // A new one has not said yet what it wants: it says so in its first turn, which comes before the event is looked at.
        if (!seat.runner || seat.is_reading || (!is_wanted && !(seat.is_running && seat.handlers.empty() && !seat.is_leaving))) continue;
        if (!shared) shared = std::make_shared<const Value::Map>(payload);
        tell(seat, std::string(event), shared);
        schedule(seat);
    }
}

void ScriptService::tell(Seat& seat, const std::string& event, const std::shared_ptr<const Value::Map>& payload)
{
    if (seat.inbox.size() < most_messages) {
        seat.inbox.push_back([event, payload](Script& script) { script.hear(event, payload); });
    } else if (!std::exchange(seat.is_dropping, true)) {
        host_.log(LogLevel::warning, "events come faster than the scripts take them; some are left out");
    }
}

// ---- turns ----------------------------------------------------------------------------------------------------------------

void ScriptService::schedule(Seat& seat)
{
    if (is_stopped_ || seat.is_running || (seat.inbox.empty() && !seat.is_due)) return;
    seat.is_due = false;
    seat.is_dropping = false;
    seat.alarm.cancel();
    auto work = [runner = seat.runner, unix_time = unix_time(), inbox = std::exchange(seat.inbox, {})] {
        runner->script->set_unix_time(unix_time);
        for (const auto& message : inbox) message(*runner->script);
        runner->turn = runner->script->run();
    };
    const auto ran = workers_.run(std::move(work), [this, runner = seat.runner](const Result<void>& result) {
        on_turn(runner, result);
    });
    seat.is_running = static_cast<bool>(ran);
    if (!ran) host_.log(LogLevel::warning, "script " + seat.wisher.name + ": " + ran.error().text);
}

ScriptService::Seat* ScriptService::seat_of(const std::shared_ptr<Runner>& runner)
{
    const auto at = seats_.find(runner->seat);
    return at == seats_.end() || at->second.runner != runner ? nullptr : &at->second;
}

void ScriptService::on_turn(const std::shared_ptr<Runner>& runner, const Result<void>& ran)
{
    auto* seat = seat_of(runner);
    if (is_stopped_ || seat == nullptr) return; // its time was up meanwhile
    seat->is_running = false;
    seat->has_begun = true;
    if (!ran) {
        declare_due();
        refuse_errands(runner, "the script does not run any more");
        return trouble(seat->wisher.name, *seat, "", "does not run any more: " + ran.error().text, true);
    }
    auto turn = std::exchange(runner->turn, {});
    report(*seat, turn);
    declare_due();
    finish_errands(std::move(turn.finished));
    if (seat->is_leaving && turn.is_idle && seat->inbox.empty()) return end_leaving(seat->wisher.name);
    for (const auto& wish : turn.wishes) grant(runner, wish);
    seat->is_due = seat->is_due || turn.has_more;
    schedule(*seat);
    if (seat->is_running || !turn.wake) return;
    seat->alarm = timers_.after(*turn.wake - host_.now(), [this, runner] {
        auto* woken = seat_of(runner);
        if (woken == nullptr) return;
        woken->is_due = true;
        schedule(*woken);
    });
}

void ScriptService::report(Seat& seat, Turn& turn)
{
    const auto& name = seat.wisher.name;
    for (const auto& line : turn.lines) host_.log(line.level, name + ": " + to_valid_utf8(line.text));
    for (const auto& failed : turn.troubles) trouble(name, seat, failed.handler, failed.traceback, failed.is_suspended);
    if (!seat.is_leaving) seat.handlers = std::move(turn.handlers);
    attend(seat);
    seat.timers = turn.timers;
    seat.memory = turn.memory;
}

void ScriptService::trouble(const std::string& name, Seat& seat, const std::string& handler, const std::string& why, bool is_suspended)
{
    const auto readable = to_valid_utf8(why);
    seat.error = (handler.empty() ? "" : handler + ": ") + readable;
    const auto next = seat.is_leaving ? seats_.find(name) : seats_.end(); // what fails in it yet is kept with the version after it
    auto& mistakes = next == seats_.end() ? seat.mistakes : next->second.mistakes;
    mistakes.push_back({unix_time(), handler, readable});
    if (mistakes.size() > most_mistakes) mistakes.pop_front();
    const std::string of = handler.empty() ? " " : ", handler " + handler + ": ";
    host_.log(LogLevel::error, "script " + name + of + readable + (is_suspended ? "\nit is suspended until the script changes" : ""));
    const auto published = handler.empty() ? events_.publish("script.error", {field("script", name), field("why", readable),
                                                                              field("suspended", is_suspended)})
                                           : events_.publish("script.error", {field("script", name), field("handler", handler),
                                                                              field("why", readable), field("suspended", is_suspended)});
    static_cast<void>(published); // it fails only while everything ends
}

// ---- wishes -----------------------------------------------------------------------------------------------------------------

void ScriptService::grant(const std::shared_ptr<Runner>& runner, const Wish& wish)
{
    const auto* seat = seat_of(runner);
    if (seat == nullptr) return;
    const auto asked = wish.kind == Wish::Kind::program ? wish.value : Value{};
    wishes_.grant(seat->wisher, wish, [this, name = seat->wisher.name, runner, asked, ticket = wish.ticket](const Result<Value>& given) {
        if (!asked.is_null()) note_program(name, asked, given);
        answer(runner, ticket, given);
    });
}

void ScriptService::answer(const std::shared_ptr<Runner>& runner, std::uint64_t ticket, const Result<Value>& answer)
{
    auto* seat = seat_of(runner);
    if (is_stopped_ || seat == nullptr) return;
    seat->inbox.push_back([ticket, answer](Script& script) { script.answer(ticket, answer); });
    schedule(*seat);
}

} // namespace shoal::script_lua
