// What a script's `require` finds: Lua files of its own folder, and of lib, which all scripts share. No I/O: whoever loads the script has
// read them. It notes what was asked for, also in vain, for whoever watches the files.
#pragma once

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::script_lua {

class Modules {
public:
    static constexpr std::size_t most_octets = 1u << 20; // of a folder, all files together
    static constexpr std::size_t most_files = 64;

    struct Folder {
        std::map<std::string, std::string> texts{}; // by their names
        std::string problem{};                      // why there may be more
    };
    struct Found {
        std::string place; // as it is called in errors: "notes/sub/part"
        const std::string* text;
    };

    explicit Modules(std::shared_ptr<const Folder> shared) : shared_(std::move(shared)) {}
    /// Of a script that is a folder.
    Modules(std::string name, Folder own, std::shared_ptr<const Folder> shared)
        : own_name_(std::move(name)), own_(std::move(own)), shared_(std::move(shared))
    {
    }

    /// Of texts by their paths: those below lib/ are everybody's, those below `own_folder` ("" or "notes/") the script's, if that is a
    /// folder and has a name.
    static std::shared_ptr<Modules> handed_over(const std::map<std::string, std::string>& texts, const std::string& name,
                                                std::string_view own_folder);

    /// The file sub/part.lua is the module sub.part. Nothing: it is none; tests are none, either.
    static std::optional<std::string> name_of(std::string_view path);

    [[nodiscard]] bool is_of_folder() const { return !own_name_.empty(); }
    /// Errors: invalid_argument, what no module can be called; not_found, with where it was looked for.
    Result<Found> find(std::string_view name);
    /// Of lib: whether they are there or not.
    [[nodiscard]] const std::set<std::string>& asked() const { return asked_; }

private:
    std::string own_name_;
    Folder own_;
    std::shared_ptr<const Folder> shared_;
    std::set<std::string> asked_;
};

/// What a caller hands over: those of its values that are texts, by their paths.
std::map<std::string, std::string> texts_by_path(const Value::Map& files);

} // namespace shoal::script_lua
