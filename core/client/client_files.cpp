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
constexpr std::string_view renamed = "renamed";
constexpr std::string_view removing = "removing";  // with its data?

Error unknown() { return make_error(Errc::not_found, "there is no such torrent"); }

}  // namespace

void Client::visit(const Hash20& torrent, UniqueFunction<void(torrent::Torrent&, Done)> work, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(unknown());
    if (!entry->record.magnet.empty() && running(*entry) == nullptr) {
        return done(make_error(Errc::unsupported, fmt::format("the metadata of {} is not known yet", entry->record.name)));
    }
    entry->work.push_back({std::move(work), std::move(done)});
    move_on(*entry);
}

void Client::recheck(const Hash20& torrent, Done done)
{
    auto work = [this, torrent](torrent::Torrent& running, Done checked) {
        entries_.at(torrent)->sleep.reset();  // people shall see that it is checked
        running.recheck(std::move(checked));
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
    entry->record.options.set(std::string(moving), folder);
    put(*entry, [this, torrent, folder, done = std::move(done)](Result<void> kept) mutable {
        Entry* moved = find_entry(torrent);
        if (!kept || moved == nullptr) return done(kept ? unknown() : std::move(kept));
        move_files(*moved, folder, std::move(done));
    });
}

void Client::move_files(Entry& entry, const std::string& folder, Done done)
{
    const Hash20 hash = entry.record.info_hash;
    auto work = [this, hash, folder](torrent::Torrent& torrent, Done moved) {
        auto progress = [this, hash](std::uint64_t octets, std::uint64_t total) {
            const auto* entry = find_entry(hash);
            if (entry == nullptr) return;
            Value::Map event;
            event.set("done", static_cast<std::int64_t>(octets));
            event.set("size", static_cast<std::int64_t>(total));
            report(*entry, "torrent.moving", std::move(event));
        };
        torrent.move(folder, std::move(progress), [this, hash, folder, moved = std::move(moved)](Result<void> result) mutable {
            const auto at = entries_.find(hash);
            if (at == entries_.end()) return moved(std::move(result));
            auto& record = at->second->record;
            if (result || !is_stopping_) record.options = without(record.options, moving);
            if (result) record.folder = folder;
            put(*at->second, [result, moved = std::move(moved)](Result<void> kept) mutable {
                moved(result ? std::move(kept) : std::move(result));
            });
        });
    };
    visit(hash, std::move(work), std::move(done));
}

// ---- renaming ---------------------------------------------------------------------------------------------------

void Client::rename(const Hash20& torrent, const std::string& path, const std::string& new_path, Done done)
{
    auto work = [this, path, new_path](torrent::Torrent& running, Done renamed_file) {
        const auto files = running.metainfo().geometry.files();
        const auto at = std::ranges::find_if(files, [&](FileIndex file) { return running.path_of(file) == path; });
        if (at == files.end()) {
            return renamed_file(make_error(Errc::not_found, fmt::format("it has no file {}", printable(path))));
        }
        rename_file(running, (*at).value(), new_path, std::move(renamed_file));
    };
    visit(torrent, std::move(work), std::move(done));
}

void Client::rename_file(torrent::Torrent& torrent, std::uint32_t file, const std::string& path, Done done)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    auto& record = entries_.at(hash)->record;
    const std::string number = std::to_string(file);
    record.options.set(std::string(renaming), map_in(record.options, renaming).set(number, path));
    auto finish = [this, hash, number, path, done = std::move(done)](Result<void> result) mutable {
        auto& renamed_record = entries_.at(hash)->record;
        auto& options = renamed_record.options;
        options.set(std::string(renaming), without(map_in(options, renaming), number));
        if (result) options.set(std::string(renamed), map_in(options, renamed).set(number, path));
        put(*entries_.at(hash), [result, done = std::move(done)](Result<void> kept) mutable {
            done(result ? std::move(kept) : std::move(result));
        });
    };
    const TorrentHandle handle = torrent.handle();
    put(*entries_.at(hash), [this, handle, file, path, finish = std::move(finish)](Result<void> kept) mutable {
        auto* running = session_.find(handle);
        if (!kept || running == nullptr) return finish(kept ? unknown() : std::move(kept));
        running->rename(*running->metainfo().geometry.file(file), path, std::move(finish));
    });
}

// ---- removing ---------------------------------------------------------------------------------------------------

void Client::begin_removal(Entry& entry)
{
    const auto* with_data = entry.record.options.find(removing);
    entry.is_erased = true;
    if (with_data == nullptr || with_data->as_bool() == nullptr || !*with_data->as_bool()) return;
    if (!entry.record.magnet.empty() && running(entry) == nullptr) return;  // without metadata it has no files
    auto work = [](torrent::Torrent& torrent, Done removed) { torrent.remove_data(std::move(removed)); };
    entry.work.push_back({std::move(work), [this, hash = entry.record.info_hash](Result<void> removed) {
                              if (removed) return;
                              Entry& erased = *entries_.at(hash);
                              parts_.log.error("the files of {}: {}", printable(erased.record.name), removed.error().text);
                              erased.left_behind = removed.error();
                          }});
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
    for (const auto& [file, path] : texts_by_file(options, renaming)) {
        entry.work.push_back({[this, file = file, path = path](torrent::Torrent& torrent, Done done) {
                                  if (!torrent.metainfo().geometry.file(file)) return done({});
                                  rename_file(torrent, file, path, std::move(done));
                              },
                              say});
    }
    if (const auto* folder = options.find(moving); folder != nullptr && folder->as_text() != nullptr) {
        move_files(entry, *folder->as_text(), say);
    }
}

void Client::apply_priorities(const Entry& entry, torrent::Torrent& torrent)
{
    for (const auto& [file, name] : texts_by_file(entry.record.options, "priorities")) {
        const auto index = torrent.metainfo().geometry.file(file);
        const auto priority = torrent::priority_named(name);
        if (index && priority) torrent.set_priority(*index, *priority);
    }
}

}  // namespace shoal::client
