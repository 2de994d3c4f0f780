#include "client/client.hpp"
#include "client/options.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

// What is done to the files of a torrent. What is wanted is on record before it is begun, and what came of it before it is answered: a
// process that dies in between does it again, and a storage does not mind.
namespace shoal::client {

using control::Value;

namespace {

constexpr std::string_view moving = "moving";      // the folder
constexpr std::string_view renaming = "renaming";  // file number -> path
constexpr std::string_view removing = "removing";  // with its data?

// A folder that was never one holds nothing back.
bool has_nothing(const torrent::Torrent* torrent, const std::string& folder)
{
    std::error_code error;
    return torrent != nullptr && torrent->ledger().have().none() && !std::filesystem::is_directory(folder, error);
}

Error unknown() { return make_error(Errc::not_found, "there is no such torrent"); }

}  // namespace

void Client::visit(const Hash20& torrent, UniqueFunction<void(torrent::Torrent&, Done)> work, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(unknown());
    if (!entry->record.magnet.empty() && running(*entry) == nullptr) {
        return done(make_error(Errc::unsupported, fmt::format("the metadata of {} is not known yet", entry->record.name)));
    }
    entry->work.push_back({carried(std::move(work)), carried(std::move(done))});
    move_on(*entry);
}

// Who has failed is stopped afterwards: what was wrong may be right now, and whether it goes on is for somebody to say.
void Client::recheck(const Hash20& torrent, Done done)
{
    if (Entry* entry = find_entry(torrent); entry != nullptr && entry->failure) {
        entry->failure.reset();
        entry->record.is_started = false;
        put(*entry, [](const Result<void>&) {});
        schedule();
    }
    auto work = [this, torrent](torrent::Torrent& running, Done checked) {
        entries_.at(torrent)->sleep.reset();  // people shall see that it is checked
        entries_.at(torrent)->asked_by = parts_.methods.causes().now();
        begin_check(running, std::move(checked));
    };
    visit(torrent, std::move(work), std::move(done));
}

// ---- moving -----------------------------------------------------------------------------------------------------

void Client::move(const Hash20& torrent, std::string folder, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(unknown());
    if (!std::filesystem::path(folder).is_absolute()) {
        return done(make_error(Errc::invalid_argument, "a folder is an absolute path"));
    }
    if (!entry->record.magnet.empty() && running(*entry) == nullptr) return put_elsewhere(*entry, folder, std::move(done));
    if (const auto* other = entry->record.options.find(moving); other != nullptr && other->as_text() != nullptr) {
        return done(make_error(Errc::refused, fmt::format("it is being moved to {}: wait until that has ended", printable(*other->as_text()))));
    }
    entry->record.options.set(std::string(moving), folder);
    put(*entry, [this, torrent, folder, done = std::move(done)](Result<void> kept) mutable {
        Entry* moved = find_entry(torrent);
        if (moved == nullptr) return done(unknown());
        if (kept) return move_files(*moved, folder, std::move(done));
        moved->record.options = without(moved->record.options, moving);
        done(std::move(kept));
    });
}

void Client::move_files(Entry& entry, const std::string& folder, Done done)
{
    auto is_begun = std::make_shared<bool>(false);
    auto work = [this, folder, is_begun](torrent::Torrent& torrent, Done moved) {
        *is_begun = true;
        move_checked(torrent, folder, std::move(moved));
    };
    // A wish that came to nothing is not taken up at the next start.
    auto ended = [this, hash = entry.record.info_hash, is_begun, done = std::move(done)](Result<void> moved) mutable {
        Entry* entry = find_entry(hash);
        if (moved || *is_begun || entry == nullptr) return done(std::move(moved));
        entry->record.options = without(entry->record.options, moving);
        put(*entry, [moved, done = std::move(done)](const Result<void>&) mutable { done(std::move(moved)); });
    };
    visit(entry.record.info_hash, std::move(work), std::move(ended));
}

// Neither away from under another torrent nor to where one has its files.
void Client::move_checked(torrent::Torrent& torrent, const std::string& folder, Done done)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    if (const auto why = trespass({torrent, folder})) return refuse_move(hash, folder, *why, std::move(done));
    auto look_there = [this, hash, folder, done = std::move(done)](const std::vector<SharedFile>& here) mutable {
        auto* torrent = running(*entries_.at(hash));
        const auto why = torrent != nullptr ? shared_and_had(*torrent, here) : std::optional<Error>(unknown());
        if (why) return refuse_move(hash, folder, *why, std::move(done));
        find_shared({*torrent, folder}, [this, hash, folder, done = std::move(done)](const std::vector<SharedFile>& there) mutable {
            auto* torrent = running(*entries_.at(hash));
            if (!there.empty()) refuse_move(hash, folder, taken(there.front()), std::move(done));
            else if (torrent == nullptr) refuse_move(hash, folder, unknown(), std::move(done));
            else begin_move(*torrent, folder, std::move(done));
        });
    };
    find_shared({torrent, entries_.at(hash)->record.folder}, std::move(look_there));
}

void Client::refuse_move(const Hash20& torrent, const std::string& folder, const Error& why, Done done)
{
    if (const auto* entry = find_entry(torrent)) {
        Value::Map event;
        event.set("doing", "move");
        event.set("why", why.text);
        event.set("code", errc_name(why.code));
        report(*entry, "torrent.error", std::move(event));
    }
    end_move(torrent, folder, why, std::move(done));
}

void Client::begin_move(torrent::Torrent& torrent, const std::string& folder, Done done)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    if (is_stopping_) return end_move(hash, folder, make_error(Errc::cancelled, "the client stops"), std::move(done));
    entries_.at(hash)->moving = Entry::Moving{.folder = folder};
    auto progress = [this, hash](std::uint64_t octets, std::uint64_t total) {
        auto* entry = find_entry(hash);
        if (entry == nullptr || !entry->moving) return;
        entry->moving->done = octets;
        entry->moving->size = total;
        touch(*entry);
        Value::Map event;
        event.set("done", static_cast<std::int64_t>(octets));
        event.set("size", static_cast<std::int64_t>(total));
        report(*entry, "torrent.moving", std::move(event));
    };
    touch(*entries_.at(hash));
    torrent.move(folder, carried(std::move(progress)), [this, hash, folder, done = std::move(done)](Result<void> result) mutable {
        auto* entry = find_entry(hash);
        const bool is_nothing_lost = !result && !is_stopping_ && entry != nullptr && has_nothing(running(*entry), entry->record.folder);
        if (is_nothing_lost) return put_elsewhere(*entry, folder, std::move(done));
        end_move(hash, folder, std::move(result), std::move(done));
    });
}

void Client::end_move(const Hash20& torrent, const std::string& folder, Result<void> result, Done done)
{
    const auto at = entries_.find(torrent);
    if (at == entries_.end()) return done(std::move(result));
    Entry& entry = *at->second;
    entry.moving.reset();
    auto& record = entry.record;
    if (result || !is_stopping_) record.options = without(record.options, moving);
    if (result) record.folder = folder;
    keep_claims(entry);
    put(entry, [result, done = std::move(done)](Result<void> kept) mutable {
        done(result ? std::move(kept) : std::move(result));
    });
}

// There are no files of it: only what is kept of it changes. It has to come into the session anew.
void Client::put_elsewhere(Entry& entry, const std::string& folder, Done done)
{
    entry.moving.reset();
    entry.record.options = without(entry.record.options, moving);
    const auto from = std::exchange(entry.record.folder, folder);
    entry.is_to_reenter = entry.phase == Entry::Phase::starting || entry.phase == Entry::Phase::running;
    keep_claims(entry);
    Value::Map event;
    event.set("folder", folder);
    event.set("from", from);
    report(entry, "torrent.moved", std::move(event));
    put(entry, std::move(done));
    move_on(entry);
}

// ---- removing ---------------------------------------------------------------------------------------------------

void Client::begin_removal(Entry& entry)
{
    const auto* with_data = entry.record.options.find(removing);
    entry.is_erased = true;
    if (with_data == nullptr || with_data->as_bool() == nullptr || !*with_data->as_bool()) return;
    if (!entry.record.magnet.empty() && running(entry) == nullptr) return;  // without metadata it has no files
    auto work = [this](torrent::Torrent& torrent, Done removed) { remove_files(torrent, std::move(removed)); };
    entry.work.push_back({carried(std::move(work)), [this, hash = entry.record.info_hash](Result<void> removed) {
                              if (removed) return;
                              Entry& erased = *entries_.at(hash);
                              const auto& why = removed.error();
                              erased.left_behind = make_error(why.code, fmt::format("{} is forgotten, but files of it are still in {}: {}",
                                                                                    printable(erased.record.name),
                                                                                    printable(erased.record.folder), why.text));
                              parts_.log.error("{}", erased.left_behind->text);
                          }});
}

// Those that another torrent has as well stay.
void Client::remove_files(torrent::Torrent& torrent, Done done)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    find_shared({torrent, entries_.at(hash)->record.folder},
                [this, hash, done = std::move(done)](const std::vector<SharedFile>& shared) mutable {
                    auto* torrent = running(*entries_.at(hash));
                    if (torrent == nullptr) return done(unknown());
                    std::vector<FileIndex> kept;
                    for (const auto& one : shared) kept.push_back(*torrent->metainfo().geometry.file(one.file));
                    torrent->remove_data(std::move(kept), std::move(done));
                });
}

// ---- after a start ----------------------------------------------------------------------------------------------

// What a process that died did not bring to its end.
void Client::take_up_work(Entry& entry)
{
    const auto& options = entry.record.options;
    const auto say = [this, name = entry.record.name](const Result<void>& ended) {
        if (!ended) parts_.log.error("{}: {}", printable(name), ended.error().text);
    };
    if (options.find(removing) != nullptr) return begin_removal(entry);
    auto paths = texts_by_file(options, renaming);
    if (!paths.empty() || options.find(moving) != nullptr) {
        entry.work.push_back({[](torrent::Torrent& torrent, Done done) {
                                  torrent.take_all_along();
                                  done({});
                              },
                              say});
    }
    if (!paths.empty()) {
        entry.work.push_back({[this, paths = std::move(paths)](torrent::Torrent& torrent, Done done) mutable {
                                  std::erase_if(paths, [&](const auto& one) { return !torrent.metainfo().geometry.file(one.first); });
                                  begin_rename(torrent, std::move(paths), std::move(done));
                              },
                              say});
    }
    if (const auto* folder = options.find(moving); folder != nullptr && folder->as_text() != nullptr) {
        move_files(entry, *folder->as_text(), say);
    }
}

void Client::apply_priorities(const Entry& entry, torrent::Torrent& torrent)
{
    std::map<torrent::Priority, std::vector<FileIndex>> files;
    for (const auto& [file, name] : texts_by_file(entry.record.options, "priorities")) {
        const auto index = torrent.metainfo().geometry.file(file);
        const auto priority = torrent::priority_named(name);
        if (index && priority) files[*priority].push_back(*index);
    }
    for (const auto& [priority, of_it] : files) torrent.set_priority(of_it, priority);
}

}  // namespace shoal::client
