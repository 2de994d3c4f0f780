// What becomes of a version of a script that is replaced, or whose file is gone: it hears nothing any more, and has five seconds for what it
// has begun. There is at most one of a script.
#include "script_service.hpp"

#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::chrono::seconds time_to_leave{5};
constexpr const char* leaving_mark = "old/"; // in no name of a file

} // namespace

void ScriptService::retire(const std::string& name, Seat seat)
{
    end_leaving(name);
    if (!seat.runner) return;
    const auto place = leaving_mark + name;
    auto& old = seats_[place] = std::move(seat);
    old.is_leaving = true;
    old.runner->seat = place;
    old.hooks.clear();
    old.handlers.clear();
    old.inbox.push_back([](Script& script) { script.leave(); });
    old.end = timers_.after(time_to_leave, [this, name] { end_leaving(name); });
    schedule(old);
}

// What it runs is killed, and what it waits for is nobody's.
void ScriptService::end_leaving(const std::string& name)
{
    const auto at = seats_.find(leaving_mark + name);
    if (at == seats_.end()) return;
    refuse_errands(at->second.runner, "the script was replaced, or is gone");
    *at->second.wisher.is_over = true;
    seats_.erase(at);
}

} // namespace shoal::script_lua
