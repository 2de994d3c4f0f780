#pragma once

#include <shoal/abi/types.h>

#include <string_view>

// The ABI's status numbers for people; shoal/crossing.hpp turns them into Errc and back.
namespace shoal::host {

// "SHOAL_E_NO_SPACE"; "SHOAL_E_?" for a number that is not in the ABI.
std::string_view status_name(shoal_status status);

// What a person reads when a plug-in said nothing: "no space left", "timed out" …
std::string_view status_text(shoal_status status);

// 0 and above, or one of SHOAL_E_….
bool is_known_status(shoal_status status);

}  // namespace shoal::host
