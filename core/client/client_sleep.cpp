#include "client/client.hpp"

#include "metainfo/torrent_file.hpp"

#include <algorithm>

// Seeds that nobody asks for are not in the session (docs/decisions/0012): they lie down when they were alone for a while, and get up
// when somebody knocks, when a tracker expects to hear of them, or when something is to be done to them. People see a torrent that
// seeds all the while.
namespace shoal::client {

using control::Value;
using environment::Time;
using Phase = Entry::Phase;

namespace {

constexpr std::int64_t longest_unkept_s = 3600;  // of seeding time: a disk at rest is not woken for less

}  // namespace

// Everything is here, and in an earlier run it was seen to be: its trackers hear of it in its turn.
void Client::sleep_from_start(Entry& entry) const
{
    entry.seeding_kept_s = entry.progress.seeding_s;
    const bool is_whole = entry.progress.have && entry.progress.have->all();
    if (settings_.sleep_after.count() == 0 || !entry.is_finished() || !is_whole || !entry.record.magnet.empty()) return;
    entry.sleep = std::make_unique<Entry::Sleep>();
    entry.told_state = torrent::stage_name(torrent::Stage::seeding);
    entry.sleep->due = entry.seen_at = entry.given_at = parts_.environment.loop.now();
}

bool Client::rests(const Entry& entry) const
{
    return entry.sleep && should_run(entry) && entry.work.empty() && !entry.is_called;
}

// ---- down ---------------------------------------------------------------------------------------------------------

bool Client::is_quiet(const Entry& entry, const torrent::Torrent& torrent, Time now) const
{
    if (entry.sleep || settings_.sleep_after.count() == 0) return false;  // it is not awake yet, or never sleeps
    const bool is_at_work = !entry.record.magnet.empty() || entry.work_under_way > 0 || !entry.work.empty() || entry.is_dirty ||
                              entry.is_checkpoint_under_way;
    return now - entry.quiet_since >= entry.patience && !is_at_work && should_run(entry) && torrent.is_idle();
}

void Client::fall_asleep(Entry& entry, torrent::Torrent& torrent)
{
    entry.sleep = std::make_unique<Entry::Sleep>();
    entry.sleep->met = torrent.leave_quietly();
    entry.sleep->is_private = torrent.metainfo().is_private;
    entry.sleep->due = entry.sleep->met->due;
    leave_session(entry);
}

void Client::lie_down(Entry& entry)
{
    entry.phase = Phase::dormant;
    entry.patience = settings_.sleep_after;
    ++dormant_;
    set_alarm(entry);
}

bool Client::is_worth_keeping(const state::TorrentProgress& before, const state::TorrentProgress& now, const Entry& entry)
{
    const bool is_as_on_record = before.have && before.have->all() && before.have == now.have &&
                                 before.downloaded == now.downloaded && before.uploaded == now.uploaded;
    return !is_as_on_record || now.seeding_s - entry.seeding_kept_s >= longest_unkept_s;
}

// ---- up -----------------------------------------------------------------------------------------------------------

void Client::rouse(Entry& entry, environment::Duration patience)
{
    entry.is_called = true;
    entry.patience = patience;
    move_on(entry);
}

// What comes next is for move_on() to see: it is awake soon, or it ends here.
void Client::get_up(Entry& entry)
{
    entry.phase = Phase::stopped;
    --dormant_;
    alarms_.clear(entry.record.info_hash, entry.sleep->alarm);
    count_sleep(entry, parts_.environment.loop.now());
    if (should_run(entry)) return;
    put_progress(entry, [](const Result<void>&) {});
    if (is_stopping_ || entry.is_erased) return;
    touch(entry);
    Value::Map event;
    event.set("state", torrent::stage_name(torrent::Stage::paused));
    report_state(entry, std::move(event));
}

bool Client::wake(const Hash20& info_hash, session::Sleepers::Call call)
{
    Entry* entry = find_entry(info_hash);
    if (entry == nullptr || !entry->sleep || !should_run(*entry)) return false;
    if (call == session::Sleepers::Call::spotted && entry->sleep->is_private.value_or(true)) return false;
    const bool is_on_its_way = entry->is_called || entry->phase == Phase::starting || entry->phase == Phase::running;
    if (!is_on_its_way && !alarms_.admits_stranger()) return false;
    rouse(*entry, settings_.sleep_after);
    return true;
}

// People saw a torrent that seeds, and so they go on until it is something else.
bool Client::is_unseen(const Entry& entry, std::string_view event, const Value::Map& fields)
{
    if (!entry.sleep) return false;
    if (event == "torrent.finished" || event == "file.finished") return true;
    const auto* state = fields.find("state");
    const bool has_failed = state != nullptr && *state == Value(torrent::stage_name(torrent::Stage::failed));
    return event == "torrent.state" && !has_failed;
}

// It may be: it was in another state than before.
void Client::on_awake(Entry& entry)
{
    auto* torrent = running(entry);
    if (torrent == nullptr || !entry.sleep) return;
    const bool has_lost_some = torrent->stage() == torrent::Stage::downloading && torrent->ledger().wanted_count() > 0;
    if (torrent->stage() != torrent::Stage::seeding && !has_lost_some) return;
    entry.sleep.reset();
    entry.is_called = false;  // also who called while it was on its way
    entry.quiet_since = parts_.environment.loop.now();
    if (!has_lost_some) return;
    touch(entry);
    Value::Map event;
    event.set("state", torrent::stage_name(torrent->stage()));
    report_state(entry, std::move(event));
}

// ---- asked --------------------------------------------------------------------------------------------------------

namespace {

// Those of the torrent, with what the ones it met last said.
Client::Trackers trackers_of(const metainfo::TorrentFile& metainfo, const std::optional<torrent::Finder::Memory>& met)
{
    Client::Trackers all;
    for (std::uint32_t tier = 0; tier < metainfo.trackers.size(); ++tier) {
        for (const auto& url : metainfo.trackers[tier]) {
            auto& said = all.emplace_back();
            said.url = url;
            said.tier = tier;
            if (!met) continue;
            const auto known = std::ranges::find(met->trackers.met, url, &torrent::Announcer::Tracker::url);
            if (known == met->trackers.met.end()) continue;
            said.is_working = known->is_working;
            said.message = known->message;
            said.seeds = known->seeds;
            said.leechers = known->leechers;
        }
    }
    return all;
}

}  // namespace

void Client::ask_trackers(const Hash20& torrent, UniqueFunction<void(Result<Trackers>)> done)
{
    Entry* asked = find_entry(torrent);
    if (asked == nullptr) return done(make_error(Errc::not_found, "there is no such torrent"));
    if (auto* live = running(*asked); live != nullptr && !asked->sleep) return done(live->status().trackers);
    if (const auto* resolution = resolving(*asked)) return done(resolution->status().trackers);
    if (!asked->record.magnet.empty()) return done(Trackers{});
    parts_.library.read_metainfo(torrent, [this, alive = std::weak_ptr(alive_), torrent, done = std::move(done)](Result<Bytes> read) mutable {
        if (alive.expired()) return;  // the library is destroyed after us
        if (!read) return done(read.error());
        const auto metainfo = metainfo::parse(*read);
        if (!metainfo) return done(metainfo.error());
        const Entry* entry = find_entry(torrent);
        done(trackers_of(*metainfo, entry != nullptr && entry->sleep ? entry->sleep->met : std::nullopt));
    });
}

}  // namespace shoal::client
