#pragma once

#include <string>

namespace shoal::rpc {

// Where the daemon listens and is looked for unless told otherwise: $XDG_RUNTIME_DIR/shoal/rpc.sock, and without that variable beside
// what is kept, ~/.local/state/shoal/rpc.sock. A variable that is not absolute does not count, as XDG wants it. Empty: nowhere.
std::string socket_path(const char* runtime_folder, const char* home);
// As the process's environment says.
std::string socket_path();

}  // namespace shoal::rpc
