#include "cli/rules_arguments.hpp"

#include "cli/quantity.hpp"

#include <CLI/CLI.hpp>

namespace shoal::cli {

namespace {

CLI::App& add_rules_verb(CLI::App& parent, RulesArguments& typed, const std::string& name, RulesVerb verb, const char* help)
{
    auto* command = parent.add_subcommand(name, help);
    command->final_callback([&typed, verb] { typed.verb = verb; });
    return *command;
}

void add_rules_json(CLI::App& verb, RulesArguments& typed)
{
    verb.add_flag("--json", typed.is_json, "the answer as JSON");
}

void add_rules_socket(CLI::App& verb, RulesArguments& typed)
{
    verb.add_option("--socket", typed.socket, "where the daemon listens [$XDG_RUNTIME_DIR/shoal/rpc.sock]");
}

}  // namespace

void declare_rules(CLI::App& app, RulesArguments& typed)
{
    auto* rules = app.add_subcommand("rules", "tries out and explains rules for feeds");
    rules->require_subcommand(1);

    auto& test = add_rules_verb(*rules, typed, "test", RulesVerb::test, "what a rule file would do with saved feeds; nothing is added");
    test.add_option("file", typed.file, "rule file in Lua, or rules in JSON")->required();
    test.add_option("--feed", typed.feeds, "saved feed, FILE or NAME=FILE (repeatable)")->allow_extra_args(false)->required();
    test.add_option("--now", typed.now, "when that is: 2026-01-05T12:00 (UTC)");
    test.add_option("--seen", typed.seen, "what was taken before: none, live (as the daemon remembers), or FILE.json that seen.list gave");
    test.add_option("--torrents", typed.torrents, "folder of .torrent files by their names in URLs, for rules with peek");
    test.add_flag("--explain", typed.is_explained, "every test of every rule");
    test.add_option("--expect", typed.expected, "what --json once printed: exit with 1 when it differs");
    add_rules_json(test, typed);
    add_rules_socket(test, typed);

    auto& why = add_rules_verb(*rules, typed, "why", RulesVerb::why, "what each rule says of a title, and what would let it match");
    why.add_option("title", typed.title, "as a feed has it")->required();
    why.add_option("--feed", typed.feed, "name of the feed");
    why.add_option("--size", typed.size, "e.g. 3G");
    why.add_option("--seeders", typed.seeders, "how many");
    why.add_option("--published", typed.now, "when: 2026-01-05T12:00 (UTC)");
    why.add_option("--rules", typed.file, "ask this file, not the daemon");
    add_rules_json(why, typed);
    add_rules_socket(why, typed);

    auto& diff = add_rules_verb(*rules, typed, "diff", RulesVerb::diff, "how an edited file would change decisions on what the feeds sent lately");
    diff.add_option("file", typed.file, "the edited rule file")->required();
    diff.add_option("--name", typed.name, "the script it replaces, if its name is another");
    add_rules_json(diff, typed);
    add_rules_socket(diff, typed);

    auto& save = add_rules_verb(*rules, typed, "save", RulesVerb::save, "the last body that the daemon keeps of a feed, as it came, to be replayed by test");
    save.add_option("feed", typed.feed, "its name")->required();
    save.add_option("-o,--output", typed.output, "the file to write, or a folder for FEED.xml; otherwise it is printed");
    save.add_flag("--all", typed.is_all, "all that are kept, the oldest first, each in a file with a number: FEED-1.xml");
    add_rules_socket(save, typed);

    auto& import = add_rules_verb(*rules, typed, "import", RulesVerb::import, "makes a rule file of qBittorrent's download_rules.json");
    import.add_option("file", typed.file, "download_rules.json")->required();
    import.add_option("-o,--output", typed.output, "the file to write; otherwise it is printed");
}

Result<RulesRequest> rules_request(const RulesArguments& typed)
{
    RulesRequest request{.verb = typed.verb, .file = typed.file, .feeds = typed.feeds, .seen = typed.seen, .expected = typed.expected,
                         .title = typed.title, .feed = typed.feed, .seeders = typed.seeders, .name = typed.name, .output = typed.output,
                         .torrents = typed.torrents, .socket = typed.socket, .is_explained = typed.is_explained, .is_json = typed.is_json,
                         .is_all = typed.is_all};
    if (!typed.now.empty()) {
        const auto now = parse_moment(typed.now);
        if (!now) return now.error();
        request.now = *now;
    }
    if (!typed.size.empty()) {
        const auto size = parse_size(typed.size);
        if (!size) return size.error();
        request.size = static_cast<std::int64_t>(*size);
    }
    return request;
}

}  // namespace shoal::cli
