#include "client/alarms.hpp"

#include <algorithm>

namespace shoal::client {

using environment::Time;

namespace {
constexpr environment::Duration spacing = std::chrono::milliseconds{50};
constexpr int most_strangers_at_once = 40;
}  // namespace

void Alarms::set(const Hash20& torrent, Time& place, Time at)
{
    const Time first = alarms_.empty() ? environment::time_never : alarms_.begin()->first;
    if (place != environment::time_never) alarms_.erase({place, torrent});
    place = at;
    if (at != environment::time_never) alarms_.emplace(at, torrent);
    if (alarms_.empty() || alarms_.begin()->first != first) wind_up();
}

void Alarms::wind_up()
{
    if (alarms_.empty()) return timer_.cancel();
    const auto at = std::max({alarms_.begin()->first, next_, loop_.now()});
    timer_.start(at - loop_.now(), [this] { on_time(); });
}

void Alarms::on_time()
{
    next_ = loop_.now() + spacing;
    const Hash20 torrent = alarms_.begin()->second;
    ring_(torrent);  // it clears the alarm, or sets another
    wind_up();
}

bool Alarms::admits_stranger()
{
    strangers_next_ = std::max(strangers_next_, loop_.now());
    if (strangers_next_ - loop_.now() >= spacing * most_strangers_at_once) return false;
    strangers_next_ += spacing;
    return true;
}

}  // namespace shoal::client
