#include "cli/rules_command.hpp"

#include "cli/daemon_answer.hpp"
#include "cli/keyboard.hpp"
#include "cli/rules_text.hpp"
#include "cli/saved_bodies.hpp"
#include "cli/script_texts.hpp"
#include "cli/workshop.hpp"
#include "control/json.hpp"
#include "metainfo/torrent_file.hpp"
#include "state/whole_file.hpp"

#include <shoal/bytes.hpp>
#include <shoal/utf8.hpp>
#include <shoal/value_fields.hpp>

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>

namespace shoal::cli {

namespace fs = std::filesystem;
using control::Value;

namespace {

constexpr std::size_t most_octets = 64 << 20;

// What opens may still be none to read, as a folder, or have no end.
Result<std::string> read_text(const std::string& path)
{
    std::ifstream file(path, std::ios::binary);
    std::string text;
    std::array<char, 1 << 16> part{};
    while (file && text.size() <= most_octets) {
        file.read(part.data(), static_cast<std::streamsize>(part.size()));
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.is_open() || file.bad()) return make_error(Errc::not_found, fmt::format("{} cannot be read", path));
    if (text.size() > most_octets) return make_error(Errc::limit_exceeded, fmt::format("{} is too large", path));
    return text;
}

Result<Value> read_json(const std::string& path)
{
    const auto text = read_text(path);
    if (!text) return text.error();
    auto value = control::from_json(*text, most_octets);
    if (!value) return make_error(Errc::bad_input, fmt::format("{}: {}", path, value.error().text));
    return value;
}

// Rules as Lua, or as JSON: a list of maps.
Result<Value::Map> read_rules(const std::string& path)
{
    Value::Map arguments;
    arguments.set("name", script_name(path));
    if (fs::path(path).extension() != ".json") {
        auto text = read_text(path);
        if (!text) return text.error();
        if (!is_valid_utf8(*text)) return make_error(Errc::bad_input, fmt::format("{} is no UTF-8", path));
        if (auto modules = modules_of_script(path); modules.size() != 0) arguments.set("files", std::move(modules));
        return arguments.set("text", std::move(*text));
    }
    auto rules = read_json(path);
    if (!rules) return rules.error();
    if (rules->as_list() == nullptr) return make_error(Errc::bad_input, fmt::format("{}: rules in JSON are a list of maps", path));
    return arguments.set("rules", std::move(*rules));
}

// FILE is of any feed, NAME=FILE of that one. As the feed came, or a list of items in JSON.
Result<Value::Map> read_feed(const std::string& typed)
{
    std::error_code ignored;
    const auto equals = fs::exists(typed, ignored) ? typed.npos : typed.find('=');
    const auto path = equals == typed.npos ? typed : typed.substr(equals + 1);
    Value::Map feed;
    feed.set("name", equals == typed.npos ? "" : typed.substr(0, equals));
    auto text = read_text(path);
    if (!text) return text.error();
    if (!text->starts_with('[')) {
        if (is_valid_utf8(*text)) return feed.set("text", std::move(*text));
        const auto octets = as_bytes(*text);
        return feed.set("text", Bytes(octets.begin(), octets.end()));
    }
    auto items = read_json(path);
    if (!items) return items.error();
    return feed.set("items", std::move(*items));
}

// Bytes do not travel to a daemon as what they are: of a feed that is no UTF-8 its items do.
Result<Value::Map> read_here(Program& program, const Value::Map& feed)
{
    auto workshop = Workshop::open(program);
    if (!workshop) return workshop.error();
    Value::List items;
    for (std::optional<std::int64_t> from = 0; from;) {
        const auto page = (*workshop)->call("feeds.parse", Value::Map{}.set("text", *feed.find("text")).set("from", *from));
        if (!page) return page.error();
        if (const auto error = text_in_answer(*page, "error"); !error.empty()) return make_error(Errc::bad_input, error);
        const auto& more = list_in_answer(*page, "items");
        items.insert(items.end(), more.begin(), more.end());
        from = integer_in(*page->as_map(), "next");
    }
    return Value::Map{}.set("name", text_in(feed, "name")).set("items", std::move(items));
}

// What was taken before, as seen.list prints it.
Result<Value> read_taken(const std::string& path)
{
    std::error_code ignored;
    if (!fs::exists(path, ignored)) return make_error(Errc::invalid_argument, fmt::format("--seen is none, live or a file: there is no file {}", printable(path)));
    auto taken = read_json(path);
    if (!taken) return taken.error();
    if (taken->as_list() == nullptr) return make_error(Errc::bad_input, fmt::format("{}: what seen.list prints is a list", path));
    return taken;
}

// What is in the torrents of a folder, by the names of their files.
Result<Value> read_torrents(const std::string& folder)
{
    Value::Map out;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() != ".torrent") continue;
        const auto torrent = metainfo::load(at->path().string());
        if (!torrent) return torrent.error();
        Value::List files;
        for (const auto index : torrent->geometry.files()) {
            const auto& file = torrent->file(index);
            if (file.padding) continue;
            files.emplace_back(Value::Map{}.set("path", file.path.empty() ? torrent->name : file.path).set("size", static_cast<std::int64_t>(file.length)));
        }
        const auto size = static_cast<std::int64_t>(torrent->geometry.total_length());
        out.set(at->path().filename().string(), Value::Map{}.set("size", size).set("files", std::move(files)));
    }
    if (error) return make_error(Errc::not_found, fmt::format("{}: {}", folder, error.message()));
    return Value(std::move(out));
}

class RulesRun {
public:
    RulesRun(Program& program, const RulesRequest& request) : program_(program), request_(request) {}

    ExitCode run()
    {
        const auto done = verb();
        if (done) return *done;
        program_.err << "shoal: " << page_line(done.error().text) << std::endl;
        return exit_code_of(done.error());
    }

private:
    Result<ExitCode> verb()
    {
        switch (request_.verb) {
        case RulesVerb::test: return test();
        case RulesVerb::why: return why();
        case RulesVerb::diff: return diff();
        case RulesVerb::save: return save_bodies(program_, request_);
        case RulesVerb::import: return import();
        case RulesVerb::none: break;
        }
        return ExitCode::usage;
    }

    Result<Value> ask(bool is_daemon, const std::string& method, Value::Map arguments)
    {
        if (is_daemon) return daemon_answer(program_, request_.socket, method, std::move(arguments));
        auto workshop = Workshop::open(program_);
        if (!workshop) return workshop.error();
        return (*workshop)->call(method, std::move(arguments));
    }

    // A traceback has several lines.
    static std::string page_line(const std::string& text) { return printable_lines(text); }

    void say_problems(const Value& answer)
    {
        for (const auto& problem : list_in_answer(answer, "problems")) {
            if (problem.as_text() != nullptr) program_.err << "shoal: " << printable(*problem.as_text()) << '\n';
        }
        program_.err.flush();
    }

    // The others decide, as they do in the daemon.
    static ExitCode all_read(const Value& answer)
    {
        if (integer_in_answer(answer, "refused") > 0) return ExitCode::usage;
        return integer_in_answer(answer, "unread") > 0 ? ExitCode::bad_input : ExitCode::ok;
    }

    // Of the daemon's; when they are not to be had, nothing is wrong.
    void say_unknown_feed()
    {
        if (request_.feed.empty()) return;
        const auto feeds = ask(true, "feeds.list", {});
        const auto meant = feeds ? missing_in_answer(*feeds, "feed", request_.feed) : std::nullopt;
        if (meant) program_.err << fmt::format("shoal: there is no feed called {}{}\n", printable(request_.feed), *meant) << std::flush;
    }

    Result<ExitCode> test();
    Result<ExitCode> why();
    Result<ExitCode> diff();
    Result<ExitCode> import();

    Program& program_;
    const RulesRequest& request_;
};

Result<ExitCode> RulesRun::test()
{
    auto arguments = read_rules(request_.file);
    if (!arguments) return arguments.error();
    const bool is_live = request_.seen == "live";
    Value::List feeds;
    for (const auto& typed : request_.feeds) {
        auto feed = read_feed(typed);
        const auto* text = feed ? feed->find("text") : nullptr;
        if (is_live && text != nullptr && text->as_bytes() != nullptr) feed = read_here(program_, *feed);
        if (!feed) return feed.error();
        feeds.emplace_back(std::move(*feed));
    }
    if (is_live) arguments->set("name", text_in(*arguments, "name") + " (tried)");  // a script of its name may run
    arguments->set("feeds", std::move(feeds)).set("seen", is_live ? "live" : "none").set("explain", request_.is_explained);
    if (!is_live && request_.seen != "none") {
        auto taken = read_taken(request_.seen);
        if (!taken) return taken.error();
        arguments->set("taken", std::move(*taken));
    }
    if (request_.now) arguments->set("now", *request_.now);
    if (!request_.torrents.empty()) {
        auto torrents = read_torrents(request_.torrents);
        if (!torrents) return torrents.error();
        arguments->set("torrents", std::move(*torrents));
    }
    const auto answer = ask(is_live, "rules.test", std::move(*arguments));
    if (!answer && answer.error().code == Errc::bad_input) {
        program_.err << "shoal: " << page_line(answer.error().text) << std::endl;
        return ExitCode::usage;
    }
    if (!answer) return answer.error();
    say_problems(*answer);
    if (request_.is_json) program_.out << control::to_json(*answer) << std::endl;
    else program_.out << decisions_text(*answer, request_.is_explained, terminal_columns()) << std::flush;
    const auto read = all_read(*answer);
    if (request_.expected.empty()) return read;
    const auto expected = read_json(request_.expected);
    if (!expected) return expected.error();
    const auto difference = decisions_difference(*expected, *answer);
    program_.err << difference << std::flush;
    return difference.empty() || read != ExitCode::ok ? read : ExitCode::other;
}

Result<ExitCode> RulesRun::why()
{
    Value::Map arguments;
    arguments.set("title", request_.title);
    if (!request_.feed.empty()) arguments.set("feed", request_.feed);
    if (request_.size) arguments.set("size", *request_.size);
    if (request_.seeders) arguments.set("seeders", *request_.seeders);
    if (request_.now) arguments.set("published", *request_.now);
    Result<Value> answer = Value{};
    if (request_.file.empty()) {
        answer = ask(true, "rules.why", std::move(arguments));
        if (answer) say_unknown_feed();
    } else {
        auto rules = read_rules(request_.file);
        if (!rules) return rules.error();
        auto workshop = Workshop::open(program_);
        if (!workshop) return workshop.error();
        const auto* text = rules->find("text");
        auto read = text == nullptr ? Result<Value>(*rules) : (*workshop)->call("scripts.read", *rules);
        if (!read) return read.error();
        arguments.set("rules", list_in_answer(*read, "rules"));
        answer = (*workshop)->call("rules.why", std::move(arguments));
    }
    if (!answer) return answer.error();
    say_problems(*answer);
    if (request_.is_json) program_.out << control::to_json(*answer) << std::endl;
    else program_.out << why_text(*answer) << std::flush;
    return ExitCode::ok;
}

Result<ExitCode> RulesRun::diff()
{
    auto arguments = read_rules(request_.file);
    if (!arguments) return arguments.error();
    if (!request_.name.empty()) arguments->set("name", request_.name);
    const auto answer = ask(true, "rules.compare", std::move(*arguments));
    if (!answer) return answer.error();
    say_problems(*answer);
    if (request_.is_json) program_.out << control::to_json(*answer) << std::endl;
    else program_.out << comparison_text(*answer) << std::flush;
    return all_read(*answer);
}

Result<ExitCode> RulesRun::import()
{
    const auto file = read_json(request_.file);
    if (!file) return file.error();
    if (file->as_map() == nullptr) return make_error(Errc::bad_input, fmt::format("{} is no download_rules.json", request_.file));
    const auto answer = ask(false, "rules.import", Value::Map{}.set("rules", *file));
    if (!answer) return answer.error();
    for (const auto& warning : list_in_answer(*answer, "warnings")) {
        if (warning.as_text() != nullptr) program_.err << "shoal: " << printable(*warning.as_text()) << '\n';
    }
    const auto lua = text_in_answer(*answer, "lua");
    if (request_.output.empty()) {
        program_.out << lua << std::flush;
        return ExitCode::ok;
    }
    std::error_code ignored;
    if (fs::exists(request_.output, ignored)) return make_error(Errc::invalid_argument, request_.output + " is there already");
    if (const auto written = state::write_whole_file(request_.output, as_bytes(lua)); !written) return written.error();
    return ExitCode::ok;
}

}  // namespace

Result<std::int64_t> parse_moment(const std::string& text)
{
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
    const auto wrong = make_error(Errc::invalid_argument, fmt::format("'{}' is no time: write 2026-01-05, 2026-01-05T12:00 (UTC) or seconds since 1970", printable(text, 40)));
    if (!text.empty() && text.find_first_not_of("0123456789") == text.npos && text.size() < 12) return std::stoll(text);
    if (std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &year, &month, &day, &used) != 3) return wrong;
    auto rest = std::string_view(text).substr(static_cast<std::size_t>(used));
    if (rest.ends_with('Z')) rest.remove_suffix(1);
    if (!rest.empty()) {
        const std::string time(rest);
        used = 0;
        const int read = std::sscanf(time.c_str(), "T%2d:%2d%n:%2d%n", &hour, &minute, &used, &second, &used);
        if (read < 2 || static_cast<std::size_t>(used) != time.size()) return wrong;
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)}, std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 59) return wrong;
    return std::int64_t{std::chrono::sys_days{date}.time_since_epoch().count()} * 86400 + hour * 3600 + minute * 60 + second;
}

ExitCode rules(Program& program, const RulesRequest& request)
{
    return RulesRun(program, request).run();
}

}  // namespace shoal::cli
