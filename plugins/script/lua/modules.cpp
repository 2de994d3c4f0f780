#include "modules.hpp"

#include <algorithm>

namespace shoal::script_lua {
namespace {

constexpr std::string_view file_ending = ".lua";
constexpr std::size_t longest_module_name = 128;

bool is_part(std::string_view part)
{
    return !part.empty() && std::ranges::all_of(part, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

bool has_good_parts(std::string_view name, char between)
{
    for (;;) {
        const auto end = name.find(between);
        if (!is_part(name.substr(0, end))) return false;
        if (end == name.npos) return true;
        name.remove_prefix(end + 1);
    }
}

std::string with(std::string_view name, char from, char to)
{
    std::string made(name);
    std::ranges::replace(made, from, to);
    return made;
}

} // namespace

std::optional<std::string> Modules::name_of(std::string_view path)
{
    if (!path.ends_with(file_ending) || path.ends_with("_test.lua") || path.size() > longest_module_name) return std::nullopt;
    path.remove_suffix(file_ending.size());
    if (!has_good_parts(path, '/')) return std::nullopt;
    return with(path, '/', '.');
}

std::shared_ptr<Modules> Modules::handed_over(const std::map<std::string, std::string>& texts, const std::string& name,
                                              std::string_view own_folder)
{
    constexpr std::string_view shared_folder = "lib/";
    auto shared = std::make_shared<Folder>();
    Folder own;
    for (const auto& [path, text] : texts) {
        const bool is_shared = path.starts_with(shared_folder);
        if (!is_shared && !path.starts_with(own_folder)) continue;
        const auto module = name_of(std::string_view(path).substr(is_shared ? shared_folder.size() : own_folder.size()));
        if (module) (is_shared ? *shared : own).texts.emplace(*module, text);
    }
    return name.empty() ? std::make_shared<Modules>(std::move(shared)) : std::make_shared<Modules>(name, std::move(own), std::move(shared));
}

Result<Modules::Found> Modules::find(std::string_view name)
{
    if (name.size() > longest_module_name || !has_good_parts(name, '.')) {
        return make_error(Errc::invalid_argument, "no module has such a name: it is letters, digits, _ and -, and sub.part for sub/part.lua");
    }
    const auto path = with(name, '.', '/');
    if (is_of_folder() && name == "main") return make_error(Errc::invalid_argument, own_name_ + "/main.lua is the script itself, no module");
    if (const auto at = own_.texts.find(std::string(name)); at != own_.texts.end()) return Found{own_name_ + "/" + path, &at->second};
    asked_.emplace(name);
    const auto at = shared_->texts.find(std::string(name));
    if (at != shared_->texts.end()) return Found{"lib/" + path, &at->second};
    std::string why = "there is no module " + std::string(name) + ": ";
    why += is_of_folder() ? "neither " + own_name_ + "/" + path + ".lua nor lib/" + path + ".lua is there"
                          : "lib/" + path + ".lua is not there, and a script that is one file has no folder of its own";
    if (!shared_->problem.empty()) why += "; " + shared_->problem;
    return make_error(Errc::not_found, std::move(why));
}

std::map<std::string, std::string> texts_by_path(const Value::Map& files)
{
    std::map<std::string, std::string> texts;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (const auto* text = files.values()[i].as_text()) texts.emplace(files.keys()[i], *text);
    }
    return texts;
}

} // namespace shoal::script_lua
