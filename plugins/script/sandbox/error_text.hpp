// What an error says that is no text.
#pragma once

#include "lua_api.hpp"

#include <string>

namespace shoal::sandbox {

/// Its `message`, what its __tostring says, or the table as JSON, so much of it as is worth reading. A function of Lua's, with the error as
/// its argument: it may raise, for want of memory, or because __tostring, which is the script's, fails.
int error_text(lua_State* lua);

} // namespace shoal::sandbox
