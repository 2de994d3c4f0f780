#include "schemas.hpp"

#include <string>
#include <utility>

namespace shoal::feed_rules {
namespace {

using Type = Value::Type;

Field rules_needed(std::string name, Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .is_required = true};
}

Field rules_option(std::string name, Type type, std::string help, Value fallback = {})
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .fallback = std::move(fallback)};
}

constexpr auto trace_form = "; a trace is a list of maps: test, got, wanted, ok";

} // namespace

MethodSchema load_schema()
{
    return {.name = "rules.load",
            .help = "the rules that a script declares, in place of those that it declared before",
            .arguments = {rules_needed("source", Type::text, "the script's name"),
                          rules_needed("rules", Type::list, "maps, as the guide to rules says; none: it declares none any more")},
            .answer = "a map: accepted (how many), problems (texts)",
            .errors = {}};
}

MethodSchema list_schema()
{
    return {.name = "rules.list",
            .help = "the rules, in the order they are tried",
            .arguments = {},
            .answer = "a list of maps: rule, source, priority, enabled, shadow, taken (how many), waiting (how many), problems (texts: its own, also feeds that it names and that there are not)",
            .errors = {}};
}

MethodSchema test_schema()
{
    return {.name = "rules.test",
            .help = "what rules would do with items that are given; nothing is added, and nothing remembered",
            .arguments = {rules_needed("name", Type::text, "what the rules are called meanwhile"),
                          rules_option("text", Type::text, "a rule file in Lua"),
                          rules_option("files", Type::map, "what that may require, as scripts.read takes it"),
                          rules_option("rules", Type::list, "or the rules themselves, as maps"),
                          rules_needed("feeds", Type::list, "maps: name, and text (a feed as it came) or items"),
                          rules_option("torrents", Type::map, "what is in torrents, by their URLs or the last parts of those: maps: size, files (maps: path, size)"),
                          rules_option("now", Type::integer, "unix time up to the year 9999; otherwise the present"),
                          rules_option("seen", Type::text, "what was taken before: none, or live (what is remembered here)", "none"),
                          rules_option("taken", Type::list, "or what was, as seen.list gives it"),
                          rules_option("explain", Type::boolean, "with a trace of every rule for each item", false)},
            .answer = std::string("a map: decisions (maps: title, feed, decision (added, passed over, shadow or rejected), rule that took it or came nearest, "
                                  "why, traces), problems (texts), refused (how many rules), unread (how many feeds are none)") + trace_form,
            .errors = {Errc::bad_input, Errc::not_found, Errc::plugin_broken}};
}

MethodSchema why_schema()
{
    return {.name = "rules.why",
            .help = "what each rule says of a title or an item, and what would have to change",
            .arguments = {rules_option("title", Type::text, "as a feed has it; needed, unless an item is given"),
                          rules_option("item", Type::map, "a whole one, as feeds.items gives it; what else is said counts more"), rules_option("feed", Type::text, "name of the feed; otherwise any"),
                          rules_option("size", Type::integer, "octets"), rules_option("seeders", Type::integer, "how many"),
                          rules_option("published", Type::integer, "unix time"), rules_option("url", Type::text, "of its .torrent"),
                          rules_option("rules", Type::list, "rules to ask, as maps, in place of those that are loaded")},
            .answer = std::string("a map: release (as rules.release has it), rules (the nearest first; maps: rule, source, matches, has_where "
                                  "(true: its function, which is not asked, has the last word), trace, change (the least that would let it match)), problems (texts)") + trace_form,
            .errors = {}};
}

MethodSchema release_schema()
{
    return {.name = "rules.release",
            .help = "what a title is taken for",
            .arguments = {rules_needed("title", Type::text, "of a release, as a feed has it")},
            .answer = "a map: key (the same for all releases of one thing), kind (episode, season, absolute, daily, movie, other), name, number, quality, "
                      "revision (0: neither proper nor repack), proper; when they are known season, last_season, episode, last_episode, date, year, "
                      "resolution, source, codec, group, languages",
            .errors = {}};
}

MethodSchema compare_schema()
{
    return {.name = "rules.compare",
            .help = "how decisions on what the feeds sent lately would change with an edited rule file",
            .arguments = {rules_needed("name", Type::text, "the script whose rules it replaces; has it none, they replace those of their names"), rules_option("text", Type::text, "the edited file, in Lua"),
                          rules_option("files", Type::map, "what that may require, as scripts.read takes it"),
                          rules_option("rules", Type::list, "or the edited rules, as maps")},
            .answer = "a map: items (how many), same (how many are taken as before), more and fewer (maps: title, feed, rule, why), problems (texts), "
                      "refused (how many rules)",
            .errors = {Errc::bad_input, Errc::not_found, Errc::plugin_broken}};
}

MethodSchema import_schema()
{
    return {.name = "rules.import",
            .help = "a rule file from the rules of qBittorrent",
            .arguments = {rules_needed("rules", Type::map, "what download_rules.json holds")},
            .answer = "a map: lua (the file), rules (the same as maps), warnings (texts)",
            .errors = {Errc::bad_input}};
}

MethodSchema decisions_schema()
{
    return {.name = "rules.decisions",
            .help = "what was decided lately",
            .arguments = {rules_option("rule", Type::text, "of this one alone"), rules_option("limit", Type::integer, "most decisions", 50)},
            .answer = std::string("a list, the newest first, of maps: at (unix time), state (matched, shadow, waiting, added, failed, rejected), rule, "
                                  "feed, title, key, why, trace") + trace_form,
            .errors = {}};
}

MethodSchema seen_list_schema()
{
    return {.name = "seen.list",
            .help = "what rules have taken, and what they are taking",
            .arguments = {rules_option("contains", Type::text, "only keys with this in them", ""), rules_option("limit", Type::integer, "most of them", 1000)},
            .answer = "a list of maps: key, state (added, learned, waiting, adding, failed), rule, title, torrent, at (unix time), candidates (titles)",
            .errors = {}};
}

MethodSchema seen_has_schema()
{
    return {.name = "seen.has",
            .help = "whether rules have taken a thing",
            .arguments = {rules_option("title", Type::text, "of a release of it"), rules_option("key", Type::text, "or as seen.list has it"),
                          rules_option("rule", Type::text, "with a title: by this rule alone, if it remembers by itself")},
            .answer = "a map: seen (true: it was added or learned), key, and when something is known of it what seen.list says",
            .errors = {Errc::not_found}};
}

MethodSchema seen_forget_schema()
{
    return {.name = "seen.forget",
            .help = "as if a thing had never been taken",
            .arguments = {rules_needed("key", Type::text, "as seen.list has it")},
            .answer = "nothing",
            .errors = {Errc::not_found}};
}

MethodSchema seen_learn_schema()
{
    return {.name = "seen.learn",
            .help = "as if a thing had been taken",
            .arguments = {rules_needed("title", Type::text, "of a release of it"), rules_option("rule", Type::text, "of this rule alone, if it remembers by itself")},
            .answer = "a map: key",
            .errors = {Errc::not_found}};
}

std::vector<EventSchema> event_schemas()
{
    const std::vector<Field> shared{rules_needed("rule", Type::text, "its name"), rules_needed("feed", Type::text, "name of the feed"),
                                    rules_needed("title", Type::text, "of the item"), rules_needed("item", Type::text, "its guid, or its URL"),
                                    rules_needed("key", Type::text, "what it is of")};
    const auto with = [&shared](std::string name, std::string help, std::vector<Field> more) {
        auto fields = shared;
        fields.insert(fields.end(), more.begin(), more.end());
        return EventSchema{.name = std::move(name), .help = std::move(help), .fields = std::move(fields)};
    };
    const Field trace{.name = "trace", .type = Type::list, .help = "maps: test, got, wanted, ok"};
    const Field why{.name = "why", .type = Type::text, .help = "in words"};
    return {with("rule.matched", "a rule takes an item", {{.name = "shadow", .type = Type::boolean, .help = "and adds nothing"}, trace}),
            with("rule.rejected", "a rule nearly took an item: one test failed, and not one that names it; or it would have, and what is in it, or somebody, was against it", {why, trace}),
            with("rule.waiting", "a rule waits for something better", {{.name = "due", .type = Type::integer, .help = "unix time"}}),
            with("rule.added", "a torrent was added, and is remembered", {{.name = "torrent", .type = Type::text, .help = "its info-hash; empty: it was here, and the feed does not say"}}),
            with("rule.failed", "a torrent could not be added",
                 {why, {.name = "attempt", .type = Type::integer, .help = "of this candidate, from 1"},
                  {.name = "next", .type = Type::text, .help = "try again, another candidate, or nothing"},
                  {.name = "at", .type = Type::integer, .help = "when it is tried again, unix time"}})};
}

} // namespace shoal::feed_rules
