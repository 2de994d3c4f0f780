// What a script says of itself in its first lines.
#pragma once

#include <string>
#include <string_view>

namespace shoal::script_lua {

/// Of a line "-- version: …" among the comments of one line at its beginning; "": there is none.
std::string version_of(std::string_view script);

} // namespace shoal::script_lua
