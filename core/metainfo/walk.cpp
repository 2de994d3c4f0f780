#include "metainfo/walk.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace shoal::metainfo {

namespace {

namespace fs = std::filesystem;

Error failure(const fs::path& path, const std::error_code& error)
{
    const auto code = error == std::errc::no_such_file_or_directory ? Errc::not_found
                      : error == std::errc::permission_denied       ? Errc::permission_denied
                                                                    : Errc::io_error;
    return make_error(code, fmt::format("{}: {}", path.native(), error.message()));
}

// One walk: folders still to be read, and what was found so far.
struct Walk {
    fs::path root;
    std::vector<fs::path> folders;
    Found found;
};

Result<void> add_entry(Walk& walk, const fs::directory_entry& entry)
{
    std::error_code error;
    const auto status = entry.symlink_status(error);
    if (error) return failure(entry.path(), error);
    if (fs::is_directory(status)) {
        walk.folders.push_back(entry.path());
        return {};
    }
    if (!fs::is_regular_file(status)) {
        const auto* kind = fs::is_symlink(status) ? "a symbolic link" : "neither a file nor a folder";
        walk.found.notes.push_back(fmt::format("left out, {}: {}", kind, printable(entry.path().native())));
        return {};
    }
    const auto length = entry.file_size(error);
    if (error) return failure(entry.path(), error);
    walk.found.files.push_back({entry.path().native().substr(walk.root.native().size()), length});
    return {};
}

Result<Found> walk_folder(const fs::path& root)
{
    Walk walk{.root = root / "", .folders = {root / ""}, .found = {}};
    while (!walk.folders.empty()) {
        const auto folder = std::move(walk.folders.back());
        walk.folders.pop_back();
        std::error_code error;
        fs::directory_iterator at(folder, error);
        for (; !error && at != fs::directory_iterator(); at.increment(error)) {
            if (auto added = add_entry(walk, *at); !added) return std::move(added).error();
        }
        if (error) return failure(folder, error);
    }
    std::ranges::sort(walk.found.files, {}, &FoundFile::path);
    std::ranges::sort(walk.found.notes);
    return std::move(walk.found);
}

} // namespace

Result<Found> walk(const std::string& root)
{
    std::error_code error;
    const fs::path path(root);
    const auto status = fs::status(path, error);
    if (!fs::status_known(status) || !fs::exists(status)) {
        return failure(path, error ? error : std::make_error_code(std::errc::no_such_file_or_directory));
    }
    if (fs::is_directory(status)) return walk_folder(path);
    if (!fs::is_regular_file(status)) {
        return make_error(Errc::bad_input, fmt::format("{}: neither a file nor a folder", root));
    }
    const auto length = fs::file_size(path, error);
    if (error) return failure(path, error);
    return Found{.files = {{std::string(), length}}, .notes = {}};
}

} // namespace shoal::metainfo
