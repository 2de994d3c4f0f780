#include "answers.hpp"

#include <shoal/bencode.hpp>

#include <algorithm>

namespace shoal::embedded_tracker {
namespace {

using bencode::Writer;

Bytes compact(const std::vector<const Peer*>& peers, bool v6)
{
    Bytes out;
    for (const auto* peer : peers) {
        if (peer->endpoint.address.v6 == v6) peer->endpoint.append_compact(out);
    }
    return out;
}

void write_plain(Writer& out, const std::vector<const Peer*>& peers, bool wants_ids)
{
    out.begin_list();
    for (const auto* peer : peers) {
        out.begin_dict().key("ip").string(peer->endpoint.address.to_string());
        if (wants_ids) out.key("peer id").bytes(peer->id.view());
        out.key("port").integer(peer->endpoint.port).end_dict();
    }
    out.end_list();
}

void write_number(Writer& out, std::string_view key, std::int64_t value) { out.key(key).integer(value); }

void write_counts(Writer& out, const SwarmCounts& counts)
{
    write_number(out, "complete", counts.seeds);
    write_number(out, "downloaded", counts.completed);
    write_number(out, "incomplete", counts.leechers);
}

} // namespace

SwarmCounts counts_of(const Swarm* swarm)
{
    if (swarm == nullptr) return {};
    return {.seeds = swarm->seeds(), .leechers = swarm->leechers(), .completed = swarm->completed()};
}

Bytes announce_answer(const AnnounceQuestion& question, const Address& from, std::chrono::seconds interval,
                      const SwarmCounts& counts, const std::vector<const Peer*>& peers)
{
    const auto least = std::max<std::int64_t>(interval.count() / 2, 1);
    Writer out;
    out.begin_dict();
    write_number(out, "complete", counts.seeds);
    write_number(out, "downloaded", counts.completed);
    out.key("external ip").bytes(from.unmapped().view());
    write_number(out, "incomplete", counts.leechers);
    write_number(out, "interval", interval.count());
    write_number(out, "min interval", least);
    out.key("peers");
    if (question.is_compact) {
        const auto peers6 = compact(peers, true);
        out.bytes(compact(peers, false));
        if (!peers6.empty()) out.key("peers6").bytes(peers6);
    } else {
        write_plain(out, peers, question.wants_ids);
    }
    return out.end_dict().take();
}

Bytes scrape_answer(const std::vector<std::pair<Hash20, SwarmCounts>>& torrents)
{
    Writer out;
    out.begin_dict().key("files").begin_dict();
    for (const auto& [info_hash, counts] : torrents) {
        out.key(as_text(info_hash.view())).begin_dict();
        write_counts(out, counts);
        out.end_dict();
    }
    return out.end_dict().end_dict().take();
}

Bytes failure_answer(std::string_view reason)
{
    return Writer{}.begin_dict().key("failure reason").string(reason).end_dict().take();
}

} // namespace shoal::embedded_tracker
