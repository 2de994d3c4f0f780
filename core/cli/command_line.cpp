#include "cli/command_line.hpp"

#include "cli/arguments.hpp"
#include "cli/create_command.hpp"
#include "cli/ctl_command.hpp"
#include "cli/daemon_command.hpp"
#include "cli/demo_command.hpp"
#include "cli/dht_command.hpp"
#include "cli/fetch_command.hpp"
#include "cli/keyboard.hpp"
#include "cli/plugin_command.hpp"
#include "cli/quantity.hpp"
#include "cli/running_daemon.hpp"
#include "cli/screen_log.hpp"
#include "cli/show_command.hpp"
#include "cli/tracker_command.hpp"
#include "cli/transfer.hpp"
#include "host/crash_report.hpp"
#include "host/watchdog.hpp"
#include "state/kept_database.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

namespace shoal::cli {

namespace fs = std::filesystem;

namespace {

ExitCode usage_error(Program& program, const Error& error)
{
    program.err << "shoal: " << error.text << std::endl;
    return exit_code_of(error);
}

ExitCode run_transfer(Program& program, const Arguments& typed)
{
    auto options = transfer_options(typed);
    if (!options) return usage_error(program, options.error());
    return Transfer(program, std::move(*options)).run();
}

ExitCode run_show(Program& program, const Arguments& typed, ExitCode (*command)(Program&, const FetchOptions&))
{
    auto options = fetch_options(typed);
    if (!options) return usage_error(program, options.error());
    return command(program, *options);
}

ExitCode run_create(Program& program, const Arguments& typed)
{
    CreateRequest request{.path = typed.path, .output = typed.output, .options = {}};
    if (request.output.empty()) {
        request.output = fs::path(typed.path).lexically_normal().filename().string() + ".torrent";
    }
    for (const auto& url : typed.trackers) request.options.trackers.push_back({url});
    request.options.web_seeds = typed.web_seeds;
    request.options.is_private = typed.is_private;
    request.options.comment = typed.comment;
    request.options.created_by = "Shoal 0.1";
    request.options.creation_date =
        std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    request.options.threads = std::max(1u, std::thread::hardware_concurrency());
    request.has_bar = is_terminal_out() && !typed.quiet;
    request.replaces = typed.force;
    if (!typed.piece_size.empty()) {
        const auto size = parse_size(typed.piece_size);
        if (!size) return usage_error(program, size.error());
        if (*size > metainfo::max_created_piece_length) {
            return usage_error(program, make_error(Errc::invalid_argument,
                                                   fmt::format("a piece of {} is too big", size_text(*size))));
        }
        request.options.piece_length = static_cast<std::uint32_t>(*size);
    }
    return create(program, request);
}

ExitCode run_tracker(Program& program, const Arguments& typed)
{
    auto settings = plugin_settings(typed.settings);
    if (!settings) return usage_error(program, settings.error());
    std::vector<std::string> places;
    for (const auto& place : typed.listen) {
        const auto local = parse_listen(place);
        if (!local) return usage_error(program, local.error());
        places.push_back(local->to_string());
    }
    if (!places.empty()) (*settings)["tracker"]["listen"] = fmt::format("{}", fmt::join(places, ","));
    return tracker(program, std::move(*settings));
}

ExitCode run_dht(Program& program, const Arguments& typed)
{
    auto request = dht_request(typed.dht);
    if (!request) return usage_error(program, request.error());
    return dht(program, *request);
}

ExitCode run_daemon(Program& program, const Arguments& typed)
{
    const auto request = daemon_request(typed, daemon::process_variables());
    if (!request) return usage_error(program, request.error());
    return daemon_command(program, *request, run_until_stopped);
}

ExitCode run_ctl(Program& program, const Arguments& typed)
{
    const auto request = ctl_request(typed.ctl);
    if (!request) return usage_error(program, request.error());
    return ctl(program, *request);
}

ExitCode run_search(Program& program, const Arguments& typed)
{
    const auto request = search_request(typed.search);
    if (!request) return usage_error(program, request.error());
    return ctl(program, *request);
}

ExitCode run_rules(Program& program, const Arguments& typed)
{
    const auto request = rules_request(typed.rules);
    if (!request) return usage_error(program, request.error());
    return rules(program, *request);
}

ExitCode run_demo(Program& program, const Arguments& typed)
{
    const auto size = parse_size(typed.size);
    if (!size) return usage_error(program, size.error());
    return demo(program, {.folder = {}, .size = *size, .pickers = split(typed.demo_pickers, ','), .display = display_of(typed)});
}

// Beside the program, where the build puts them, unless told otherwise.
std::vector<fs::path> plugin_folders(const Arguments& typed)
{
    if (!typed.plugins.empty()) return {typed.plugins};
    std::error_code problem;
    const fs::path self = fs::read_symlink("/proc/self/exe", problem);
    return {self.parent_path() / "plugins", self.parent_path().parent_path() / "lib" / "shoal" / "plugins"};
}

// The daemon has a library, and what plug-ins keep is in there.
bool opens_kept_values(Command command)
{
    switch (command) {
    case Command::daemon:
    case Command::create:
    case Command::plugin_list:
    case Command::plugin_info:
    case Command::plugin_check:
    case Command::ctl:
    case Command::rules:
    case Command::script:
    case Command::search:
    case Command::none: return false;
    default: return true;
    }
}

// The XDG base directory specification says where, unless the user does. Empty: nowhere.
std::string state_file(const Arguments& typed)
{
    constexpr const char* name = "shoal.db";
    if (typed.state == "none") return {};
    if (!typed.state.empty()) return (fs::path(typed.state) / name).string();
    const char* state_home = std::getenv("XDG_STATE_HOME");
    if (state_home != nullptr && fs::path(state_home).is_absolute()) return (fs::path(state_home) / "shoal" / name).string();
    const char* home = std::getenv("HOME");
    return home != nullptr && *home != '\0' ? (fs::path(home) / ".local" / "state" / "shoal" / name).string() : std::string();
}

ExitCode dispatch(Program& program, const Arguments& typed)
{
    switch (typed.command) {
    case Command::get:
    case Command::seed: return run_transfer(program, typed);
    case Command::create: return run_create(program, typed);
    case Command::show: return run_show(program, typed, show);
    case Command::fetch: return run_show(program, typed, fetch);
    case Command::plugin_list:
        return static_cast<ExitCode>(plugin_list(program.registry, typed.json, program.out));
    case Command::plugin_info:
        return plugin_info(program.registry, typed.name, typed.json, program.out, program.err);
    case Command::plugin_check: return plugin_check(program.registry, typed.check, program.out, program.err);
    case Command::tracker: return run_tracker(program, typed);
    case Command::dht: return run_dht(program, typed);
    case Command::daemon: return run_daemon(program, typed);
    case Command::demo: return run_demo(program, typed);
    case Command::ctl: return run_ctl(program, typed);
    case Command::rules: return run_rules(program, typed);
    case Command::script: return script(program, typed.script);
    case Command::search: return run_search(program, typed);
    case Command::none: break;
    }
    return ExitCode::usage;
}

}  // namespace

int run_command_line(int argc, char** argv)
{
    const Arguments typed = read_arguments(argc, argv);
    if (typed.exit_code) return *typed.exit_code;
    host::install_crash_reporter({});
    const auto level = static_cast<host::LogLevel>(std::clamp(static_cast<int>(host::LogLevel::error) + typed.verbosity +
                                                                  (typed.verbosity > 0 ? 1 : 0), 0, 3));
    ScreenLog screen(std::cerr, level);
    const host::Log log(screen);
    host::Watchdog watchdog(log);
    const auto watched = watchdog.watch_loop();
    host::Registry registry(log);
    // The daemon has its own.
    if (typed.command != Command::ctl && typed.command != Command::search) {
        for (const auto& folder : plugin_folders(typed)) registry.scan(folder);
    }
    net::LiveEnvironment live(
        {.attend_worker = [&watchdog] { return std::make_shared<host::Watchdog::Lease>(watchdog.watch_worker()); }});
    const auto environment = live.environment();
    state::KeptDatabase kept(environment.loop, environment.workers, opens_kept_values(typed.command) ? state_file(typed) : "", log);
    Program program{.live = live,
                    .registry = registry,
                    .log = log,
                    .out = std::cout,
                    .err = std::cerr,
                    .checked = typed.checked,
                    .arguments = std::vector<std::string>(argv, argv + argc),
                    .screen = &screen,
                    .kept = &kept.values()};
    const auto code = dispatch(program, typed);
    if (std::cout.flush()) return static_cast<int>(code);
    std::cerr << "shoal: what was to be shown could not be written\n";
    return static_cast<int>(code == ExitCode::ok ? ExitCode::disk : code);
}

}  // namespace shoal::cli
