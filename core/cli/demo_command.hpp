#pragma once

#include "cli/display.hpp"
#include "cli/exit_code.hpp"
#include "cli/program.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace shoal::cli {

struct DemoOptions {
    std::string folder;                   // made and removed by the demonstration; empty: a temporary one
    std::uint64_t size = 96u << 20;       // octets of the generated torrent
    std::uint64_t up_rate = 12u << 20;    // of each session, so that one can watch
    std::vector<std::string> pickers{};   // of one leecher more, to be measured beside the others; empty: there is none
    DisplayKind display = DisplayKind::plain;
};

// `shoal demo`: an embedded tracker, a seeder and three leechers with different pickers, four sessions in one process, fetch a
// generated torrent; then every file is compared with its original, and it is said how long each of them took. Loopback only.
ExitCode demo(Program& program, const DemoOptions& options);

}  // namespace shoal::cli
