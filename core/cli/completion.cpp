#include "cli/completion.hpp"

#include "client/own_settings.hpp"
#include "client/torrent_rows.hpp"
#include "daemon/daemon_settings.hpp"

#include <shoal/abi/choker.h>
#include <shoal/abi/discovery.h>
#include <shoal/abi/extension.h>
#include <shoal/abi/picker.h>
#include <shoal/abi/source.h>
#include <shoal/abi/storage.h>
#include <shoal/utf8.hpp>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>

namespace shoal::cli {

namespace {

using control::Value;
using Candidates = std::vector<Candidate>;

constexpr std::size_t hash_digits = 10;  // digits: enough to name a torrent by

std::string said_in(const Value& value, std::string_view name)
{
    const auto* map = value.as_map();
    const auto* found = map != nullptr ? map->find(name) : nullptr;
    return found != nullptr && found->as_text() != nullptr ? *found->as_text() : std::string();
}

const Value::List& listed_in(const Value& value, std::string_view name)
{
    static const Value::List none;
    const auto* map = value.as_map();
    const auto* found = map != nullptr ? map->find(name) : nullptr;
    return found != nullptr && found->as_list() != nullptr ? *found->as_list() : none;
}

Candidates words_in(const Value::List& texts)
{
    Candidates words;
    for (const auto& text : texts) {
        if (text.as_text() != nullptr) words.push_back({*text.as_text()});
    }
    return words;
}

Candidates of_names(const Value::List& described, const char* after = "")
{
    Candidates words;
    for (const auto& one : described) words.push_back({said_in(one, "name") + after, said_in(one, "help")});
    return words;
}

// What somebody means who types a value of such an argument or setting.
Candidates values_of(const Value& field)
{
    auto choices = words_in(listed_in(field, "choices"));
    if (choices.empty() && said_in(field, "type") == "bool") return {{"true"}, {"false"}};
    return choices;
}

// All settings of a daemon, as settings.list says them, where none runs.
Value::List known_settings()
{
    control::Settings settings;
    daemon::declare_settings(settings, {.settings_file = "/", .scripts = "/", .state = "/", .socket = "/", .download = "/"});
    Value::List all;
    for (const auto* schema : settings.schemas()) {
        Value::Map map;
        map.set("name", schema->name).set("help", schema->help).set("type", type_name(schema->fallback.type()));
        map.set("choices", Value::List(schema->choices.begin(), schema->choices.end()));
        all.emplace_back(std::move(map));
    }
    return all;
}

class Finder {
public:
    Finder(Place place, const Knowledge& knowledge) : place_(std::move(place)), knowledge_(knowledge) {}

    Completions find()
    {
        Completions found{.words = place_.words};
        add_values(found);
        sift(found.words);
        return found;
    }

private:
    struct Rule {
        std::string_view command;  // empty: any
        std::string_view argument;
        void (Finder::*add)(Completions&);
    };
    static const std::initializer_list<Rule>& rules();

    void add_values(Completions& found)
    {
        for (const auto& rule : rules()) {
            const bool is_it = rule.argument == place_.argument && (rule.command.empty() || rule.command == place_.command);
            if (is_it) return (this->*rule.add)(found);
        }
    }

    // What is torn by a control character cannot be typed.
    void sift(Candidates& words) const
    {
        std::erase_if(words, [&](const Candidate& word) { return !word.text.starts_with(place_.typed) || printable(word.text) != word.text; });
        for (auto& word : words) word.text.insert(0, place_.before);
    }

    Value ask(const std::string& method, Value::Map arguments = {}) const
    {
        auto answer = knowledge_.daemon(place_.socket, method, std::move(arguments));
        return answer ? std::move(*answer) : Value{};
    }

    static void add(Completions& found, Candidates words)
    {
        found.words.insert(found.words.end(), std::make_move_iterator(words.begin()), std::make_move_iterator(words.end()));
    }

    // Of NAME=VALUE: the names, or once there is a '=' the values.
    template <class Values>
    void assign(Completions& found, Candidates names, const Values& values)
    {
        const auto equals = place_.typed.find('=');
        if (equals == std::string::npos) return add(found, std::move(names));
        const auto name = place_.typed.substr(0, equals);
        place_.before += place_.typed.substr(0, equals + 1);
        place_.typed.erase(0, equals + 1);
        values(name);
    }

    void files(Completions& found) { found.paths = Completions::Paths::files; }
    void folders(Completions& found) { found.paths = Completions::Paths::folders; }

    // By name; by hash only for who has begun one.
    void torrents(Completions& found)
    {
        const auto all = ask("torrents.list", Value::Map{}.set("fields", Value::List{"torrent", "name"}));
        if (all.as_list() == nullptr) return;
        for (const auto& torrent : *all.as_list()) {
            const auto hash = said_in(torrent, "torrent").substr(0, hash_digits);
            add(found, {{said_in(torrent, "name"), hash}});
            if (!place_.typed.empty()) add(found, {{hash, said_in(torrent, "name")}});
        }
    }

    Value::List settings_list() const
    {
        const auto all = ask("settings.list");
        return all.as_list() != nullptr ? *all.as_list() : known_settings();
    }
    void settings(Completions& found) { add(found, of_names(settings_list())); }
    void add_setting_values(Completions& found, const std::string& name) const
    {
        for (const auto& setting : settings_list()) {
            if (said_in(setting, "name") == name) add(found, values_of(setting));
        }
    }
    void setting_value(Completions& found)
    {
        if (!place_.earlier.empty()) add_setting_values(found, place_.earlier.front());
    }
    void assigned_setting(Completions& found)
    {
        assign(found, of_names(settings_list(), "="), [&](const std::string& name) { add_setting_values(found, name); });
    }

    void methods(Completions& found) { add(found, of_names(listed_in(ask("rpc.methods"), "methods"))); }
    void events(Completions& found) { add(found, of_names(listed_in(ask("rpc.methods"), "events"))); }
    void method_arguments(Completions& found)
    {
        if (place_.earlier.empty()) return;
        const auto method = ask("rpc.methods", Value::Map{}.set("name", place_.earlier.front()));
        const auto& arguments = listed_in(method, "arguments");
        assign(found, of_names(arguments, "="), [&](const std::string& name) {
            if (name == "torrent") return torrents(found);
            for (const auto& argument : arguments) {
                if (said_in(argument, "name") == name) add(found, values_of(argument));
            }
        });
    }

    void own_changes(Completions& found)
    {
        Candidates names;
        for (const auto& schema : client::own_settings()) names.push_back({schema.name + "=", schema.help});
        assign(found, std::move(names), [&](const std::string& name) {
            if (name == "choker") chokers(found);
            if (name == "pickers") pickers(found);
        });
    }

    void filter(Completions& found)
    {
        Candidates names;
        for (const auto& row : client::torrent_rows()) names.push_back({row.name, row.help});
        for (const auto* word : {"and", "or", "not"}) names.push_back({word});
        assign(found, std::move(names), [&](const std::string& name) {
            for (const auto& row : client::torrent_rows()) {
                if (row.name != name) continue;
                for (const auto& choice : row.choices) add(found, {{choice}});
            }
        });
    }

    // The last of those between commas.
    void after_comma()
    {
        const auto comma = place_.typed.rfind(',');
        if (comma == std::string::npos) return;
        place_.before += place_.typed.substr(0, comma + 1);
        place_.typed.erase(0, comma + 1);
    }
    void fields(Completions& found)
    {
        after_comma();
        for (const auto& row : client::torrent_rows()) add(found, {{row.name, row.help}});
    }
    void plugins(Completions& found, std::string_view kind)
    {
        after_comma();
        for (auto& name : knowledge_.plugins(kind)) add(found, {{std::move(name)}});
    }
    void all_plugins(Completions& found) { plugins(found, {}); }
    void pickers(Completions& found) { plugins(found, SHOAL_KIND_PICKER); }
    void chokers(Completions& found) { plugins(found, SHOAL_KIND_CHOKER); }
    void storages(Completions& found) { plugins(found, SHOAL_KIND_STORAGE); }
    void discoveries(Completions& found) { plugins(found, SHOAL_KIND_DISCOVERY); }
    void extensions(Completions& found) { plugins(found, SHOAL_KIND_EXTENSION); }
    void feeds(Completions& found)
    {
        const auto all = ask("feeds.list");
        if (all.as_list() == nullptr) return;
        for (const auto& feed : *all.as_list()) add(found, {{said_in(feed, "feed"), said_in(feed, "title")}});
    }
    void seen(Completions& found)
    {
        add(found, {{"none", "nothing"}, {"live", "as the daemon remembers"}});
        files(found);
    }
    void sources(Completions& found) { plugins(found, SHOAL_KIND_SOURCE); }

    Place place_;
    const Knowledge& knowledge_;
};

// The first that fits counts.
const std::initializer_list<Finder::Rule>& Finder::rules()
{
    static const std::initializer_list<Rule> all{
        {"seed", "torrent", &Finder::files},
        {"", "torrent", &Finder::torrents},
        {"", "--torrent", &Finder::torrents},
        {"ctl settings get", "name", &Finder::settings},
        {"ctl settings set", "name", &Finder::settings},
        {"ctl settings reset", "name", &Finder::settings},
        {"ctl settings set", "value", &Finder::setting_value},
        {"daemon", "--set", &Finder::assigned_setting},
        {"ctl call", "method", &Finder::methods},
        {"ctl call", "argument", &Finder::method_arguments},
        {"ctl watch", "event", &Finder::events},
        {"", "--event", &Finder::events},
        {"ctl set", "change", &Finder::own_changes},
        {"ctl list", "filter", &Finder::filter},
        {"ctl list", "--fields", &Finder::fields},
        {"ctl move", "folder", &Finder::folders},
        {"plugin info", "name", &Finder::all_plugins},
        {"", "--picker", &Finder::pickers},
        {"", "--choker", &Finder::chokers},
        {"", "--storage", &Finder::storages},
        {"", "--discovery", &Finder::discoveries},
        {"", "--extension", &Finder::extensions},
        {"", "--sources", &Finder::sources},
        {"get", "-o", &Finder::folders},
        {"get", "--output", &Finder::folders},
        {"ctl add", "-o", &Finder::folders},
        {"ctl add", "--output", &Finder::folders},
        {"script new", "-o", &Finder::folders},
        {"script new", "--output", &Finder::folders},
        {"", "--plugins", &Finder::folders},
        {"", "--state", &Finder::folders},
        {"", "--data", &Finder::folders},
        {"", "-o", &Finder::files},
        {"", "--output", &Finder::files},
        {"", "--socket", &Finder::files},
        {"", "--config", &Finder::files},
        {"", "source", &Finder::files},
        {"", "path", &Finder::files},
        {"", "file", &Finder::files},
        {"rules test", "--feed", &Finder::files},
        {"rules test", "--seen", &Finder::seen},
        {"rules test", "--torrents", &Finder::folders},
        {"rules save", "feed", &Finder::feeds},
        {"rules why", "--feed", &Finder::feeds},
        {"", "--rules", &Finder::files},
        {"", "--expect", &Finder::files},
    };
    return all;
}

}  // namespace

Completions completions(const std::vector<std::string>& words, const Knowledge& knowledge)
{
    return Finder(place_of(words), knowledge).find();
}

}  // namespace shoal::cli
