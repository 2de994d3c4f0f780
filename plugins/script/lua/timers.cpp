#include "timers.hpp"

namespace shoal::script_lua {

int Timers::set(const std::string& name, Timer timer)
{
    const int earlier = remove(name);
    timer.number = ++last_number_;
    by_time_.emplace(Key(timer.due, timer.number), name);
    by_name_.emplace(name, timer);
    return earlier;
}

int Timers::remove(const std::string& name)
{
    const auto node = by_name_.extract(name);
    if (node.empty()) return 0;
    by_time_.erase(Key(node.mapped().due, node.mapped().number));
    return node.mapped().function;
}

Timers::Timer* Timers::find(const std::string& name)
{
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : &at->second;
}

std::optional<Timers::Time> Timers::next() const
{
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first.first;
}

std::optional<std::string> Timers::take_due(Time now)
{
    if (by_time_.empty() || by_time_.begin()->first.first > now) return std::nullopt;
    auto node = by_time_.extract(by_time_.begin());
    std::string name = std::move(node.mapped());
    auto& timer = by_name_.at(name);
    if (timer.period > Time{}) {
        timer.due += timer.period * ((now - timer.due) / timer.period + 1);
        by_time_.emplace(Key(timer.due, timer.number), name);
    }
    return name;
}

} // namespace shoal::script_lua
