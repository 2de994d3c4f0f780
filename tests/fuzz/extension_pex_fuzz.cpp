#include "heard.hpp"
#include "pex_message.hpp"
#include "told.hpp"

#include <shoal/assert.hpp>
#include <shoal/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>

// Any octets as a peer exchange message: never more peers than are to be read, and what is read is written and read again. Then the
// same peers come and go, in any order: who is told of it learns in the end what is so, by messages that keep to the rules.
namespace {

using namespace shoal;
using namespace shoal::peer_exchange;

std::vector<NamedPeer> check_message(ByteView payload)
{
    const auto all = parse_added(payload, 200);
    if (!all) {
        SHOAL_ASSERT(all.error().code == Errc::protocol_error);
        return {};
    }
    const auto few = parse_added(payload, 3);
    SHOAL_ASSERT(few && few->size() == std::min<std::size_t>(all->size(), 3));
    SHOAL_ASSERT(std::ranges::equal(*few, std::span(*all).first(few->size())));
    const auto again = parse_added(encode({.added = *all}), 200);
    SHOAL_ASSERT(again && *again == *all);
    return *all;
}

/// 60 peers to begin with, as messages from the fuzzer are mostly none.
std::vector<NamedPeer> neighbours(std::vector<NamedPeer> peers)
{
    for (std::uint16_t port = 1; port <= 60; ++port) peers.push_back({{Address::from_v4(port), port}, 0});
    std::ranges::sort(peers, {}, &NamedPeer::endpoint);
    const auto is_same = [](const NamedPeer& a, const NamedPeer& b) { return a.endpoint == b.endpoint; };
    peers.erase(std::unique(peers.begin(), peers.end(), is_same), peers.end());
    return peers;
}

class Listener {
public:
    void hear(const Delta& delta)
    {
        SHOAL_ASSERT(delta.added.size() <= Told::most && delta.dropped.size() <= Told::most);
        for (const auto& endpoint : delta.dropped) SHOAL_ASSERT(known_.erase(endpoint) == 1);
        for (const auto& peer : delta.added) SHOAL_ASSERT(known_.insert(peer.endpoint).second);
    }

    bool knows_all(const std::vector<NamedPeer>& current) const
    {
        return known_.size() == current.size() &&
               std::ranges::all_of(current, [this](const auto& peer) { return known_.contains(peer.endpoint); });
    }

private:
    std::set<Endpoint> known_;
};

void check_telling(const std::vector<NamedPeer>& peers, ByteView choices)
{
    Told told;
    Listener listener;
    RandomStream random(1, 1);
    const auto below = [&](std::uint64_t bound) { return random.below(bound); };
    std::vector<NamedPeer> current;
    const auto tell = [&] {
        const auto delta = told.next(current, below);
        const bool has_more = told.has_more_than(delta, current);
        told.on_said(delta);
        listener.hear(delta);
        SHOAL_ASSERT(has_more || listener.knows_all(current));
        return has_more;
    };
    for (const auto choice : choices.first(std::min<std::size_t>(choices.size(), 16))) {
        const auto keep = 1 + std::to_integer<std::size_t>(choice) % 7;
        current.clear();
        for (std::size_t i = 0; i < peers.size(); ++i) {
            if (i % keep == 0) current.push_back(peers[i]);
        }
        tell();
    }
    while (tell()) {
    }
}

void check_hearing(ByteView gaps)
{
    Heard heard;
    Time now = std::chrono::hours{1};
    const auto begin = now;
    std::size_t messages = 0;
    std::size_t peers = 0;
    for (const auto gap : gaps) {
        now += std::chrono::seconds{std::to_integer<int>(gap)};
        const auto ruling = heard.on_message(now);
        if (ruling == Heard::Ruling::disconnect) return;
        if (ruling == Heard::Ruling::ignore) continue;
        ++messages;
        peers += heard.take_peers(heard.readable(), now);
        SHOAL_ASSERT(messages <= Heard::most_messages + (now - begin) / Heard::message_interval);
        SHOAL_ASSERT(peers <= Heard::most_peers + static_cast<std::size_t>((now - begin) / Heard::peer_interval));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const auto input = std::as_bytes(std::span(octets, size));
    check_telling(neighbours(check_message(input)), input);
    check_hearing(input);
    return 0;
}
