#include "cli/daemon_command.hpp"

#include "control/quantity.hpp"
#include "daemon/daemon_settings.hpp"
#include "daemon/run_time_settings.hpp"
#include "daemon/settings_file.hpp"

#include <shoal/assert.hpp>
#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>

namespace shoal::cli {

namespace {

// One line for each thing that is wrong.
ExitCode refuse_settings(Program& program, const Error& error)
{
    for (const auto& line : control::split(error.text, '\n')) program.err << "shoal: " << printable(line) << '\n';
    program.err << std::flush;
    return exit_code_of(error);
}

ExitCode approve(Program& program, const daemon::SettingsPath& file)
{
    std::error_code problem;
    const bool is_there = std::filesystem::exists(file.path, problem);
    program.out << (is_there ? fmt::format("{}: fine\n", printable(file.path))
                             : fmt::format("{}: not there, which is fine\n", printable(file.path)));
    return ExitCode::ok;
}

}  // namespace

ExitCode daemon_command(Program& program, const DaemonRequest& request, const RunDaemon& run)
{
    using Wish = DaemonRequest::Wish;
    if (const auto fine = daemon::check_folders(request.folders); !fine) return refuse_settings(program, fine.error());
    control::Settings settings;
    daemon::declare_settings(settings, request.folders);
    daemon::declare_plugin_settings(settings, program.registry);
    daemon::require_plugins(settings, program.registry);
    const auto loaded = daemon::load_settings(settings, request.sources);
    if (!loaded) return refuse_settings(program, loaded.error());
    for (const auto& warning : *loaded) {
        if (request.wish == Wish::run) program.log.warning("{}", warning);
        else program.err << "shoal: " << warning << '\n';
    }
    if (request.wish == Wish::dump_config) {
        const auto database = std::filesystem::path(settings.text("folders.state")) / "shoal.db";
        for (const auto& complaint : daemon::set_as_in(settings, database.string())) program.err << "shoal: " << printable(complaint) << '\n';
        program.out << daemon::dump_settings(settings);
        return ExitCode::ok;
    }
    if (request.wish == Wish::check_config) return approve(program, request.sources.file);
    SHOAL_ASSERT(run != nullptr);
    return run(program, settings, request.sources.file);
}

}  // namespace shoal::cli
