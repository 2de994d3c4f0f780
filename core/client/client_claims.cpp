#include "client/client.hpp"
#include "client/options.hpp"

#include "session/glob.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

// Files that two torrents have in common. Two that only read them may share them; nothing is written, moved or deleted that is another
// one's. Which torrents may meet is seen by their paths (claims.hpp); the metainfo of those alone is read.
namespace shoal::client {

using metainfo::TorrentFile;

namespace {

std::string joined(const std::string& folder, const std::string& path)
{
    auto whole = (std::filesystem::path(folder) / path).lexically_normal().string();
    if (whole.size() > 1 && whole.ends_with('/')) whole.pop_back();
    return whole;
}

std::vector<std::string> beginnings(const std::string& folder, const std::string& name, const std::map<std::uint32_t, std::string>& renamed)
{
    std::vector<std::string> paths{joined(folder, name)};
    for (const auto& [file, path] : renamed) paths.push_back(joined(folder, path));
    return paths;
}

bool has_octets(const metainfo::File& file) { return !file.padding && file.length > 0; }

bool has_any_of(const Bitfield& have, const TorrentFile& metainfo, FileIndex file)
{
    const auto pieces = metainfo.geometry.pieces_of(file);
    if (!pieces) return false;
    const auto first = have.find_first_set(pieces->first.value());
    return first && *first <= pieces->second.value();
}

// Which files of a torrent that does not run are wanted.
struct Selection {
    explicit Selection(const control::Value::Map& options)
        : priorities(texts_by_file(options, "priorities")), globs(texts_in(options, "select"))
    {
    }

    bool has(const TorrentFile& metainfo, FileIndex file) const
    {
        if (const auto own = priorities.find(file.value()); own != priorities.end()) return own->second != "skip";
        const auto matches = [&](const auto& glob) {
            return session::matches_glob(glob, metainfo.file(file).path) || session::matches_glob(glob, metainfo.disk_path(file));
        };
        return globs.empty() || std::ranges::any_of(globs, matches);
    }

    std::map<std::uint32_t, std::string> priorities;
    std::vector<std::string> globs;
};

}  // namespace

// What is looked for, who may have it, and what was found.
struct Client::Search {
    std::map<std::string, std::uint32_t> ours;  // by path
    std::vector<Hash20> others;
    std::vector<SharedFile> found;
    Shared done;
};

void Client::keep_claims(const Entry& entry)
{
    const auto& record = entry.record;
    if (!record.magnet.empty()) return;  // its name is not known for sure
    claims_.put(record.info_hash, beginnings(record.folder, record.name, texts_by_file(record.options, "renamed")));
}

void Client::keep_claims(const Entry& entry, const torrent::Torrent& torrent)
{
    claims_.put(entry.record.info_hash, beginnings(entry.record.folder, torrent.metainfo().name, torrent.renamed()));
}

// Who has nothing and writes nothing lays claim to nothing.
bool Client::has_claims(const Entry& entry)
{
    if (entry.is_erased) return false;
    if (entry.may_write) return true;
    const auto* live = running(entry);
    const auto* have = live != nullptr ? &live->ledger().have() : entry.progress.have ? &*entry.progress.have : nullptr;
    return have != nullptr && !have->none();
}

std::optional<Error> Client::trespass(const Places& places) const
{
    const auto& [torrent, folder, moved] = places;
    const auto guarded = guarded_.near(folder);
    if (guarded.empty()) return std::nullopt;  // the common case
    for (const FileIndex file : torrent.metainfo().geometry.files()) {
        if (!has_octets(torrent.metainfo().file(file)) || (moved != nullptr && !moved->contains(file.value()))) continue;
        const auto path = moved != nullptr ? moved->at(file.value()) : torrent.path_of(file);
        if (std::ranges::none_of(guarded, [&](const auto& place) { return Guarded::is_in(path, place); })) continue;
        return make_error(Errc::permission_denied, fmt::format("{} would be one of the files that decide what runs here (scripts, settings, plug-ins, "
                                                               "the database): choose another folder", printable(joined(folder, path))));
    }
    return std::nullopt;
}

// The common case is that nobody is near, and then no file is looked at.
void Client::find_shared(const Places& places, Shared done)
{
    const auto& [torrent, folder, moved] = places;
    const auto& metainfo = torrent.metainfo();
    auto others = claims_.near(metainfo.info_hash.wire(), beginnings(folder, metainfo.name, moved != nullptr ? *moved : torrent.renamed()));
    std::erase_if(others, [this](const Hash20& other) { return !has_claims(*entries_.at(other)); });
    if (others.empty()) return done({});
    auto search = std::make_shared<Search>(Search{{}, std::move(others), {}, carried(std::move(done))});
    for (const FileIndex file : metainfo.geometry.files()) {
        if (!has_octets(metainfo.file(file))) continue;
        if (moved == nullptr) search->ours.emplace(joined(folder, torrent.path_of(file)), file.value());
        else if (const auto at = moved->find(file.value()); at != moved->end()) search->ours.emplace(joined(folder, at->second), file.value());
    }
    look_at_next(std::move(search));
}

void Client::look_at_next(std::shared_ptr<Search> search)
{
    while (!search->others.empty()) {
        const Hash20 other = search->others.back();
        search->others.pop_back();
        const Entry* entry = find_entry(other);
        if (entry == nullptr) continue;
        if (const auto* live = running(*entry)) {
            compare(*search, *entry, live->metainfo());
            continue;
        }
        return parts_.library.read_metainfo(other, [this, alive = std::weak_ptr(alive_), other, search](const Result<Bytes>& octets) {
            if (alive.expired()) return;
            const auto metainfo = octets ? metainfo::parse(*octets) : Result<TorrentFile>(octets.error());
            const Entry* read = find_entry(other);
            if (metainfo && read != nullptr) compare(*search, *read, *metainfo);
            look_at_next(search);
        });
    }
    search->done(std::move(search->found));
}

void Client::compare(Search& search, const Entry& entry, const TorrentFile& metainfo)
{
    const auto* live = running(entry);
    const auto renamed = texts_by_file(entry.record.options, "renamed");
    const Selection selection(entry.record.options);
    const Bitfield none(metainfo.geometry.piece_count());
    const Bitfield& have = live != nullptr ? live->ledger().have() : entry.progress.have ? *entry.progress.have : none;
    if (have.size() != none.size()) return;
    for (const FileIndex file : metainfo.geometry.files()) {
        if (!has_octets(metainfo.file(file))) continue;
        const auto other_name = renamed.find(file.value());
        const auto path = other_name != renamed.end() ? other_name->second : metainfo.disk_path(file);
        const auto ours = search.ours.find(joined(entry.record.folder, path));
        if (ours == search.ours.end()) continue;
        const bool is_wanted = live != nullptr ? live->priority(file) != torrent::Priority::skip : selection.has(metainfo, file);
        if (is_wanted || has_any_of(have, metainfo, file)) search.found.push_back({ours->second, ours->first, entry.record.name});
    }
}

Error Client::taken(const SharedFile& shared)
{
    return make_error(Errc::refused, fmt::format("{} is a file of the torrent {}, too: choose another folder, or rename the file in one of them",
                                                 printable(shared.path), printable(shared.other)));
}

// Whoever asks first has them: the others see it when they ask.
void Client::before_writing(TorrentHandle handle, UniqueFunction<void(Result<void>)> allowed)
{
    const auto* torrent = session_.find(handle);
    const auto at = torrent != nullptr ? entries_.find(torrent->metainfo().info_hash.wire()) : entries_.end();
    if (at == entries_.end()) return allowed({});
    Entry& entry = *at->second;
    if (const auto why = trespass({*torrent, entry.record.folder})) return allowed(*why);
    entry.may_write = true;
    allowed = when_losses_are_kept(entry, *torrent, std::move(allowed));
    keep_claims(entry, *torrent);
    find_shared({*torrent, entry.record.folder}, [this, handle, hash = at->first,
                                    allowed = std::move(allowed)](const std::vector<SharedFile>& shared) mutable {
        const auto* asking = session_.find(handle);
        if (asking == nullptr) return allowed(make_error(Errc::cancelled, "the torrent is gone"));
        const auto wanted = asking->files_to_write();  // as it is now: priorities may have changed while others were looked at
        const auto is_written = [&](const SharedFile& one) {
            return std::ranges::any_of(wanted, [&](FileIndex file) { return file.value() == one.file; });
        };
        const auto first = std::ranges::find_if(shared, is_written);
        if (first == shared.end()) return allowed({});
        if (const auto asked = entries_.find(hash); asked != entries_.end()) asked->second->may_write = false;
        allowed(taken(*first));
    });
}

// What takes files away, all or those that are named, may not take what others have as well.
std::optional<Error> Client::shared_and_had(const torrent::Torrent& torrent, const std::vector<SharedFile>& shared,
                                            const std::map<std::uint32_t, std::string>* of)
{
    for (const auto& one : shared) {
        if (of != nullptr && !of->contains(one.file)) continue;
        const auto file = torrent.metainfo().geometry.file(one.file);
        if (file && has_any_of(torrent.ledger().have(), torrent.metainfo(), *file)) return taken(one);
    }
    return std::nullopt;
}

}  // namespace shoal::client
