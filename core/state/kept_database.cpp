#include "state/kept_database.hpp"

#include "state/opening.hpp"
#include "state/process_lock.hpp"

#include <filesystem>
#include <utility>

namespace shoal::state {

namespace {

// Whoever makes or mends the file has the lock meanwhile.
Result<std::unique_ptr<Database>> open_as_owner(const std::string& path, const host::Log& log)
{
    const auto lock = lock_database(path);
    if (!lock) return lock.error();
    auto opened = open_owned(path, lock->was_left());
    if (!opened) return opened.error();
    if (opened->damage) log.error("{}", opened->damage->text);
    if (!opened->warning.empty()) log.warning("{}", opened->warning);
    return std::move(opened->database);
}

bool is_owners_work(const Error& error, bool may_create)
{
    return error.code == Errc::bad_input || (error.code == Errc::not_found && may_create);
}

Result<std::unique_ptr<Database>> open_one_of_many(const std::string& path, const host::Log& log, bool may_create)
{
    auto opened = open_shared(path);
    if (opened || !is_owners_work(opened.error(), may_create)) return opened;
    auto owned = open_as_owner(path, log);
    if (owned || owned.error().code != Errc::refused) return owned;
    // Another one may just have done it.
    auto again = open_shared(path);
    if (again) return again;
    return make_error(again.error().code, again.error().text + "; " + owned.error().text);
}

KeptSpaces read_all(Result<std::unique_ptr<Database>>& opened, const std::string& path, const host::Log& log)
{
    if (!opened && opened.error().code == Errc::not_found) return {};  // the first run
    auto spaces = opened ? read_kept(**opened) : Result<KeptSpaces>(opened.error());
    if (spaces) return std::move(*spaces);
    log.warning("{}: what plug-ins have kept is not there: {}", path, spaces.error().text);
    return {};
}

}  // namespace

KeptDatabase::KeptDatabase(environment::Loop& loop, environment::Workers& workers, std::string path, const host::Log& log)
{
    if (path.empty()) {
        table_.emplace(loop, KeptSpaces(), [](const KeptRow&) {});
        return;
    }
    path = std::filesystem::absolute(path).string();
    auto opened = open_one_of_many(path, log, false);
    auto spaces = read_all(opened, path, log);
    auto opener = [path, log] { return open_one_of_many(path, log, true); };
    disk_ = std::make_shared<Disk>(path, opened ? std::move(*opened) : nullptr, std::move(opener));
    writer_.emplace(loop, workers, disk_, log);
    table_.emplace(loop, std::move(spaces), [this](KeptRow row) { writer_->put(std::move(row), {}); });
}

KeptDatabase::~KeptDatabase()
{
    table_->hand_on();
    if (!writer_) return;
    writer_->end();
    disk_->close();
}

Result<void> KeptDatabase::save()
{
    table_->hand_on();
    return writer_ ? writer_->write_now() : Result<void>();
}

}  // namespace shoal::state
