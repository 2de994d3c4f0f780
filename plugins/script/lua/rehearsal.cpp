#include "rehearsal.hpp"

#include "values.hpp"

#include <iterator>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::int64_t first_second_of_2030 = 1'893'456'000; // as in the lab
constexpr auto longest_test = std::chrono::seconds{60};       // of all cases: nobody can end it meanwhile
constexpr auto longest_case = std::chrono::seconds{10};
constexpr auto longest_slice = std::chrono::milliseconds{20}; // what scripts do is no instruction of the test's

SandboxLimits limits_of_tests()
{
    SandboxLimits limits;
    limits.memory = 256u << 20;
    limits.handler = 10'000'000'000;
    limits.time = longest_case;
    return limits;
}

template <class List>
void append(List& list, List more)
{
    std::move(more.begin(), more.end(), std::back_inserter(list));
}

// What came before stays, what is a state is the newest.
void add(Turn& all, Turn turn)
{
    append(all.wishes, std::move(turn.wishes));
    append(all.lines, std::move(turn.lines));
    append(all.troubles, std::move(turn.troubles));
    append(all.finished, std::move(turn.finished));
    all.handlers = std::move(turn.handlers);
    all.wake = turn.wake;
    all.has_more = turn.has_more;
}

} // namespace

bool Rehearsal::run()
{
    slice_began_ = clock_();
    const bool is_ready = sandbox_ ? thread_ != nullptr || begin_next() : begin();
    const bool is_paused = is_ready && go_on();
    used_ += clock_() - slice_began_;
    return is_paused || (outcomes_ && next_case_ < cases_.size());
}

bool Rehearsal::is_slice_over() const { return clock_() - slice_began_ >= longest_slice; }

// The text of the test, which says what its cases are.
bool Rehearsal::begin()
{
    auto sandbox = Sandbox::make(limits_of_tests(), clock_, 1);
    if (!sandbox) return give_up(sandbox.error());
    sandbox_ = std::move(*sandbox);
    is_reading_ = true;
    const auto read = sandbox_->protect([&](lua_State* lua) {
        open_values(lua);
        open_rehearsal(lua, *this);
        lua_setfield(lua, LUA_REGISTRYINDEX, "shoal.run_case");
        begin_thread(lua);
        const std::string chunk = "@" + play_.name;
        if (luaL_loadbufferx(lua, play_.text.data(), play_.text.size(), chunk.c_str(), "t") != LUA_OK) lua_error(lua);
        lua_xmove(lua, thread_, 1);
    });
    return read ? true : give_up(read.error());
}

// False: there are no more, or this one is over already.
bool Rehearsal::begin_next()
{
    for (; next_case_ < cases_.size() && used_ >= longest_test; ++next_case_) {
        outcomes_->push_back({cases_[next_case_].name, "not run: the test took a minute, which is all that it has", {}});
    }
    if (next_case_ == cases_.size()) return false;
    actors_.clear();
    lines_.clear();
    now_ = std::chrono::seconds{1000};
    const auto begun = sandbox_->protect([&](lua_State* lua) {
        begin_thread(lua);
        lua_getfield(lua, LUA_REGISTRYINDEX, "shoal.run_case");
        lua_rawgeti(lua, LUA_REGISTRYINDEX, cases_[next_case_].function);
        lua_xmove(lua, thread_, 2);
        arguments_ = 1;
    });
    if (!begun) end(begun.error().text);
    return static_cast<bool>(begun);
}

// A coroutine, so that it can pause, with all that a test may use. May raise.
void Rehearsal::begin_thread(lua_State* lua)
{
    sandbox_->refill();
    anchor_ = LUA_NOREF;
    thread_ = lua_newthread(lua);
    anchor_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    arguments_ = 0;
}

// True: it pauses.
bool Rehearsal::go_on()
{
    sandbox_->begin_slice();
    std::string why;
    const auto ended = sandbox_->resume(thread_, std::exchange(arguments_, 0), why);
    if (ended == Sandbox::Ended::paused) return true;
    end(std::move(why));
    return false;
}

// Of what was under way. `why` it failed; empty: it did not.
void Rehearsal::end(std::string why)
{
    if (thread_ != nullptr) luaL_unref(sandbox_->state(), LUA_REGISTRYINDEX, anchor_);
    thread_ = nullptr;
    actors_.clear();
    sandbox_->collect();
    if (!std::exchange(is_reading_, false)) {
        outcomes_->push_back({cases_[next_case_++].name, std::move(why), std::exchange(lines_, {})});
    } else if (!why.empty()) {
        give_up(make_error(Errc::invalid_argument, std::move(why)));
    } else if (cases_.empty()) {
        give_up(make_error(Errc::bad_input, play_.name + " has no test(\"…\", function(t) … end)"));
    }
}

bool Rehearsal::give_up(Error error)
{
    outcomes_ = std::move(error);
    return false;
}

const std::string* Rehearsal::file(const std::string& name) const
{
    const auto at = play_.files.find(name);
    return at == play_.files.end() ? nullptr : &at->second;
}

std::string Rehearsal::script_name(const std::string& file)
{
    auto name = file.substr(0, file.size() - (file.ends_with(".lua") ? 4 : 0));
    if (name.ends_with("/main")) name.resize(name.size() - 5);
    return name;
}

Result<void> Rehearsal::load(const std::string& file, std::map<std::string, std::string> options)
{
    const auto name = script_name(file);
    const auto* text = this->file(file);
    if (text == nullptr) return make_error(Errc::not_found, "there is no " + file + " beside the test");
    ScriptSettings settings;
    settings.seed = 1;
    settings.options = std::move(options);
    settings.modules = modules_for(file);
    settings.unix_time = unix_time();
    settings.is_utc = true;
    auto script = Script::load(name, *text, settings, [this] { return now_; });
    if (!script) return script.error();
    actors_.insert_or_assign(name, Actor{std::move(*script), {}});
    return {};
}

// Those of lib, and of the script's own folder: that of NAME/main.lua, or, for main.lua, the test's.
std::shared_ptr<Modules> Rehearsal::modules_for(const std::string& file) const
{
    const auto own_folder = file.substr(0, file.rfind('/') + 1);
    return Modules::handed_over(play_.files, file == own_folder + "main.lua" ? script_name(file) : "", own_folder);
}

Rehearsal::Actor* Rehearsal::actor(const std::string& name)
{
    const auto at = actors_.find(name);
    return at == actors_.end() ? nullptr : &at->second;
}

std::int64_t Rehearsal::unix_time() const
{
    return first_second_of_2030 + std::chrono::duration_cast<std::chrono::seconds>(now_).count() - 1000;
}

void Rehearsal::begin_turns()
{
    waiting_actors_.clear();
    for (auto& [name, actor] : actors_) {
        actor.turn = {};
        waiting_actors_.insert(name);
    }
}

Result<bool> Rehearsal::take_turns()
{
    while (!waiting_actors_.empty()) {
        if (slices_left_ == 0) return make_error(Errc::limit_exceeded, "the scripts have used all the instructions that a test may use");
        auto& actor = actors_.at(*waiting_actors_.begin());
        actor.script->set_unix_time(unix_time());
        add(actor.turn, actor.script->run());
        if (actor.turn.has_more) --slices_left_;
        else waiting_actors_.erase(waiting_actors_.begin());
        if (actor.turn.has_more || is_slice_over()) return !waiting_actors_.empty();
    }
    return false;
}

} // namespace shoal::script_lua
