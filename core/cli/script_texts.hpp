#pragma once

#include "control/value.hpp"

#include <shoal/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

namespace shoal::cli {

// A script as it is sent to whoever runs it: UTF-8, of at most 1 MiB.
Result<std::string> read_script(const std::filesystem::path& path);

// A test of scripts, by its name.
bool is_script_test(const std::filesystem::path& path);

// The texts that go with a script or a test, by the names that it has for them; at most 256. What is no text, or too large, is left out.
class ScriptTexts {
public:
    void add(const std::filesystem::path& file, const std::string& name);
    // The Lua files of a folder and those below it, by their paths from it, behind a prefix.
    void add_modules(const std::filesystem::path& folder, const std::string& prefix);
    control::Value::Map take() { return std::move(texts_); }

private:
    bool is_full() const;

    control::Value::Map texts_;
};

// What a script may require: of lib beside it, and, when it is NAME/main.lua, of its own folder, with lib beside that.
control::Value::Map modules_of_script(const std::filesystem::path& script);

// NAME of NAME.lua and of NAME/main.lua.
std::string script_name(const std::filesystem::path& script);

}  // namespace shoal::cli
