#include "client/client.hpp"
#include "client/meta.hpp"
#include "client/options.hpp"
#include "client/own_settings.hpp"

#include "host/script_file.hpp"
#include "session/glob.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/picker.h>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

// What a torrent may have of its own, and what happens when that changes.
namespace shoal::client {

using control::Value;

namespace {

// Globs are compared with every file on the loop, which others wait for.
constexpr std::size_t most_globs = 1000;
constexpr std::size_t most_comparisons = 1'000'000;

using Given = std::vector<std::pair<FileIndex, torrent::Priority>>;

// What a path names exactly costs one look; anything else is tried on every file.
bool is_plain(const std::string& glob) { return glob.find('/') != std::string::npos && glob.find_first_of("*?") == std::string::npos; }

// By file, the last glob that names it. Of a torrent that is not in the session yet nothing is renamed.
Result<Given> given_priorities(const metainfo::TorrentFile& metainfo, const torrent::Torrent* torrent, const Value::Map& by_glob)
{
    const auto path_of = [&](FileIndex file) { return torrent != nullptr ? torrent->path_of(file) : metainfo.disk_path(file); };
    const auto plain = static_cast<std::size_t>(std::ranges::count_if(by_glob.keys(), is_plain));
    if ((by_glob.size() - plain) * metainfo.geometry.file_count() > most_comparisons) {
        return make_error(Errc::invalid_argument, fmt::format("{} globs for {} files are too many at once", by_glob.size() - plain,
                                                              metainfo.geometry.file_count()));
    }
    std::unordered_multimap<std::string, FileIndex> by_path;
    if (plain > 0) {
        for (const FileIndex file : metainfo.geometry.files()) {
            by_path.emplace(path_of(file), file);
            by_path.emplace(metainfo.file(file).path, file);
        }
    }
    std::vector<std::optional<torrent::Priority>> priorities(metainfo.geometry.file_count());
    for (std::size_t i = 0; i < by_glob.size(); ++i) {
        const auto& glob = by_glob.keys()[i];
        const auto priority = torrent::priority_named(*by_glob.values()[i].as_text());
        if (is_plain(glob)) {
            const auto [first, last] = by_path.equal_range(glob);
            for (auto at = first; at != last; ++at) priorities[at->second.value()] = priority;
            continue;
        }
        for (const FileIndex file : metainfo.geometry.files()) {
            const bool is_meant = session::matches_glob(glob, path_of(file)) || session::matches_glob(glob, metainfo.file(file).path);
            if (is_meant) priorities[file.value()] = priority;
        }
    }
    Given given;
    for (const FileIndex file : metainfo.geometry.files()) {
        if (priorities[file.value()]) given.emplace_back(file, *priorities[file.value()]);
    }
    return given;
}

Result<void> check_priorities(const Value& priorities)
{
    if (priorities.is_null()) return {};
    const auto globs = std::ranges::count_if(priorities.as_map()->keys(), [](const auto& glob) { return !is_plain(glob); });
    if (static_cast<std::size_t>(globs) > most_globs) {
        return make_error(Errc::invalid_argument, fmt::format("at most {} globs at once", most_globs));
    }
    for (const auto& priority : priorities.as_map()->values()) {
        if (priority.as_text() == nullptr || !torrent::priority_named(*priority.as_text())) {
            return make_error(Errc::invalid_argument, "a priority is skip, low, normal or high");
        }
    }
    return {};
}

std::vector<std::string> names_in(const Value& value)
{
    std::vector<std::string> names;
    if (value.as_text() != nullptr) names.push_back(*value.as_text());
    if (value.as_list() != nullptr) {
        for (const auto& one : *value.as_list()) names.push_back(one.as_text() != nullptr ? *one.as_text() : std::string());
    }
    return names;
}

Result<void> check_names(host::Registry& plugins, std::string_view kind, const Value* value)
{
    if (value == nullptr) return {};
    for (const auto& name : names_in(*value)) {
        if (host::is_script(name) && !name.starts_with('/')) {
            return make_error(Errc::invalid_argument, fmt::format("{}: name a script by its absolute path", printable(name)));
        }
        if (const auto found = plugins.find(kind, name); !found) return found.error();
    }
    return {};
}

}  // namespace

Result<Value::Map> Client::checked_own(const Value::Map& wanted) const
{
    auto own = checked_changes(wanted);
    if (!own) return own;
    for (const auto& named : {check_names(parts_.plugins, SHOAL_KIND_PICKER, own->find("pickers")),
                              check_names(parts_.plugins, SHOAL_KIND_CHOKER, own->find("choker"))}) {
        if (!named) return named.error();
    }
    if (const auto* priorities = own->find("priorities")) {
        if (const auto is_right = check_priorities(*priorities); !is_right) return is_right.error();
    }
    return own;
}

// What a torrent that is being added has of its own goes on record with it. Which files globs mean is known with the metadata.
Result<void> Client::own_options(const AddRequest& request, Value::Map& options)
{
    if (const auto* meta = request.own.find("meta")) {
        auto kept = changed_meta({}, *meta);
        if (!kept) return kept.error();
        options.set("meta", std::move(*kept));
    }
    for (std::size_t i = 0; i < request.own.size(); ++i) {
        const auto& key = request.own.keys()[i];
        if (key != "priorities" && key != "meta") options.set(key, request.own.values()[i]);
    }
    const auto asked = map_in(request.own, "priorities");
    if (asked.size() == 0) return {};
    const auto* file = std::get_if<session::FromFile>(&request.source);
    if (file == nullptr) {
        options.set("asked_priorities", asked);
        return {};
    }
    const auto given = given_priorities(file->metainfo, nullptr, asked);
    if (!given) return given.error();
    std::map<std::uint32_t, std::string> priorities;
    for (const auto& [index, priority] : *given) priorities[index.value()] = torrent::priority_name(priority);
    if (!priorities.empty()) options.set("priorities", map_of(priorities));
    return {};
}

void Client::take_asked_priorities(const Hash20& torrent)
{
    auto& options = entries_.at(torrent)->record.options;
    auto asked = map_in(options, "asked_priorities");
    if (asked.size() == 0) return;
    options = without(options, "asked_priorities");
    set_priorities(torrent, std::move(asked), [log = parts_.log](const Result<void>& set) {
        if (!set) log.warning("priorities of files: {}", set.error().text);
    });
}

void Client::set(const Hash20& torrent, const Value::Map& wanted, Done done)
{
    Entry* entry = find_entry(torrent);
    if (entry == nullptr) return done(make_error(Errc::not_found, "there is no such torrent"));
    const auto own = checked_own(wanted);
    if (!own) return done(own.error());
    auto changes = *own;
    if (const auto* meta = own->find("meta")) {
        auto kept = changed_meta(map_in(entry->record.options, "meta"), *meta);
        if (!kept) return done(kept.error());
        changes.set("meta", std::move(*kept));
    }
    const auto* priorities = changes.find("priorities");
    if (const auto swapped = swap_policies(*entry, changes); !swapped) return done(swapped.error());
    apply(*entry, changes);
    report(*entry, "torrent.changed", changes);
    if (priorities == nullptr) return put(*entry, std::move(done));
    put(*entry, [](const Result<void>&) {});
    if (priorities->is_null()) return reset_priorities(torrent, std::move(done));
    set_priorities(torrent, *priorities->as_map(), std::move(done));
}

void Client::apply(Entry& entry, const Value::Map& changes)
{
    auto& options = entry.record.options;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (changes.keys()[i] != "priorities") options.set(changes.keys()[i], changes.values()[i]);
    }
    if (entry.phase == Entry::Phase::dormant) set_alarm(entry);  // it may have given enough
    auto* torrent = running(entry);
    if (torrent == nullptr) return;
    torrent->set_rates({number_in(options, "down"), number_in(options, "up")});
}

// Before anything is kept: what they run may be wrong, and then the old ones stay.
Result<void> Client::swap_policies(Entry& entry, const Value::Map& changes)
{
    auto* torrent = running(entry);
    if (torrent == nullptr) return {};
    if (const auto* pickers = changes.find("pickers")) {
        const auto swapped = torrent->set_pickers(pickers->is_null() ? settings_.torrents.pickers : names_in(*pickers));
        if (!swapped) return swapped;
    }
    if (const auto* choker = changes.find("choker")) {
        return torrent->set_choker(choker->is_null() ? settings_.torrents.choker : *choker->as_text());
    }
    return {};
}

// They are kept by file, so that what a glob matched stays what it was when a file is renamed.
void Client::set_priorities(const Hash20& hash, Value::Map by_glob, Done done)
{
    auto work = [this, hash, by_glob = std::move(by_glob)](torrent::Torrent& torrent, Done set) {
        const auto given = given_priorities(torrent.metainfo(), &torrent, by_glob);
        if (!given) return set(given.error());
        auto& options = entries_.at(hash)->record.options;
        auto priorities = texts_by_file(options, "priorities");
        std::map<torrent::Priority, std::vector<FileIndex>> files;
        for (const auto& [file, priority] : *given) {
            files[priority].push_back(file);
            priorities[file.value()] = torrent::priority_name(priority);
        }
        for (const auto& [priority, of_it] : files) torrent.set_priority(of_it, priority);
        options.set("priorities", map_of(priorities));
        put(*entries_.at(hash), std::move(set));
    };
    visit(hash, std::move(work), std::move(done));
}

// As if nobody had ever said which files are wanted, or how much.
void Client::reset_priorities(const Hash20& hash, Done done)
{
    auto work = [this, hash](torrent::Torrent& torrent, Done set) {
        std::vector<FileIndex> all;
        for (const FileIndex file : torrent.metainfo().geometry.files()) all.push_back(file);
        torrent.set_priority(all, torrent::Priority::normal);
        auto& options = entries_.at(hash)->record.options;
        for (const auto* said : {"priorities", "asked_priorities", "select"}) options = without(options, said);
        put(*entries_.at(hash), std::move(set));
    };
    visit(hash, std::move(work), std::move(done));
}

}  // namespace shoal::client
