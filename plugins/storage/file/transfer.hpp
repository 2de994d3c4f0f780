// Whole reads, writes and copies: the operating system may do less at a time than it was asked for.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/storage.hpp>

#include <cstdint>
#include <functional>

namespace shoal::file_storage {

struct Transferred {
    std::uint64_t size = 0;
    int error = 0; // errno
};

/// Until `into` is full or the file ends.
[[nodiscard]] Transferred read_at(int descriptor, std::uint64_t offset, MutableBytes into);

/// Everything, unless there is an error.
[[nodiscard]] Transferred write_at(int descriptor, std::uint64_t offset, const WriteParts& parts);

/// Hears how many octets more were copied. False: that is enough.
using Copying = std::function<bool(std::uint64_t)>;

/// The first `size` octets of a file into a new one, holes left out, written out (fsync). An errno, or 0; ECANCELED when
/// `copying` says so.
[[nodiscard]] int copy_file(int from, int to, std::uint64_t size, const Copying& copying);

} // namespace shoal::file_storage
