#include "cli/daemon_arguments.hpp"

#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>

namespace shoal::cli {

namespace {

using Given = control::Settings::Given;

Result<std::vector<Given>> flags(const Arguments& typed)
{
    std::vector<Given> all;
    if (!typed.state.empty()) all.push_back({"folders.state", typed.state == "none" ? typed.state : absolute_path(typed.state), "--state"});
    if (typed.verbosity > 0) all.push_back({"log.level", typed.verbosity > 1 ? "debug" : "info", "-v"});
    if (typed.daemon.socket) all.push_back({"socket", absolute_path(*typed.daemon.socket), "--socket"});
    for (const auto& text : typed.daemon.settings) {
        auto given = daemon::typed_setting(text);
        if (!given) return given.error();
        all.push_back(std::move(*given));
    }
    return all;
}

}  // namespace

void declare_daemon(CLI::App& app, DaemonArguments& typed)
{
    auto* command = app.add_subcommand("daemon", "run in the foreground until stopped; `shoal ctl` talks to it");
    command->final_callback([&typed] { typed.is_asked = true; });
    command->add_option("--config", typed.config, "settings file, instead of $XDG_CONFIG_HOME/shoal/shoal.toml");
    command->add_option("--set", typed.settings, "NAME=VALUE (repeatable): a setting, above file and environment")->allow_extra_args(false);
    command->add_option("--socket", typed.socket, "unix socket to be talked to at");
    auto* check = command->add_flag("--check-config", typed.is_check, "only say whether the settings are right");
    command->add_flag("--dump-config", typed.is_dump, "only show all settings and where each comes from")->excludes(check);
}

Result<DaemonRequest> daemon_request(const Arguments& typed, daemon::Variables variables)
{
    using Wish = DaemonRequest::Wish;
    auto given = flags(typed);
    if (!given) return given.error();
    DaemonRequest request;
    request.wish = typed.daemon.is_check ? Wish::check_config : typed.daemon.is_dump ? Wish::dump_config : Wish::run;
    request.folders = daemon::folders(variables);
    request.sources.file = {.path = typed.daemon.config.value_or(request.folders.settings_file), .is_named = typed.daemon.config.has_value()};
    request.sources.variables = std::move(variables);
    request.sources.flags = std::move(*given);
    return request;
}

}  // namespace shoal::cli
