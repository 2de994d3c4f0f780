#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::daemon {

// What one line of TOML says.
struct TomlEntry {
    std::string name;      // with the tables it is in: "rates.down"
    control::Value value;  // of a table without anything in it: an empty map. What we have no type for (a date) is its spelling
    std::uint32_t line = 0;
};

// In the order of the lines. Errors: bad_input, "line N: what is wrong there"; limit_exceeded for what is nested too deeply.
Result<std::vector<TomlEntry>> read_toml(std::string_view text);

}  // namespace shoal::daemon
