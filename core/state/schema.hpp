#pragma once

#include "state/database.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <span>
#include <string_view>

// What the tables are. The database says which version of them it has; each version is made of the one before by one step, and a new
// database takes all of them.
namespace shoal::state {

// The steps up to the present: step i makes version i + 1.
std::span<const char* const> schema_steps();

// A parent before its children, as rows are saved.
std::span<const std::string_view> table_names();

// Of what was opened: 0 where nothing was made yet. Errors: bad_input (another program's database, or none), unsupported (from a later
// version of Shoal), those of Database.
Result<std::int64_t> schema_version(Database& database);

// From the version it has to that of the last step, in the transaction that is open.
Result<void> migrate(Database& database, std::span<const char* const> steps = schema_steps());

// Which table is not there, as one line; empty: all are.
Result<std::string> missing_in(Database& database);

// What is wrong with a table and its index, as one line; empty: nothing. Reads all of it.
Result<std::string> damage_in(Database& database, std::string_view table);

// The same of the whole file, which may be gigabytes.
Result<std::string> damage_in(Database& database);

}  // namespace shoal::state
