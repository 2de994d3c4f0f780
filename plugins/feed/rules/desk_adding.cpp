#include "desk.hpp"

#include <algorithm>
#include <array>
#include <utility>

// From the best candidate to a torrent: add, and only then remember; or try again later, or the next best.
namespace shoal::feed_rules {
namespace {

constexpr std::size_t most_in_flight = 8;
constexpr std::size_t most_candidates = 8;
constexpr std::array<std::int64_t, 4> delays{60, 300, 1500, 7200}; // after each failure of a candidate
constexpr std::int64_t forgotten_after = 7 * 86400;                // what failed with all its candidates
constexpr std::int64_t never_older_than = 30 * 86400;              // what waits for a rule that is gone

// What will be no better the next time.
bool is_for_good(Errc code)
{
    return code == Errc::invalid_argument || code == Errc::bad_input || code == Errc::unsupported || code == Errc::limit_exceeded
           || code == Errc::hash_mismatch;
}

} // namespace

void Desk::join(Claim& claim, Candidate candidate)
{
    if (claim.candidates.size() < most_candidates) return claim.candidates.push_back(std::move(candidate));
    for (std::size_t i = 0; i < claim.candidates.size(); ++i) {
        auto& other = claim.candidates[i];
        const bool is_busy = claim.state == ClaimState::adding && i == claim.chosen;
        if (!is_busy && (other.is_dead || candidate.is_better_than(other))) {
            other = std::move(candidate);
            return;
        }
    }
}

std::optional<Desk::Time> Desk::next() const
{
    std::optional<Time> next;
    for (const auto& [key, memo] : memory_.all()) {
        if (!memo.claim || in_flight_.contains(key)) continue;
        const auto* rule = rule_named(memo.claim->rule);
        if (memo.claim->state != ClaimState::failed && (is_held_ || rule == nullptr || !rule->is_enabled)) continue; // it waits for its rule
        if (!next || memo.claim->due < *next) next = memo.claim->due;
    }
    return next;
}

void Desk::on_time(Time now)
{
    std::vector<std::string> due;
    for (const auto& [key, memo] : memory_.all()) {
        const bool is_due = memo.claim && (memo.claim->due <= now || now - memo.claim->since > never_older_than);
        if (is_due && !in_flight_.contains(key)) due.push_back(key);
    }
    for (const auto& key : due) {
        auto& claim = *memory_.find(key)->claim;
        const auto* rule = rule_named(claim.rule);
        const bool is_over = claim.state == ClaimState::failed ? claim.due <= now : rule == nullptr && now - claim.since > never_older_than;
        if (is_over) {
            auto& memo = memory_.change(key);
            memo.claim.reset();
            if (!memo.taken) memory_.forget(key);
        } else if (!is_held_ && claim.state != ClaimState::failed && claim.due <= now && rule != nullptr && rule->is_enabled && in_flight_.size() < most_in_flight) {
            begin(key, *memory_.change(key).claim, *rule);
        }
    }
}

void Desk::go_on(Time now)
{
    if (std::exchange(is_held_, false)) on_time(now);
}

// One whose adding was begun by a process that died is added again: if that one had got it done, it is here already, and that is fine.
void Desk::begin(const std::string& key, Claim& claim, const Rule& rule)
{
    if (claim.state == ClaimState::waiting) {
        std::size_t best = 0;
        for (std::size_t i = 1; i < claim.candidates.size(); ++i) {
            const auto& one = claim.candidates[i];
            const bool is_better = claim.candidates[best].is_dead || one.is_better_than(claim.candidates[best]);
            if (!one.is_dead && is_better) best = i;
        }
        claim.chosen = best;
        claim.state = ClaimState::adding;
    }
    in_flight_.insert(key);
    const auto& candidate = claim.candidates[claim.chosen];
    if (rule.peeks && !candidate.is_peeked) actions_.emplace_back(PeekTorrent{key, candidate.source, rule.name});
    else add(key, claim, rule);
}

void Desk::add(const std::string& key, Claim& claim, const Rule& rule)
{
    auto arguments = rule.add;
    arguments.set("source", claim.candidates[claim.chosen].source).set("is_here_fine", true);
    actions_.emplace_back(AddTorrent{key, std::move(arguments), rule.name});
}

void Desk::on_added(const std::string& key, const Result<std::string>& added, Time now)
{
    in_flight_.erase(key);
    const auto* memo = memory_.find(key);
    if (memo != nullptr && memo->claim) {
        if (added) finish(key, *added, now);
        else if (added.error().code == Errc::permission_denied) forbid(key, added.error(), now);
        else if (added.error().code == Errc::cancelled) memory_.change(key).claim->due = now + delays.front(); // nobody's fault
        else fail(key, added.error(), now);
    }
    on_time(now);
}

// Somebody does not want it (before.add), or it may not be: that is a decision, and no better in five minutes.
void Desk::forbid(const std::string& key, const Error& error, Time now)
{
    pass_over(key, {{.test = "add", .got = error.text, .wanted = "nobody minds", .is_ok = false}}, now);
}

void Desk::finish(const std::string& key, const std::string& torrent, Time now)
{
    auto& memo = memory_.change(key);
    const auto claim = std::move(*std::exchange(memo.claim, std::nullopt));
    const auto& candidate = claim.candidates[claim.chosen];
    memo.taken = Taken{.rule = claim.rule, .title = candidate.title, .torrent = torrent.empty() ? "?" : torrent, .at = now,
                       .preference = candidate.preference, .rank = candidate.rank, .revision = candidate.revision};
    if (const auto* rule = rule_named(claim.rule); rule != nullptr && rule->qb) note_qb(*rule, candidate, now);
    decide({.at = now, .state = "added", .rule = claim.rule, .feed = candidate.feed, .title = candidate.title, .item = candidate.name, .key = key, .why = {}, .trace = {}},
           Value::Map{}.set("torrent", torrent));
}

void Desk::note_qb(const Rule& rule, const Candidate& candidate, Time now)
{
    const auto note = [&](const std::string& what, Time at) {
        memory_.change("qbittorrent\t" + rule.name + "\t" + what).taken = Taken{.rule = {}, .title = candidate.title, .torrent = {}, .at = at};
    };
    for (const auto& episode : candidate.remembered) note(episode, now);
    if (rule.qb->ignore_days() > 0) note("last", candidate.published);
}

// The chosen one is dead.
std::string Desk::next_candidate(Claim& claim, Time now)
{
    if (std::ranges::any_of(claim.candidates, [](const Candidate& one) { return !one.is_dead; })) {
        claim.state = ClaimState::waiting;
        claim.due = now;
        return "another candidate";
    }
    claim.state = ClaimState::failed;
    claim.due = now + forgotten_after;
    return "nothing";
}

void Desk::fail(const std::string& key, const Error& error, Time now)
{
    auto& claim = *memory_.change(key).claim;
    auto& candidate = claim.candidates[claim.chosen];
    const auto attempt = ++candidate.failures;
    candidate.is_dead = is_for_good(error.code) || static_cast<std::size_t>(attempt) > delays.size();
    std::string what_next = "try again";
    if (!candidate.is_dead) claim.due = now + delays[static_cast<std::size_t>(attempt) - 1];
    else what_next = next_candidate(claim, now);
    Value::Map more;
    more.set("attempt", attempt).set("next", what_next);
    if (what_next == "try again") more.set("at", claim.due);
    decide({.at = now, .state = "failed", .rule = claim.rule, .feed = candidate.feed, .title = candidate.title, .item = candidate.name, .key = key, .why = error.text, .trace = {}},
           std::move(more));
}

} // namespace shoal::feed_rules
