#include "embedded_tracker.hpp"

#include <string>
#include <utility>

namespace shoal::embedded_tracker {
namespace {

Bytes text(std::string_view words)
{
    const auto octets = as_bytes(words);
    return {octets.begin(), octets.end()};
}

/// Nobody can be connected to there.
bool is_useless(const Address& address) { return address.is_unspecified() || address.is_multicast(); }

} // namespace

EmbeddedTracker::EmbeddedTracker(const Settings& settings, RandomBelow random_below)
    : settings_(settings), random_below_(std::move(random_below)),
      swarms_(
          {.torrents = settings.max_torrents, .peers = settings.max_peers, .silence = 2 * settings.interval},
          settings.is_open, settings.allowed)
{
}

Answer EmbeddedTracker::answer(const Question& question)
{
    if (question.method != "GET" && question.method != "HEAD") return {405, text("only GET is answered\n")};
    expire(question.now);
    const auto target = Target::parse(question.target);
    if (!target) return {200, refuse(target.error().text)};
    if (target->path() == "/announce") return {200, answer_announce(*target, question)};
    if (target->path() == "/scrape") return {200, answer_scrape(*target)};
    if (target->path() == "/stats") return {200, stats()};
    return {404, text("a BitTorrent tracker: /announce, /scrape, /stats\n")};
}

Bytes EmbeddedTracker::answer_announce(const Target& target, const Question& asked)
{
    const auto question = read_announce(target);
    if (!question) return refuse(question.error().text);
    const auto announced = announce(*question, asked.from, asked.now);
    if (!announced) return refuse(announced.error().text);
    return announce_answer(*question, asked.from, settings_.interval, announced->counts, announced->peers);
}

Bytes EmbeddedTracker::answer_scrape(const Target& target)
{
    const auto hashes = read_scrape(target);
    if (!hashes) return refuse(hashes.error().text);
    std::vector<std::pair<Hash20, SwarmCounts>> known;
    for (const auto& [hash, swarm] : scrape(*hashes)) {
        if (swarm != nullptr) known.emplace_back(hash, counts_of(swarm));
    }
    return scrape_answer(known);
}

Result<Announced> EmbeddedTracker::announce(const AnnounceQuestion& question, const Address& from,
                                            std::chrono::nanoseconds now)
{
    auto address = from.unmapped();
    if (settings_.trusts_ip && question.claimed) address = *question.claimed;
    if (is_useless(address)) {
        return make_error(Errc::bad_input, "nobody can be connected to at " + address.to_string());
    }
    const Endpoint endpoint{address, question.port};
    if (question.event == Event::stopped) {
        if (!swarms_.serves(question.info_hash)) {
            return make_error(Errc::refused, "this tracker does not serve this torrent");
        }
        ++announces_;
        swarms_.leave(question.info_hash, endpoint);
        return Announced{counts_of(swarms_.find(question.info_hash)), {}};
    }
    const auto swarm = swarms_.visit({.info_hash = question.info_hash,
                                      .endpoint = endpoint,
                                      .id = question.peer_id,
                                      .is_seed = question.is_seed,
                                      .has_completed = question.event == Event::completed},
                                     now);
    if (!swarm) return swarm.error();
    ++announces_;
    const auto& asker = *(*swarm)->find(endpoint);
    return Announced{counts_of(*swarm), (*swarm)->sample(asker, question.num_want, random_below_)};
}

std::vector<std::pair<Hash20, const Swarm*>> EmbeddedTracker::scrape(const std::vector<Hash20>& hashes)
{
    ++scrapes_;
    std::vector<std::pair<Hash20, const Swarm*>> swarms;
    for (const auto& hash : hashes) swarms.emplace_back(hash, swarms_.find(hash));
    return swarms;
}

Bytes EmbeddedTracker::stats() const
{
    std::uint64_t seeds = 0;
    std::uint64_t completed = 0;
    for (const auto& [hash, swarm] : swarms_.all()) {
        seeds += swarm.seeds();
        completed += swarm.completed();
    }
    std::string out;
    const auto line = [&](std::string_view name, std::uint64_t value) {
        out.append(name).append(" ").append(std::to_string(value)).append("\n");
    };
    line("torrents", swarms_.all().size());
    line("peers", swarms_.peers());
    line("seeds", seeds);
    line("completed", completed);
    line("announces", announces_);
    line("scrapes", scrapes_);
    line("refused", refused_);
    return text(out);
}

Bytes EmbeddedTracker::refuse(std::string_view reason)
{
    count_refusal();
    return failure_answer(reason);
}

} // namespace shoal::embedded_tracker
