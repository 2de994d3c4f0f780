// Values of the control plane and of Lua. Texts and octets are both strings of Lua's; on the way back what is UTF-8 is a text. A null in
// a map is an absent key, in a list it is `shoal.null`. A table is a list when its keys are 1 to n, or when it is marked as one.
#pragma once

#include "sandbox/lua_api.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>

namespace shoal::script_lua {

/// Makes the mark of lists. Once, before the others; may raise.
void open_values(lua_State* lua);

/// Pushes one value. May raise, for want of memory.
void push_value(lua_State* lua, const Value& value);

/// Errors: invalid_argument, for what has no value (a function, a table in itself, keys that are no texts).
Result<Value> value_at(lua_State* lua, int index);

/// Pushes the error as scripts see it: a table with `code` and `message` that is a text when it is printed. May raise.
void push_error(lua_State* lua, const Error& error);

/// Marks the table at the top as a list, which an empty one cannot be told to be.
void mark_list(lua_State* lua);

} // namespace shoal::script_lua
