#include "torrent/choking.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace shoal::torrent {

using environment::Duration;
using environment::Time;

namespace {
constexpr std::size_t default_slots = 4;
constexpr Duration shortest_round = std::chrono::seconds{1};
constexpr Duration longest_round = std::chrono::seconds{60};
constexpr Duration default_round = std::chrono::seconds{30};
}  // namespace

Duration Choking::interval() const
{
    if (!choker_) return default_round;
    const auto wanted = choker_->table<shoal_choker_v1>().interval_ns;
    const auto longest = static_cast<std::uint64_t>(longest_round.count());
    return std::max(shortest_round, Duration(static_cast<std::int64_t>(std::min(wanted, longest))));
}

std::vector<shoal_unchoke> Choking::ask(const Question& question, Time now)
{
    const shoal_choker_view view{.struct_size = sizeof(shoal_choker_view),
                                 .flags = question.is_seeding ? SHOAL_CHOKER_SEEDING : 0u,
                                 .trigger = question.trigger,
                                 .slots = question.slots,
                                 .now_ns = nanoseconds(now),
                                 .peers = question.peers.data(),
                                 .peer_count = static_cast<std::uint32_t>(question.peers.size()),
                                 .peer_stride = sizeof(shoal_choker_peer)};
    std::vector<shoal_unchoke> unchokes(question.peers.size());
    const auto capacity = static_cast<std::int32_t>(unchokes.size());
    const std::int32_t count = choker_->call("decide", [&] {
        return choker_->table<shoal_choker_v1>().decide(choker_->self(), &view, unchokes.data(),
                                                        static_cast<std::uint32_t>(capacity));
    });
    if (count < 0) choker_->strike("decide", choker_->error_of(count, "choose whom to unchoke").text);
    if (count > capacity) choker_->strike("decide", fmt::format("{} unchokes, room was for {}", count, capacity));
    unchokes.resize(static_cast<std::size_t>(std::clamp(count, 0, capacity)));
    return unchokes;
}

std::set<PeerHandle> Choking::decide(const Question& question, Time now)
{
    if (choker_ && choker_->is_broken()) {
        const std::string name = this->name();
        choker_.reset();
        on_replaced_(name, "too many wrong answers; replaced by the default choker");
    }
    if (!choker_) return by_default(question);
    std::set<PeerHandle> chosen;
    for (const auto& unchoke : ask(question, now)) {
        const auto same = [&](const auto& peer) { return peer.peer == unchoke.peer; };
        if (std::ranges::none_of(question.peers, same)) {
            choker_->strike("decide", fmt::format("peer {} is not connected", unchoke.peer));
        } else if (chosen.contains(PeerHandle{unchoke.peer})) {
            choker_->strike("decide", fmt::format("peer {} twice", unchoke.peer));
        } else if (chosen.size() >= question.slots) {
            choker_->strike("decide", fmt::format("more than {} peers", question.slots));
            break;
        } else {
            chosen.insert(PeerHandle{unchoke.peer});
        }
    }
    return chosen;
}

std::set<PeerHandle> Choking::by_default(const Question& question)
{
    std::vector<const shoal_choker_peer*> waiting;
    for (const auto& peer : question.peers) {
        if (peer.flags & SHOAL_CHOKER_PEER_INTERESTED) waiting.push_back(&peer);
    }
    std::ranges::stable_sort(waiting, {}, &shoal_choker_peer::unchoked_at_ns);
    std::set<PeerHandle> chosen;
    for (const auto* peer : waiting) {
        if (chosen.size() < std::min<std::size_t>(default_slots, question.slots)) chosen.insert(PeerHandle{peer->peer});
    }
    return chosen;
}

}  // namespace shoal::torrent
