#include "client/client.hpp"

#include <string>

// Downloads that get nothing. They are looked at where their time is counted, every ten seconds, and only those that are in the session:
// what is stopped, waits or sleeps costs nothing.
namespace shoal::client {

using control::Value;
using environment::Time;

void Client::watch_stall(Entry& entry, torrent::Torrent* torrent, Time now)
{
    auto& stall = entry.stall;
    const auto received = torrent != nullptr ? torrent->totals().downloaded : 0;
    if (received != stall.received) {
        stall.received = received;
        return end_stall(entry, now);
    }
    const bool is_under_way = torrent == nullptr ? resolving(entry) != nullptr : torrent->stage() == torrent::Stage::downloading;
    if (!is_under_way) stall = {.received = received, .since = now};  // nothing ought to come
    else if (is_stall_due(stall, now)) begin_stall(entry, torrent, now);
}

bool Client::is_stall_due(const Entry::Stall& stall, Time now) const
{
    const auto after = settings_.torrents.stalled_after;
    return !stall.is_told && after.count() != 0 && now - stall.since >= after;
}

// Told once; the reason is the one that people are shown. None: something has just come.
void Client::begin_stall(Entry& entry, torrent::Torrent* torrent, Time now)
{
    auto why = torrent != nullptr ? torrent->status().swarm.stall : resolving(entry)->status().stall;
    if (why.empty()) return;
    entry.stall.is_told = true;
    report_stall(entry, "torrent.stalled", now, Value::Map{}.set("why", std::move(why)));
}

void Client::end_stall(Entry& entry, Time now)
{
    if (entry.stall.is_told) report_stall(entry, "torrent.recovered", now, {});
    entry.stall = {.received = entry.stall.received, .since = now};
}

void Client::report_stall(const Entry& entry, std::string_view event, Time now, Value::Map said)
{
    said.set("seconds", std::int64_t{std::chrono::duration_cast<std::chrono::seconds>(now - entry.stall.since).count()});
    report(entry, event, std::move(said));
}

}  // namespace shoal::client
