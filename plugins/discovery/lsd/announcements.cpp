#include "announcements.hpp"

#include <algorithm>

namespace shoal::lsd {

void Announcements::announce(const Hash20& info_hash, std::uint16_t port, Time now)
{
    forget_the_old(now);
    auto& entry = *torrents_.try_emplace(info_hash).first;
    auto& torrent = entry.second;
    torrent.port = port;
    torrent.searched = now;
    torrent.will_repeat = true;
    const auto at = torrent.announced ? std::max(now, *torrent.announced + least_interval) : now;
    if (torrent.due && *torrent.due <= at) return;
    torrent.answers.reset();
    schedule(entry, at);
}

void Announcements::withdraw(const Hash20& info_hash)
{
    const auto found = torrents_.find(info_hash);
    if (found == torrents_.end()) return;
    found->second.will_repeat = false;
    if (!found->second.answers) unschedule(*found);
}

void Announcements::forget(const Hash20& info_hash)
{
    const auto found = torrents_.find(info_hash);
    if (found == torrents_.end()) return;
    unschedule(*found);
    torrents_.erase(found);
}

void Announcements::hear(const Hash20& info_hash, const Endpoint& neighbour, Time patience, Time now)
{
    const auto found = torrents_.find(info_hash);
    if (found == torrents_.end()) return;
    auto& torrent = found->second;
    torrent.will_repeat = false;
    if (torrent.is_repeat) unschedule(*found);

    const auto known = torrent.neighbours.find(neighbour);
    const bool is_new = known == torrent.neighbours.end() || known->second + memory < now;
    if (is_new && known == torrent.neighbours.end() && torrent.neighbours.size() >= most_neighbours) {
        const auto oldest = std::ranges::min_element(torrent.neighbours, {}, [](const auto& one) { return one.second; });
        torrent.neighbours.erase(oldest);
    }
    torrent.neighbours[neighbour] = now;
    if (!is_new) return;
    const auto soon = now + patience;
    const auto at = torrent.answered ? std::max(soon, *torrent.answered + least_interval) : soon;
    if (torrent.due && *torrent.due <= at) return;
    torrent.answers = neighbour;
    schedule(*found, at);
}

std::optional<Announcements::Time> Announcements::next() const
{
    if (due_.empty()) return {};
    return std::max(due_.begin()->first, next_burst_);
}

std::vector<Announcements::Turn> Announcements::take(Time now)
{
    std::vector<Turn> turns;
    if (due_.empty() || now < next_burst_) return turns;
    std::vector<Hash20> ready;
    for (auto at = due_.begin(); at != due_.end() && at->first <= now; ++at) {
        if (ready.size() == most_datagrams * most_in_one) break;
        // One datagram names one port. It is the same for all of them but for moments of change.
        if (!ready.empty() && port(at->second) != port(ready.front())) continue;
        ready.push_back(at->second);
    }
    if (ready.empty()) return turns;
    for (const auto& info_hash : ready) turns.push_back(say(*torrents_.find(info_hash), now));
    next_burst_ = now + burst_interval;
    return turns;
}

Announcements::Turn Announcements::say(Torrents::value_type& entry, Time now)
{
    auto& torrent = entry.second;
    const bool was_repeat = torrent.is_repeat;
    unschedule(entry);
    // The repetition is the same announce once more: its minute runs from the first.
    if (!was_repeat) torrent.announced = now;
    if (torrent.answers) torrent.answered = now;
    Turn turn{entry.first, std::exchange(torrent.answers, std::nullopt)};
    if (std::exchange(torrent.will_repeat, false) && !was_repeat) {
        schedule(entry, now + repeat_after);
        torrent.is_repeat = true;
    }
    return turn;
}

std::uint16_t Announcements::port(const Hash20& info_hash) const
{
    const auto found = torrents_.find(info_hash);
    return found == torrents_.end() ? std::uint16_t{0} : found->second.port;
}

std::vector<std::vector<Hash20>> Announcements::packed(const std::vector<Hash20>& info_hashes)
{
    const auto in_one = info_hashes.size() <= most_datagrams ? std::size_t{1} : most_in_one;
    std::vector<std::vector<Hash20>> datagrams;
    for (std::size_t i = 0; i < info_hashes.size(); i += in_one) {
        const auto first = info_hashes.begin() + static_cast<std::ptrdiff_t>(i);
        const auto count = std::min(in_one, info_hashes.size() - i);
        datagrams.emplace_back(first, first + static_cast<std::ptrdiff_t>(count));
    }
    return datagrams;
}

void Announcements::schedule(Torrents::value_type& entry, Time at)
{
    unschedule(entry);
    entry.second.due = at;
    due_.emplace(at, entry.first);
}

void Announcements::unschedule(Torrents::value_type& entry)
{
    auto& torrent = entry.second;
    if (torrent.due) due_.erase({*torrent.due, entry.first});
    torrent.due.reset();
    torrent.is_repeat = false;
}

void Announcements::forget_the_old(Time now)
{
    if (now < next_cleaning_) return;
    next_cleaning_ = now + memory;
    for (auto at = torrents_.begin(); at != torrents_.end();) {
        std::erase_if(at->second.neighbours, [&](const auto& one) { return one.second + memory < now; });
        const bool is_old = at->second.searched + memory < now && !at->second.due;
        at = is_old ? torrents_.erase(at) : std::next(at);
    }
}

} // namespace shoal::lsd
