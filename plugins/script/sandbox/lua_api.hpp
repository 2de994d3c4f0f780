// The one place where Lua's own headers come in. Without extern "C": this is the library that throws.
#pragma once

#include <lua.h>

#include <lauxlib.h>
#include <lualib.h>
