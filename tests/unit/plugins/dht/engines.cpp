#include "engines.hpp"

#include <algorithm>

namespace shoal::test {

using namespace std::chrono_literals;

Engines::Host::Host(Engines& all, const Endpoint& where, const dht::NodeSettings& settings, std::uint64_t number)
    : engines(all), endpoint(where), numbers(number),
      node(settings, where.address.v6, dht::id_for(where.address, numbers), {*this, numbers, all.scheme_})
{
}

dht::Node& Engines::add(const Endpoint& endpoint, const dht::NodeSettings& settings)
{
    auto host = std::make_unique<Host>(*this, endpoint, settings, numbers.next());
    auto& node = host->node;
    hosts_[endpoint] = std::move(host);
    return node;
}

std::vector<Endpoint> Engines::add_many(std::size_t count, bool is_v6)
{
    std::vector<Endpoint> all;
    for (std::size_t i = 0; i < count; ++i) {
        Endpoint endpoint{Address::from_v4(0x50000001 + (static_cast<std::uint32_t>(i) << 8)), 6881};
        if (is_v6) {
            endpoint.address = ip("2001:db8::1");
            store_be(endpoint.address.bytes.data() + 4, static_cast<std::uint32_t>(i + 1));
        }
        auto& node = add(endpoint);
        if (!all.empty()) node.introduce(all.front(), now);
        all.push_back(endpoint);
    }
    return all;
}

void Engines::send(const Endpoint& from, const Endpoint& to, ByteView octets)
{
    under_way_.emplace(now + 20ms, Datagram{from, to, Bytes(octets.begin(), octets.end())});
}

void Engines::deliver(Datagram datagram)
{
    const auto host = hosts_.find(datagram.to);
    if (host == hosts_.end()) {
        stray.push_back(std::move(datagram));
        return;
    }
    ++delivered;
    host->second->node.receive(datagram.from, datagram.octets, now);
}

void Engines::run_for(std::chrono::nanoseconds duration)
{
    const auto end = now + duration;
    for (;;) {
        auto next = under_way_.empty() ? dht::Time::max() : under_way_.begin()->first;
        for (const auto& [endpoint, host] : hosts_) next = std::min(next, host->node.next_due());
        if (next > end) break;
        now = std::max(now, next);
        while (!under_way_.empty() && under_way_.begin()->first <= now) {
            auto first = under_way_.extract(under_way_.begin());
            deliver(std::move(first.mapped()));
        }
        for (const auto& [endpoint, host] : hosts_) {
            if (host->node.next_due() <= now) host->node.on_time(now);
        }
    }
    now = end;
}

} // namespace shoal::test
