#include "client/client.hpp"
#include "client/options.hpp"

#include "metainfo/create.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

// What the session tells, what is kept because of it, and what the faces hear.
namespace shoal::client {

using control::Value;
using Phase = Entry::Phase;

namespace {

Value::Map fields_of(const Value& payload)
{
    return payload.as_map() != nullptr ? *payload.as_map() : Value::Map{};
}

}  // namespace

void Client::on_event(TorrentHandle handle, std::string_view name, Value payload)
{
    if (handle.value() == 0) return parts_.methods.publish(name, fields_of(payload));  // a plug-in's, of no torrent
    Entry* entry = entering_;
    if (const auto at = by_handle_.find(handle); at != by_handle_.end()) entry = entries_.at(at->second).get();
    if (entry == nullptr) return;
    const Value::Map fields = fields_of(payload);
    const bool is_seen = !is_unseen(*entry, name, fields);
    if (is_seen) touch(*entry);
    if (is_seen && entry->sleep && name == "torrent.state") entry->sleep.reset();  // it failed
    if (name == "piece.verified") {
        entry->is_dirty = true;
    } else if (name == "torrent.finished" || name == "torrent.metadata" || name == "torrent.state") {
        // In a turn of its own: the torrent is still inside the change.
        parts_.environment.loop.post([this, alive = std::weak_ptr(alive_), torrent = entry->record.info_hash,
                                      name = std::string(name), fields] {
            if (alive.expired()) return;
            Entry* changed = find_entry(torrent);
            if (changed == nullptr || changed->phase != Phase::running) return;
            if (changed->sleep) on_awake(*changed);
            else if (name == "torrent.finished") on_finished(*changed);
            else if (name == "torrent.metadata") on_metadata(*changed);
            else on_state(*changed);
        });
    }
    if (!is_seen) return;
    if (name == "torrent.state") report_state(*entry, fields);
    else report(*entry, name, completed(*entry, name, fields));
}

// With what the torrent itself does not know.
Value::Map Client::completed(const Entry& entry, std::string_view event, Value::Map fields) const
{
    if (event == "torrent.moved") fields.set("from", entry.record.folder);
    if (event != "torrent.finished" || entry.is_finished() || entry.record.added_at == 0) return fields;
    if (const auto took = parts_.unix_time() - entry.record.added_at; took >= 0) fields.set("took", took);
    return fields;
}

// What failed leaves the session; what it has is kept, and it can be started again.
void Client::on_state(Entry& entry)
{
    std::optional<Error> why;
    if (auto* torrent = running(entry); torrent != nullptr && torrent->stage() == torrent::Stage::failed) {
        why = torrent->status().failure;
    } else if (const Error* failure = session_.resolution_failure(entry.handle)) {
        why = *failure;
    }
    if (why) return fail(entry, *why);
    const auto* torrent = running(entry);
    // Of a process that died before it could write it down.
    if (torrent != nullptr && torrent->stage() == torrent::Stage::seeding && !entry.is_finished()) on_finished(entry);
}

void Client::on_metadata(Entry& entry)
{
    auto* torrent = running(entry);
    if (torrent == nullptr || entry.record.magnet.empty()) return;
    end_stall(entry, parts_.environment.loop.now());
    apply_priorities(entry, *torrent);
    keep_selection(entry, *torrent);
    take_asked_priorities(entry.record.info_hash);
    const auto& metainfo = torrent->metainfo();
    entry.record.name = metainfo.name;
    entry.record.size = metainfo.geometry.total_length();
    keep_claims(entry, *torrent);  // of files that are here already, and never written
    const Hash20 hash = entry.record.info_hash;
    // The link goes when the metadata is there for good.
    parts_.library.put_metainfo(hash, metainfo::to_torrent(metainfo), [this, alive = std::weak_ptr(alive_), hash](Result<void> kept) {
        Entry* named = alive.expired() ? nullptr : find_entry(hash);
        if (named == nullptr) return;
        if (!kept) return parts_.log.error("the metadata of {}: {}", printable(named->record.name), kept.error().text);
        named->record.magnet.clear();
        put(*named, [](const Result<void>&) {});
    });
}

void Client::on_finished(Entry& entry)
{
    checkpoint(entry);
    schedule();  // its place among the downloads is free
    if (entry.is_finished()) return;
    entry.record.finished_at = parts_.unix_time();
    put(entry, [](const Result<void>&) {});
}

// The link goes with its metadata: what it selected is kept by file.
void Client::keep_selection(Entry& entry, const torrent::Torrent& torrent)
{
    auto priorities = texts_by_file(entry.record.options, "priorities");
    for (const FileIndex file : torrent.metainfo().geometry.files()) {
        if (torrent.priority(file) == torrent::Priority::skip) priorities[file.value()] = torrent::priority_name(torrent::Priority::skip);
    }
    if (!priorities.empty()) entry.record.options.set("priorities", map_of(priorities));
}

// ---- progress ---------------------------------------------------------------------------------------------------

state::TorrentProgress Client::progress_of(const Entry& entry, const torrent::Torrent& torrent, torrent::Resume reached)
{
    auto progress = entry.progress;
    progress.have = std::move(reached.have);
    progress.is_clean = reached.is_clean;
    const auto totals = torrent.totals();
    progress.downloaded += totals.downloaded;
    progress.uploaded += totals.uploaded;
    return progress;
}

void Client::checkpoint_all()
{
    // Those that run, and not all there are: ten thousand that rest are not looked at.
    for (const auto& [handle, torrent] : by_handle_) {
        if (Entry& entry = *entries_.at(torrent); entry.is_dirty) checkpoint(entry);
    }
    checkpoints_.start(settings_.checkpoint, [this] { checkpoint_all(); });
}

// Data before bitfield: the torrent flushes what it says it has, and only then is it written down.
void Client::checkpoint(Entry& entry)
{
    auto* torrent = running(entry);
    if (torrent == nullptr || std::exchange(entry.is_checkpoint_under_way, true)) return;
    entry.is_dirty = false;
    const Hash20 hash = entry.record.info_hash;
    torrent->checkpoint([this, alive = std::weak_ptr(alive_), hash](Result<torrent::Resume> reached) {
        if (alive.expired()) return;
        Entry* asked = find_entry(hash);
        if (asked == nullptr) return;
        asked->is_checkpoint_under_way = false;
        auto* torrent = running(*asked);
        if (torrent == nullptr) return;  // it was stopped meanwhile, and that told more
        if (!reached) return;  // the torrent has failed, and says so
        asked->progress.have = reached->have;
        parts_.library.put_progress(hash, progress_of(*asked, *torrent, std::move(*reached)), [](const Result<void>&) {});
    });
}

// ---- telling ----------------------------------------------------------------------------------------------------

void Client::put(Entry& entry, Done done)
{
    touch(entry);
    // The library answers whoever waits when it is destroyed, which is after us.
    done = carried(std::move(done));
    parts_.library.put(entry.record, [alive = std::weak_ptr(alive_), done = std::move(done)](Result<void> kept) mutable {
        if (!alive.expired()) done(std::move(kept));
    });
}

void Client::put_progress(Entry& entry, Done done)
{
    entry.seeding_kept_s = entry.progress.seeding_s;
    parts_.library.put_progress(entry.record.info_hash, entry.progress, std::move(done));
}

void Client::ask(std::string_view hook, Value::Map question, control::Hooks::Decide decided)
{
    parts_.methods.hooks().ask(hook, std::move(question),
                               [alive = std::weak_ptr(alive_), decided = std::move(decided)](control::Hooks::Verdict verdict) mutable {
                                   if (!alive.expired()) decided(std::move(verdict));
                               });
}

// A state comes a while after what asked for it, in a decision about all of them: who asked is noted with the torrent until it is there.
void Client::report_state(Entry& entry, Value::Map payload)
{
    const auto* state = payload.find("state");
    const bool is_on_its_way = state != nullptr && (*state == Value(torrent::stage_name(torrent::Stage::checking)) ||
                                                    *state == Value(torrent::stage_name(torrent::Stage::resolving)));
    const bool has_failed = state != nullptr && *state == Value(torrent::stage_name(torrent::Stage::failed));
    std::optional<control::Causes::Acting> acting;
    if (!entry.asked_by.empty() && !has_failed && parts_.methods.causes().is_nobody()) acting.emplace(parts_.methods.causes(), entry.asked_by);
    if (!is_on_its_way) entry.asked_by.clear();
    if (state != nullptr && state->as_text() != nullptr) payload.set("from", std::exchange(entry.told_state, *state->as_text()));
    report(entry, "torrent.state", std::move(payload));
}

void Client::report(const Entry& entry, std::string_view event, Value::Map payload)
{
    Value::Map said;
    said.set("torrent", entry.record.info_hash.hex());
    said.set("name", entry.record.name);
    for (std::size_t i = 0; i < payload.size(); ++i) said.set(payload.keys()[i], payload.values()[i]);
    parts_.methods.publish(event, std::move(said));
}

}  // namespace shoal::client
