#include "script_files.hpp"

#include "module_files.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace shoal::script_lua {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view ending = ".lua";
constexpr std::size_t longest_file_name = 64;

bool is_script_name(std::string_view name)
{
    return !name.empty() && name.size() <= longest_file_name && !name.starts_with('.') && !name.ends_with("_test") && is_valid_utf8(name);
}

// Of a folder: what it is called is not for a script.
bool is_kept_for_others(std::string_view name) { return name == "lib" || name == "opts"; }

std::string absolute(const fs::path& path)
{
    std::error_code ignored;
    auto text = fs::absolute(path, ignored).lexically_normal().string();
    if (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
}

std::string_view trimmed(std::string_view text)
{
    const auto first = text.find_first_not_of(" \t\r");
    return first == text.npos ? std::string_view() : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

Result<std::map<std::string, std::string>> ScriptFiles::parse_options(std::string_view text)
{
    std::map<std::string, std::string> options;
    for (int number = 1; !text.empty(); ++number) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto words = trimmed(line);
        if (words.empty() || words.starts_with('#')) continue;
        const auto equals = words.find('=');
        const auto name = trimmed(words.substr(0, equals));
        if (equals == words.npos || name.empty()) {
            return make_error(Errc::bad_input, "line " + std::to_string(number) + " of its options is no \"name = value\"");
        }
        options[std::string(name)] = trimmed(words.substr(equals + 1));
    }
    return options;
}

// ---- what is there -------------------------------------------------------------------------------------------------------

std::map<std::string, ScriptFiles::Source> ScriptFiles::list() const
{
    std::map<std::string, Source> found;
    std::error_code failed;
    for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
        const auto file = at->path().filename().string();
        std::error_code ignored; // one that goes this very moment is not there
        if (at->is_regular_file(ignored) && file.ends_with(ending)) {
            const auto name = file.substr(0, file.size() - ending.size());
            const auto stamp = stamp_of(at->path());
            if (!is_script_name(name) || stamp.empty()) continue;
            found[name].is_file = true;
            found[name].stamp += "file " + stamp;
        } else if (at->is_directory(ignored) && is_script_name(file) && !is_kept_for_others(file)) {
            if (!fs::is_regular_file(fs::symlink_status(at->path() / "main.lua", ignored))) continue;
            const auto modules = list_modules(at->path());
            found[file].is_folder = true;
            for (const auto& [module, one] : modules) found[file].stamp += module + " " + one.stamp;
        }
    }
    for (auto& [name, source] : found) source.stamp += "options " + stamp_of(options_path(name));
    return found;
}

void ScriptFiles::look_at_shared()
{
    const auto files = list_modules(fs::path(folder_) / "lib");
    std::map<std::string, std::string> stamps;
    for (const auto& [name, file] : files) stamps.emplace(name, file.stamp);
    if (stamps == shared_stamps_) return;
    shared_ = std::make_shared<const Modules::Folder>(read_modules("lib", files));
    shared_stamps_ = std::move(stamps);
}

std::string ScriptFiles::stamp_of_asked(const std::set<std::string>& asked) const
{
    std::string stamp = asked.empty() ? "" : shared_->problem;
    for (const auto& name : asked) {
        const auto at = shared_stamps_.find(name);
        stamp += name + " " + (at == shared_stamps_.end() ? "" : at->second);
    }
    return stamp;
}

// ---- what is different ---------------------------------------------------------------------------------------------------

ScriptFiles::Changes ScriptFiles::look()
{
    Changes changes;
    look_at_shared();
    const auto found = list();
    for (const auto& [name, source] : found) {
        auto& seen = seen_[name];
        if (seen.stamp == source.stamp && seen.stamp_of_asked == stamp_of_asked(seen.asked)) continue;
        seen = {.stamp = source.stamp};
        auto file = read(name, source);
        if (file) changes.changed.push_back(std::move(*file));
        else changes.unreadable.emplace_back(name, file.error().text);
    }
    for (const auto& [name, seen] : seen_) {
        if (!found.contains(name)) changes.gone.push_back(name);
    }
    for (const auto& name : changes.gone) seen_.erase(name);
    return changes;
}

void ScriptFiles::note(const std::string& name, const std::set<std::string>& asked)
{
    const auto at = seen_.find(name);
    if (at == seen_.end()) return;
    at->second.asked = asked;
    at->second.stamp_of_asked = stamp_of_asked(asked);
}

// ---- what is in it -------------------------------------------------------------------------------------------------------

Result<ScriptFile> ScriptFiles::read(const std::string& name, const Source& source) const
{
    if (source.is_file && source.is_folder) {
        return make_error(Errc::bad_input, "there are both " + name + ".lua and " + name + "/main.lua: only one of them can be the script");
    }
    auto options = read_options(name);
    if (!options) return options.error();
    ScriptFile file{.name = name, .text = {}, .options = std::move(*options), .folder = absolute(folder_), .modules = {}};
    if (source.is_folder) {
        auto own = read_modules(name, list_modules(fs::path(folder_) / name));
        if (!own.problem.empty()) return make_error(Errc::bad_input, own.problem);
        if (!own.texts.contains("main")) return make_error(Errc::io_error, "the file main.lua went this very moment");
        file.text = own.texts.extract("main").mapped();
        file.folder += "/" + name;
        file.modules = std::make_shared<Modules>(name, std::move(own), shared_);
        return file;
    }
    auto text = read_text(fs::path(folder_) / (name + std::string(ending)), longest);
    if (!text) return text.error();
    file.text = std::move(*text);
    file.modules = std::make_shared<Modules>(shared_);
    return file;
}

// Without the file all of them are as the script says.
Result<std::map<std::string, std::string>> ScriptFiles::read_options(const std::string& name) const
{
    std::error_code ignored;
    std::ifstream file;
    if (const auto kind = fs::status(options_path(name), ignored); fs::is_regular_file(kind)) {
        file.open(options_path(name), std::ios::binary);
    } else if (fs::exists(kind)) { // a pipe would be waited for
        return make_error(Errc::bad_input, "opts/" + name + ".conf is no ordinary file");
    }
    std::string text;
    for (char c = 0; text.size() < longest && file.get(c);) text += c;
    return parse_options(text);
}

} // namespace shoal::script_lua
