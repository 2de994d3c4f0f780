#include "script_files.hpp"

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

bool is_script(const std::string& name)
{
    return name.ends_with(ending) && name.size() > ending.size() && name.size() <= longest_file_name + ending.size()
           && !name.starts_with('.') && !name.ends_with("_test.lua") && is_valid_utf8(name);
}

std::string stem(const std::string& name) { return name.substr(0, name.size() - ending.size()); }

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

std::string ScriptFiles::options_path(const std::string& name) const { return folder_ + "/opts/" + stem(name) + ".conf"; }

std::map<std::string, ScriptFiles::Stamp> ScriptFiles::list() const
{
    std::map<std::string, Stamp> found;
    std::error_code failed;
    for (fs::directory_iterator at(folder_, failed), end; !failed && at != end; at.increment(failed)) {
        const auto name = at->path().filename().string();
        std::error_code ignored; // one that goes this very moment is not there
        if (!is_script(name) || !at->is_regular_file(ignored)) continue;
        const auto size = at->file_size(ignored);
        const auto modified = at->last_write_time(ignored).time_since_epoch().count();
        if (ignored) continue;
        const auto options = fs::last_write_time(options_path(name), ignored).time_since_epoch().count();
        found.emplace(name, Stamp{static_cast<std::int64_t>(modified), size, ignored ? 0 : static_cast<std::int64_t>(options)});
    }
    return found;
}

ScriptFiles::Changes ScriptFiles::look()
{
    Changes changes;
    auto found = list();
    for (const auto& [name, stamp] : found) {
        const auto before = seen_.find(name);
        if (before == seen_.end() || before->second != stamp) read(name, changes);
    }
    for (const auto& [name, stamp] : seen_) {
        if (!found.contains(name)) changes.gone.push_back(stem(name));
    }
    seen_ = std::move(found);
    return changes;
}

void ScriptFiles::read(const std::string& name, Changes& changes) const
{
    const auto path = fs::path(folder_) / name;
    std::error_code failed;
    const auto size = fs::file_size(path, failed);
    if (!failed && size > longest) {
        changes.unreadable.emplace_back(stem(name), "a script of more than 1 MiB is not read");
        return;
    }
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file.is_open() || file.bad()) {
        changes.unreadable.emplace_back(stem(name), "the file cannot be read");
        return;
    }
    std::error_code ignored; // without the file all of them are as the script says
    std::ifstream options_file;
    if (const auto kind = fs::status(options_path(name), ignored); fs::is_regular_file(kind)) {
        options_file.open(options_path(name), std::ios::binary);
    } else if (fs::exists(kind)) { // a pipe would be waited for
        changes.unreadable.emplace_back(stem(name), "opts/" + stem(name) + ".conf is no ordinary file");
        return;
    }
    std::string options_text;
    for (char c = 0; options_text.size() < longest && options_file.get(c);) options_text += c;
    auto options = parse_options(options_text);
    if (options) changes.changed.push_back({stem(name), std::move(text), std::move(*options)});
    else changes.unreadable.emplace_back(stem(name), options.error().text);
}

} // namespace shoal::script_lua
