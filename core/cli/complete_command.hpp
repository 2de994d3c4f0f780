#pragma once

#include "cli/exit_code.hpp"
#include "cli/program.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

// `shoal complete WORD…`, which shells ask (scripts/completion): what the last of the words may become, a line each, with what it is for
// behind a tab. First, if paths may come there, a line that says so: "#files" or "#folders".
inline constexpr std::string_view complete_word = "complete";

ExitCode complete(Program& program, const std::vector<std::string>& words);

}  // namespace shoal::cli
