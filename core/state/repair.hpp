#pragma once

#include "state/database.hpp"

#include <shoal/result.hpp>

#include <memory>
#include <string>

// A damaged database is not mended in its place. What can be read of it goes into a new one, row by row; the old file gets another name,
// and stays for who knows more. Who calls has the lock.
namespace shoal::state {

struct Damage {
    std::string text;       // what was wrong, what was saved and where the old file is now: to be said loudly
    std::string set_aside;  // its path
};

// Afterwards a whole database is at the path. Errors leave the old one there. There may be none any more, but a copy of it.
Result<Damage> repair(const std::string& path, const std::string& what_is_wrong);

// Where a new one is made.
std::string fresh_of(const std::string& path);

// An empty file of ours alone, with nothing of an earlier attempt.
Result<std::unique_ptr<Database>> begin_fresh(const std::string& path);

// The new one gets its name, for good.
Result<void> put_in_place(const std::string& path);

// What is there, with the log of writes that belongs to it, as far as there is any; a name of today, which is returned.
Result<std::string> set_aside(const std::string& path);

}  // namespace shoal::state
