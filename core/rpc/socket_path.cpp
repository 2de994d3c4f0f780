#include "rpc/socket_path.hpp"

#include <cstdlib>

namespace shoal::rpc {

namespace {

bool is_absolute(const char* path)
{
    return path != nullptr && *path == '/';
}

}  // namespace

std::string socket_path(const char* runtime_folder, const char* home)
{
    const std::string below = "/shoal/rpc.sock";
    if (is_absolute(runtime_folder)) return runtime_folder + below;
    return is_absolute(home) ? home + ("/.local/state" + below) : std::string();
}

std::string socket_path()
{
    return socket_path(std::getenv("XDG_RUNTIME_DIR"), std::getenv("HOME"));
}

}  // namespace shoal::rpc
