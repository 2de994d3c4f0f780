#include "cli/script_arguments.hpp"

#include <CLI/CLI.hpp>

namespace shoal::cli {

namespace {

CLI::App& add_script_verb(CLI::App& parent, ScriptRequest& typed, const std::string& name, ScriptVerb verb, const char* help)
{
    auto* command = parent.add_subcommand(name, help);
    command->final_callback([&typed, verb] { typed.verb = verb; });
    return *command;
}

}  // namespace

void declare_script(CLI::App& app, ScriptRequest& typed)
{
    auto* script = app.add_subcommand("script", "writes, tests and looks after scripts in Lua");
    script->require_subcommand(1);

    auto& create = add_script_verb(*script, typed, "new", ScriptVerb::create, "writes a script to begin with, and its test");
    create.add_option("name", typed.name, "of the script: NAME.lua")->required();
    create.add_option("--kind", typed.kind, "automation, rules or picker [automation]")->check(CLI::IsMember({"automation", "rules", "picker"}));
    create.add_option("-o,--output", typed.folder, "folder to write them into [this one]");

    auto& test = add_script_verb(*script, typed, "test", ScriptVerb::test, "runs tests of scripts; nothing they do is real");
    test.add_option("path", typed.paths, "NAME_test.lua, and folders of them")->required();
    test.add_flag("--json", typed.is_json, "the outcome as JSON");

    auto& run = add_script_verb(*script, typed, "run", ScriptVerb::run, "runs the handlers of a script in the daemon, as if something had happened");
    run.add_option("script", typed.name, "its name")->required();
    run.add_option("--event", typed.event, "what is to have happened: torrent.finished")->required();
    run.add_option("--torrent", typed.torrent, "to which torrent: info-hash, the beginning of it, or name");
    run.add_option("--payload", typed.payload, "more fields of the event, as a JSON object");
    run.add_option("--handler", typed.handler, "only this handler");
    run.add_option("--timeout", typed.timeout, "seconds to wait for handlers that wait for something themselves [30]")->check(CLI::Range(0.0, 3600.0));

    auto& status = add_script_verb(*script, typed, "status", ScriptVerb::status, "the scripts that the daemon runs, and what went wrong with them");
    status.add_option("script", typed.name, "only this one");

    for (auto* verb : {&run, &status}) {
        verb->add_option("--socket", typed.socket, "where the daemon listens [as its settings say]");
        verb->add_flag("--json", typed.is_json, "the answer as JSON, one value a line");
    }
}

}  // namespace shoal::cli
