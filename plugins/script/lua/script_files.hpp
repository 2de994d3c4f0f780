// The scripts of a folder: NAME.lua, or NAME/main.lua with the modules beside it, but for names that end in _test or begin with a dot; what
// people set for them in opts/NAME.conf; and the modules of lib, for all of them. Reads files, so it belongs on a worker.
#pragma once

#include "modules.hpp"

#include <shoal/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::script_lua {

struct ScriptFile {
    std::string name; // without .lua
    std::string text;
    std::map<std::string, std::string> options{}; // of opts/<name>.conf
    std::string folder{};                         // where it is, or its own
    std::shared_ptr<Modules> modules{};           // that it may require
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
    /// What a script has asked lib for, with or without success: it is different, too, when that is.
    void note(const std::string& name, const std::set<std::string>& asked);

    /// Lines "name = value"; "#" begins a comment. Errors: the line that is wrong.
    static Result<std::map<std::string, std::string>> parse_options(std::string_view text);

private:
    // A stamp is a text that is another one when a file is: times and sizes.
    struct Source {
        bool is_file = false;   // NAME.lua
        bool is_folder = false; // NAME/main.lua
        std::string stamp{};    // of all its files
    };
    struct Seen {
        std::string stamp;
        std::set<std::string> asked{}; // of lib
        std::string stamp_of_asked{};
    };

    [[nodiscard]] std::map<std::string, Source> list() const;
    void look_at_shared();
    [[nodiscard]] std::string stamp_of_asked(const std::set<std::string>& asked) const;
    [[nodiscard]] Result<ScriptFile> read(const std::string& name, const Source& source) const;
    [[nodiscard]] Result<std::map<std::string, std::string>> read_options(const std::string& name) const;
    [[nodiscard]] std::string options_path(const std::string& name) const { return folder_ + "/opts/" + name + ".conf"; }

    std::string folder_;
    std::map<std::string, Seen> seen_;                 // by name
    std::map<std::string, std::string> shared_stamps_; // of lib, by the names of its modules
    std::shared_ptr<const Modules::Folder> shared_ = std::make_shared<Modules::Folder>();
};

} // namespace shoal::script_lua
