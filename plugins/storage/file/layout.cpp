#include "layout.hpp"

#include "folder.hpp"

#include <shoal/sha1.hpp>
#include <shoal/utf8.hpp>

#include <string_view>
#include <unordered_set>

namespace shoal::file_storage {

namespace {

constexpr std::size_t name_size = 255; // of one component, on every usual file system
constexpr std::string_view suffix = ".part";

// "film.mkv.part"; with an `attempt` above 0, "film.mkv.1.part". A name too long for that loses its end to a
// hash of itself.
std::string part_name(std::string_view path, unsigned attempt)
{
    const auto name_at = path.rfind('/') + 1; // npos + 1 is 0
    auto name = path.substr(name_at);
    auto ending = (attempt > 0 ? "." + std::to_string(attempt) : std::string()) + std::string(suffix);
    if (name.size() + ending.size() > name_size) {
        ending = "~" + Sha1::of(as_bytes(name)).hex().substr(0, 16) + ending;
        auto kept = name_size - ending.size();
        while (kept > 0 && (name[kept] & 0xc0) == 0x80) --kept; // not within a character
        name = name.substr(0, kept);
    }
    return std::string(path.substr(0, name_at)) + std::string(name) + ending;
}

bool fits(std::string_view path) { return path.size() - (path.rfind('/') + 1) <= name_size; }

using Names = std::unordered_set<std::string>;

void add_with_folders(Names& names, const std::string& path)
{
    for (auto slash = path.rfind('/'); slash != path.npos && slash > 0; slash = path.rfind('/', slash - 1)) {
        if (!names.insert(path.substr(0, slash)).second) return; // those above it are there too
    }
}

// A name for it until it is complete, that nothing else has.
void plan_part(FilePlan& plan, Names& names)
{
    for (unsigned attempt = 0; !fits(plan.part()) || !names.insert(plan.part()).second; ++attempt) {
        plan.special_part = part_name(plan.path, attempt);
    }
}

Error leads_out(const std::string& path)
{
    return make_error(Errc::invalid_argument, "\"" + printable(path) + "\" leads out of the folder");
}

} // namespace

Result<std::vector<FilePlan>> plan_files(const StorageLayout& layout)
{
    std::vector<FilePlan> files;
    Names names;
    for (const auto& file : layout.files()) {
        FilePlan plan{.length = file.length,
                      .padding = (file.flags & SHOAL_FILE_PADDING) != 0,
                      .unverified = (file.flags & SHOAL_FILE_UNVERIFIED) != 0 && file.length > 0};
        if (!plan.padding) {
            plan.path = from_abi(file.path);
            if (!is_contained(plan.path)) return leads_out(plan.path);
            if (!names.insert(plan.path).second) {
                return make_error(Errc::invalid_argument, "\"" + printable(plan.path) + "\" is there twice");
            }
        }
        files.push_back(std::move(plan));
    }
    for (const auto& plan : files) add_with_folders(names, plan.path);
    for (auto& plan : files) {
        if (!plan.padding) plan_part(plan, names);
    }
    return files;
}

Result<FilePlan> plan_renamed(const std::vector<FilePlan>& files, std::uint32_t file, std::string_view path)
{
    FilePlan plan{.path = std::string(path), .length = files[file].length, .unverified = files[file].unverified};
    if (!is_contained(plan.path)) return leads_out(plan.path);
    Names others; // files, and what they are called until they are complete
    Names folders;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (i == file || files[i].padding) continue;
        others.insert(files[i].path);
        others.insert(files[i].part());
        add_with_folders(folders, files[i].path);
    }
    bool is_free = !others.contains(plan.path) && !folders.contains(plan.path);
    for (auto slash = plan.path.rfind('/'); slash != plan.path.npos; slash = plan.path.rfind('/', slash - 1)) {
        is_free = is_free && !others.contains(plan.path.substr(0, slash));
    }
    if (!is_free) {
        return make_error(Errc::invalid_argument,
                          "\"" + printable(plan.path) + "\" is another file or folder of the torrent");
    }
    others.merge(folders);
    plan_part(plan, others);
    return plan;
}

} // namespace shoal::file_storage
