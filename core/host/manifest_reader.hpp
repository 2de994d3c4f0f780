#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace shoal::host {

// A file as the reader below sees it, so that tests need no disk.
class RandomAccess {
public:
    virtual ~RandomAccess() = default;
    virtual std::uint64_t size() const = 0;
    // Fills `out` from `offset`, or an error; never partly.
    virtual Result<> read(std::uint64_t offset, MutableBytes out) const = 0;
};

// The text of the ELF section ".shoal.manifest" of a shared library, without loading or running anything of
// it. The file may be hostile: every offset and count is checked, at most 1 MiB is read. Errors: bad_input
// (not a library, damaged, no such section), unsupported (built for another machine), io_error.
Result<std::string> read_manifest(const RandomAccess& file);
Result<std::string> read_manifest(const std::filesystem::path& path);

}  // namespace shoal::host
