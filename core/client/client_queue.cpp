#include "client/client.hpp"
#include "client/options.hpp"

#include <algorithm>

// Which torrents run, and when one has given enough. The decisions are functions (core/queue); this is what they are asked with, and what
// happens then.
namespace shoal::client {

using control::Value;
using environment::Time;

namespace {

constexpr std::chrono::seconds tick_interval{10};

template <class T>
queue::EndLimit<T> own_limit(const Value::Map& options, std::string_view name, T (*read)(const Value&))
{
    const auto* value = options.find(name);
    if (value == nullptr || value->is_null()) return queue::EndLimit<T>::as_default();
    const T limit = read(*value);
    return limit == T{} ? queue::EndLimit<T>::none() : queue::EndLimit<T>::at(limit);
}

double read_ratio(const Value& value)
{
    if (value.as_real() != nullptr) return *value.as_real();
    return value.as_integer() != nullptr ? static_cast<double>(*value.as_integer()) : 0;
}

environment::Duration read_time(const Value& value)
{
    const auto seconds = value.as_integer() != nullptr ? *value.as_integer() : 0;
    return std::chrono::seconds(std::clamp(seconds, std::int64_t{0}, static_cast<std::int64_t>(most_seconds)));  // a database may say anything
}

queue::EndRule rule_of(const Value::Map& options)
{
    return {.ratio = own_limit(options, "ratio", read_ratio),
            .seeding_time = own_limit(options, "seed_time", read_time),
            .idle_time = own_limit(options, "idle_time", read_time)};
}

}  // namespace

void Client::set_defaults(Defaults defaults)
{
    settings_.torrents = std::move(defaults);
    for (const auto& [torrent, entry] : entries_) {
        if (entry->phase == Entry::Phase::dormant) set_alarm(*entry);
    }
    schedule();
}

// Many changes of one turn are one decision. It looks at all torrents: where they are many, so are the changes of a few more turns,
// or who adds ten thousand, one after the other, waits for decisions most of the time.
void Client::schedule()
{
    constexpr std::size_t few = 500;
    constexpr std::chrono::microseconds for_each{5};
    if (std::exchange(is_schedule_posted_, true)) return;
    auto decide = [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        is_schedule_posted_ = false;
        run_queue();
    };
    if (entries_.size() <= few) parts_.environment.loop.post(std::move(decide));
    else decisions_.start(for_each * entries_.size(), std::move(decide));
}

void Client::run_queue()
{
    std::vector<queue::Entry> asked;
    std::vector<Entry*> members;  // by id
    for (const auto& [torrent, entry] : entries_) {
        if (entry->is_erased) continue;
        asked.push_back({.id = TorrentHandle{members.size()},
                         .position = entry->record.position,
                         .wants_to_run = entry->record.is_started && !entry->failure,
                         .is_finished = entry->is_finished(),
                         .turn = entry->turn});
        members.push_back(entry.get());
    }
    std::vector<Hash20> changed;
    for (const auto& decision : queue::decide(asked, settings_.torrents.queue)) {
        Entry& entry = *members[decision.id.value()];
        if (std::exchange(entry.standing, decision.standing) == decision.standing) continue;
        changed.push_back(entry.record.info_hash);
        if (decision.standing == queue::Standing::runs) entry.turn_at = parts_.environment.loop.now();
    }
    for (const auto& torrent : changed) {
        if (const auto at = entries_.find(torrent); at != entries_.end()) move_on(*at->second);
    }
}

void Client::queue_at(const Hash20& torrent, queue::Place place, Done done)
{
    Entry* moved = find_entry(torrent);
    if (moved == nullptr) return done(make_error(Errc::not_found, "there is no such torrent"));
    std::map<std::uint64_t, Entry*> in_order;
    for (const auto& [hash, entry] : entries_) {
        if (!entry->is_erased) in_order.emplace(entry->record.position, entry.get());
    }
    std::vector<TorrentHandle> handles;
    for (const auto& [position, entry] : in_order) handles.emplace_back(position);
    queue::Order order(handles);
    const TorrentHandle itself{moved->record.position};
    order.move({&itself, 1}, place);
    // The same positions, dealt out anew.
    std::vector<std::pair<Entry*, std::uint64_t>> changed;
    auto position = in_order.begin();
    for (const auto member : order.members()) {
        Entry* entry = in_order.at(member.value());
        if (entry->record.position != position->first) changed.emplace_back(entry, position->first);
        ++position;
    }
    for (const auto& [entry, now] : changed) entry->record.position = now;
    moved->turn = 0;  // its place counts again
    for (const auto& [entry, now] : changed) {
        if (entry != moved) put(*entry, [](const Result<void>&) {});
    }
    put(*moved, std::move(done));
    schedule();
}

// ---- giving enough ------------------------------------------------------------------------------------------------

void Client::tick()
{
    const Time now = parts_.environment.loop.now();
    watch_clock(now);
    std::vector<Hash20> quiet;
    for (const auto& [handle, torrent] : by_handle_) {
        Entry& entry = *entries_.at(torrent);
        auto* live = running(entry);
        watch_stall(entry, live, now);
        if (live == nullptr) continue;
        count_time(entry, *live, now);
        if (live->stage() == torrent::Stage::seeding && end_if_due(entry, given_of(entry, live->totals(), now))) continue;
        if (is_quiet(entry, *live, now)) quiet.push_back(torrent);
    }
    // Not while we go through those that run: each leaves them.
    for (const auto& torrent : quiet) {
        Entry& entry = *entries_.at(torrent);
        entry.is_drowsy = true;
        move_on(entry);
    }
    give_places_away(now);
    ticks_.start(tick_interval, [this] { tick(); });
}

// Seeds that nobody took anything of let others try, as many as wait, the longest idle first. One that gives keeps its place; so does one
// when nobody waits.
void Client::give_places_away(Time now)
{
    if (!settings_.torrents.seed_turn) return;
    std::size_t waiting = 0;
    std::vector<std::pair<Time, Entry*>> idle;
    for (const auto& [torrent, entry] : entries_) {
        if (entry->is_erased || !entry->is_finished()) continue;
        const bool waits = entry->standing == queue::Standing::waits_for_seed || entry->standing == queue::Standing::waits_for_any;
        const auto since = std::max(entry->given_at, entry->turn_at);
        if (waits) ++waiting;
        else if (entry->standing == queue::Standing::runs && now - since >= *settings_.torrents.seed_turn) idle.emplace_back(since, entry.get());
    }
    if (waiting == 0 || idle.empty()) return;
    std::ranges::sort(idle, {}, [](const auto& one) { return std::pair(one.first, one.second->record.position); });
    idle.resize(std::min(idle.size(), waiting));
    for (const auto& [since, entry] : idle) {
        entry->turn = ++last_turn_;
        entry->turn_at = now;
    }
    schedule();
}

// Nothing that we count goes by the clock on the wall, so nothing has to be put right; but people compare what it says with what
// was noted before the jump.
void Client::watch_clock(Time now)
{
    constexpr std::int64_t least_s = 60;  // less is a clock being set right
    const auto on_wall = parts_.unix_time();
    if (clock_) {
        const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - clock_->at).count();
        const auto jump = on_wall - clock_->on_wall - passed;
        if (jump >= least_s || jump <= -least_s) {
            parts_.log.warning("the clock has jumped by {} seconds", jump);
            parts_.methods.publish("session.clock_jumped", Value::Map{}.set("seconds", jump));
        }
    }
    clock_ = Clock{now, on_wall};
}

void Client::count_time(Entry& entry, torrent::Torrent& torrent, Time now)
{
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - entry.seen_at).count();
    const bool is_seeding = torrent.stage() == torrent::Stage::seeding;
    entry.progress.active_s += passed;
    if (is_seeding) entry.progress.seeding_s += passed;
    entry.seen_at = now;
    if (torrent.has_company() || !is_seeding) {
        entry.quiet_since = now;
        entry.patience = settings_.sleep_after;
    }
    const auto given = torrent.totals().uploaded;
    if (given != entry.given_then || !is_seeding) entry.given_at = now;
    if (given != entry.given_then) touch(entry);
    entry.given_then = given;
}

// Of one that sleeps it is counted when somebody looks.
std::int64_t Client::seeding_time(const Entry& entry) const
{
    const bool is_asleep = entry.sleep && entry.phase != Entry::Phase::stopped;
    const auto slept = is_asleep ? parts_.environment.loop.now() - entry.seen_at : environment::Duration{};
    return entry.progress.seeding_s + std::chrono::duration_cast<std::chrono::seconds>(slept).count();
}

// Of one that seeds; `totals` are of this run.
queue::Given Client::given_of(const Entry& entry, const torrent::SwarmTotals& totals, Time now)
{
    return {.is_complete = true,
            .size = entry.record.size,
            .downloaded = entry.progress.downloaded + totals.downloaded,
            .uploaded = entry.progress.uploaded + totals.uploaded,
            .seeding = std::chrono::seconds(entry.progress.seeding_s),
            .idle = now - entry.given_at};
}

bool Client::end_if_due(Entry& entry, const queue::Given& given)
{
    if (!entry.record.is_started) return false;
    const auto ending = queue::ending_of(rule_of(entry.record.options), settings_.torrents.ends, given);
    if (!ending) return false;
    entry.record.is_started = false;
    entry.asked_by.clear();
    Value::Map event;
    event.set("why", ending->text);
    event.set("limit", queue::setting_of(ending->reason));
    report(entry, "torrent.ended", std::move(event));
    put(entry, [](const Result<void>&) {});
    schedule();
    return true;
}

// ---- of those that sleep ------------------------------------------------------------------------------------------

// One alarm for what is next: somebody is to be told that it is there, or it has given enough.
void Client::set_alarm(Entry& entry)
{
    const Time now = parts_.environment.loop.now();
    count_sleep(entry, now);
    Time at = entry.sleep->due;
    const auto left = queue::time_until_end(rule_of(entry.record.options), settings_.torrents.ends, given_of(entry, {}, now));
    if (left) at = std::min(at, now + *left);
    alarms_.set(entry.record.info_hash, entry.sleep->alarm, at);
}

void Client::on_alarm(const Hash20& torrent)
{
    constexpr environment::Duration patience = std::chrono::seconds{5};  // nobody asked for it: it speaks, and sleeps on
    Entry& entry = *entries_.at(torrent);
    const Time now = parts_.environment.loop.now();
    alarms_.clear(torrent, entry.sleep->alarm);
    count_sleep(entry, now);
    if (end_if_due(entry, given_of(entry, {}, now))) return;
    if (now >= entry.sleep->due) return rouse(entry, patience);
    set_alarm(entry);
}

void Client::count_sleep(Entry& entry, Time now)
{
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - entry.seen_at);
    entry.progress.active_s += passed.count();
    entry.progress.seeding_s += passed.count();
    entry.seen_at += passed;
}

}  // namespace shoal::client
