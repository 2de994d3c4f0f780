#pragma once

#include <shoal/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::host {

// A file of Lua in place of a plug-in's name: `my.lua` is the plug-in `lua` of that kind with the file's text as its setting. The host
// reads it, once, when the instance is made: plug-ins that are fit for the lab open no files.
struct ScriptFile {
    std::string name;  // without folders: "my.lua"
    std::string text;
};

constexpr std::string_view script_plugin = "lua";  // its settings `file` and `script` are the two above
constexpr std::size_t longest_script = 256u << 10;

bool is_script(std::string_view name);

// Errors: not_found, io_error (cannot be read); limit_exceeded (too long), bad_input (no text). All name the file.
Result<ScriptFile> read_script(std::string_view path);

}  // namespace shoal::host
