#include "host/script_file.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace shoal::host {

namespace fs = std::filesystem;

bool is_script(std::string_view name)
{
    return name.ends_with(".lua");
}

Result<ScriptFile> read_script(std::string_view path)
{
    const fs::path file(path);
    std::error_code failure;
    const auto place = printable(fs::absolute(file, failure).string());
    const auto status = fs::status(file, failure);
    if (!fs::exists(status)) {
        return make_error(Errc::not_found, fmt::format("there is no script {}: name it by its absolute path, or by one from the "
                                                       "folder that the program was started in", place));
    }
    if (!fs::is_regular_file(status)) return make_error(Errc::bad_input, fmt::format("{} is no file to read a script from", place));
    std::ifstream stream(file, std::ios::binary);
    std::string text(longest_script + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.is_open() || stream.bad()) return make_error(Errc::io_error, fmt::format("the script {} cannot be read", place));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (text.size() > longest_script) {
        return make_error(Errc::limit_exceeded, fmt::format("the script {} is longer than {} KiB", place, longest_script >> 10));
    }
    if (!is_valid_utf8(text)) return make_error(Errc::bad_input, fmt::format("the script {} is no text in UTF-8", place));
    return ScriptFile{file.filename().string(), std::move(text)};
}

}  // namespace shoal::host
