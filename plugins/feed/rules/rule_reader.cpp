#include "rule_reader.hpp"

#include "key_names.hpp"
#include "qb_rule.hpp"

#include <shoal/value_fields.hpp>

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

namespace shoal::feed_rules {
namespace {

constexpr std::size_t longest_name = 100;

// Reads the keys of one rule, each by a function of its own.
class Reader {
public:
    Reader(const Value::Map& map, RuleReading& out) : map_(map), out_(out) {}

    void read(Rule& rule);

private:
    using Read = void (Reader::*)(Rule&, const Value&);
    struct Key {
        std::string_view name;
        Read read; // null: read elsewhere
    };
    static std::vector<Key> keys();

    void problem(const std::string& key, const std::string& what)
    {
        if (!is_warned_) say(key, what);
    }
    void say(const std::string& key, const std::string& what) { out_.problems.push_back((key.empty() ? "" : key + ": ") + what); }
    void refuse(const std::string& key, const std::string& what)
    {
        say(key, what);
        is_refused_ = true;
    }
    void unknown_key(const std::string& key, const std::vector<std::string_view>& known, const std::string& where = {});

    template <class T, class Parse>
    void parse(std::string_view key, const Value& value, std::optional<T>& out, Parse parse)
    {
        if (value.as_text() == nullptr) return refuse(std::string(key), "write it as a text");
        auto parsed = parse(*value.as_text());
        if (parsed) out = std::move(*parsed);
        else refuse(std::string(key), parsed.error().text);
    }
    void flag(std::string_view key, const Value& value, bool& out)
    {
        if (value.as_bool() == nullptr) return refuse(std::string(key), "write true or false");
        out = *value.as_bool();
    }
    void patterns(std::string_view key, const Value& value, std::vector<Pattern>& out);
    std::optional<std::int64_t> duration(std::string_view key, const Value& value);

    void enabled(Rule& rule, const Value& value) { flag("enabled", value, rule.is_enabled); }
    void shadow(Rule& rule, const Value& value) { flag("shadow", value, rule.is_shadow); }
    void where(Rule& rule, const Value& value) { flag("where", value, rule.has_where); }
    void priority(Rule& rule, const Value& value);
    void feeds(Rule& rule, const Value& value);
    void match(Rule& rule, const Value& value) { patterns("match", value, rule.match); }
    void reject(Rule& rule, const Value& value) { patterns("reject", value, rule.reject); }
    void series(Rule& rule, const Value& value);
    void movie(Rule& rule, const Value& value);
    void names(std::string_view key, const char* what, const Value& value, std::vector<std::string>& out);
    void freeleech(Rule& rule, const Value& value) { flag("freeleech", value, rule.is_freeleech); }
    void packs(Rule& rule, const Value& value) { which("packs", value, rule.packs); }
    void specials(Rule& rule, const Value& value) { which("specials", value, rule.specials); }
    void which(std::string_view key, const Value& value, Which& out);
    void episodes(Rule& rule, const Value& value) { parse("episodes", value, rule.episodes, EpisodesWish::parse); }
    void quality(Rule& rule, const Value& value) { parse("quality", value, rule.quality, QualityWish::parse); }
    void size(Rule& rule, const Value& value);
    void age(Rule& rule, const Value& value);
    void seeders(Rule& rule, const Value& value);
    void groups(Rule& rule, const Value& value);
    void languages(Rule& rule, const Value& value);
    void categories(Rule& rule, const Value& value);
    void or_unknown(Rule& rule, const Value& value);
    void prefer(Rule& rule, const Value& value);
    void wait(Rule& rule, const Value& value);
    void upgrade(Rule& rule, const Value& value);
    void propers(Rule& rule, const Value& value);
    void seen(Rule& rule, const Value& value);
    void limit(Rule& rule, const Value& value);
    void peek(Rule& rule, const Value& value) { flag("peek", value, rule.peeks); }
    void file_patterns(std::string_view key, const Value& value, std::vector<FilePattern>& out);
    void files(Rule& rule, const Value& value) { file_patterns("files", value, rule.files); }
    void reject_files(Rule& rule, const Value& value) { file_patterns("reject_files", value, rule.reject_files); }
    void add(Rule& rule, const Value& value);
    void add_one(Rule& rule, const std::string& key, const Value& value);
    void read_qb(Rule& rule);
    void check_whole(Rule& rule);

    const Value::Map& map_;
    RuleReading& out_;
    bool is_refused_ = false;
    bool is_qb_ = false;
    bool is_warned_ = false; // what is odd about it and allowed was said when it was imported
};

std::vector<Reader::Key> Reader::keys()
{
    using R = Reader;
    return {{"name", nullptr},           {"dialect", nullptr},        {"enabled", &R::enabled},   {"shadow", &R::shadow},
            {"where", &R::where},        {"priority", &R::priority},  {"feeds", &R::feeds},       {"match", &R::match},
            {"reject", &R::reject},      {"series", &R::series},      {"episodes", &R::episodes}, {"quality", &R::quality},
            {"size", &R::size},          {"age", &R::age},            {"seeders", &R::seeders},   {"groups", &R::groups},
            {"languages", &R::languages}, {"categories", &R::categories}, {"or_unknown", &R::or_unknown}, {"prefer", &R::prefer},
            {"wait", &R::wait},          {"upgrade", &R::upgrade},    {"propers", &R::propers},   {"seen", &R::seen},
            {"limit", &R::limit},        {"peek", &R::peek},          {"files", &R::files},       {"reject_files", &R::reject_files},
            {"add", &R::add},             {"movie", &R::movie},     {"freeleech", &R::freeleech}, {"packs", &R::packs},
            {"specials", &R::specials}};
}

constexpr std::array<std::string_view, 9> qb_keys{"must",  "must_not",   "regex",         "episode_filter", "ignore_days",
                                                  "smart", "last_match", "seen_episodes", "warned"};
// Those of ours that mean nothing beside them.
constexpr std::array<std::string_view, 9> not_qb{"match", "reject", "series", "movie", "packs", "specials", "episodes", "quality", "seen"};

void Reader::read(Rule& rule)
{
    const auto dialect = text_in(map_, "dialect");
    is_qb_ = dialect == "qbittorrent";
    is_warned_ = is_qb_ && flag_in(map_, "warned");
    if (!dialect.empty() && !is_qb_) refuse("dialect", "'" + dialect + "' is none: there is \"qbittorrent\" alone");
    const auto all = keys();
    std::vector<std::string_view> known;
    for (const auto& key : all) known.push_back(key.name);
    if (is_qb_) known.insert(known.end(), qb_keys.begin(), qb_keys.end());
    for (std::size_t i = 0; i < map_.size(); ++i) {
        const auto& name = map_.keys()[i];
        const auto key = std::ranges::find(all, name, &Key::name);
        if (std::ranges::find(known, name) == known.end()) {
            unknown_key(name, known);
        } else if (is_qb_ && std::ranges::find(not_qb, name) != not_qb.end()) {
            refuse(name, "is not among the keys of a rule in qBittorrent's dialect");
        } else if (key != all.end() && key->read != nullptr && !map_.values()[i].is_null()) {
            (this->*key->read)(rule, map_.values()[i]);
        }
    }
    if (is_qb_) read_qb(rule);
    check_whole(rule);
    if (rule.own.size() > 0) rule.add.set("own", rule.own);
    if (!is_refused_) out_.rule = std::move(rule);
}

void Reader::read_qb(Rule& rule)
{
    std::vector<std::string> traps;
    rule.qb = std::make_shared<const QbRule>(QbRule::read(map_, traps));
    if (!is_warned_) std::ranges::move(traps, std::back_inserter(out_.problems));
}

void Reader::unknown_key(const std::string& key, const std::vector<std::string_view>& known, const std::string& where)
{
    const auto meant = meant_key(key, known, where);
    if (std::ranges::find(qb_keys, key) != qb_keys.end()) return refuse(key, "is a key of rules with dialect = \"qbittorrent\"");
    refuse(where + key, "there is no such key" + (meant.empty() ? std::string() : "; did you mean " + meant + "?"));
}

void Reader::patterns(std::string_view key, const Value& value, std::vector<Pattern>& out)
{
    const auto texts = texts_of(value);
    if (texts.empty()) refuse(std::string(key), "write a text, or a list of texts");
    for (const auto& text : texts) {
        auto pattern = Pattern::parse(text);
        if (!pattern) refuse(std::string(key), pattern.error().text);
        else if (pattern->is_empty()) refuse(std::string(key), "'" + text + "' has no words: it would match every title");
        else out.push_back(std::move(*pattern));
    }
}

std::optional<std::int64_t> Reader::duration(std::string_view key, const Value& value)
{
    const auto* seconds = value.as_integer();
    const bool is_number = seconds != nullptr && *seconds >= 0;
    if (!is_number && value.as_text() == nullptr) {
        refuse(std::string(key), "write a time, like \"2h\"");
        return std::nullopt;
    }
    const auto time = parse_quantity(is_number ? std::to_string(*seconds) : *value.as_text(), Unit::seconds);
    if (time) return *time;
    refuse(std::string(key), time.error().text);
    return std::nullopt;
}

void Reader::priority(Rule& rule, const Value& value)
{
    if (value.as_integer() == nullptr) return refuse("priority", "write a whole number; rules with smaller ones are tried first");
    rule.priority = *value.as_integer();
}

void Reader::feeds(Rule& rule, const Value& value)
{
    rule.feeds = texts_of(value);
    const bool is_empty = value.as_map() != nullptr && value.as_map()->size() == 0; // {} in Lua: no feed
    if (value.as_text() == nullptr && value.as_list() == nullptr && !is_empty) refuse("feeds", "write the names of feeds, or \"*\" for all");
}

void Reader::series(Rule& rule, const Value& value) { names("series", "series", value, rule.series); }
void Reader::movie(Rule& rule, const Value& value) { names("movie", "film", value, rule.movies); }

void Reader::names(std::string_view key, const char* what, const Value& value, std::vector<std::string>& out)
{
    for (const auto& text : texts_of(value)) {
        if (auto name = plain_words(text); !name.empty()) out.push_back(std::move(name));
    }
    if (out.empty()) refuse(std::string(key), "write the name of a " + std::string(what) + ", or a list of names");
}

void Reader::which(std::string_view key, const Value& value, Which& out)
{
    const auto* flag = value.as_bool();
    if (flag != nullptr) out = *flag ? Which::all : Which::others;
    else if (value == Value("only")) out = Which::only;
    else refuse(std::string(key), "write true (they, too), false (never) or \"only\"");
}

void Reader::size(Rule& rule, const Value& value)
{
    parse("size", value, rule.size, [](const std::string& text) { return Range::parse(text, Unit::octets); });
}

void Reader::age(Rule& rule, const Value& value)
{
    parse("age", value, rule.age, [](const std::string& text) { return Range::parse(text, Unit::seconds); });
}

void Reader::seeders(Rule& rule, const Value& value)
{
    if (const auto* least = value.as_integer()) {
        rule.seeders = Range::at_least(*least, Unit::count);
        return;
    }
    parse("seeders", value, rule.seeders, [](const std::string& text) { return Range::parse(text, Unit::count); });
}

void Reader::groups(Rule& rule, const Value& value)
{
    for (const auto& text : texts_of(value)) rule.groups.push_back(lower_case(text));
    if (rule.groups.empty()) refuse("groups", "write a text, or a list of texts");
}

void Reader::languages(Rule& rule, const Value& value)
{
    for (const auto& text : texts_of(value)) {
        const auto language = language_named(lower_case(text));
        if (language == 0) refuse("languages", "'" + text + "' is no language that titles are searched for: " + language_names(~0U));
        rule.languages |= language;
    }
    if (rule.languages == 0) refuse("languages", "write a text, or a list of texts");
}

void Reader::categories(Rule& rule, const Value& value)
{
    for (const auto& text : texts_of(value)) rule.categories.push_back(lower_case(text));
    if (rule.categories.empty()) refuse("categories", "write a text, or a list of texts");
}

void Reader::or_unknown(Rule& rule, const Value& value)
{
    if (value.as_bool() != nullptr) {
        rule.is_unknown_fine = *value.as_bool();
        return;
    }
    rule.or_unknown = texts_of(value);
    const std::vector<std::string_view> tests{"size", "age", "seeders", "quality", "episodes", "series", "groups", "languages", "categories",
                                              "movie", "freeleech", "packs", "specials"};
    for (const auto& test : rule.or_unknown) {
        if (std::ranges::find(tests, test) == tests.end()) unknown_key(test, tests, "or_unknown: ");
    }
    if (rule.or_unknown.empty()) refuse("or_unknown", "write true, or a list of the tests that may have nothing to look at");
}

void Reader::prefer(Rule& rule, const Value& value)
{
    for (const auto& text : texts_of(value)) {
        Preference preference{.quality = {}, .pattern = {}, .text = text};
        if (auto quality = QualityWish::parse(text)) {
            preference.quality = std::move(*quality);
        } else {
            auto pattern = Pattern::parse(text);
            if (!pattern) return refuse("prefer", pattern.error().text);
            preference.pattern = std::move(*pattern);
        }
        rule.prefer.push_back(std::move(preference));
    }
    if (rule.prefer.empty()) refuse("prefer", "write what is better, the best first, like { \"1080p webdl\", \"1080p\" }");
}

void Reader::wait(Rule& rule, const Value& value)
{
    rule.wait = duration("wait", value).value_or(0);
}

void Reader::upgrade(Rule& rule, const Value& value)
{
    if (value.as_bool() != nullptr) {
        rule.upgrades = *value.as_bool();
        return;
    }
    rule.upgrades = true;
    parse("upgrade", value, rule.upgrade_until, QualityWish::parse);
}

void Reader::propers(Rule& rule, const Value& value)
{
    if (value.as_bool() != nullptr) {
        rule.takes_propers = *value.as_bool();
        return;
    }
    rule.propers_within = duration("propers", value).value_or(0);
}

void Reader::seen(Rule& rule, const Value& value)
{
    const auto* map = value.as_map();
    const auto by = map != nullptr ? text_in(*map, "by") : value.as_text() != nullptr ? *value.as_text() : "?";
    const auto scope = map != nullptr ? text_in(*map, "scope") : "";
    constexpr std::array<std::pair<std::string_view, SeenBy>, 8> names{
        {{"", SeenBy::release}, {"release", SeenBy::release}, {"episode", SeenBy::release}, {"movie", SeenBy::release}, {"title", SeenBy::title},
         {"guid", SeenBy::guid}, {"url", SeenBy::url}, {"hash", SeenBy::hash}}};
    const auto at = std::ranges::find(names, by, &std::pair<std::string_view, SeenBy>::first);
    if (at == names.end()) return refuse("seen", "by is one of episode, movie, release, title, guid, url and hash");
    rule.seen_by = at->second;
    if (!scope.empty() && scope != "rule" && scope != "global") refuse("seen", "scope is rule or global");
    rule.is_seen_by_all = scope != "rule";
    for (std::size_t i = 0; map != nullptr && i < map->size(); ++i) {
        if (map->keys()[i] != "by" && map->keys()[i] != "scope") unknown_key(map->keys()[i], {"by", "scope"}, "seen.");
    }
}

void Reader::limit(Rule& rule, const Value& value)
{
    const auto* map = value.as_map();
    const auto most = map != nullptr ? integer_in(*map, "n") : value.as_integer() != nullptr ? std::optional(*value.as_integer()) : std::nullopt;
    const auto per = map != nullptr && map->find("per") != nullptr ? text_in(*map, "per") : "ever";
    constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> names{{{"hour", 3600}, {"day", 86400}, {"week", 604800}, {"month", 2592000}, {"ever", 0}}};
    const auto at = std::ranges::find(names, per, &std::pair<std::string_view, std::int64_t>::first);
    if (!most || *most < 1 || at == names.end()) return refuse("limit", "write { n = 3, per = \"day\" }: per is one of hour, day, week, month and ever");
    rule.limit = Limit{.most = *most, .per = at->second, .text = std::to_string(*most) + (at->second == 0 ? " in all" : " a " + per)};
}

void Reader::file_patterns(std::string_view key, const Value& value, std::vector<FilePattern>& out)
{
    const auto texts = texts_of(value);
    if (texts.empty()) refuse(std::string(key), "write a text, or a list of texts");
    for (const auto& text : texts) {
        auto pattern = FilePattern::parse(text);
        if (pattern) out.push_back(std::move(*pattern));
        else refuse(std::string(key), pattern.error().text);
    }
}

void Reader::add(Rule& rule, const Value& value)
{
    const auto* map = value.as_map();
    if (map == nullptr) return refuse("add", "write what to add it with, like { label = \"tv\" }");
    for (std::size_t i = 0; i < map->size(); ++i) add_one(rule, map->keys()[i], map->values()[i]);
}

void Reader::add_one(Rule& rule, const std::string& key, const Value& value)
{
    const std::vector<std::string_view> known{"folder", "label", "labels", "paused", "select", "ratio", "seed_time", "idle_time", "down", "up", "priorities",
                                              "pickers"};
    const auto where = "add." + key;
    if (key == "folder" || key == "label") {
        if (value.as_text() == nullptr) return refuse(where, "write a text");
        if (key == "folder" && !value.as_text()->starts_with('/')) return refuse(where, "write a path that begins with /");
        rule.add.set(key, value);
    } else if (key == "labels") {
        const auto labels = texts_of(value);
        if (labels.empty()) return refuse(where, "write a text, or a list with one");
        if (labels.size() > 1) problem(where, "a torrent has one label: it is " + labels.front());
        rule.add.set("label", labels.front());
    } else if (key == "paused") {
        if (value.as_bool() == nullptr) return refuse(where, "write true or false");
        rule.add.set("stopped", value);
    } else if (key == "select") {
        const auto globs = texts_of(value);
        rule.add.set("select", Value::List(globs.begin(), globs.end()));
    } else if (key == "pickers") {
        const auto names = texts_of(value);
        if (names.empty()) return refuse(where, "write the names of pickers, in the order they are asked");
        const bool is_lua = std::ranges::any_of(names, [](const std::string& name) { return name.ends_with(".lua"); });
        if (is_lua) return refuse(where, "a Lua file is none that a rule may choose: give it to the torrent with torrents.set");
        rule.own.set("pickers", Value::List(names.begin(), names.end()));
    } else if (key == "seed_time" || key == "idle_time") {
        if (const auto time = duration(where, value)) rule.own.set(key, *time);
    } else if (key == "down" || key == "up") {
        const auto rate = value.as_text() != nullptr ? parse_quantity(*value.as_text(), Unit::octets) : Result<std::int64_t>(value.as_integer() != nullptr ? *value.as_integer() : 0);
        if (!rate) return refuse(where, rate.error().text);
        rule.own.set(key, *rate);
    } else if (key == "ratio" || key == "priorities") {
        rule.own.set(key, value);
    } else {
        unknown_key(key, known, "add.");
    }
}

// What makes no sense as a whole.
void Reader::check_whole(Rule& rule)
{
    if (rule.feeds.empty()) problem("feeds", "it names no feed, and so it matches nothing: write feeds = { \"name\" }, or { \"*\" } for all");
    const bool has_test = rule.qb || !rule.match.empty() || !rule.series.empty() || !rule.movies.empty() || rule.quality || rule.size || rule.has_where || rule.episodes
                          || !rule.groups.empty() || !rule.categories.empty() || !rule.files.empty() || rule.is_freeleech
                          || rule.packs == Which::only || rule.specials == Which::only;
    if (!has_test) problem("", "it has neither match nor series nor movie, and takes everything that its feeds list");
    const bool has_files = !rule.files.empty() || !rule.reject_files.empty();
    if (has_files && !rule.peeks) refuse(rule.files.empty() ? "reject_files" : "files", "a feed says nothing of files: write peek = true, too");
    if (rule.episodes && rule.series.empty() && rule.match.empty()) problem("episodes", "without series or match it takes such episodes of every series");
    if (rule.upgrades && rule.seen_by != SeenBy::release) problem("upgrade", "finds nothing better of one thing when seen.by is not episode or movie");
}

} // namespace

RuleReading read_rule(const Value& value, const std::string& source)
{
    RuleReading out;
    const auto* map = value.as_map();
    const auto name = map != nullptr ? text_in(*map, "name") : "";
    if (map == nullptr || name.empty() || name.size() > longest_name) {
        out.problems.push_back(map == nullptr ? "a rule is a table of its keys" : "a rule has no name, or one of more than 100 characters: write name = \"…\"");
        return out;
    }
    Rule rule;
    rule.name = name;
    rule.written = *map;
    rule.written.set("name", "");
    rule.source = source;
    Reader(*map, out).read(rule);
    for (auto& problem : out.problems) problem = "rule " + name + ": " + problem;
    return out;
}

RulesReading read_rules(const Value::List& values, const std::string& source)
{
    RulesReading out;
    std::set<std::string> names;
    for (const auto& value : values) {
        auto reading = read_rule(value, source);
        out.problems.insert(out.problems.end(), reading.problems.begin(), reading.problems.end());
        const bool is_twice = reading.rule && !names.insert(reading.rule->name).second;
        if (is_twice) out.problems.push_back("rule " + reading.rule->name + ": there is one of that name before it");
        if (reading.rule && !is_twice) out.rules.push_back(std::move(*reading.rule));
        else ++out.refused;
    }
    sort_rules(out.rules);
    return out;
}

void sort_rules(std::vector<Rule>& rules) { std::ranges::stable_sort(rules, {}, &Rule::priority); }

} // namespace shoal::feed_rules
