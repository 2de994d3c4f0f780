#include "daemon/folders.hpp"

#include "rpc/socket_path.hpp"

#include <filesystem>

namespace shoal::daemon {

namespace {

namespace fs = std::filesystem;

fs::path absolute_in(const Variables& variables, std::string_view name)
{
    const auto* text = find(variables, name);
    return text != nullptr && fs::path(*text).is_absolute() ? fs::path(*text) : fs::path();
}

// Where `shoal ctl` looks for it.
std::string socket(const Variables& variables, const fs::path& state)
{
    const auto* runtime = find(variables, "XDG_RUNTIME_DIR");
    const auto* home = find(variables, "HOME");
    const auto usual = rpc::socket_path(runtime != nullptr ? runtime->c_str() : nullptr, home != nullptr ? home->c_str() : nullptr);
    return usual.empty() ? (state / "rpc.sock").native() : usual;
}

// The variable's folder, or one in the home folder, or the system's.
fs::path base(const Variables& variables, std::string_view name, const char* in_home, const char* of_system)
{
    if (const auto named = absolute_in(variables, name); !named.empty()) return named;
    const auto home = absolute_in(variables, "HOME");
    return home.empty() ? fs::path(of_system) : home / in_home;
}

}  // namespace

Folders folders(const Variables& variables)
{
    const auto state = base(variables, "XDG_STATE_HOME", ".local/state", "/var/lib") / "shoal";
    const auto home = absolute_in(variables, "HOME");
    const auto config = base(variables, "XDG_CONFIG_HOME", ".config", "/etc") / "shoal";
    return {.settings_file = (config / "shoal.toml").native(),
            .scripts = (config / "scripts").native(),
            .state = state.native(),
            .socket = socket(variables, state),
            .download = (home.empty() ? state / "downloads" : home / "Downloads").native()};
}

}  // namespace shoal::daemon
