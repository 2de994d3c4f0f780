#pragma once

#include "host/manifest.hpp"

#include <shoal/abi/types.h>
#include <shoal/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace shoal::host {

// What this host knows about one kind of plug-in.
struct Kind {
    std::string_view id;
    Scope scope;
    std::size_t table_size;       // of the newest table this host knows
    std::uint32_t flags;          // the known ones of the table
    std::uint32_t parallel_flag;  // lets [worker] calls run at the same time; 0: there is none
    // The copied table has what the kind cannot do without, and no reserved field is used.
    Result<void> (*check)(const void* table);
};

// Null: this host does not know it.
const Kind* find_kind(std::string_view id);

}  // namespace shoal::host
