#include "cli/script_texts.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <fstream>
#include <utility>

namespace shoal::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t largest_script = 1 << 20;
constexpr std::size_t most_texts = 256;
constexpr const char* main_file = "main.lua";

fs::path folder_of(const fs::path& file)
{
    std::error_code problem;
    return fs::absolute(file, problem).lexically_normal().parent_path();
}

}  // namespace

Result<std::string> read_script(const fs::path& path)
{
    std::ifstream file(path, std::ios::binary);
    if (!file) return make_error(Errc::not_found, fmt::format("{} cannot be read", path.string()));
    std::string text(largest_script + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > largest_script) return make_error(Errc::limit_exceeded, fmt::format("{} has more than 1 MiB", path.string()));
    if (!is_valid_utf8(text)) return make_error(Errc::bad_input, fmt::format("{} is no UTF-8", path.string()));
    return text;
}

bool is_script_test(const fs::path& path)
{
    return path.filename().string().ends_with("_test.lua");
}

bool ScriptTexts::is_full() const
{
    return texts_.size() >= most_texts;
}

void ScriptTexts::add(const fs::path& file, const std::string& name)
{
    if (is_full() || is_script_test(file)) return;
    if (auto text = read_script(file)) texts_.set(name, std::move(*text));
}

void ScriptTexts::add_modules(const fs::path& folder, const std::string& prefix)
{
    std::error_code problem;
    for (const auto& entry : fs::recursive_directory_iterator(folder, problem)) {
        if (is_full()) return;
        if (!fs::is_regular_file(entry.symlink_status(problem)) || entry.path().extension() != ".lua") continue;
        add(entry.path(), prefix + entry.path().lexically_relative(folder).generic_string());
    }
}

control::Value::Map modules_of_script(const fs::path& script)
{
    ScriptTexts texts;
    const auto folder = folder_of(script);
    const bool is_folder = script.filename() == main_file;
    if (is_folder) texts.add_modules(folder, "");
    texts.add_modules((is_folder ? folder.parent_path() : folder) / "lib", "lib/");
    return texts.take();
}

std::string script_name(const fs::path& script)
{
    return script.filename() == main_file ? folder_of(script).filename().string() : script.stem().string();
}

}  // namespace shoal::cli
