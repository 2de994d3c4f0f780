#pragma once

#include <shoal/result.hpp>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

// The database once more, beside it, as it was some minutes ago. When nothing can be read of the database, its torrents come back from
// there; what is known of their pieces does not, for that may be wrong by now.
namespace shoal::state {

std::string copy_of(const std::string& path);
bool has_copy(const std::string& path);

// Makes it anew: whole or not at all. Blocks as long as reading and writing the whole file take, or until it is told to end: cancelled.
// Errors: those of Database. [any]
Result<void> make_copy(const std::string& path, const std::atomic<bool>& is_ending);

// There is none, or the database was written to since.
bool is_copy_old(const std::string& path);

// None: there is none. By the clock on the wall, which may have jumped: then no time.
std::optional<std::chrono::seconds> age_of_copy(const std::string& path);

}  // namespace shoal::state
