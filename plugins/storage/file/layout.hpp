// The files of a torrent by number, and what each is called until it is complete. Immutable; share freely.
#pragma once

#include <shoal/result.hpp>
#include <shoal/storage.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::file_storage {

struct FilePlan {
    std::string path{};         // its final name; contained, see folder.hpp
    std::string special_part{}; // only where path + ".part" will not do
    std::uint64_t length = 0;
    bool padding = false;
    // What has its final name may be somebody else's; until finish(). Under the storage's lock, and not immutable.
    bool unverified = false;

    /// Its name until finish(), in the same folder; no other file or folder of the torrent is called so.
    [[nodiscard]] std::string part() const { return special_part.empty() ? path + ".part" : special_part; }

    [[nodiscard]] std::string name(bool is_final) const { return is_final ? path : part(); }
};

/// Errors: invalid_argument where a path is not contained or is there twice: the host promised otherwise.
[[nodiscard]] Result<std::vector<FilePlan>> plan_files(const StorageLayout& layout);

/// The plan of `file` under another path; the others keep their names. Errors: invalid_argument where the path is not
/// contained or is another file's or folder's.
[[nodiscard]] Result<FilePlan> plan_renamed(const std::vector<FilePlan>& files, std::uint32_t file, std::string_view path);

} // namespace shoal::file_storage
