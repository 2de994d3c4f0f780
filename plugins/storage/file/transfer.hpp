// Whole reads and writes at an offset: the operating system may do less at a time than it was asked for.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/storage.hpp>

#include <cstdint>

namespace shoal::file_storage {

struct Transferred {
    std::uint64_t size = 0;
    int error = 0; // errno
};

/// Until `into` is full or the file ends.
[[nodiscard]] Transferred read_at(int descriptor, std::uint64_t offset, MutableBytes into);

/// Everything, unless there is an error.
[[nodiscard]] Transferred write_at(int descriptor, std::uint64_t offset, const WriteParts& parts);

} // namespace shoal::file_storage
