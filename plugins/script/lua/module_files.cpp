#include "module_files.hpp"

#include <fstream>
#include <system_error>

namespace shoal::script_lua {
namespace {

namespace fs = std::filesystem;

constexpr int deepest_folder = 8;
constexpr std::size_t most_entries = 10'000; // looked at: a folder of a script may hold other things

bool may_have_modules(const fs::path& folder) { return Modules::name_of(folder.filename().string() + ".lua").has_value(); }

} // namespace

std::string stamp_of(const fs::path& path)
{
    std::error_code failed;
    const auto modified = fs::last_write_time(path, failed).time_since_epoch().count();
    if (failed) return {};
    const auto size = fs::file_size(path, failed);
    return std::to_string(modified) + ":" + std::to_string(failed ? 0 : size) + " ";
}

std::map<std::string, ModuleFile> list_modules(const fs::path& folder)
{
    std::map<std::string, ModuleFile> found;
    std::error_code failed;
    const auto main = folder / "main.lua"; // however much there is beside it
    if (fs::is_regular_file(fs::symlink_status(main, failed))) found.emplace("main", ModuleFile{main, stamp_of(main)});
    std::size_t entries = 0;
    for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
        if (++entries > most_entries || found.size() > Modules::most_files) break;
        std::error_code ignored; // one that goes this very moment is not there
        const auto kind = at->symlink_status(ignored);
        if (fs::is_directory(kind) && (at.depth() == deepest_folder || !may_have_modules(at->path()))) at.disable_recursion_pending();
        if (!fs::is_regular_file(kind)) continue;
        const auto name = Modules::name_of(at->path().lexically_relative(folder).generic_string());
        if (name) found.emplace(*name, ModuleFile{at->path(), stamp_of(at->path())});
    }
    return found;
}

Result<std::string> read_text(const fs::path& path, std::size_t most)
{
    std::ifstream file(path, std::ios::binary);
    std::string text(most + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (!file.is_open() || file.bad()) return make_error(Errc::io_error, "the file cannot be read");
    if (text.size() > most) return make_error(Errc::limit_exceeded, "a script of more than 1 MiB is not read");
    return text;
}

Modules::Folder read_modules(const std::string& name, const std::map<std::string, ModuleFile>& files)
{
    Modules::Folder folder;
    std::size_t left = Modules::most_octets;
    for (const auto& [module, file] : files) {
        if (folder.texts.size() == Modules::most_files) {
            folder.problem = "the folder " + name + " has more than " + std::to_string(Modules::most_files) + " Lua files";
            break;
        }
        auto text = read_text(file.path, left);
        if (!text) {
            const bool is_large = text.error().code == Errc::limit_exceeded;
            folder.problem = is_large ? "the Lua files of the folder " + name + " have more than 1 MiB together" : file.path.string() + " cannot be read";
            break;
        }
        left -= text->size();
        folder.texts.emplace(module, std::move(*text));
    }
    return folder;
}

} // namespace shoal::script_lua
