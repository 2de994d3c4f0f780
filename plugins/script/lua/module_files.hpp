// The Lua files of a folder that `require` may find. Symbolic links in it are left out, whatever they lead to. Reads files: for a worker.
#pragma once

#include "modules.hpp"

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>

namespace shoal::script_lua {

struct ModuleFile {
    std::filesystem::path path;
    std::string stamp; // another one when the file is
};

/// "" when it is not there.
std::string stamp_of(const std::filesystem::path& path);
/// By their names; also main. At most one more than a folder may have.
std::map<std::string, ModuleFile> list_modules(const std::filesystem::path& folder);
/// Errors: io_error; limit_exceeded, it has more octets.
Result<std::string> read_text(const std::filesystem::path& path, std::size_t most);
/// `name` of the folder, for what is wrong with it.
Modules::Folder read_modules(const std::string& name, const std::map<std::string, ModuleFile>& files);

} // namespace shoal::script_lua
