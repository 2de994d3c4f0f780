#include "session/anteroom.hpp"

#include "torrent/neighbourhood.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace shoal::session {

namespace {

Address address_of(const Anteroom::Caller& caller)
{
    if (const auto* spotted = std::get_if<Anteroom::Spotted>(&caller)) return spotted->peer.address;
    return std::get<torrent::Introduction>(caller).link->remote().address;
}

}  // namespace

bool Anteroom::has_room_for(const Address& caller) const
{
    if (waiting_.size() >= settings_.most) return false;
    if (caller.is_loopback()) return true;
    const auto same = std::ranges::count(waiting_, torrent::neighbourhood(caller), &Waiting::from);
    return static_cast<std::size_t>(same) < settings_.most_per_address;
}

void Anteroom::receive(const Hash20& torrent, Caller caller)
{
    // What he sends next is for the torrent: a link without events reads nothing.
    if (auto* introduction = std::get_if<torrent::Introduction>(&caller)) introduction->link->set_events(nullptr);
    const auto from = torrent::neighbourhood(address_of(caller));
    waiting_.push_back({torrent, from, loop_.now() + settings_.patience, std::move(caller)});
    if (!timer_.is_pending()) watch_the_clock();
}

std::vector<Anteroom::Caller> Anteroom::take(const Hash20& torrent)
{
    std::vector<Caller> taken;
    std::deque<Waiting> others;
    for (auto& waiting : waiting_) {
        if (waiting.torrent == torrent) taken.push_back(std::move(waiting.caller));
        else others.push_back(std::move(waiting));
    }
    waiting_ = std::move(others);
    return taken;
}

void Anteroom::watch_the_clock()
{
    while (!waiting_.empty() && waiting_.front().until <= loop_.now()) waiting_.pop_front();
    if (!waiting_.empty()) timer_.start(waiting_.front().until - loop_.now(), [this] { watch_the_clock(); });
}

}  // namespace shoal::session
