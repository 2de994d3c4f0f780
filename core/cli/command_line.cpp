#include "cli/command_line.hpp"

#include "cli/create_command.hpp"
#include "cli/demo_command.hpp"
#include "cli/keyboard.hpp"
#include "cli/plugin_command.hpp"
#include "cli/quantity.hpp"
#include "cli/show_command.hpp"
#include "cli/transfer.hpp"
#include "host/crash_report.hpp"
#include "host/watchdog.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>

namespace shoal::cli {

namespace fs = std::filesystem;

namespace {

// What was typed, as CLI11 fills it in; turned into each command's own options afterwards.
struct Typed {
    std::string plugins;
    bool checked = false;
    int verbosity = 0;
    bool json = false;
    bool quiet = false;

    std::vector<std::string> sources;
    std::string folder = ".";
    std::string data;
    std::string pickers = "rarest-first,endgame";
    std::string choker = "tit-for-tat";
    std::string storage = "file";
    std::vector<std::string> select;
    std::vector<std::string> listen;
    std::vector<std::string> peers;
    bool exit = false;
    std::int64_t seed_time = -1;
    double ratio = -1;
    std::int64_t patience = -1;
    std::string down = "0";
    std::string up = "0";
    std::string memory = "64M";
    std::vector<std::string> settings;

    std::string path;
    std::string output;
    std::vector<std::string> trackers;
    std::vector<std::string> web_seeds;
    std::string piece_size;
    bool is_private = false;
    bool force = false;
    std::string comment;

    std::string name;
    std::string size = "96M";
};

void add_transfer_options(CLI::App& command, Typed& typed)
{
    command.add_option("--choker", typed.choker, "plug-in that decides who may download from us")->capture_default_str();
    command.add_option("--listen", typed.listen, "ADDR:PORT to take connections on (repeatable)");
    command.add_option("--peer", typed.peers, "ADDR:PORT of a peer to connect to (repeatable)");
    command.add_flag("--exit", typed.exit, "end as soon as everything is verified");
    command.add_option("--seed-time", typed.seed_time, "end after so many seconds of seeding");
    command.add_option("--ratio", typed.ratio, "end when so many times the size was given");
    command.add_option("--down", typed.down, "most octets a second in, e.g. 2M; 0: no limit")->capture_default_str();
    command.add_option("--up", typed.up, "most octets a second out; 0: no limit")->capture_default_str();
    command.add_option("--memory", typed.memory, "ceiling for pieces in flight")->capture_default_str();
    command.add_option("--set", typed.settings, "PLUGIN.SETTING=VALUE (repeatable)");
    command.add_flag("--json", typed.json, "one JSON record a line");
    command.add_flag("--quiet", typed.quiet, "say nothing but errors");
}

DisplayKind display_of(const Typed& typed)
{
    if (typed.quiet) return DisplayKind::silent;
    if (typed.json) return DisplayKind::json;
    return is_terminal_out() ? DisplayKind::bars : DisplayKind::plain;
}

Result<session::PluginSettings> plugin_settings(const std::vector<std::string>& typed)
{
    session::PluginSettings all;
    for (const auto& text : typed) {
        const auto equals = text.find('=');
        const auto dot = text.rfind('.', equals);
        if (equals == std::string::npos || dot == std::string::npos || dot == 0) {
            return make_error(Errc::invalid_argument, fmt::format("--set {}: write PLUGIN.SETTING=VALUE", text));
        }
        all[text.substr(0, dot)][text.substr(dot + 1, equals - dot - 1)] = text.substr(equals + 1);
    }
    return all;
}

Result<std::vector<Endpoint>> endpoints(const std::vector<std::string>& typed,
                                        Result<Endpoint> (*parse)(std::string_view))
{
    std::vector<Endpoint> all;
    for (const auto& text : typed) {
        auto endpoint = parse(text);
        if (!endpoint) return endpoint.error();
        all.push_back(*endpoint);
    }
    return all;
}

Result<TransferOptions> transfer_options(const Typed& typed, bool is_seed)
{
    TransferOptions options;
    options.sources = typed.sources;
    options.folder = is_seed ? typed.data : typed.folder;
    options.is_seeding_only = is_seed;
    options.pickers = split(typed.pickers, ',');
    options.choker = typed.choker;
    options.storage = typed.storage;
    options.select = typed.select;
    options.end.at_once = typed.exit;
    if (typed.seed_time >= 0) options.end.seed_time = std::chrono::seconds{typed.seed_time};
    if (typed.ratio >= 0) options.end.ratio = typed.ratio;
    if (typed.patience > 0) options.patience = std::chrono::seconds{typed.patience};
    // Who waits for the end wants to hear that it cannot come; who watches may wait for ever.
    if (typed.patience < 0 && typed.exit) options.patience = std::chrono::minutes{5};
    auto listen = endpoints(typed.listen, parse_listen);
    auto peers = endpoints(typed.peers, Endpoint::parse);
    auto down = parse_size(typed.down);
    auto up = parse_size(typed.up);
    auto memory = parse_size(typed.memory);
    auto settings = plugin_settings(typed.settings);
    if (!listen) return listen.error();
    if (!peers) return peers.error();
    if (!down) return down.error();
    if (!up) return up.error();
    if (!memory) return memory.error();
    if (!settings) return settings.error();
    options.listen = std::move(*listen);
    if (typed.listen.empty()) options.listen = {*Endpoint::parse("0.0.0.0:0")};
    options.peers = std::move(*peers);
    options.down = *down;
    options.up = *up;
    options.memory = *memory;
    options.plugin_settings = std::move(*settings);
    options.display = display_of(typed);
    options.has_keyboard = options.display == DisplayKind::bars && is_terminal_in();
    return options;
}

ExitCode usage_error(Program& program, const Error& error)
{
    program.err << "shoal: " << error.text << std::endl;
    return exit_code_of(error);
}

ExitCode run_transfer(Program& program, const Typed& typed, bool is_seed)
{
    auto options = transfer_options(typed, is_seed);
    if (!options) return usage_error(program, options.error());
    return Transfer(program, std::move(*options)).run();
}

ExitCode run_create(Program& program, const Typed& typed)
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

ExitCode run_demo(Program& program, const Typed& typed)
{
    const auto size = parse_size(typed.size);
    if (!size) return usage_error(program, size.error());
    return demo(program, {.folder = {}, .size = *size, .display = display_of(typed)});
}

// Beside the program, where the build puts them, unless told otherwise.
std::vector<fs::path> plugin_folders(const Typed& typed)
{
    if (!typed.plugins.empty()) return {typed.plugins};
    std::error_code problem;
    const fs::path self = fs::read_symlink("/proc/self/exe", problem);
    return {self.parent_path() / "plugins", self.parent_path().parent_path() / "lib" / "shoal" / "plugins"};
}

struct Commands {
    CLI::App* get;
    CLI::App* seed;
    CLI::App* create;
    CLI::App* show;
    CLI::App* plugin_list;
    CLI::App* plugin_info;
    CLI::App* demo;
};

Commands declare(CLI::App& app, Typed& typed)
{
    app.require_subcommand(1);
    app.set_version_flag("--version", "shoal 0.1.0");
    app.add_option("--plugins", typed.plugins, "folder with the plug-ins");
    app.add_flag("--checked", typed.checked, "stop with a report when a plug-in breaks a rule");
    app.add_flag("-v,--verbose", typed.verbosity, "say more: -v life cycle, -vv protocol");

    auto* get = app.add_subcommand("get", "fetch torrents, then seed them until interrupted");
    get->add_option("source", typed.sources, ".torrent files")->required();
    get->add_option("-o,--output", typed.folder, "folder to fetch into")->capture_default_str();
    get->add_option("--picker", typed.pickers, "plug-ins or .so files, asked in this order")->capture_default_str();
    get->add_option("--storage", typed.storage, "plug-in that keeps the data")->capture_default_str();
    get->add_option("--select", typed.select, "glob of the files that are wanted (repeatable)");
    get->add_option("--patience", typed.patience, "give up after so many seconds without a peer; 0: never");
    add_transfer_options(*get, typed);

    auto* seed = app.add_subcommand("seed", "give what is there, and change nothing");
    seed->add_option("torrent", typed.sources, ".torrent files")->required();
    seed->add_option("--data", typed.data, "folder that holds the data")->required();
    seed->add_option("--storage", typed.storage, "plug-in that keeps the data")->capture_default_str();
    add_transfer_options(*seed, typed);

    auto* create = app.add_subcommand("create", "make a .torrent and print its magnet link");
    create->add_option("path", typed.path, "file or folder to share")->required();
    create->add_option("-o,--output", typed.output, "the .torrent to write");
    create->add_option("-t,--tracker", typed.trackers, "announce URL (repeatable: each is a tier)");
    create->add_option("-w,--web-seed", typed.web_seeds, "web seed URL (repeatable)");
    create->add_option("--piece-size", typed.piece_size, "a power of two, e.g. 1M; otherwise chosen by size");
    create->add_flag("--private", typed.is_private, "peers from its trackers only");
    create->add_option("--comment", typed.comment, "free text");
    create->add_flag("--force", typed.force, "replace an existing .torrent");
    create->add_flag("--quiet", typed.quiet, "no progress bar");

    auto* show = app.add_subcommand("show", "say what a .torrent or magnet link holds");
    show->add_option("source", typed.path, ".torrent file or magnet link")->required();
    show->add_flag("--json", typed.json, "as JSON");

    auto* plugin = app.add_subcommand("plugin", "the plug-ins that were found");
    plugin->require_subcommand(1);
    auto* list = plugin->add_subcommand("list", "one line each");
    list->add_flag("--json", typed.json, "as JSON");
    auto* info = plugin->add_subcommand("info", "all its manifest says");
    info->add_option("name", typed.name, "name, id or file")->required();
    info->add_flag("--json", typed.json, "as JSON");

    auto* demo = app.add_subcommand("demo", "a tracker, a seeder and three leechers on this machine");
    demo->add_option("--size", typed.size, "size of the generated torrent")->capture_default_str();
    demo->add_flag("--json", typed.json, "one JSON record a line");
    return {get, seed, create, show, list, info, demo};
}

ExitCode dispatch(Program& program, const Commands& commands, const Typed& typed)
{
    if (commands.get->parsed()) return run_transfer(program, typed, false);
    if (commands.seed->parsed()) return run_transfer(program, typed, true);
    if (commands.create->parsed()) return run_create(program, typed);
    if (commands.show->parsed()) return show(program, typed.path, typed.json);
    if (commands.demo->parsed()) return run_demo(program, typed);
    if (commands.plugin_list->parsed()) {
        return static_cast<ExitCode>(plugin_list(program.registry, typed.json, program.out));
    }
    return static_cast<ExitCode>(plugin_info(program.registry, typed.name, typed.json, program.out));
}

}  // namespace

int run_command_line(int argc, char** argv)
{
    Typed typed;
    CLI::App app("Shoal: a BitTorrent client made of plug-ins", "shoal");
    const Commands commands = declare(app, typed);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        // Help and version are no errors; everything else is ours to number.
        const int code = app.exit(error);
        return code == 0 ? 0 : static_cast<int>(ExitCode::usage);
    }
    host::install_crash_reporter({});
    const auto level = static_cast<host::LogLevel>(std::clamp(static_cast<int>(host::LogLevel::error) + typed.verbosity +
                                                                  (typed.verbosity > 0 ? 1 : 0), 0, 3));
    host::StreamLog stream(std::cerr, level);
    const host::Log log(stream);
    host::Watchdog watchdog(log);
    const auto watched = watchdog.watch_this_thread();
    host::Registry registry(log);
    for (const auto& folder : plugin_folders(typed)) registry.scan(folder);
    net::LiveEnvironment live;
    Program program{.live = live,
                    .registry = registry,
                    .log = log,
                    .out = std::cout,
                    .err = std::cerr,
                    .checked = typed.checked,
                    .arguments = std::vector<std::string>(argv, argv + argc)};
    return static_cast<int>(dispatch(program, commands, typed));
}

}  // namespace shoal::cli
