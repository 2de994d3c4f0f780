// Which of a few names was meant by one that is none of them, for texts that tell people so.
#pragma once

#include <initializer_list>
#include <string_view>

namespace shoal::script_lua {

/// The one with the fewest letters to put in, leave out or change.
std::string_view nearest_of(std::string_view word, std::initializer_list<std::string_view> names);

} // namespace shoal::script_lua
