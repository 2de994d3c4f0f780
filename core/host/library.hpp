#pragma once

#include "host/manifest.hpp"

#include <shoal/abi/plugin.h>
#include <shoal/assert.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace shoal::host {

// Keeps what the last instances left behind, so that a checked host can name a plug-in that uses its host
// pointer after `destroy` instead of reading freed memory. [any]
class Afterlife {
public:
    void keep(std::shared_ptr<const void> remains);

private:
    std::mutex mutex_;
    std::vector<std::shared_ptr<const void>> remains_;
    std::size_t next_ = 0;
};

// One thing a loaded library can make, checked and copied: `table` is the host's own copy, as large as this
// host knows the kind and null where the library is older. Lives as long as its Registry.
class Factory {
public:
    Factory(const Manifest& manifest, const Provision& provision, std::filesystem::path path);

    const Manifest& manifest() const { return manifest_; }
    const std::string& kind() const { return provision_.kind; }
    const std::string& name() const { return provision_.name; }
    Scope scope() const { return provision_.scope; }
    const std::filesystem::path& path() const { return path_; }

    // Table must be the type that belongs to kind(): shoal_picker_v1 for "shoal.picker/1" and so on.
    template <class Table>
    const Table& table() const
    {
        SHOAL_ASSERT(table_.size() * sizeof(std::uint64_t) == sizeof(Table));
        return *reinterpret_cast<const Table*>(table_.data());
    }

    const shoal_factory& entry() const { return entry_; }
    // Its [worker] functions may run at the same time.
    bool is_parallel() const { return parallel_; }
    Afterlife& afterlife() const { return *afterlife_; }

private:
    friend class LibraryCheck;

    const Manifest& manifest_;
    const Provision& provision_;
    std::filesystem::path path_;
    shoal_factory entry_{};             // host's copy; its own `table` points into the library
    std::vector<std::uint64_t> table_;  // the copy; words, for the alignment
    bool parallel_ = false;
    std::unique_ptr<Afterlife> afterlife_;
};

// A loaded library. It is pinned in memory: destroying this object unloads nothing, because threads,
// destructors and static data of a plug-in may outlive every bookkeeping of ours.
class Library {
public:
    // Loads the file with everything resolved and nothing shared (rtld_now, rtld_local), and believes
    // nothing: entry symbol, sizes, reserved fields, flags, the manifest's equality with the one read before,
    // the tables' needed functions. `manifest` outlives it. Errors: bad_input (cannot be loaded, contradicts
    // itself), unsupported (ABI). Not at the same time from two threads. Runs the library's initialisers: do
    // it for what a user named or configured.
    static Result<std::unique_ptr<Library>> open(const std::filesystem::path& path, const Manifest& manifest);

    // The same checks for a plug-in that is part of the program. The descriptor lives as long as the process.
    static Result<std::unique_ptr<Library>> adopt(const shoal_plugin* descriptor, const Manifest& manifest,
                                                  const std::filesystem::path& path);

    explicit Library(std::vector<std::unique_ptr<Factory>> factories) : factories_(std::move(factories)) {}

    // In the order of the library. Kinds this host does not know are left out.
    const std::vector<std::unique_ptr<Factory>>& factories() const { return factories_; }

private:
    std::vector<std::unique_ptr<Factory>> factories_;
};

}  // namespace shoal::host
