#include "client/client.hpp"
#include "client/options.hpp"
#include "client/torrent_report.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

// The way of a torrent between "only kept" and "in the session": every wish changes the record, and move_on() does the next step
// towards it. There is no other place that begins or ends one.
namespace shoal::client {

using Phase = Entry::Phase;

using control::Value;

namespace {

state::TorrentRecord record_of(const AddRequest& request, std::string folder)
{
    state::TorrentRecord record{.folder = std::move(folder), .is_started = !request.is_stopped};
    if (const auto* file = std::get_if<session::FromFile>(&request.source)) {
        record.info_hash = file->metainfo.info_hash.wire();
        record.name = file->metainfo.name;
        record.size = file->metainfo.geometry.total_length();
    } else {
        const auto& from = std::get<session::FromMagnet>(request.source);
        record.info_hash = from.magnet.info_hash.wire();
        record.name = from.magnet.name.empty() ? from.magnet.info_hash.hex() : from.magnet.name;
        record.magnet = from.link;
    }
    if (!request.label.empty()) record.options.set("label", request.label);
    if (!request.select.empty()) {
        record.options.set("select", Value::List(request.select.begin(), request.select.end()));
    }
    return record;
}

// What can be known of a wish before it is kept.
Result<void> check_source(const AddRequest& request)
{
    if (const auto* from = std::get_if<session::FromMagnet>(&request.source)) return metainfo::check_can_be_fetched(from->magnet);
    const auto skipped = session::Session::skipped(std::get<session::FromFile>(request.source).metainfo, request.select);
    if (!skipped) return skipped.error();
    return {};
}

// What is kept of a torrent must be of that torrent: a database that was damaged or edited may have another one's in its place.
Result<metainfo::TorrentFile> metainfo_of(const Hash20& torrent, const Bytes& octets)
{
    auto metainfo = metainfo::parse(octets);
    if (!metainfo || metainfo->info_hash.wire() == torrent) return metainfo;
    return make_error(Errc::bad_input, fmt::format("the database has the metainfo of another torrent ({}) in its place: add the torrent again",
                                                   metainfo->info_hash.hex()));
}

// It need not be there, but nothing else may be in its place. Blocks.
Result<void> check_can_be_folder(const std::string& folder)
{
    std::error_code error;
    for (std::filesystem::path at(folder); !at.empty(); at = at.parent_path()) {
        const auto status = std::filesystem::status(at, error);
        if (std::filesystem::is_directory(status)) return {};
        if (std::filesystem::exists(status)) {
            return make_error(Errc::invalid_argument, fmt::format("{}: {} is a file, not a folder", printable(folder), printable(at.string())));
        }
        if (at == at.parent_path()) break;
    }
    return {};
}

}  // namespace

void Client::add(AddRequest request, Added done)
{
    if (const auto checked = check_source(request); !checked) return done(checked.error());
    auto own = checked_own(request.own);
    if (!own) return done(own.error());
    request.own = std::move(*own);
    if (request.folder.empty()) request.folder = settings_.torrents.folder;
    auto outcome = std::make_shared<Result<void>>();
    auto check = [folder = request.folder, outcome] { *outcome = check_can_be_folder(folder); };
    auto checked = [this, alive = std::weak_ptr(alive_), outcome, request = std::move(request), done = std::move(done)]() mutable {
        if (alive.expired()) return;
        if (*outcome) add_checked(std::move(request), std::move(done));
        else done(outcome->error());
    };
    parts_.environment.workers.run(std::move(check), carried(std::move(checked)));
}

void Client::add_checked(AddRequest request, Added done)
{
    auto record = record_of(request, request.folder);
    const Hash20 torrent = record.info_hash;
    if (auto* known = find_entry(torrent)) return heal(*known, std::move(request), std::move(done));
    if (entries_.contains(torrent)) {
        return done(make_error(Errc::invalid_argument, fmt::format("{} is here already", printable(record.name))));
    }
    if (const auto own = own_options(request, record.options); !own) return done(own.error());
    if (const auto near = guarded_.near(record.folder); !near.empty() && near.front().empty()) {
        return done(make_error(Errc::permission_denied, fmt::format("{} is a folder of scripts, settings, plug-ins or the database: choose another",
                                                                    printable(record.folder))));
    }
    record.position = next_position_++;
    record.added_at = parts_.unix_time();
    auto& entry = *entries_.emplace(torrent, std::make_unique<Entry>(Entry{.record = std::move(record), .progress = {}})).first->second;
    entry.peers = std::move(request.peers);
    entry.asked_by = parts_.methods.causes().now();
    keep_claims(entry);
    changes_.touch(torrent);
    auto on_kept = [this, alive = std::weak_ptr(alive_), torrent, from = std::move(request.from), done = std::move(done)](Result<void> kept) mutable {
        if (alive.expired()) return;  // the library is destroyed after us
        Entry* added = find_entry(torrent);
        if (added == nullptr) return done(make_error(Errc::cancelled, "it was removed before it was kept"));
        if (!kept) {
            forget(*added);
            return done(kept.error());
        }
        report(*added, "torrent.added", std::move(from));
        schedule();
        done(torrent);
    };
    auto* file = std::get_if<session::FromFile>(&request.source);
    if (file == nullptr) return put(entry, std::move(on_kept));
    put(entry, [](const Result<void>&) {});  // what follows it in the queue is not kept without it
    parts_.library.put_metainfo(torrent, std::move(file->octets), carried(std::move(on_kept)));
}

void Client::start(const Hash20& torrent, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(make_error(Errc::not_found, "there is no such torrent"));
    if (!std::exchange(entry->record.is_started, true) || entry->failure) entry->asked_by = parts_.methods.causes().now();
    if (entry->failure && entry->phase == Phase::running) entry->is_to_reenter = true;  // what failed does not go on by itself
    entry->failure.reset();
    put(*entry, std::move(done));
    if (!is_stopping_) answer_stops(*entry);
    schedule();
}

void Client::pause(const Hash20& torrent, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(make_error(Errc::not_found, "there is no such torrent"));
    if (std::exchange(entry->record.is_started, false)) entry->asked_by = parts_.methods.causes().now();
    entry->failure.reset();
    put(*entry, [this, torrent, done = std::move(done)](Result<void> kept) mutable {
        Entry* paused = find_entry(torrent);
        if (!kept || paused == nullptr || paused->phase == Phase::stopped) return done(std::move(kept));
        paused->when_stopped.push_back(std::move(done));
        if (paused->record.is_started && !is_stopping_) answer_stops(*paused);
    });
    schedule();
}

// Somebody wants it to run after all.
void Client::answer_stops(Entry& entry)
{
    for (auto& done : std::exchange(entry.when_stopped, {})) done(make_error(Errc::cancelled, "it was started again before it had stopped"));
}

void Client::remove(const Hash20& torrent, bool with_data, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(make_error(Errc::not_found, "there is no such torrent"));
    entry->record.options.set("removing", with_data);  // and not begun again if the process dies before it is done
    entry->when_forgotten = std::move(done);
    entry->asked_by = parts_.methods.causes().now();
    put(*entry, [](const Result<void>&) {});
    report(*entry, "torrent.removed", report_torrent(*this, *entry).set("data", with_data));
    changes_.remove(torrent);
    auto dropped = std::exchange(entry->work, {});
    begin_removal(*entry);
    for (auto& work : dropped) work.done(make_error(Errc::cancelled, "the torrent was removed"));
    move_on(*entry);
}

Result<void> Client::look_for_peers(const Hash20& torrent)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return make_error(Errc::not_found, "there is no such torrent");
    if (entry->sleep && entry->phase != Phase::running) {
        if (entry->sleep->met) entry->sleep->met->look_again(parts_.environment.loop.now());
        rouse(*entry, settings_.sleep_after);
    } else if (auto* live = running(*entry)) live->look_for_peers();
    else if (auto* resolution = resolving(*entry)) resolution->look_for_peers();
    else return make_error(Errc::unsupported, "it does not run");
    return {};
}

Result<void> Client::add_peers(const Hash20& torrent, const std::vector<Endpoint>& peers)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return make_error(Errc::not_found, "there is no such torrent");
    entry->peers = peers;  // for its next start
    if (entry->sleep) rouse(*entry, settings_.sleep_after);
    for (const Endpoint& peer : peers) {
        if (auto* live = running(*entry)) live->add_peer(peer);
        else if (auto* resolution = resolving(*entry)) resolution->add_peer(peer);
    }
    return {};
}

// ---- one step ---------------------------------------------------------------------------------------------------

bool Client::should_run(const Entry& entry) const
{
    return entry.standing == queue::Standing::runs && !entry.failure && !entry.is_erased && !is_stopping_;
}

// It is in the session for that alone: work that waits, or trackers that should hear that it is gone.
bool Client::has_business(const Entry& entry)
{
    return !entry.work.empty() || (entry.sleep && entry.sleep->met && entry.sleep->met->trackers.is_expected_back());
}

void Client::move_on(Entry& entry)
{
    if (entry.phase == Phase::dormant && !rests(entry)) get_up(entry);
    if (!entry.sleep) touch(entry);
    switch (entry.phase) {
    case Phase::stopped:
        if (rests(entry)) return lie_down(entry);
        if (should_run(entry) || (has_business(entry) && !is_stopping_)) return begin(entry);
        entry.sleep.reset();
        for (auto& done : std::exchange(entry.when_stopped, {})) done({});
        if (entry.is_erased) forget(entry);
        return;
    case Phase::running:
        if (auto* torrent = running(entry)) work(entry, *torrent);
        if ((!should_run(entry) || entry.is_to_reenter) && entry.work_under_way == 0) return end(entry);
        if (auto* torrent = running(entry); std::exchange(entry.is_drowsy, false) && torrent != nullptr) fall_asleep(entry, *torrent);
        return;
    case Phase::dormant:
    case Phase::starting:  // it moves on when it has arrived
    case Phase::stopping: return;
    }
}

// What is done to its files comes before its start. Who is stopped meanwhile is paused, and leaves when that is done.
void Client::work(Entry& entry, torrent::Torrent& torrent)
{
    const Hash20 hash = entry.record.info_hash;
    while (!entry.work.empty()) {
        auto next = std::move(entry.work.front());
        entry.work.pop_front();
        ++entry.work_under_way;
        next.run(torrent, [this, alive = std::weak_ptr(alive_), hash, done = std::move(next.done)](Result<void> result) mutable {
            if (alive.expired()) return;
            --entries_.at(hash)->work_under_way;
            done(std::move(result));
            // Out of the torrent's own call.
            parts_.environment.loop.post([this, alive, hash] {
                const auto at = alive.expired() ? entries_.end() : entries_.find(hash);
                if (!alive.expired() && at != entries_.end()) move_on(*at->second);
            });
        });
    }
    // Also while it winds down from what was done to it: nobody asks again when it has come to rest.
    const bool can_start = !torrent.wants_live() && !torrent.has_failed();
    if (should_run(entry) && !entry.is_to_reenter && can_start && entry.work_under_way == 0) torrent.start();
    if (!should_run(entry) && torrent.wants_live() && entry.work_under_way > 0) torrent.stop([] {});
}

// A process that dies from here on leaves pieces in doubt: that is on record before the first of them is written.
void Client::begin(Entry& entry)
{
    entry.phase = Phase::starting;
    const Hash20 torrent = entry.record.info_hash;
    auto in_doubt = entry.progress;
    in_doubt.is_clean = false;
    const auto next = [this, alive = std::weak_ptr(alive_), torrent](const Result<void>& kept) {
        if (alive.expired()) return;
        Entry& begun = *entries_.at(torrent);
        if (!kept) return fail(begun, kept.error());
        read_metainfo(begun);
    };
    if (entry.progress.have && entry.progress.have->all()) return read_metainfo(entry);  // it writes nothing
    parts_.library.put_progress(torrent, in_doubt, next);
}

void Client::read_metainfo(Entry& entry)
{
    const Hash20 torrent = entry.record.info_hash;
    if (!entry.record.magnet.empty()) return enter_session(entry, Bytes{});
    parts_.library.read_metainfo(torrent, [this, alive = std::weak_ptr(alive_), torrent](Result<Bytes> octets) {
        if (!alive.expired()) enter_session(*entries_.at(torrent), std::move(octets));
    });
}

void Client::enter_session(Entry& entry, Result<Bytes> torrent_file)
{
    if (!torrent_file) return fail(entry, torrent_file.error());
    Result<TorrentHandle> added = make_error(Errc::bad_input, "");
    entering_ = &entry;
    if (!entry.record.magnet.empty()) {
        auto magnet = metainfo::parse_magnet(entry.record.magnet);
        added = magnet ? session_.add(std::move(*magnet), options_for(entry)) : Result<TorrentHandle>(magnet.error());
    } else {
        auto metainfo = metainfo_of(entry.record.info_hash, *torrent_file);
        added = metainfo ? session_.add(std::move(*metainfo), options_for(entry)) : Result<TorrentHandle>(metainfo.error());
    }
    entering_ = nullptr;
    if (!added) return fail(entry, added.error());
    entry.phase = Phase::running;
    entry.handle = *added;
    entry.is_called = false;
    entry.quiet_since = parts_.environment.loop.now();
    if (!entry.sleep) {
        entry.seen_at = entry.given_at = entry.quiet_since;
        entry.patience = settings_.sleep_after;
    }
    entry.given_then = 0;
    entry.stall = {.since = entry.quiet_since};
    by_handle_.emplace(*added, entry.record.info_hash);
    if (auto* torrent = running(entry)) apply_priorities(entry, *torrent);
    move_on(entry);
}

session::AddOptions Client::options_for(const Entry& entry) const
{
    const auto& options = entry.record.options;
    session::AddOptions add{.folder = entry.record.folder,
                            .storage = settings_.torrents.storage,
                            .pickers = settings_.torrents.pickers,
                            .choker = settings_.torrents.choker,
                            .select = texts_in(options, "select"),
                            .peers = entry.peers,
                            .is_paused = entry.record.magnet.empty()};  // move_on() starts it
    add.rates = {number_in(options, "down"), number_in(options, "up")};
    add.renamed = texts_by_file(options, "renamed");
    if (entry.sleep) add.memory = entry.sleep->met;
    if (entry.progress.have) add.resume = torrent::Resume{*entry.progress.have, entry.progress.is_clean};
    if (auto pickers = texts_in(options, "pickers"); !pickers.empty()) add.pickers = std::move(pickers);
    if (const auto* choker = options.find("choker"); choker != nullptr && choker->as_text() != nullptr) {
        add.choker = *choker->as_text();
    }
    return add;
}

// ---- and back ---------------------------------------------------------------------------------------------------

void Client::end(Entry& entry)
{
    entry.sleep.reset();
    entry.is_called = false;
    leave_session(entry);
}

void Client::leave_session(Entry& entry)
{
    const auto* live = running(entry);
    const bool is_known = live != nullptr && (live->stage() == torrent::Stage::downloading || live->stage() == torrent::Stage::seeding);
    if (is_known) note_reached(entry, *live, live->ledger().have());  // already while it stops
    entry.phase = Phase::stopping;
    entry.is_to_reenter = false;
    const Hash20 torrent = entry.record.info_hash;
    session_.remove(entry.handle, [this, alive = std::weak_ptr(alive_), torrent](torrent::Torrent* stopped, torrent::Resume reached) {
        if (!alive.expired()) on_stopped(torrent, stopped, std::move(reached));
    });
}

// Everything is written and every file is closed: what is not on record now is not there.
void Client::on_stopped(const Hash20& torrent, torrent::Torrent* stopped, torrent::Resume reached)
{
    Entry& entry = *entries_.at(torrent);
    by_handle_.erase(entry.handle);
    entry.work_under_way = 0;
    entry.may_write = false;
    entry.moving.reset();
    entry.is_checkpoint_under_way = false;
    // In doubt it is looked at anew before it sleeps.
    if (stopped == nullptr || !reached.is_clean || stopped->stage() == torrent::Stage::failed) entry.sleep.reset();
    const auto before = entry.progress;
    if (stopped != nullptr) {
        entry.progress = progress_of(entry, *stopped, std::move(reached));
        moved_before_ += stopped->totals();
        note_reached(entry, *stopped, *entry.progress.have);
    }
    entry.is_dirty = false;
    auto ended = [this, alive = std::weak_ptr(alive_), torrent](const Result<void>& kept) {
        if (!alive.expired()) on_ended(*entries_.at(torrent), kept);
    };
    if (!entry.sleep || is_worth_keeping(before, entry.progress, entry)) return put_progress(entry, std::move(ended));
    parts_.environment.loop.post([ended = std::move(ended)] { ended({}); });
}

void Client::on_ended(Entry& entry, const Result<void>& kept)
{
    if (!kept) parts_.log.error("{}: {}", printable(entry.record.name), kept.error().text);
    entry.phase = Phase::stopped;
    if (!entry.sleep) schedule();
    move_on(entry);
}

void Client::fail(Entry& entry, const Error& why)
{
    entry.failure = why;
    entry.sleep.reset();
    entry.is_called = false;
    schedule();  // somebody else has its place
    parts_.log.error("{}: {}", printable(entry.record.name), why.text);
    Value::Map event;
    event.set("why", why.text);
    event.set("code", errc_name(why.code));
    report(entry, "torrent.error", std::move(event));
    if (entry.phase == Phase::starting) entry.phase = Phase::stopped;
    for (auto& work : std::exchange(entry.work, {})) work.done(why);
    move_on(entry);
}

void Client::touch(const Entry& entry)
{
    if (!entry.is_erased) changes_.touch(entry.record.info_hash);
}

void Client::forget(Entry& entry)
{
    const Hash20 torrent = entry.record.info_hash;
    auto forgotten = [done = std::move(entry.when_forgotten), left = std::move(entry.left_behind)](Result<void> erased) mutable {
        if (done) done(left ? Result<void>(*left) : std::move(erased));
    };
    changes_.remove(torrent);
    claims_.remove(torrent);
    entries_.erase(torrent);
    parts_.library.erase(torrent, std::move(forgotten));
}

}  // namespace shoal::client
