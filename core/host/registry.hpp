#pragma once

#include "host/library.hpp"
#include "host/log.hpp"
#include "host/manifest.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::host {

enum class PluginState {
    available,  // manifest read, not loaded: nothing asked for it yet
    loaded,
    incompatible,  // made for another ABI or machine: see `reason`
    failed,        // damaged, or broke the rules when it was loaded: see `reason`
};

std::string_view state_name(PluginState state);

// One library file.
struct Plugin {
    std::filesystem::path path;
    PluginState state = PluginState::available;
    std::string reason;  // empty unless incompatible or failed
    std::filesystem::path
        hidden_by;  // a file with the same id that came first: only the path reaches this one
    std::unique_ptr<Manifest> manifest;  // null when it could not be read
    std::unique_ptr<Library> library;    // once loaded

    bool is_usable() const { return state == PluginState::available || state == PluginState::loaded; }
};

// Every plug-in file known to the process. One, made by main, lives until the end; factories and manifests
// live as long. No function may run at the same time as another; find() and of_scheme() load code.
class Registry {
public:
    explicit Registry(Log log = {}) : log_(std::move(log)) {}
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    // Takes in all *.so below the folder (reading manifests, loading nothing), in order of their paths. A
    // folder that is not there is an empty one. Of two files with the same id the first wins; the other
    // answers to its path alone.
    void scan(const std::filesystem::path& folder);

    // The same for one file; what was taken in before is not read again. The answer lives as long as the
    // registry.
    const Plugin& add(const std::filesystem::path& path) { return take_in(path); }

    // `kind`: "shoal.picker/1" or "picker". `name_or_path`: a name, a full id, or the path of a library (it
    // contains a '/' or ends in ".so"), which need not have been scanned, or of a script, which stands for the plug-in that
    // runs it (script_file.hpp). Loads what it finds. Errors: not_found with what there is instead; otherwise why it
    // cannot be used.
    Result<const Factory*> find(std::string_view kind, std::string_view name_or_path);

    // The first plug-in of that kind whose manifest serves the URL scheme and which can be loaded; null if
    // there is none.
    const Factory* of_scheme(std::string_view kind, std::string_view scheme);

    // Names of usable plug-ins of a kind, sorted.
    std::vector<std::string> names(std::string_view kind) const;

    // In the order in which they were found.
    const std::vector<std::unique_ptr<Plugin>>& list() const { return plugins_; }
    const std::vector<std::filesystem::path>& folders() const { return folders_; }

private:
    struct Match {
        Plugin* plugin;
        const Provision* provision;
    };

    Plugin& take_in(const std::filesystem::path& path);
    void reject(Plugin& plugin, const Error& why);
    Result<void> load(Plugin& plugin);
    Result<const Factory*> factory_of(const Match& match);
    static void add_offers(Plugin& plugin, std::string_view kind, std::vector<Match>& out);
    std::vector<Match> offers(std::string_view kind) const;
    Result<Match> choose(const std::vector<Match>& matches, std::string_view kind,
                         std::string_view name) const;
    Result<const Factory*> in_file(std::string_view kind, const std::filesystem::path& path);
    Error absent(std::string_view kind, std::string_view name) const;

    Log log_;
    std::vector<std::filesystem::path> folders_;
    std::vector<std::unique_ptr<Plugin>> plugins_;
};

}  // namespace shoal::host
