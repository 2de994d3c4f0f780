// The scripts of a folder: NAME.lua, but for NAME_test.lua and names that begin with a dot, and what people set for them in opts/NAME.conf. Reads files, so it belongs on a worker.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::script_lua {

struct ScriptFile {
    std::string name; // without .lua
    std::string text;
    std::map<std::string, std::string> options{}; // of opts/<name>.conf
};

class ScriptFiles {
public:
    static constexpr std::uintmax_t longest = 1u << 20;

    struct Changes {
        std::vector<ScriptFile> changed; // in the order of their names
        std::vector<std::string> gone;
        std::vector<std::pair<std::string, std::string>> unreadable; // and why
    };

    /// A folder that is not there has no scripts.
    explicit ScriptFiles(std::string folder) : folder_(std::move(folder)) {}

    /// What is different since the last look.
    Changes look();

    /// Lines "name = value"; "#" begins a comment. Errors: the line that is wrong.
    static Result<std::map<std::string, std::string>> parse_options(std::string_view text);

private:
    struct Stamp {
        std::int64_t modified = 0;
        std::uintmax_t size = 0;
        std::int64_t options_modified = 0; // 0: there are none
        friend bool operator==(const Stamp&, const Stamp&) = default;
    };

    [[nodiscard]] std::map<std::string, Stamp> list() const;
    void read(const std::string& name, Changes& changes) const;
    [[nodiscard]] std::string options_path(const std::string& name) const;

    std::string folder_;
    std::map<std::string, Stamp> seen_; // by file name
};

} // namespace shoal::script_lua
