#include "cli/ctl_arguments.hpp"

#include "cli/arguments.hpp"
#include "cli/quantity.hpp"
#include "control/json.hpp"
#include "host/script_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace shoal::cli {

namespace fs = std::filesystem;

namespace {

using control::Value;

constexpr std::size_t longest_typed = 1 << 20;

// Before the verb and after it. Words that name another command are none here: a torrent may be called like one.
void add_shared(CLI::App& command, CtlArguments& typed)
{
    command.fallthrough(false);
    command.add_option("--socket", typed.socket, "where the daemon listens [as its settings say: $XDG_RUNTIME_DIR/shoal/rpc.sock]");
    command.add_flag("--json", typed.is_json, "the answer as it came, one JSON value a line");
}

CLI::App& add_verb(CLI::App& parent, CtlArguments& typed, const std::string& name, const std::string& verb, const char* help)
{
    auto* command = parent.add_subcommand(name, help);
    command->final_callback([&typed, verb] { typed.verb = verb; });
    add_shared(*command, typed);
    return *command;
}

CLI::App& add_verb(CLI::App& ctl, CtlArguments& typed, const std::string& name, const char* help)
{
    return add_verb(ctl, typed, name, name, help);
}

void add_torrents(CLI::App& verb, CtlArguments& typed)
{
    verb.add_option("torrent", typed.words, "info-hashes, beginnings of them, or names")->required();
}

void add_torrent(CLI::App& verb, CtlArguments& typed)
{
    verb.add_option("torrent", typed.torrent, "info-hash, the beginning of it, or name")->required();
}

void declare_torrents(CLI::App& ctl, CtlArguments& typed)
{
    auto& add = add_verb(ctl, typed, "add", "adds torrents");
    add.add_option("source", typed.words, ".torrent files, magnet links, info-hashes and URLs of .torrent files")->required();
    add.add_option("-o,--output", typed.folder, "folder to fetch into; otherwise as the daemon is set");
    add.add_option("--label", typed.label, "to find and group it by");
    add.add_option("--select", typed.select, "glob of the files that are wanted (repeatable)")->allow_extra_args(false);
    add.add_option("--peer", typed.peers, "ADDR:PORT of a peer to begin with (repeatable)")->allow_extra_args(false);
    add.add_flag("--stopped", typed.is_stopped, "start nothing yet");
    auto& list = add_verb(ctl, typed, "list", "all torrents, or those that a filter lets through");
    list.add_option("filter", typed.words, "like: state=downloading and ratio>1.5");
    list.add_option("--fields", typed.fields, "columns, separated by commas");
    add_torrents(add_verb(ctl, typed, "show", "all there is to know of a torrent"), typed);
    add_torrents(add_verb(ctl, typed, "start", "lets torrents run"), typed);
    add_torrents(add_verb(ctl, typed, "stop", "lets torrents rest"), typed);
    auto& remove = add_verb(ctl, typed, "remove", "forgets torrents");
    add_torrents(remove, typed);
    remove.add_flag("--data", typed.removes_data, "deletes what was fetched, too");
    add_torrents(add_verb(ctl, typed, "recheck", "compares what is on the disk with the hashes"), typed);
    add_torrents(add_verb(ctl, typed, "reannounce", "asks trackers for peers now"), typed);
}

void declare_changes(CLI::App& ctl, CtlArguments& typed)
{
    auto& set = add_verb(ctl, typed, "set", "changes a torrent");
    add_torrent(set, typed);
    set.add_option("change", typed.words, "NAME=VALUE, read as settings are, e.g. label=linux down=10MiB seed_time=2h ratio=1.5; null: as the daemon is set")->required();
    auto& move = add_verb(ctl, typed, "move", "moves the data of a torrent");
    add_torrent(move, typed);
    move.add_option("folder", typed.path, "where to")->required();
    auto& queue = add_verb(ctl, typed, "queue", "gives a torrent another place in the queue");
    add_torrent(queue, typed);
    queue.add_option("to", typed.path, "top, up, down or bottom")->required()->check(CLI::IsMember({"top", "up", "down", "bottom"}));
    auto& rename = add_verb(ctl, typed, "rename", "renames a file or folder of a torrent");
    add_torrent(rename, typed);
    rename.add_option("path", typed.path, "as `files` shows it")->required();
    rename.add_option("new-path", typed.new_path, "what it is called from now on")->required();
    add_torrent(add_verb(ctl, typed, "peers", "whom a torrent is connected to"), typed);
    add_torrent(add_verb(ctl, typed, "files", "what is in a torrent"), typed);
    add_torrent(add_verb(ctl, typed, "trackers", "whom a torrent asks for peers"), typed);
}

void declare_daemon(CLI::App& ctl, CtlArguments& typed)
{
    add_verb(ctl, typed, "stats", "what the daemon does and has done");
    add_verb(ctl, typed, "alternative", "switches the alternative limits by hand, or leaves them to the timetable")
        .add_option("to", typed.value, "on, off or timetable")
        ->required()
        ->check(CLI::IsMember({"on", "off", "timetable"}));
    auto& watch = add_verb(ctl, typed, "watch", "events as they happen, until interrupted");
    watch.add_option("event", typed.words, "globs of their names [*]");
    auto* settings = ctl.add_subcommand("settings", "what the daemon is set to");
    add_shared(*settings, typed);
    settings->require_subcommand(1);
    add_verb(*settings, typed, "list", "settings list", "all settings");
    add_verb(*settings, typed, "get", "settings get", "one setting")
        .add_option("name", typed.name, "as `settings list` shows it")
        ->required();
    auto& set = add_verb(*settings, typed, "set", "settings set", "changes a setting");
    set.add_option("name", typed.name, "as `settings list` shows it")->required();
    set.add_option("value", typed.value, "as in the settings file")->required();
    add_verb(*settings, typed, "reset", "settings reset", "takes back what was set")
        .add_option("name", typed.name, "as `settings list` shows it")
        ->required();
    auto& call = add_verb(ctl, typed, "call", "calls any method");
    call.add_option("method", typed.name, "as `methods` shows it")->required();
    call.add_option("argument", typed.words, "NAME=VALUE each, or all in one as a JSON object");
    add_verb(ctl, typed, "methods", "what can be called, and what can be watched");
    add_verb(ctl, typed, "reference", "the same as a page in Markdown");
}

// The daemon does not know where we are.
std::string full_source(const std::string& source)
{
    std::error_code ignored;
    return source.find(':') == std::string::npos && fs::exists(source, ignored) ? absolute_path(source) : source;
}

// Nor where the scripts are that stand for plug-ins.
std::string full_name(const std::string& name)
{
    return host::is_script(name) ? absolute_path(name) : name;
}

std::vector<std::string> full_names(const std::string& names)
{
    auto all = split(names, ',');
    for (auto& name : all) name = full_name(name);
    return all;
}

Value texts(const std::vector<std::string>& all)
{
    return Value::List(all.begin(), all.end());
}

CtlCall about(const std::string& method, const std::string& torrent)
{
    return {.method = method, .arguments = Value::Map{}.set("torrent", torrent)};
}

void plan_add(const CtlArguments& typed, CtlRequest& request)
{
    for (const auto& source : typed.words) {
        Value::Map arguments;
        arguments.set("source", full_source(source));
        if (!typed.folder.empty()) arguments.set("folder", absolute_path(typed.folder));
        if (!typed.label.empty()) arguments.set("label", typed.label);
        if (typed.is_stopped) arguments.set("stopped", true);
        if (!typed.select.empty()) arguments.set("select", texts(typed.select));
        if (!typed.peers.empty()) arguments.set("peers", texts(typed.peers));
        request.calls.push_back({.method = "torrents.add", .arguments = std::move(arguments)});
    }
}

void plan_list(const CtlArguments& typed, CtlRequest& request)
{
    Value::Map arguments;
    std::string filter;
    for (const auto& word : typed.words) filter += (filter.empty() ? "" : " ") + word;
    if (!filter.empty()) arguments.set("filter", filter);
    request.columns = split(typed.fields, ',');
    if (!request.columns.empty()) arguments.set("fields", texts(request.columns));
    request.calls.push_back({.method = "torrents.list", .arguments = std::move(arguments)});
    request.view = CtlView::torrents;
}

// Numbers go as they were typed, and are read by the daemon as settings are: "10MiB" and "12" alike.
Result<Value::Map> own_changes(const std::vector<std::string>& words)
{
    auto changes = assignments(words);
    if (!changes) return changes;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        const auto& value = *changes->find(word.substr(0, equals));
        const bool is_plain = value.as_integer() != nullptr || value.as_real() != nullptr || value.as_bool() != nullptr;
        if (is_plain) changes->set(word.substr(0, equals), word.substr(equals + 1));
    }
    return changes;
}

Result<void> plan_set(const CtlArguments& typed, CtlRequest& request)
{
    auto changes = own_changes(typed.words);
    if (!changes) return changes.error();
    if (const auto* pickers = changes->find("pickers"); pickers != nullptr && pickers->as_text() != nullptr) {
        changes->set("pickers", texts(full_names(*pickers->as_text())));
    }
    if (const auto* choker = changes->find("choker"); choker != nullptr && choker->as_text() != nullptr) {
        changes->set("choker", full_name(*choker->as_text()));
    }
    auto call = about("torrents.set", typed.torrent);
    call.arguments.set("changes", std::move(*changes));
    request.calls.push_back(std::move(call));
    return {};
}

void plan_path(const CtlArguments& typed, CtlRequest& request)
{
    auto call = about("torrents." + typed.verb, typed.torrent);
    if (typed.verb == "move") {
        call.arguments.set("folder", absolute_path(typed.path));
    } else if (typed.verb == "queue") {
        call.arguments.set("to", typed.path);
    } else {
        call.arguments.set("path", typed.path);
        call.arguments.set("new_path", typed.new_path);
    }
    request.calls.push_back(std::move(call));
}

void plan_torrents(const CtlArguments& typed, CtlRequest& request)
{
    for (const auto& torrent : typed.words) {
        auto call = about("torrents." + typed.verb, torrent);
        if (typed.verb == "remove") call.arguments.set("data", typed.removes_data);
        request.calls.push_back(std::move(call));
    }
}

void plan_settings(const CtlArguments& typed, CtlRequest& request)
{
    const auto action = typed.verb.substr(typed.verb.find(' ') + 1);
    Value::Map arguments;
    if (action != "list") arguments.set("name", typed.name);
    const bool names_policies = typed.name == "pickers" || typed.name == "choker";
    const auto value = names_policies ? fmt::format("{}", fmt::join(full_names(typed.value), ",")) : typed.value;
    if (action == "set") arguments.set("value", value);  // read by the daemon, as in the settings file
    if (action == "list") request.columns = {"name", "value", "origin", "help"};
    request.calls.push_back({.method = "settings." + action, .arguments = std::move(arguments)});
}

void plan_page(CtlRequest& request)
{
    request.calls.push_back({.method = "methods.reference"});
    request.view = CtlView::page;
}

Result<void> plan_call(const CtlArguments& typed, CtlRequest& request)
{
    CtlCall call{.method = typed.name};
    if (typed.words.size() == 1 && typed.words.front().starts_with('{')) {
        auto value = control::from_json(typed.words.front(), longest_typed);
        if (!value) return make_error(Errc::invalid_argument, value.error().text);
        call.arguments = *value->as_map();
    } else {
        const auto read = assignments(typed.words);
        if (!read) return read.error();
        call.typed = typed.words;
    }
    request.calls.push_back(std::move(call));
    return {};
}

}  // namespace

void declare_ctl(CLI::App& app, CtlArguments& typed)
{
    auto* ctl = app.add_subcommand("ctl", "asks the daemon that runs");
    ctl->require_subcommand(1);
    add_shared(*ctl, typed);
    declare_torrents(*ctl, typed);
    declare_changes(*ctl, typed);
    declare_daemon(*ctl, typed);
}

Value typed_value(const std::string& text)
{
    auto value = control::from_json(text, longest_typed);
    return value ? std::move(*value) : Value(text);
}

Result<Value::Map> assignments(const std::vector<std::string>& words)
{
    Value::Map map;
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0) {
            return make_error(Errc::invalid_argument, fmt::format("'{}': write NAME=VALUE", word));
        }
        map.set(word.substr(0, equals), typed_value(word.substr(equals + 1)));
    }
    return map;
}

Result<CtlRequest> ctl_request(const CtlArguments& typed)
{
    CtlRequest request{.socket = typed.socket, .is_json = typed.is_json};
    const auto& verb = typed.verb;
    constexpr std::array about_one = {"peers", "files", "trackers"};
    Result<void> planned;
    if (verb == "add") plan_add(typed, request);
    else if (verb == "list") plan_list(typed, request);
    else if (verb == "set") planned = plan_set(typed, request);
    else if (verb == "move" || verb == "rename" || verb == "queue") plan_path(typed, request);
    else if (verb == "call") planned = plan_call(typed, request);
    else if (verb.starts_with("settings ")) plan_settings(typed, request);
    else if (verb == "alternative") request.calls.push_back({.method = "rates.switch", .arguments = Value::Map{}.set("alternative", typed.value)});
    else if (verb == "stats") request.calls.push_back({.method = "session.stats"});
    else if (verb == "methods") request.calls.push_back({.method = "rpc.methods"});
    else if (verb == "reference") plan_page(request);
    else if (verb == "watch") request.events = typed.words.empty() ? std::vector<std::string>{"*"} : typed.words;
    else if (std::ranges::find(about_one, verb) != about_one.end()) request.calls.push_back(about("torrents." + verb, typed.torrent));
    else plan_torrents(typed, request);
    if (verb == "methods") request.view = CtlView::methods;
    if (!planned) return planned.error();
    return request;
}

}  // namespace shoal::cli
