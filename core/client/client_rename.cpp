#include "client/client.hpp"
#include "client/options.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <utility>

// One file, or all that lie in a folder, get other paths. All of them are on record before the first: a process that dies in between goes
// on with them. One that fails takes those before it back.
namespace shoal::client {

using control::Value;

namespace {

constexpr std::string_view wished = "renaming";  // file number -> path
constexpr std::string_view reached = "renamed";

std::string without_slash(std::string path)
{
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    return path;
}

// What the files that are meant are called afterwards.
std::map<std::uint32_t, std::string> new_paths(const torrent::Torrent& torrent, const std::string& path, const std::string& new_path)
{
    std::map<std::uint32_t, std::string> paths;
    const auto above = without_slash(path) + "/";
    for (const FileIndex file : torrent.metainfo().geometry.files()) {
        if (torrent.metainfo().file(file).padding) continue;
        const auto now = torrent.path_of(file);
        if (now == path) return {{file.value(), new_path}};
        if (now.starts_with(above)) paths.emplace(file.value(), without_slash(new_path) + "/" + now.substr(above.size()));
    }
    return paths;
}

}  // namespace

struct Client::Renaming {
    Hash20 torrent;
    std::vector<std::uint32_t> files;  // all of them
    std::map<std::uint32_t, std::string> left;
    std::vector<std::pair<std::uint32_t, std::string>> taken_back;  // the old paths, in order: they are taken from the end
    std::map<std::uint32_t, std::string> done;
    std::optional<Error> failure;
    Done answer;
};

void Client::rename(const Hash20& torrent, const std::string& path, const std::string& new_path, Done done)
{
    auto work = [this, path, new_path](torrent::Torrent& running, Done renamed) {
        auto paths = new_paths(running, path, new_path);
        if (paths.empty()) return renamed(make_error(Errc::not_found, fmt::format("it has no file and no folder {}", printable(path))));
        rename_files(running, std::move(paths), std::move(renamed));
    };
    visit(torrent, std::move(work), std::move(done));
}

// Neither away from under another torrent nor to where one has its files.
void Client::rename_files(torrent::Torrent& torrent, std::map<std::uint32_t, std::string> paths, Done done)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    const auto& folder = entries_.at(hash)->record.folder;
    if (const auto why = trespass({torrent, folder, &paths})) return done(*why);
    auto look_there = [this, hash, paths = std::move(paths), done = std::move(done)](const std::vector<SharedFile>& here) mutable {
        auto* torrent = running(*entries_.at(hash));
        if (torrent == nullptr) return done(make_error(Errc::cancelled, "it was stopped"));
        if (const auto why = shared_and_had(*torrent, here, &paths)) return done(*why);
        const auto wanted = paths;
        find_shared({*torrent, entries_.at(hash)->record.folder, &wanted},
                    [this, hash, paths = std::move(paths), done = std::move(done)](const std::vector<SharedFile>& there) mutable {
                        auto* torrent = running(*entries_.at(hash));
                        if (torrent == nullptr) return done(make_error(Errc::cancelled, "it was stopped"));
                        if (!there.empty()) return done(taken(there.front()));
                        begin_rename(*torrent, std::move(paths), std::move(done));
                    });
    };
    find_shared({torrent, folder}, std::move(look_there));
}

void Client::begin_rename(torrent::Torrent& torrent, std::map<std::uint32_t, std::string> paths, Done done)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    auto& record = entries_.at(hash)->record;
    auto on_record = texts_by_file(record.options, wished);
    std::vector<std::uint32_t> files;
    for (const auto& [file, path] : paths) {
        files.push_back(file);
        on_record.insert_or_assign(file, path);
    }
    record.options.set(std::string(wished), map_of(on_record));
    auto renaming = std::make_shared<Renaming>(
        Renaming{.torrent = hash, .files = std::move(files), .left = std::move(paths), .taken_back = {}, .done = {}, .failure = {}, .answer = std::move(done)});
    put(*entries_.at(hash), [this, renaming = std::move(renaming)](Result<void> kept) mutable {
        if (kept) rename_next(std::move(renaming));
        else end_rename(renaming, std::move(kept));
    });
}

void Client::rename_next(std::shared_ptr<Renaming> renaming)
{
    const bool is_going_back = renaming->failure.has_value();
    if (is_going_back ? renaming->taken_back.empty() : renaming->left.empty()) {
        return end_rename(renaming, renaming->failure ? Result<void>(*renaming->failure) : Result<void>());
    }
    auto* torrent = running(*entries_.at(renaming->torrent));
    if (torrent == nullptr) return end_rename(renaming, make_error(Errc::cancelled, "it was stopped"));
    std::pair<std::uint32_t, std::string> next;
    if (is_going_back) {
        next = renaming->taken_back.back();
        renaming->taken_back.pop_back();
    } else {
        next = *renaming->left.begin();
        renaming->left.erase(renaming->left.begin());
    }
    const FileIndex file = *torrent->metainfo().geometry.file(next.first);
    auto old_path = torrent->path_of(file);
    torrent->rename(file, next.second, [this, next, is_going_back, old_path, renaming](Result<void> result) {
        if (result) renaming->done[next.first] = next.second;
        if (result && !is_going_back) renaming->taken_back.emplace_back(next.first, old_path);
        if (!result && !is_going_back) renaming->failure = result.error();
        rename_next(renaming);
    });
}

void Client::end_rename(const std::shared_ptr<Renaming>& renaming, Result<void> result)
{
    Entry& entry = *entries_.at(renaming->torrent);
    auto& options = entry.record.options;
    auto paths = texts_by_file(options, reached);
    for (const auto& [file, path] : renaming->done) paths.insert_or_assign(file, path);
    if (!paths.empty()) options.set(std::string(reached), map_of(paths));
    auto still_wished = texts_by_file(options, wished);
    for (const auto file : renaming->files) still_wished.erase(file);
    options = without(options, wished);
    if (!still_wished.empty()) options.set(std::string(wished), map_of(still_wished));
    keep_claims(entry);
    put(entry, [result, answer = std::move(renaming->answer)](Result<void> kept) mutable {
        answer(result ? std::move(kept) : std::move(result));
    });
}

}  // namespace shoal::client
