#include "state/opening.hpp"

#include "state/file_error.hpp"
#include "state/safe_copy.hpp"
#include "state/schema.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace shoal::state {

namespace fs = std::filesystem;

namespace {

std::string suspicion_of(const std::string& path)
{
    return path + ".suspect";
}

bool exists(const std::string& path)
{
    std::error_code problem;
    return fs::exists(fs::symlink_status(path, problem));
}

// The making of a new one may have been cut short before the last step.
bool is_finished(const std::string& fresh)
{
    if (!exists(fresh)) return false;
    const auto database = Database::open(fresh, Database::Access::writing);
    if (!database) return false;
    const auto version = schema_version(**database);
    return version && *version > 0;
}

// It was deleted or moved away, and with it went what we keep, but for a copy. A log of writes without it is of no use.
Result<std::optional<Damage>> replace_lost(const std::string& path)
{
    const bool has_copy = exists(copy_of(path));
    const bool has_log = exists(path + "-wal");
    if (exists(path) || is_finished(fresh_of(path)) || (!has_copy && !has_log)) return std::optional<Damage>();
    auto damage = repair(path, has_log ? "it is gone, but its log of writes was there" : "it is gone, but its copy was there");
    if (!damage) return damage.error();
    return std::optional(std::move(*damage));
}

Result<void> make(const std::string& path)
{
    // A log of writes that is left of another file would be taken for this one's.
    if (const auto aside = set_aside(path); !aside) return aside.error();
    if (!is_finished(fresh_of(path))) {
        auto database = begin_fresh(path);
        if (!database) return database.error();
        auto transaction = Transaction::begin(**database);
        if (!transaction) return transaction.error();
        if (const auto made = migrate(**database); !made) return made;
        if (const auto made = transaction->commit(); !made) return made;
    }
    return put_in_place(path);
}

Result<void> bring_up_to_date(Database& database, std::int64_t version)
{
    if (version == static_cast<std::int64_t>(schema_steps().size())) return {};
    auto transaction = Transaction::begin(database);
    if (!transaction) return transaction.error();
    if (const auto made = migrate(database); !made) return made;
    return transaction->commit();
}

// Readers and the writer in nobody's way, and after a power cut all that was committed.
Result<void> use_log(Database& database)
{
    auto statement = database.prepare("PRAGMA journal_mode = WAL");
    if (!statement) return statement.error();
    const auto has_row = statement->step();
    if (!has_row) return has_row.error();
    if (statement->text(0) != "wal") {
        return make_error(Errc::unsupported, database.path() + ": this file system does not do for a database");
    }
    statement->reset();
    return database.run("PRAGMA journal_size_limit = 16777216");
}

Error damaged(const Database& database, std::string_view what)
{
    return make_error(Errc::bad_input, fmt::format("{}: {}", database.path(), what));
}

Result<void> check(Database& database, bool also_metainfo)
{
    const auto judge = [&](const Result<std::string>& complaint) -> Result<void> {
        if (!complaint) return complaint.error();
        if (!complaint->empty()) return damaged(database, *complaint);
        return {};
    };
    if (const auto complete = judge(missing_in(database)); !complete) return complete.error();
    if (also_metainfo) return judge(damage_in(database));
    for (const auto table : table_names()) {
        if (table == "metainfo") continue;  // gigabytes, each of which is checked when it is read
        if (const auto sound = judge(damage_in(database, table)); !sound) return sound;
    }
    return {};
}

Result<std::int64_t> version_of(Database& database)
{
    auto version = schema_version(database);
    if (version && *version == 0) return damaged(database, "it is empty");
    return version;
}

Result<std::unique_ptr<Database>> open_whole(const std::string& path, bool also_metainfo)
{
    auto opened = Database::open(path, Database::Access::writing);
    if (!opened) return opened;
    auto& database = **opened;
    const auto version = version_of(database);
    if (!version) return version.error();
    if (const auto sound = check(database, also_metainfo); !sound) return sound.error();
    if (const auto done = use_log(database); !done) return done.error();
    if (const auto done = bring_up_to_date(database, *version); !done) return done.error();
    return opened;
}

}  // namespace

Result<Opened> open_owned(const std::string& path, bool was_left)
{
    auto lost = replace_lost(path);
    if (!lost) return lost.error();
    Opened opened{.database = {}, .damage = std::move(*lost)};
    if (was_left && exists(path) && !opened.damage && !exists(path + "-wal")) {
        opened.warning = fmt::format("whoever had {} last did not end in peace, and its log of writes is gone: what was written last may be missing, "
                                     "unless another program has put it in its place", path);
    }
    if (!exists(path)) {
        if (const auto made = make(path); !made) return made.error();
    }
    const bool is_suspect = exists(suspicion_of(path));
    auto whole = open_whole(path, is_suspect);
    if (!whole && whole.error().code == Errc::bad_input) {
        auto damage = repair(path, whole.error().text);
        if (!damage) return damage.error();
        opened.damage = std::move(*damage);
        whole = open_whole(path, false);
    }
    if (!whole) return whole.error();
    if (is_suspect) ::unlink(suspicion_of(path).c_str());
    opened.database = std::move(*whole);
    return opened;
}

Result<std::unique_ptr<Database>> open_shared(const std::string& path)
{
    if (!exists(path)) return make_error(Errc::not_found, path + " is not there");
    auto opened = Database::open(path, Database::Access::writing);
    if (!opened) return opened;
    const auto version = version_of(**opened);
    if (!version) return version.error();
    if (*version != static_cast<std::int64_t>(schema_steps().size())) {
        return make_error(Errc::unsupported, path + ": written by an earlier version of Shoal");
    }
    const auto complaint = damage_in(**opened, "kept");
    if (!complaint) return complaint.error();
    if (!complaint->empty()) return damaged(**opened, *complaint);
    return opened;
}

void suspect(const std::string& path)
{
    const int descriptor = ::open(suspicion_of(path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor >= 0) ::close(descriptor);
}

}  // namespace shoal::state
