#include "lsd.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <array>

namespace shoal::lsd {
namespace {

std::string draw_cookie(const Random& random)
{
    std::array<std::byte, 4> octets;
    store_be(octets.data(), static_cast<std::uint32_t>(random.next()));
    return to_hex(octets);
}

/// An address that leads to somebody. A link-local one of IPv6 means nothing without its interface, which an endpoint does not
/// name; who has no other is found over IPv4.
bool can_be_called(const Address& address)
{
    return !address.is_unspecified() && !address.is_multicast() && !(address.is_v6() && address.is_link_local());
}

} // namespace

Lsd::Lsd(Host& host)
    : host_(host), reports_(host), udp_(host.udp()), timers_(host.timers()), random_(host.random()),
      metrics_(host.metrics()), cookie_(draw_cookie(random_))
{
    for (const bool v6 : {false, true}) groups_.push_back({.endpoint = group(v6)});
}

Result<void> Lsd::search(std::uint64_t operation, const Search& search)
{
    if (const auto open = open_groups(); !open) return open.error();
    const auto left = search.deadline - host_.now();
    auto& running = running_[operation];
    running.info_hash = search.info_hash;
    running.end = timers_.after(std::min<std::chrono::nanoseconds>(search_time, left), [this, operation] { end(operation); });
    by_hash_.emplace(search.info_hash, operation);
    // Who does not listen has nothing to tell, and hears what others tell.
    if (search.announces && search.port != 0) {
        announcements_.announce(search.info_hash, search.port, host_.now());
    } else {
        announcements_.forget(search.info_hash);
    }
    wait_for_turn();
    return {};
}

void Lsd::cancel(std::uint64_t operation)
{
    const auto found = running_.find(operation);
    if (found == running_.end()) return;
    const auto info_hash = found->second.info_hash;
    take_out(operation);
    if (!is_searched(info_hash)) announcements_.withdraw(info_hash);
    reports_.failed(operation, make_error(Errc::cancelled, "the search was called off"));
}

void Lsd::on_stop()
{
    turn_.cancel();
    running_.clear();
    by_hash_.clear();
    for (auto& group : groups_) group.socket.close();
}

void Lsd::end(std::uint64_t operation)
{
    take_out(operation);
    reports_.ended(operation);
}

bool Lsd::is_searched(const Hash20& info_hash) const
{
    const auto first = by_hash_.lower_bound({info_hash, 0});
    return first != by_hash_.end() && first->first == info_hash;
}

void Lsd::take_out(std::uint64_t operation)
{
    const auto taken = running_.extract(operation);
    by_hash_.erase({taken.mapped().info_hash, operation});
}

Result<void> Lsd::open_groups()
{
    std::string why;
    for (auto& group : groups_) {
        if (!group.socket && host_.now() >= group.retry_at) open(group);
        if (!group.socket) why += (why.empty() ? "" : "; ") + group.complaint;
    }
    const bool is_any_open = std::ranges::any_of(groups_, [](const Group& group) { return bool(group.socket); });
    if (!is_any_open) return make_error(Errc::network_error, why);
    return {};
}

void Lsd::open(Group& group)
{
    auto opened = udp_.open_group(
        group.endpoint, [this](const Endpoint& from, ByteView datagram) { on_datagram(from, datagram); });
    if (opened) {
        group.socket = std::move(*opened);
        return;
    }
    group.retry_at = host_.now() + retry_after;
    group.complaint = opened.error().text;
    host_.log(LogLevel::debug, group.complaint);
}

void Lsd::on_datagram(const Endpoint& from, ByteView datagram)
{
    const auto message = read(datagram);
    if (message && message->cookie == cookie_) return;
    const auto address = from.address.unmapped();
    if (!limit_.admits(address, host_.now())) return metrics_.add("lsd.ignored");
    if (!message || !can_be_called(address)) return metrics_.add("lsd.malformed");
    metrics_.add("lsd.heard");
    for (const auto& info_hash : message->info_hashes) on_neighbour(info_hash, {address, message->port});
    wait_for_turn();
}

void Lsd::on_neighbour(const Hash20& info_hash, const Endpoint& neighbour)
{
    auto at = by_hash_.lower_bound({info_hash, 0});
    for (; at != by_hash_.end() && at->first == info_hash; ++at) reports_.found(at->second, {&neighbour, 1});
    if (!is_searched(info_hash) && !reports_.spotted(info_hash, neighbour)) return announcements_.forget(info_hash);
    const auto patience = random_.below(std::chrono::nanoseconds(std::chrono::seconds{1}).count());
    announcements_.hear(info_hash, neighbour, std::chrono::nanoseconds(patience), host_.now());
}

void Lsd::wait_for_turn()
{
    const auto next = announcements_.next();
    if (!next) return turn_.cancel();
    turn_ = timers_.after(*next - host_.now(), [this] { speak(); });
}

void Lsd::speak()
{
    std::vector<Hash20> info_hashes;
    for (const auto& turn : announcements_.take(host_.now())) {
        if (is_still_ours(turn)) info_hashes.push_back(turn.info_hash);
    }
    for (const auto& datagram : Announcements::packed(info_hashes)) {
        const Message message{.port = announcements_.port(datagram.front()), .info_hashes = datagram, .cookie = cookie_};
        for (const auto& group : groups_) {
            if (group.socket) static_cast<void>(group.socket.send(group.endpoint, as_bytes(write(message, group.endpoint))));
        }
        metrics_.add("lsd.announced", static_cast<std::int64_t>(datagram.size()));
    }
    wait_for_turn();
}

/// An answer may have waited for a minute; the torrent may be gone since, or turned out to be private.
bool Lsd::is_still_ours(const Announcements::Turn& turn)
{
    if (!turn.answers || is_searched(turn.info_hash) || reports_.spotted(turn.info_hash, *turn.answers)) return true;
    announcements_.forget(turn.info_hash);
    return false;
}

} // namespace shoal::lsd
