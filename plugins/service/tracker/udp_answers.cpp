#include "udp_answers.hpp"

#include <algorithm>
#include <string>

namespace shoal::embedded_tracker {
namespace {

constexpr std::size_t announce_head = 20;

// As many are drawn as make it likely that enough of them are of the family that the answer can carry.
constexpr std::uint32_t drawn_for_one = 4;

Event event_of(std::uint32_t number)
{
    switch (number) {
    case 1: return Event::completed;
    case 2: return Event::started;
    case 3: return Event::stopped;
    default: return Event::none;
    }
}

std::size_t wanted_peers(std::uint32_t num_want, bool v6)
{
    const auto peer_size = v6 ? Endpoint::compact6_size : Endpoint::compact4_size;
    const auto room = (UdpAnswers::longest_answer - announce_head) / peer_size;
    // Negative numbers ask for whatever is usual.
    const auto wanted = num_want > INT32_MAX ? AnnounceQuestion::usual_peers : num_want;
    return std::min<std::size_t>({wanted, AnnounceQuestion::most_peers, room});
}

AnnounceQuestion question_of(const bep15::AnnounceRequest& request, bool v6)
{
    AnnounceQuestion question{.info_hash = request.info_hash,
                              .peer_id = request.peer_id,
                              .port = request.port,
                              .is_seed = request.left == 0,
                              .is_compact = true,
                              .wants_ids = false,
                              .event = event_of(request.event),
                              .num_want = 0,
                              .claimed = std::nullopt};
    if (!v6 && request.ip != 0) question.claimed = Address::from_v4(request.ip);
    return question;
}

} // namespace

std::optional<Bytes> UdpAnswers::answer(const Endpoint& from, ByteView packet, std::chrono::nanoseconds now)
{
    const auto request = bep15::decode_request(packet);
    if (!request) return std::nullopt;
    if (const auto* connect = std::get_if<bep15::ConnectRequest>(&*request)) {
        return bep15::encode(bep15::ConnectReply{connect->transaction, ids_.make(from.address, now)});
    }
    tracker_.expire(now);
    if (const auto* asked = std::get_if<bep15::AnnounceRequest>(&*request)) {
        if (!ids_.is_valid(asked->connection, from.address, now)) return std::nullopt;
        return announce(from, *asked, now);
    }
    const auto& asked = std::get<bep15::ScrapeRequest>(*request);
    if (!ids_.is_valid(asked.connection, from.address, now)) return std::nullopt;
    return scrape(asked);
}

Bytes UdpAnswers::announce(const Endpoint& from, const bep15::AnnounceRequest& request,
                           std::chrono::nanoseconds now)
{
    if (request.port == 0) return refuse(request.transaction, "port 0 cannot be connected to");
    const bool v6 = from.address.unmapped().v6;
    const auto wanted = wanted_peers(request.num_want, v6);
    auto question = question_of(request, v6);
    question.num_want = static_cast<std::uint32_t>(wanted) * drawn_for_one;
    const auto announced = tracker_.announce(question, from.address, now);
    if (!announced) return refuse(request.transaction, announced.error().text);
    bep15::AnnounceReply reply{.transaction = request.transaction,
                               .interval = static_cast<std::uint32_t>(tracker_.interval().count()),
                               .leechers = announced->counts.leechers,
                               .seeds = announced->counts.seeds};
    for (const auto* peer : announced->peers) {
        if (reply.peers.size() == wanted) break;
        if (peer->endpoint.address.v6 == v6) reply.peers.push_back(peer->endpoint);
    }
    return bep15::encode(reply);
}

Bytes UdpAnswers::scrape(const bep15::ScrapeRequest& request)
{
    if (request.info_hashes.empty()) return refuse(request.transaction, "info_hash is missing");
    if (request.info_hashes.size() > bep15::most_scraped) {
        const auto most = std::to_string(bep15::most_scraped);
        return refuse(request.transaction, "at most " + most + " torrents in one scrape");
    }
    bep15::ScrapeReply reply{.transaction = request.transaction};
    for (const auto& [hash, swarm] : tracker_.scrape(request.info_hashes)) {
        const auto counts = counts_of(swarm);
        reply.torrents.push_back({counts.seeds, counts.completed, counts.leechers});
    }
    return bep15::encode(reply);
}

Bytes UdpAnswers::refuse(std::uint32_t transaction, std::string_view reason)
{
    tracker_.count_refusal();
    return bep15::encode(bep15::ErrorReply{transaction, std::string(reason)});
}

} // namespace shoal::embedded_tracker
