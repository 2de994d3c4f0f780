#include "script.hpp"

#include "values.hpp"
#include "version.hpp"

#include <shoal/name_glob.hpp>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::script_lua {
namespace {

int add_traceback(lua_State* lua)
{
    if (lua_isstring(lua, 1) != 0) luaL_traceback(lua, lua, lua_tostring(lua, 1), 1);
    return 1;
}

constexpr std::size_t most_lines = 200; // of a turn: each is written on the loop
constexpr std::size_t longest_reason = 500; // of a predicate
constexpr std::size_t most_removals = 10'000;
constexpr const char* removed_event = "torrent.removed";

} // namespace

Script::Script(std::string name, const ScriptSettings& settings, Sandbox::Clock clock, std::unique_ptr<Sandbox> sandbox)
    : name_(std::move(name)), settings_(settings), clock_(std::move(clock)), sandbox_(std::move(sandbox)), timers_(settings.most_timers)
{
}

Result<std::unique_ptr<Script>> Script::load(const std::string& name, const std::string& text, const ScriptSettings& settings,
                                             Sandbox::Clock clock)
{
    auto sandbox = Sandbox::make(settings.limits, clock, settings.seed, settings.effort);
    if (!sandbox) return sandbox.error();
    std::unique_ptr<Script> script(new Script(name, settings, std::move(clock), std::move(*sandbox)));
    auto grants = Grants::parse(text);
    if (!grants) return grants.error();
    if (!settings.is_reading) script->grants_ = std::move(*grants);
    script->set_unix_time(settings.unix_time);
    script->version_ = version_of(text);
    script->is_folder_ = settings.modules && settings.modules->is_of_folder();
    const auto ran = script->run_body(text);
    script->settings_.modules.reset(); // their texts are not needed any more
    if (!ran) return ran.error();
    return script;
}

Result<void> Script::run_body(const std::string& text)
{
    sandbox_->refill();
    return sandbox_->protect([&](lua_State* lua) {
        open_values(lua);
        open_api(lua, *this);
        sandbox_->refill();
        lua_pushcfunction(lua, add_traceback);
        const std::string chunk = "@" + name_ + (is_folder_ ? "/main" : "");
        if (!sandbox_->compile(lua, text, chunk.c_str()) || lua_pcall(lua, 0, 0, -2) != LUA_OK) lua_error(lua);
        declarations_.close();
    });
}

// ---- what happens -----------------------------------------------------------------------------------------------------

void Script::hear(const std::string& event, const std::shared_ptr<const Value::Map>& payload)
{
    if (event == removed_event) {
        const auto* torrent = payload->find("torrent");
        if (torrent != nullptr && torrent->as_text() != nullptr) note_removal(*torrent->as_text());
    }
    if (is_leaving_) return;
    for (auto& name : handlers_for(event)) {
        if (handlers_.at(name).is_suspended || handlers_.at(name).priority) continue;
        if (queue_.size() < settings_.most_queued) {
            queue_.push_back({.handler = std::move(name), .event = event, .payload = payload});
        } else if (!std::exchange(is_dropping_, true)) {
            say(LogLevel::warning, "events come faster than the script takes them; some are left out");
        }
    }
}

// In the order of their registration.
std::vector<std::string> Script::handlers_for(const std::string& event) const
{
    std::vector<std::pair<std::uint64_t, std::string>> numbered;
    for (const auto& [name, handler] : handlers_) {
        if (matches_name(handler.event, event)) numbered.emplace_back(handler.number, name);
    }
    std::ranges::sort(numbered);
    std::vector<std::string> names;
    for (auto& [number, name] : numbered) names.push_back(std::move(name));
    return names;
}

void Script::ask(std::uint64_t errand, const std::string& rule, Value::Map item)
{
    if (declarations_.predicate_of(rule) == 0) {
        const auto* what = declarations_.has_rule(rule) ? " has no predicate" : " is none of the script's";
        return errands_.finish(errand, make_error(Errc::not_found, "the rule " + rule + what));
    }
    queue_.push_back({.handler = rule,
                      .call = Call::predicate,
                      .errand = errand,
                      .payload = std::make_shared<const Value::Map>(std::move(item))});
}

// Somebody waits for it: it comes before the events.
void Script::decide(std::uint64_t errand, const std::string& handler, Value::Map question)
{
    const auto at = handlers_.find(handler);
    if (at == handlers_.end()) return errands_.finish(errand, Value{});
    queue_.push_front({.handler = handler,
                       .call = Call::hook,
                       .errand = errand,
                       .event = at->second.event,
                       .payload = std::make_shared<const Value::Map>(std::move(question))});
}

void Script::run_by_hand(std::uint64_t errand, const std::string& event, Value::Map payload, const std::string& handler)
{
    auto names = handlers_for(event);
    if (!handler.empty()) std::erase_if(names, [&](const auto& name) { return name != handler; });
    errands_.begin(errand, names);
    const auto shared = std::make_shared<const Value::Map>(std::move(payload));
    for (auto& name : names) {
        queue_.push_back({.handler = std::move(name), .errand = errand, .event = event, .payload = shared});
    }
}

void Script::answer(std::uint64_t ticket, Result<Value> answer)
{
    if (waiting_.contains(ticket)) queue_.push_back({.ticket = ticket, .answer = std::move(answer)});
}

void Script::set_unix_time(std::int64_t seconds)
{
    unix_time_ = seconds;
    unix_time_at_ = clock_();
}

std::int64_t Script::unix_time() const
{
    return unix_time_ + std::chrono::duration_cast<std::chrono::seconds>(clock_() - unix_time_at_).count();
}

void Script::note_removal(const std::string& torrent)
{
    removed_[torrent] = ++removals_;
    removals_in_order_.emplace_back(removals_, torrent);
    if (removals_in_order_.size() <= most_removals) return;
    const auto& [number, forgotten] = removals_in_order_.front();
    if (const auto at = removed_.find(forgotten); at->second == number) removed_.erase(at);
    removals_in_order_.pop_front();
}

bool Script::is_gone(const std::string& torrent, std::uint64_t since) const
{
    const auto at = removed_.find(torrent);
    return at != removed_.end() && at->second > since;
}

// ---- turns ----------------------------------------------------------------------------------------------------------------

Turn Script::run()
{
    sandbox_->begin_slice();
    if (is_cut_) go_on(running_, 0);
    queue_due();
    while (!is_cut_ && !queue_.empty() && !sandbox_->is_slice_over()) {
        auto item = std::move(queue_.front());
        queue_.pop_front();
        if (item.ticket == 0) begin(item);
        else go_on_with(std::move(item));
    }
    if (queue_.empty()) is_dropping_ = false;
    report();
    return std::exchange(turn_, {});
}

void Script::queue_due()
{
    const auto now = clock_();
    while (!sleeping_.empty() && sleeping_.begin()->first <= now) {
        queue_.push_back({.ticket = sleeping_.begin()->second, .answer = Value(true)});
        sleeping_.erase(sleeping_.begin());
    }
    while (queue_.size() < settings_.most_queued) { // those that come faster than they run are left out
        auto name = timers_.take_due(now);
        if (!name) break;
        queue_.push_back({.handler = std::move(*name), .call = Call::timer});
    }
}

int Script::function_of(const Item& item)
{
    if (item.call == Call::predicate) return declarations_.predicate_of(item.handler);
    if (item.call == Call::timer) {
        const auto* timer = timers_.find(item.handler);
        return timer == nullptr ? 0 : timer->function;
    }
    if (item.call == Call::reload) return on_reload_;
    const auto at = handlers_.find(item.handler);
    const bool is_by_hand = item.errand != 0 && item.call == Call::handler;
    if (at == handlers_.end() || (at->second.is_suspended && !is_by_hand)) return 0;
    ++at->second.calls;
    return at->second.function;
}

void Script::begin(const Item& item)
{
    const int function = function_of(item);
    Task task{.handler = item.handler, .call = item.call, .errand = item.errand};
    if (function == 0) { // dropped meanwhile
        if (item.call == Call::hook) errands_.finish(item.errand, Value{});
        else if (item.errand != 0) errands_.end(item.errand, item.handler, "the script has dropped it");
        return;
    }
    if (tasks_.size() >= settings_.most_waiting) return fail(task, "too many handlers wait for something");
    sandbox_->refill();
    const auto made = sandbox_->protect([&](lua_State* lua) {
        task.thread = lua_newthread(lua);
        task.anchor = luaL_ref(lua, LUA_REGISTRYINDEX);
        lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
        if (item.payload) {
            push_value(lua, Value(*item.payload));
        }
        if (item.payload && item.call != Call::predicate) {
            lua_pushlstring(lua, item.event.data(), item.event.size());
            lua_setfield(lua, -2, "event");
        }
        lua_xmove(lua, task.thread, item.payload ? 2 : 1);
    });
    if (item.call == Call::timer) {
        // One that goes off once is spent now, so that its function may make one of the same name.
        if (const auto* timer = timers_.find(item.handler); timer != nullptr && timer->period == std::chrono::nanoseconds{}) {
            luaL_unref(sandbox_->state(), LUA_REGISTRYINDEX, timers_.remove(item.handler));
        }
    }
    if (!made) {
        if (task.anchor != 0) luaL_unref(sandbox_->state(), LUA_REGISTRYINDEX, task.anchor);
        return fail(task, made.error().text);
    }
    const auto number = ++last_task_;
    tasks_.emplace(number, std::move(task));
    go_on(number, item.payload ? 1 : 0);
}

void Script::go_on_with(Item item)
{
    const auto node = waiting_.extract(item.ticket);
    if (node.empty()) return;
    sandbox_->refill();
    answer_ = std::move(item.answer);
    go_on(node.mapped(), 0);
}

void Script::go_on(std::uint64_t number, int arguments)
{
    const auto at = tasks_.find(number);
    if (at == tasks_.end()) return;
    running_ = number;
    is_cut_ = false;
    std::string why;
    switch (sandbox_->resume(at->second.thread, arguments, why)) {
    case Sandbox::Ended::paused: is_cut_ = sandbox_->pause() == Sandbox::Pause::slice; return;
    case Sandbox::Ended::failed:
        fail(at->second, std::move(why));
        end(number);
        return sandbox_->collect();
    case Sandbox::Ended::done: on_done(at->second);
    }
    end(number);
}

void Script::on_done(const Task& task)
{
    if (task.call == Call::predicate) return errands_.finish(task.errand, verdict(task.thread));
    if (task.call == Call::hook) {
        auto decided = decision(task.thread);
        if (!decided) return fail(task, decided.error().text);
        errands_.finish(task.errand, std::move(decided));
    } else if (task.errand != 0) {
        return errands_.end(task.errand, task.handler, "");
    }
    if (task.call == Call::reload) return;
    if (task.call == Call::timer) {
        if (auto* timer = timers_.find(task.handler)) timer->failures = 0;
    } else if (const auto handler = handlers_.find(task.handler); handler != handlers_.end()) {
        handler->second.in_a_row = 0;
    }
}

// What the predicate returned: whether, and why (or why not).
Value Script::verdict(lua_State* thread) const
{
    Value::Map answer;
    answer.append("ok", lua_gettop(thread) > 0 && lua_toboolean(thread, 1) != 0);
    std::size_t size = 0;
    const char* why = lua_type(thread, 2) == LUA_TSTRING ? lua_tolstring(thread, 2, &size) : "";
    answer.append("why", to_valid_utf8({why, std::min(size, longest_reason)}));
    return Value(std::move(answer));
}

// false and why; a table of what is to be different; anything else allows it as it is.
Result<Value> Script::decision(lua_State* thread)
{
    Value::Map answer;
    answer.append("allowed", !(lua_type(thread, 1) == LUA_TBOOLEAN && lua_toboolean(thread, 1) == 0));
    if (lua_type(thread, 2) == LUA_TSTRING) {
        std::size_t size = 0;
        const char* why = lua_tolstring(thread, 2, &size);
        answer.append("why", to_valid_utf8({why, std::min(size, longest_reason)}));
    }
    if (lua_type(thread, 1) != LUA_TTABLE) return Value(std::move(answer));
    Result<Value> changes = Value{};
    const auto read = sandbox_->protect([&](lua_State* lua) {
        lua_pushvalue(thread, 1);
        lua_xmove(thread, lua, 1);
        changes = value_at(lua, lua_gettop(lua));
        lua_pop(lua, 1);
    });
    if (!read) return read.error();
    if (!changes) return changes.error();
    if (changes->as_map() == nullptr) return make_error(Errc::invalid_argument, "a hook returns false and why, or a table with names");
    const auto* data = changes->as_map()->find("data");
    if (data != nullptr && data->as_bool() != nullptr && *data->as_bool() && !may("delete_data")) {
        return make_error(Errc::permission_denied, "to have files deleted is not granted; " + grant_line("delete_data"));
    }
    answer.append("changes", std::move(*changes));
    return Value(std::move(answer));
}

bool Script::is_deciding() const
{
    const auto at = tasks_.find(running_);
    return at != tasks_.end() && at->second.call == Call::predicate;
}

void Script::end(std::uint64_t number)
{
    const auto node = tasks_.extract(number);
    luaL_unref(sandbox_->state(), LUA_REGISTRYINDEX, node.mapped().anchor);
    waiting_.erase(node.mapped().ticket);
}

// The task that runs waits for one thing at a time: what it gave up waiting for is nobody's.
std::uint64_t Script::new_ticket()
{
    auto& task = tasks_.at(running_);
    waiting_.erase(task.ticket);
    task.ticket = ++last_ticket_;
    waiting_.emplace(task.ticket, running_);
    return task.ticket;
}

void Script::fail(const Task& task, std::string traceback)
{
    if (task.call == Call::predicate) return errands_.finish(task.errand, make_error(Errc::plugin_broken, to_valid_utf8(traceback)));
    if (task.call == Call::hook) errands_.finish(task.errand, Value{}); // no objection
    else if (task.errand != 0) return errands_.end(task.errand, task.handler, traceback);
    bool is_suspended = false;
    if (task.call == Call::timer) {
        auto* timer = timers_.find(task.handler);
        is_suspended = timer != nullptr && ++timer->failures >= settings_.patience;
        if (is_suspended) luaL_unref(sandbox_->state(), LUA_REGISTRYINDEX, timers_.remove(task.handler));
    } else if (const auto at = handlers_.find(task.handler); task.call != Call::reload && at != handlers_.end()) {
        ++at->second.failures;
        is_suspended = ++at->second.in_a_row >= settings_.patience;
        at->second.is_suspended = is_suspended;
    }
    turn_.troubles.push_back({task.handler, std::move(traceback), is_suspended});
}

void Script::report()
{
    for (const auto& [name, handler] : handlers_) {
        turn_.handlers.push_back({name, handler.event, handler.calls, handler.failures, handler.is_suspended, handler.priority});
    }
    turn_.finished = errands_.take();
    turn_.wake = timers_.next();
    if (!sleeping_.empty()) turn_.wake = std::min(turn_.wake.value_or(sleeping_.begin()->first), sleeping_.begin()->first);
    turn_.timers = timers_.size();
    turn_.memory = sandbox_->memory_used();
    turn_.has_more = is_cut_ || !queue_.empty();
    turn_.is_idle = tasks_.empty() && queue_.empty();
}

// ---- what it asks for; its function is on top of the stack ---------------------------------------------------------------

void Script::set_handler(lua_State* lua, std::string name, std::string event, std::optional<std::int32_t> priority)
{
    drop_handler(lua, name);
    if (handlers_.size() >= settings_.most_handlers) luaL_error(lua, "the script has too many handlers");
    const int function = luaL_ref(lua, LUA_REGISTRYINDEX);
    handlers_[std::move(name)] = {
        .event = std::move(event), .function = function, .number = ++last_handler_, .priority = priority};
}

bool Script::drop_handler(lua_State* lua, const std::string& name)
{
    const auto node = handlers_.extract(name);
    if (!node.empty()) luaL_unref(lua, LUA_REGISTRYINDEX, node.mapped().function);
    return !node.empty();
}

bool Script::set_timer(lua_State* lua, const std::string& name, std::chrono::nanoseconds delay, bool repeats)
{
    if (!timers_.has_room_for(name)) return false;
    if (settings_.is_reading || is_leaving_) { // it only says what it declares: nothing of it goes off
        lua_pop(lua, 1);
        return true;
    }
    const int function = luaL_ref(lua, LUA_REGISTRYINDEX);
    const auto period = repeats ? delay : std::chrono::nanoseconds{};
    const int earlier = timers_.set(name, {.due = clock_() + delay, .period = period, .function = function});
    if (earlier != 0) luaL_unref(lua, LUA_REGISTRYINDEX, earlier);
    return true;
}

bool Script::drop_timer(lua_State* lua, const std::string& name)
{
    const int function = timers_.remove(name);
    if (function != 0) luaL_unref(lua, LUA_REGISTRYINDEX, function);
    return function != 0;
}

void Script::want(Wish::Kind kind, std::string name, Value value)
{
    turn_.wishes.push_back({new_ticket(), kind, std::move(name), std::move(value)});
}

void Script::say(LogLevel level, std::string text)
{
    if (const auto at = tasks_.find(running_); at != tasks_.end() && at->second.errand != 0) errands_.say(at->second.errand, level, text);
    if (turn_.lines.size() == most_lines) turn_.lines.push_back({LogLevel::warning, "it says too much at once; the rest is left out"});
    if (turn_.lines.size() < most_lines) turn_.lines.push_back({level, std::move(text)});
}

void Script::sleep(std::chrono::nanoseconds time) { sleeping_.emplace(clock_() + time, new_ticket()); }

Result<Value> Script::take_answer() { return std::exchange(answer_, Value{}); }

} // namespace shoal::script_lua
