#include "qb_import.hpp"

#include "lua_writer.hpp"
#include "rule_reader.hpp"

#include <shoal/value_fields.hpp>
#include <shoal/web_url.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

namespace shoal::feed_rules {
namespace {

std::optional<double> number_in(const Value::Map& map, std::string_view key)
{
    const auto* value = map.find(key);
    if (value != nullptr && value->as_real() != nullptr) return *value->as_real();
    if (value != nullptr && value->as_integer() != nullptr) return static_cast<double>(*value->as_integer());
    return std::nullopt;
}

class Importer {
public:
    QbImport run(const Value::Map& file)
    {
        for (std::size_t i = 0; i < file.size(); ++i) {
            const auto* rule = file.values()[i].as_map();
            if (rule == nullptr) warn(file.keys()[i], "is no rule, and is left out");
            else if (file.keys()[i].empty()) out_.warnings.emplace_back("a rule has no name, and is left out: give it one, and import it again");
            else out_.rules.emplace_back(convert(file.keys()[i], *rule));
        }
        write();
        return std::move(out_);
    }

private:
    void warn(const std::string& rule, const std::string& what) { out_.warnings.push_back("rule " + rule + ": " + what); }

    Value::Map convert(const std::string& name, const Value::Map& from)
    {
        Value::Map rule;
        rule.set("name", name).set("dialect", "qbittorrent").set("enabled", flag_in(from, "enabled", true));
        if (const auto priority = integer_in(from, "priority"); priority && *priority != 0) rule.set("priority", *priority);
        rule.set("feeds", feeds(from));
        copy_text(from, "mustContain", rule, "must");
        copy_text(from, "mustNotContain", rule, "must_not");
        if (flag_in(from, "useRegex")) rule.set("regex", true);
        copy_text(from, "episodeFilter", rule, "episode_filter");
        if (const auto days = integer_in(from, "ignoreDays"); days && *days > 0) rule.set("ignore_days", *days);
        if (const auto last = mail_date(text_in(from, "lastMatch"))) rule.set("last_match", *last);
        if (flag_in(from, "smartFilter")) rule.set("smart", true);
        if (const auto& episodes = list_in(from, "previouslyMatchedEpisodes"); !episodes.empty()) rule.set("seen_episodes", episodes);
        if (auto add = how_to_add(name, from); add.size() > 0) rule.set("add", std::move(add));
        if (check(name, rule)) rule.set("warned", true); // once is enough
        return rule;
    }

    static void copy_text(const Value::Map& from, std::string_view key, Value::Map& to, const std::string& as)
    {
        if (auto text = text_in(from, key); !text.empty()) to.set(as, std::move(text));
    }

    // Ours go by names: each URL gets one, the host's, with a number when there are more of it. Before the host may stand who may read it.
    Value::List feeds(const Value::Map& from)
    {
        Value::List names;
        const auto* urls = from.find("affectedFeeds");
        for (const auto& url : urls != nullptr ? texts_of(*urls) : std::vector<std::string>()) {
            const auto known = std::ranges::find(feeds_, url, &std::pair<std::string, std::string>::second);
            if (known != feeds_.end()) {
                names.emplace_back(known->first);
                continue;
            }
            feeds_.emplace_back(name_for(url), url);
            names.emplace_back(feeds_.back().first);
        }
        return names;
    }

    [[nodiscard]] std::string name_for(const std::string& url) const
    {
        const auto parsed = WebUrl::parse(url);
        auto host = parsed ? parsed->host : std::string("feed");
        if (host.starts_with("www.")) host.erase(0, 4);
        auto name = host;
        for (int i = 2; std::ranges::find(feeds_, name, &std::pair<std::string, std::string>::first) != feeds_.end(); ++i) {
            name = host + "-" + std::to_string(i);
        }
        return name;
    }

    // What the add dialog knows; older files have the first three beside the rest.
    Value::Map how_to_add(const std::string& name, const Value::Map& from)
    {
        Value::Map add;
        const auto* given = from.find("torrentParams");
        const auto* params = given != nullptr ? given->as_map() : nullptr;
        const auto text = [&](std::string_view now, std::string_view before) { return params != nullptr ? text_in(*params, now) : text_in(from, before); };
        if (auto folder = text("save_path", "savePath"); folder.starts_with('/')) add.set("folder", std::move(folder));
        else if (!folder.empty()) warn(name, "its folder " + folder + " does not begin with /, and is left out");
        if (auto label = text("category", "assignedCategory"); !label.empty()) add.set("label", std::move(label));
        if (params != nullptr ? flag_in(*params, "stopped") || flag_in(*params, "add_paused") : flag_in(from, "addPaused")) add.set("paused", true);
        if (params != nullptr) take_limits(name, *params, add);
        return add;
    }

    void take_limits(const std::string& name, const Value::Map& params, Value::Map& add)
    {
        if (const auto ratio = number_in(params, "ratio_limit"); ratio && *ratio >= 0) add.set("ratio", *ratio);
        const auto minutes = [&](std::string_view key, const std::string& as) {
            if (const auto time = number_in(params, key); time && *time >= 0) add.set(as, std::int64_t{std::llround(*time * 60)});
        };
        minutes("seeding_time_limit", "seed_time");
        minutes("inactive_seeding_time_limit", "idle_time");
        const auto rate = [&](std::string_view key, const std::string& as) {
            if (const auto limit = integer_in(params, key); limit && *limit > 0) add.set(as, *limit);
        };
        rate("download_limit", "down");
        rate("upload_limit", "up");
        if (!list_in(params, "tags").empty()) warn(name, "its tags are left out: a torrent has one label here, and that is its category");
        for (const auto* key : {"content_layout", "download_path", "skip_checking", "sequential", "first_last_piece_priority"}) {
            const auto* value = params.find(key);
            const bool is_said = value != nullptr && !value->is_null() && *value != Value(false) && *value != Value("") && *value != Value("Original");
            if (is_said) warn(name, std::string(key) + " is left out");
        }
    }

    // What the rule reader says of it, and what only a rule of the other kind can get wrong. True: that reader said something.
    bool check(const std::string& name, const Value::Map& rule)
    {
        const auto reading = read_rule(rule, "");
        out_.warnings.insert(out_.warnings.end(), reading.problems.begin(), reading.problems.end());
        const bool is_of_many = flag_in(rule, "smart")
                                && (text_in(rule, "must").empty() || text_in(rule, "must").find('|') != std::string::npos);
        if (is_of_many) {
            warn(name, "its smart filter remembers episodes without the name of the series: if it takes more than one series, it misses "
                       "the second one's S01E03; write a rule for each, or one of ours with series = { … }");
        }
        return !reading.problems.empty();
    }

    void write()
    {
        out_.lua = "-- Rules of qBittorrent's, with its semantics (dialect = \"qbittorrent\"). Each may be rewritten in Shoal's own terms.\n";
        for (const auto& warning : out_.warnings) {
            out_.lua += "-- ! " + one_line(warning) + "\n";
        }
        for (const auto& [name, url] : feeds_) out_.lua += "\nshoal.rss.feed { name = " + lua_text(name) + ", url = " + lua_text(url) + " }";
        out_.lua += feeds_.empty() ? "" : "\n";
        for (const auto& rule : out_.rules) out_.lua += "\nshoal.rules.rule " + lua_table(*rule.as_map()) + "\n";
    }

    static std::string one_line(std::string text)
    {
        std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
        return text;
    }

    QbImport out_;
    std::vector<std::pair<std::string, std::string>> feeds_; // name and URL
};

} // namespace

Result<QbImport> import_qbittorrent(const Value& file)
{
    const auto* map = file.as_map();
    if (map == nullptr) return make_error(Errc::bad_input, "this is no download_rules.json: it has no object of rules by their names");
    return Importer().run(*map);
}

std::optional<std::int64_t> mail_date(std::string_view text)
{
    constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto words = words_of(text);
    std::vector<std::string> parts;
    for (const auto& word : words.all) parts.emplace_back(text.substr(word.begin, word.end - word.begin));
    if (!parts.empty() && parts.front().find_first_of("0123456789") == std::string::npos) parts.erase(parts.begin()); // the day of the week
    if (parts.size() < 6) return std::nullopt;
    const auto number = [&](std::size_t i) {
        std::int64_t value = -1;
        std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), value);
        return value;
    };
    const auto is_within = [&](std::size_t i, std::int64_t least, std::int64_t most) { return number(i) >= least && number(i) <= most; };
    if (!is_within(0, 1, 31) || !is_within(2, 1970, 9999) || !is_within(3, 0, 23) || !is_within(4, 0, 59) || !is_within(5, 0, 60)) return std::nullopt;
    const auto month = std::ranges::find(months, parts[1]) - months.begin();
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(2))), std::chrono::month(static_cast<unsigned>(month + 1)),
                                           std::chrono::day(static_cast<unsigned>(number(0))));
    if (!date.ok()) return std::nullopt;
    std::int64_t offset = 0;
    if (parts.size() > 6 && parts[6].size() == 4 && is_within(6, 0, 9999)) {
        offset = number(6) / 100 * 3600 + number(6) % 100 * 60;
        const auto sign = words.all.back().begin;
        if (sign > 0 && text[sign - 1] == '-') offset = -offset;
    }
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return std::int64_t{days} * 86400 + number(3) * 3600 + number(4) * 60 + number(5) - offset;
}

} // namespace shoal::feed_rules
