#pragma once

#include "state/database.hpp"
#include "state/repair.hpp"

#include <shoal/result.hpp>

#include <memory>
#include <optional>
#include <string>

// How the file comes into being, and how it is found again. A new one is made whole beside its place and renamed into it: a file that is
// there and is no whole database is a damaged one.
namespace shoal::state {

struct Opened {
    std::unique_ptr<Database> database;
    std::optional<Damage> damage;
    std::string warning{};  // what may be wrong with it, and cannot be known
};

// For who has the lock: makes it, brings it up to date, repairs it. Errors: unsupported (from a later version), those of Database.
// `was_left`: whoever had the lock before died.
Result<Opened> open_owned(const std::string& path, bool was_left);

// For what plug-ins keep, beside whoever has the lock: a whole file of this version, or not_found, bad_input, unsupported.
Result<std::unique_ptr<Database>> open_shared(const std::string& path);

// The next to open it as its owner looks at every page.
void suspect(const std::string& path);

}  // namespace shoal::state
