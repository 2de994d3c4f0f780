#include "heard.hpp"

#include <algorithm>

namespace shoal::peer_exchange {

void Heard::Allowance::refill(std::uint32_t most, Duration interval, Time now)
{
    if (left == most) counted = now;
    const auto returned = std::min<std::int64_t>((now - counted) / interval, most - left);
    left += static_cast<std::uint32_t>(returned);
    counted += returned * interval;
}

Heard::Ruling Heard::on_message(Time now)
{
    messages_.refill(most_messages, message_interval, now);
    if (messages_.left == 0) return ++ignored_ > most_ignored ? Ruling::disconnect : Ruling::ignore;
    --messages_.left;
    ignored_ = 0;
    ++taken_;
    return Ruling::take;
}

std::size_t Heard::take_peers(std::size_t count, Time now)
{
    peers_.refill(most_peers, peer_interval, now);
    const auto taken = std::min<std::size_t>(count, peers_.left);
    peers_.left -= static_cast<std::uint32_t>(taken);
    return taken;
}

} // namespace shoal::peer_exchange
