#pragma once

#include "state/database.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::state {

struct SavedRows {
    std::string_view table;
    std::uint64_t count = 0;
    bool is_whole = false;  // it was read to its end
};

// Makes the tables in an empty database, and puts in what can be read of a damaged file, however little it is: first from the beginning,
// then from the end, then row by row what lies between. What was there of a torrent is believed, what was not is looked for:
// nothing counts as stopped in peace. Where torrents or metainfo are not whole, those that are missing come from the copy, if there is one:
// of their pieces nothing is known. Errors are those of the new one. All or nothing.
struct Salvaged {
    std::vector<SavedRows> tables;
    std::uint64_t from_copy = 0;  // torrents
};
Result<Salvaged> salvage(const std::string& damaged, Database& fresh);

}  // namespace shoal::state
