#include "cli/arguments.hpp"

#include "cli/exit_code.hpp"
#include "cli/keyboard.hpp"
#include "cli/quantity.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>

namespace shoal::cli {

namespace {

// One value each time it is named: what follows is a source.
void add_repeatable(CLI::App& command, const std::string& names, std::vector<std::string>& values, const char* help)
{
    command.add_option(names, values, help)->allow_extra_args(false);
}

void add_settings(CLI::App& command, Arguments& typed)
{
    add_repeatable(command, "--set", typed.settings, "PLUGIN.SETTING=VALUE (repeatable); `plugin info` lists them");
}

// How peers are found, for whatever needs some.
void add_swarm_options(CLI::App& command, Arguments& typed)
{
    add_repeatable(command, "--listen", typed.listen, "ADDR:PORT to take connections on, otherwise a free port (repeatable)");
    add_repeatable(command, "--peer", typed.peers, "ADDR:PORT of a peer to connect to (repeatable)");
    command.add_option("--discovery", typed.discoveries, "plug-ins that find peers without a tracker [dht,lsd]; none: off");
    command.add_option("--extension", typed.extensions,
                       "plug-ins that speak to peers beyond the protocol's core [metadata,pex,donthave,holepunch]; none: off");
    command.add_option("--sources", typed.source_plugins, "plug-ins that read what you name [magnet,http,file]");
    add_settings(command, typed);
}

void add_transfer_options(CLI::App& command, Arguments& typed)
{
    add_swarm_options(command, typed);
    command.add_option("--choker", typed.choker, "plug-in that decides who may download from us")->capture_default_str();
    command.add_flag("--no-privileged-ports", typed.no_privileged_ports,
                     "never call a port below 1024, unless --peer names it");
    command.add_flag("--exit", typed.exit, "end as soon as everything is verified");
    command.add_option("--seed-time", typed.seed_time, "end after so many seconds of seeding");
    command.add_option("--ratio", typed.ratio, "end when so many times the size was given");
    command.add_option("--down", typed.down, "most octets a second in, e.g. 2M; 0: no limit")->capture_default_str();
    command.add_option("--up", typed.up, "most octets a second out; 0: no limit")->capture_default_str();
    command.add_option("--memory", typed.memory, "ceiling for pieces in flight")->capture_default_str();
    command.add_flag("--json", typed.json, "one JSON record a line");
    command.add_flag("--quiet", typed.quiet, "say nothing but errors");
}

void declare_transfers(CLI::App& app, Arguments& typed)
{
    auto* get = app.add_subcommand("get", "fetch torrents, then seed them until interrupted");
    get->final_callback([&typed] { typed.command = Command::get; });
    get->add_option("source", typed.sources, ".torrent files, magnet links, info-hashes and URLs of .torrent files")->required();
    get->add_option("-o,--output", typed.folder, "folder to fetch into")->capture_default_str();
    get->add_option("--picker", typed.pickers, "plug-ins, .so files or Lua scripts, asked in this order")->capture_default_str();
    get->add_option("--storage", typed.storage, "plug-in that keeps the data")->capture_default_str();
    add_repeatable(*get, "--select", typed.select, "glob of the files that are wanted, whatever the link selects (repeatable)");
    get->add_option("--patience", typed.patience,
                    "give up after so many seconds without a peer and without progress, or without room on the disk; 0: never");
    add_transfer_options(*get, typed);

    auto* seed = app.add_subcommand("seed", "give what is there, and change nothing");
    seed->final_callback([&typed] { typed.command = Command::seed; });
    seed->add_option("torrent", typed.sources, ".torrent files, or their URLs")->required();
    seed->add_option("--data", typed.data, "folder that holds the data")->required();
    seed->add_option("--storage", typed.storage, "plug-in that keeps the data")->capture_default_str();
    add_transfer_options(*seed, typed);
}

void declare_files(CLI::App& app, Arguments& typed)
{
    auto* create = app.add_subcommand("create", "make a .torrent and print its magnet link");
    create->final_callback([&typed] { typed.command = Command::create; });
    create->add_option("path", typed.path, "file or folder to share")->required();
    create->add_option("-o,--output", typed.output, "the .torrent to write");
    add_repeatable(*create, "-t,--tracker", typed.trackers, "announce URL (repeatable: each is a tier)");
    add_repeatable(*create, "-w,--web-seed", typed.web_seeds, "web seed URL (repeatable)");
    create->add_option("--piece-size", typed.piece_size, "a power of two, e.g. 1M; otherwise chosen by size");
    create->add_flag("--private", typed.is_private, "peers from its trackers only");
    create->add_option("--comment", typed.comment, "free text");
    create->add_flag("--force", typed.force, "replace an existing .torrent");
    create->add_flag("--quiet", typed.quiet, "no progress bar");

    auto* show = app.add_subcommand("show", "say what a .torrent or magnet link holds");
    show->final_callback([&typed] { typed.command = typed.is_fetching ? Command::fetch : Command::show; });
    show->add_option("source", typed.path, ".torrent file, magnet link, info-hash or URL of a .torrent")->required();
    show->add_flag("--json", typed.json, "as JSON");
    auto* fetch = show->add_flag("--fetch", typed.is_fetching, "of a magnet link: fetch the metadata from peers, and nothing else");
    show->add_option("-o,--output", typed.output, "the .torrent to write it to")->needs(fetch);
    show->add_flag("--force", typed.force, "replace an existing .torrent")->needs(fetch);
    show->add_option("--patience", typed.patience, "give up after so many seconds; 0: never [300]")->needs(fetch);
    add_swarm_options(*show, typed);
}

void declare_plugins(CLI::App& app, Arguments& typed)
{
    auto* plugin = app.add_subcommand("plugin", "the plug-ins that were found");
    plugin->require_subcommand(1);
    auto* list = plugin->add_subcommand("list", "one line each");
    list->final_callback([&typed] { typed.command = Command::plugin_list; });
    list->add_flag("--json", typed.json, "as JSON");
    auto* info = plugin->add_subcommand("info", "all its manifest says");
    info->final_callback([&typed] { typed.command = Command::plugin_info; });
    info->add_option("name", typed.name, "name, id or file")->required();
    info->add_flag("--json", typed.json, "as JSON");
    auto* check = plugin->add_subcommand("check", "hold a picker, a choker or a storage to what is promised of it; runs its code");
    check->final_callback([&typed] { typed.command = Command::plugin_check; });
    check->add_option("name", typed.check.name, "name, id, file or Lua script")->required();
    check->add_flag("--leaves-blocks", typed.check.leaves_blocks, "a picker that leaves some to the one after it, as endgame does");
    check->add_flag("--keeps-nothing", typed.check.keeps_nothing, "a storage that forgets when it is closed, as memory does");

    auto* tracker = app.add_subcommand("tracker", "run the embedded tracker until interrupted");
    tracker->final_callback([&typed] { typed.command = Command::tracker; });
    add_repeatable(*tracker, "--listen", typed.listen, "ADDR:PORT to answer at; otherwise a free port of 127.0.0.1");
    add_settings(*tracker, typed);

    auto* demo = app.add_subcommand("demo", "a tracker, a seeder and three leechers on this machine");
    demo->final_callback([&typed] { typed.command = Command::demo; });
    demo->add_option("--picker", typed.demo_pickers, "plug-ins, .so files or Lua scripts of one leecher more");
    demo->add_option("--size", typed.size, "size of the generated torrent")->capture_default_str();
    demo->add_flag("--json", typed.json, "one JSON record a line");
}

}  // namespace

void declare_commands(CLI::App& app, Arguments& typed)
{
    app.require_subcommand(1);
    app.fallthrough();  // what belongs to all commands may also stand after them
    app.set_version_flag("--version", "shoal 0.1.0");
    app.add_option("--plugins", typed.plugins, "folder with the plug-ins");
    app.add_option("--state", typed.state, "folder for what plug-ins keep between runs; none: nothing");
    app.add_flag("--checked", typed.checked, "stop with a report when a plug-in breaks a rule");
    app.add_flag("-v,--verbose", typed.verbosity, "say more: -v life cycle, -vv protocol");
    declare_transfers(app, typed);
    declare_files(app, typed);
    declare_plugins(app, typed);
    declare_dht(app, typed.dht);
    declare_daemon(app, typed.daemon);
    declare_ctl(app, typed.ctl);
    declare_rules(app, typed.rules);
    declare_script(app, typed.script);
    declare_search(app, typed.search);
}

namespace {

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

// What a number may be; the words are ours, not those of CLI11.
Result<void> check_limits(const Arguments& typed)
{
    const auto bad = [](const char* option) {
        return make_error(Errc::invalid_argument, fmt::format("{} must not be negative", option));
    };
    if (typed.seed_time.value_or(0) < 0) return bad("--seed-time");
    if (typed.patience.value_or(0) < 0) return bad("--patience");
    if (typed.ratio.value_or(0) < 0) return bad("--ratio");
    if (!std::isfinite(typed.ratio.value_or(0))) return make_error(Errc::invalid_argument, "--ratio must be a number");
    return {};
}

}  // namespace

Arguments read_arguments(int argc, const char* const* argv)
{
    Arguments typed;
    CLI::App app("Shoal: a BitTorrent client made of plug-ins", "shoal");
    declare_commands(app, typed);
    try {
        app.parse(argc, argv);
        if (!typed.dht.method.empty()) typed.command = Command::dht;
        if (typed.daemon.is_asked) typed.command = Command::daemon;
        if (!typed.ctl.verb.empty()) typed.command = Command::ctl;
        if (typed.rules.verb != RulesVerb::none) typed.command = Command::rules;
        if (typed.script.verb != ScriptVerb::none) typed.command = Command::script;
        if (typed.search.is_asked) typed.command = Command::search;
    } catch (const CLI::ParseError& error) {
        // Help and version are no errors; everything else is ours to number.
        typed.exit_code = app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
    }
    return typed;
}

DisplayKind display_of(const Arguments& typed)
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

namespace {

constexpr std::string_view all_discoveries = "dht,lsd";
constexpr std::string_view all_extensions = "metadata,pex,donthave,holepunch";

PluginList plugin_list(const std::optional<std::string>& typed, std::string_view otherwise)
{
    if (!typed) return {.names = split(std::string(otherwise), ','), .is_default = true};
    return {.names = *typed == "none" ? std::vector<std::string>{} : split(*typed, ','), .is_default = false};
}

Result<SwarmOptions> swarm_options(const Arguments& typed)
{
    SwarmOptions options{.discoveries = plugin_list(typed.discoveries, all_discoveries),
                         .extensions = plugin_list(typed.extensions, all_extensions)};
    if (typed.source_plugins) options.sources = plugin_list(typed.source_plugins, {});
    auto listen = endpoints(typed.listen, parse_listen);
    auto peers = endpoints(typed.peers, parse_peer);
    auto settings = plugin_settings(typed.settings);
    if (!listen) return listen.error();
    if (!peers) return peers.error();
    if (!settings) return settings.error();
    options.listen = std::move(*listen);
    if (typed.listen.empty()) {
        options.listen = {*Endpoint::parse("0.0.0.0:0")};
        options.listen_if_possible = {*Endpoint::parse("[::]:0")};
    }
    options.peers = std::move(*peers);
    options.plugin_settings = std::move(*settings);
    return options;
}

}  // namespace

Result<FetchOptions> fetch_options(const Arguments& typed)
{
    if (const auto limits = check_limits(typed); !limits) return limits.error();
    auto swarm = swarm_options(typed);
    if (!swarm) return swarm.error();
    FetchOptions options{.source = typed.path, .swarm = std::move(*swarm), .output = typed.output};
    options.replaces = typed.force;
    options.is_json = typed.json;
    if (typed.patience) options.patience = std::chrono::seconds{*typed.patience};
    return options;
}

Result<TransferOptions> transfer_options(const Arguments& typed)
{
    if (const auto limits = check_limits(typed); !limits) return limits.error();
    const bool is_seed = typed.command == Command::seed;
    TransferOptions options;
    options.sources = typed.sources;
    options.folder = is_seed ? typed.data : typed.folder;
    options.is_seeding_only = is_seed;
    options.pickers = split(typed.pickers, ',');
    if (options.pickers.empty()) return make_error(Errc::invalid_argument, "--picker: name at least one");
    options.choker = typed.choker;
    options.storage = typed.storage;
    options.select = typed.select;
    options.end.at_once = typed.exit;
    if (typed.seed_time) options.end.seed_time = std::chrono::seconds{*typed.seed_time};
    options.end.ratio = typed.ratio;
    if (typed.patience.value_or(0) > 0) options.patience = options.room_patience = std::chrono::seconds{*typed.patience};
    // Who waits for the end wants to hear that it cannot come; who watches may wait for ever.
    if (!typed.patience && typed.exit) options.patience = std::chrono::minutes{5};
    auto swarm = swarm_options(typed);
    auto down = parse_size(typed.down);
    auto up = parse_size(typed.up);
    auto memory = parse_size(typed.memory);
    if (!swarm) return swarm.error();
    if (!down) return down.error();
    if (!up) return up.error();
    if (!memory) return memory.error();
    options.swarm = std::move(*swarm);
    options.calls_privileged_ports = !typed.no_privileged_ports;
    options.down = *down;
    options.up = *up;
    options.memory = *memory;
    options.display = display_of(typed);
    options.has_keyboard = options.display == DisplayKind::bars && is_terminal_in();
    return options;
}

std::string absolute_path(const std::string& typed)
{
    std::error_code problem;
    const auto full = std::filesystem::absolute(typed, problem);
    return problem || typed.empty() ? typed : full.lexically_normal().native();
}

}  // namespace shoal::cli
