#include "torrent/announcer.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace shoal::torrent {

using environment::Duration;
using environment::Time;

namespace {
constexpr std::chrono::seconds shortest_interval{60};
constexpr std::chrono::seconds longest_interval{86400};
constexpr std::chrono::seconds default_interval{1800};
constexpr std::chrono::seconds first_back_off{15};
constexpr std::chrono::seconds longest_back_off{1800};
constexpr std::chrono::seconds stop_patience{5};

Duration clamped(std::optional<std::uint32_t> seconds, std::chrono::seconds otherwise)
{
    const auto wanted = seconds ? std::chrono::seconds{*seconds} : otherwise;
    return std::clamp(wanted, shortest_interval, longest_interval);
}
}  // namespace

Announcer::Announcer(environment::Loop& loop, TrackerClient& client, Hash20 info_hash, Actions actions)
    : loop_(loop), client_(client), info_hash_(info_hash), actions_(std::move(actions)), timer_(loop)
{
}

Announcer::~Announcer()
{
    if (asking_.value() != 0) client_.cancel(asking_);
    for (const auto operation : stopping_) {
        if (operation.value() != 0) client_.cancel(operation);
    }
}

void Announcer::start(std::vector<std::vector<std::string>> tiers, RandomStream random)
{
    take(std::move(tiers), random);
    if (!tiers_.empty()) announce_next();
}

void Announcer::take(std::vector<std::vector<std::string>> tiers, RandomStream random)
{
    // Answers find their tracker by its URL, and to be asked twice in one round helps nobody.
    std::set<std::string> known;
    for (auto& urls : tiers) {
        std::erase_if(urls, [&](const std::string& url) { return !known.insert(url).second; });
        random.shuffle(urls.begin(), urls.end());
        Tier tier;
        for (auto& url : urls) {
            Tracker tracker;
            tracker.url = std::move(url);
            tier.push_back(std::move(tracker));
        }
        if (!tier.empty()) tiers_.push_back(std::move(tier));
    }
}

// ---- from one to the next -----------------------------------------------------------------------------------------

bool Announcer::Memory::is_expected_back() const
{
    return std::ranges::any_of(met, &Tracker::has_heard_started);
}

void Announcer::Memory::want_peers(Time now)
{
    if (failed_rounds > 0) return;
    for (const auto& tracker : met) {
        if (tracker.is_working) next = std::min(next, std::max(now, tracker.not_before));
    }
}

Announcer::Memory Announcer::memory() const
{
    Memory memory{.next = next_, .failed_rounds = failed_rounds_, .is_completed_due = is_completed_due_};
    for (const auto& tier : tiers_) {
        for (const auto& tracker : tier) {
            if (!tracker.has_heard_started && !tracker.is_working && tracker.message.empty()) continue;
            memory.met.push_back(tracker);
            memory.met.back().is_asking = false;
        }
    }
    return memory;
}

void Announcer::resume(std::vector<std::vector<std::string>> tiers, RandomStream random, const Memory& memory)
{
    take(std::move(tiers), random);
    for (const auto& known : memory.met) {
        if (auto* tracker = find(known.url)) *tracker = known;
    }
    for (auto& tier : tiers_) std::stable_partition(tier.begin(), tier.end(), [](const Tracker& one) { return one.is_working; });
    failed_rounds_ = memory.failed_rounds;
    is_completed_due_ = memory.is_completed_due;
    const bool is_later = memory.next > loop_.now() && memory.next != environment::time_never;
    if (!tiers_.empty()) schedule(is_later ? memory.next - loop_.now() : Duration{0});
}

Announcer::Tracker* Announcer::find(const std::string& url)
{
    for (auto& tier : tiers_) {
        if (const auto at = std::ranges::find(tier, url, &Tracker::url); at != tier.end()) return &*at;
    }
    return nullptr;
}

void Announcer::on_completed()
{
    is_completed_due_ = true;
    if (!tiers_.empty() && asking_.value() == 0 && !is_stopping_) announce_next();
}

void Announcer::want_peers()
{
    if (tiers_.empty() || asking_.value() != 0 || is_stopping_ || failed_rounds_ > 0) return;
    for (const auto& tier : tiers_) {
        const Tracker& first = tier.front();
        if (!first.is_working || first.not_before >= next_) continue;
        return schedule(std::max<Duration>(first.not_before - loop_.now(), Duration{0}));
    }
}

void Announcer::schedule(Duration delay)
{
    next_ = loop_.now() + delay;
    timer_.start(delay, [this] {
        round_tier_ = round_place_ = 0;
        announce_next();
    });
}

void Announcer::announce_next()
{
    timer_.cancel();
    if (is_stopping_) return;
    while (round_tier_ < tiers_.size() && round_place_ >= tiers_[round_tier_].size()) {
        ++round_tier_;
        round_place_ = 0;
    }
    if (round_tier_ >= tiers_.size()) return on_failure();
    announce(round_tier_, round_place_);
}

void Announcer::on_failure()
{
    round_tier_ = round_place_ = 0;
    const auto delay = std::min(first_back_off * (1 << std::min(failed_rounds_, 7u)), longest_back_off);
    ++failed_rounds_;
    schedule(delay);
}

AnnounceQuery Announcer::query_for(const Tracker& tracker, AnnounceEvent event) const
{
    const Totals totals = actions_.totals();
    return {.url = tracker.url,
            .event = event,
            .info_hash = info_hash_,
            .uploaded = totals.uploaded,
            .downloaded = totals.downloaded,
            .left = totals.left,
            .num_want = event == AnnounceEvent::stopped ? 0 : actions_.peers_wanted(),
            .tracker_id = tracker.id};
}

void Announcer::announce(std::size_t tier, std::size_t place)
{
    Tracker& tracker = tiers_[tier][place];
    const AnnounceEvent event = !tracker.has_heard_started ? AnnounceEvent::started
                                : is_completed_due_        ? AnnounceEvent::completed
                                                           : AnnounceEvent::none;
    tracker.is_asking = true;
    auto query = query_for(tracker, event);
    // What a tracker heard of us as "started" when all was here already needs no "completed" (BEP 3).
    const bool tells_end = event == AnnounceEvent::completed || (event == AnnounceEvent::started && query.left == 0);
    asking_ = client_.announce(std::move(query),
                               [this, tier, url = tracker.url, tells_end](Result<host::AnnounceReply> answer) {
                                   on_answer(tier, url, tells_end, std::move(answer));
                               });
}

void Announcer::on_answer(std::size_t tier_number, const std::string& url, bool tells_end,
                          Result<host::AnnounceReply> answer)
{
    asking_ = environment::OperationId{0};
    Tier& tier = tiers_[tier_number];
    const auto at = std::ranges::find(tier, url, &Tracker::url);
    at->is_asking = false;
    at->is_working = answer.has_value();
    if (!answer) {
        at->message = answer.error().text;
        actions_.on_reply(url, &answer.error(), nullptr);
        ++round_place_;
        return announce_next();
    }
    at->has_heard_started = true;
    if (tells_end) is_completed_due_ = false;
    on_success(tier, static_cast<std::size_t>(at - tier.begin()), *answer);
}

void Announcer::on_success(Tier& tier, std::size_t place, const host::AnnounceReply& reply)
{
    Tracker& tracker = tier[place];
    tracker.message = reply.warning;
    tracker.seeds = reply.complete;
    tracker.leechers = reply.incomplete;
    if (!reply.tracker_id.empty()) tracker.id = reply.tracker_id;
    const Duration interval = clamped(reply.interval_s, default_interval);
    const Duration least = std::min(clamped(reply.min_interval_s, shortest_interval), interval);
    tracker.not_before = loop_.now() + least;
    const std::string url = tracker.url;
    std::rotate(tier.begin(), tier.begin() + static_cast<std::ptrdiff_t>(place),
                tier.begin() + static_cast<std::ptrdiff_t>(place) + 1);
    failed_rounds_ = 0;
    round_tier_ = round_place_ = 0;
    schedule(is_completed_due_ ? Duration{0} : interval);
    actions_.on_reply(url, nullptr, &reply);
    if (!reply.peers.empty()) actions_.on_peers(url, reply.peers);
}

void Announcer::stop(environment::Task done)
{
    is_stopping_ = true;
    timer_.cancel();
    if (asking_.value() != 0) client_.cancel(asking_);
    asking_ = environment::OperationId{0};
    stopped_ = std::move(done);
    for (auto& tier : tiers_) {
        for (auto& tracker : tier) {
            if (!tracker.has_heard_started) continue;
            auto query = query_for(tracker, AnnounceEvent::stopped);
            query.timeout = stop_patience;
            // Each completes by itself or by its time-out: the last one to do so ends the wait.
            const std::size_t slot = stopping_.size();
            stopping_.push_back(client_.announce(std::move(query), [this, slot](Result<host::AnnounceReply>) {
                stopping_[slot] = environment::OperationId{0};
                if (is_all_stopped()) std::exchange(stopped_, {})();
            }));
        }
    }
    if (stopping_.empty()) loop_.post(std::exchange(stopped_, {}));
}

bool Announcer::is_all_stopped() const
{
    return std::ranges::all_of(stopping_, [](auto operation) { return operation.value() == 0; });
}

std::vector<Announcer::TrackerStatus> Announcer::trackers() const
{
    std::vector<TrackerStatus> all;
    for (std::uint32_t t = 0; t < tiers_.size(); ++t) {
        for (const auto& tracker : tiers_[t]) {
            all.push_back({.url = tracker.url,
                           .tier = t,
                           .is_working = tracker.is_working,
                           .is_asking = tracker.is_asking,
                           .message = tracker.message,
                           .seeds = tracker.seeds,
                           .leechers = tracker.leechers});
        }
    }
    return all;
}

}  // namespace shoal::torrent
