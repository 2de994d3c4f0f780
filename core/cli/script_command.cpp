#include "cli/script_command.hpp"

#include "cli/daemon_answer.hpp"
#include "cli/rules_text.hpp"
#include "cli/script_texts.hpp"
#include "cli/workshop.hpp"
#include "control/json.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <utility>

namespace shoal::cli {

namespace fs = std::filesystem;
using control::Value;

namespace {

constexpr std::size_t largest_payload = 1 << 20;
constexpr std::string_view test_ending = "_test.lua";

Result<std::vector<fs::path>> tests_of(const std::vector<std::string>& paths)
{
    std::vector<fs::path> tests;
    for (const auto& path : paths) {
        std::error_code problem;
        if (!fs::is_directory(path, problem)) {
            if (!is_script_test(path)) {
                return make_error(Errc::bad_input, fmt::format("{} is no test, whose name ends with {}; `shoal script new` writes one beside a script", path, test_ending));
            }
            tests.emplace_back(path);
            continue;
        }
        std::vector<fs::path> found;
        for (const auto& entry : fs::recursive_directory_iterator(path, problem)) {
            if (entry.is_regular_file(problem) && is_script_test(entry.path())) found.push_back(entry.path());
        }
        std::ranges::sort(found);
        if (found.empty()) return make_error(Errc::not_found, fmt::format("there is no *{} in {}", test_ending, path));
        std::ranges::copy(found, std::back_inserter(tests));
    }
    return tests;
}

// What a test can load: the scripts beside it, also those that are folders, the modules in lib, and what it feeds them with. One in
// the folder of a script has that script, and lib is beside the folder.
Value::Map files_beside(const fs::path& test)
{
    ScriptTexts texts;
    std::error_code problem;
    const auto folder = test.has_parent_path() ? test.parent_path() : fs::path(".");
    const bool is_script = fs::exists(folder / "main.lua", problem);
    for (const auto& entry : fs::directory_iterator(folder, problem)) {
        const auto name = entry.path().filename().string();
        if (entry.is_regular_file(problem)) texts.add(entry.path(), name);
        else if (is_script || name == "lib" || fs::exists(entry.path() / "main.lua", problem)) texts.add_modules(entry.path(), name + "/");
    }
    if (is_script) texts.add_modules(fs::absolute(folder, problem).parent_path() / "lib", "lib/");
    return texts.take();
}

bool is_true(const Value& answer, std::string_view key)
{
    const auto* map = answer.as_map();
    const auto* value = map != nullptr ? map->find(key) : nullptr;
    return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

// Every line of a text, so far to the right.
std::string indented(const std::string& text, const std::string& by)
{
    std::string out = by;
    for (const char c : printable_lines(text)) {
        out += c;
        if (c == '\n') out += by;
    }
    return out + "\n";
}

class ScriptRun {
public:
    ScriptRun(Program& program, const ScriptRequest& request) : program_(program), request_(request) {}

    ExitCode run()
    {
        const auto done = verb();
        if (done) return *done;
        program_.err << "shoal: " << printable_lines(done.error().text) << std::endl;
        return exit_code_of(done.error());
    }

private:
    Result<ExitCode> verb()
    {
        switch (request_.verb) {
        case ScriptVerb::create: return create();
        case ScriptVerb::test: return test();
        case ScriptVerb::run: return run_by_hand();
        case ScriptVerb::status: return status();
        case ScriptVerb::none: break;
        }
        return ExitCode::usage;
    }

    // -- new
    Result<ExitCode> create()
    {
        const bool is_plain = !request_.name.empty() && request_.name.find_first_of("/\\\"\n") == std::string::npos && request_.name[0] != '.';
        if (!is_plain) return make_error(Errc::invalid_argument, fmt::format("'{}' is no name for a script", printable(request_.name)));
        const auto name = request_.name.ends_with(".lua") ? request_.name.substr(0, request_.name.size() - 4) : request_.name;
        const auto made = script_template(request_.kind, name);
        if (const auto written = write(name + ".lua", made.script); !written) return written.error();
        if (made.test.empty()) return ExitCode::ok;
        const auto written = write(name + std::string(test_ending), made.test);
        return written ? Result<ExitCode>(ExitCode::ok) : written.error();
    }

    Result<void> write(const std::string& name, const std::string& text)
    {
        const auto path = fs::path(request_.folder) / name;
        std::error_code problem;
        if (fs::exists(path, problem)) return make_error(Errc::invalid_argument, fmt::format("{} is there already", path.string()));
        std::ofstream file(path, std::ios::binary);
        file << text << std::flush;
        if (!file) return make_error(Errc::io_error, fmt::format("{} cannot be written", path.string()));
        program_.out << path.string() << '\n';
        return {};
    }

    // -- test
    Result<ExitCode> test()
    {
        const auto tests = tests_of(request_.paths);
        if (!tests) return tests.error();
        auto workshop = Workshop::open(program_);
        if (!workshop) return workshop.error();
        for (const auto& path : *tests) {
            auto text = read_script(path);
            if (!text) return text.error();
            Value::Map arguments;
            arguments.set("name", path.filename().string());
            arguments.set("text", std::move(*text));
            arguments.set("files", files_beside(path));
            const auto answer = (*workshop)->call("scripts.test", std::move(arguments));
            if (!answer) return answer.error();
            if (request_.is_json) program_.out << control::to_json(Value(Value::Map{}.set("test", path.string()).set("cases", list_in_answer(*answer, "cases")))) << '\n';
            count(path.string(), list_in_answer(*answer, "cases"));
        }
        if (!request_.is_json) program_.out << fmt::format("{} passed, {} failed\n", passed_, failed_);
        return failed_ == 0 ? ExitCode::ok : ExitCode::other;
    }

    void count(const std::string& path, const Value::List& cases)
    {
        if (!request_.is_json) program_.out << printable(path) << '\n';
        for (const auto& one : cases) {
            const auto why = text_in_answer(one, "why");
            ++(why.empty() ? passed_ : failed_);
            if (request_.is_json) continue;
            program_.out << (why.empty() ? "  ok    " : "  FAIL  ") << printable(text_in_answer(one, "name")) << '\n';
            if (why.empty()) continue;
            program_.out << indented(why, "        ");
            for (const auto& line : list_in_answer(one, "lines")) program_.out << indented("| " + *line.as_text(), "        ");
        }
    }

    // -- run
    Result<ExitCode> run_by_hand()
    {
        auto payload = event_payload();
        if (!payload) return payload.error();
        Value::Map arguments;
        arguments.set("script", request_.name).set("event", request_.event).set("payload", std::move(*payload));
        if (!request_.handler.empty()) arguments.set("handler", request_.handler);
        if (request_.timeout) arguments.set("timeout", *request_.timeout);
        warn_of_event();
        const auto answer = daemon_answer(program_, request_.socket, "scripts.run", std::move(arguments));
        if (!answer) return answer.error();
        if (request_.is_json) program_.out << control::to_json(*answer) << '\n';
        return show_run(*answer);
    }

    Result<Value::Map> event_payload()
    {
        Value::Map payload;
        if (!request_.payload.empty()) {
            auto given = control::from_json(request_.payload, largest_payload);
            if (!given || given->as_map() == nullptr) return make_error(Errc::invalid_argument, "--payload is a JSON object");
            payload = *given->as_map();
        }
        if (request_.torrent.empty()) return payload;
        const auto shown = daemon_answer(program_, request_.socket, "torrents.show", Value::Map{}.set("torrent", request_.torrent));
        if (!shown) return shown.error();
        for (const auto* field : {"torrent", "name"}) payload.set(field, text_in_answer(*shown, field));
        return payload;
    }

    Result<ExitCode> show_run(const Value& answer)
    {
        bool has_failed = false;
        for (const auto& line : list_in_answer(answer, "lines")) {
            if (!request_.is_json) program_.out << text_in_answer(line, "level") << ": " << printable(text_in_answer(line, "text")) << '\n';
        }
        for (const auto& one : list_in_answer(answer, "handlers")) {
            const auto error = text_in_answer(one, "error");
            has_failed = has_failed || !error.empty();
            if (request_.is_json) continue;
            program_.out << printable(text_in_answer(one, "handler")) << (error.empty() ? ": done\n" : ": failed\n");
            if (!error.empty()) program_.out << indented(error, "    ");
        }
        const bool is_over = !is_true(answer, "waiting");
        if (is_over && list_in_answer(answer, "handlers").empty()) return refuse_event();
        if (!is_over) say_unfinished(answer);
        if (has_failed) return ExitCode::other;
        return is_over ? ExitCode::ok : ExitCode::interrupted;
    }

    void say_unfinished(const Value& answer)
    {
        std::string names;
        for (const auto& name : list_in_answer(answer, "unfinished")) {
            if (name.as_text() != nullptr) names += (names.empty() ? "" : ", ") + printable(*name.as_text());
        }
        program_.err << fmt::format("shoal: {}: still under way, and goes on in the daemon; --timeout SECONDS waits longer\n", names.empty() ? "a handler" : names) << std::flush;
    }

    // A handler of its own makes an event one that is run by hand alone; a glob takes a slip of the fingers, too.
    void warn_of_event()
    {
        const auto events = daemon_answer(program_, request_.socket, "events.list", {});
        const auto meant = events ? missing_in_answer(*events, "name", request_.event) : std::nullopt;
        if (!meant) return;
        const auto handled = handled_events();
        if (std::ranges::find(handled, request_.event, &Handled::event) != handled.end()) return;
        program_.err << fmt::format("shoal: nobody tells {}{}\n", printable(request_.event), *meant) << std::flush;
    }

    struct Handled {
        std::string event;  // or a glob
        std::string handler;
    };

    std::vector<Handled> handled_events()
    {
        std::vector<Handled> handled;
        const auto scripts = daemon_answer(program_, request_.socket, "scripts.list", {});
        for (const auto& one : scripts && scripts->as_list() != nullptr ? *scripts->as_list() : Value::List{}) {
            if (text_in_answer(one, "script") != request_.name) continue;
            for (const auto& handler : list_in_answer(one, "handlers")) handled.push_back({text_in_answer(handler, "event"), text_in_answer(handler, "name")});
        }
        return handled;
    }

    Result<ExitCode> refuse_event()
    {
        const auto which = request_.handler.empty() ? std::string() : " called " + printable(request_.handler);
        std::string events;
        for (const auto& handled : handled_events()) {
            events += (events.empty() ? "" : ", ") + printable(handled.event);
            if (!which.empty()) events += " (" + printable(handled.handler) + ")";
        }
        return make_error(Errc::not_found, fmt::format("{} has no handler{} for {}; {}", printable(request_.name), which, printable(request_.event),
                                                       events.empty() ? "it has none at all" : "it has some for " + events));
    }

    // -- status
    Result<ExitCode> status()
    {
        const auto answer = daemon_answer(program_, request_.socket, "scripts.list", {});
        if (!answer) return answer.error();
        bool is_there = false;
        for (const auto& one : answer->as_list() != nullptr ? *answer->as_list() : Value::List{}) {
            if (!request_.name.empty() && text_in_answer(one, "script") != request_.name) continue;
            is_there = true;
            if (request_.is_json) program_.out << control::to_json(one) << '\n';
            else show_script(one);
        }
        if (!is_there && !request_.name.empty()) {
            return make_error(Errc::not_found, fmt::format("the daemon has no script called {}", printable(request_.name)));
        }
        if (is_there && !request_.is_json) program_.out << "`shoal ctl call scripts.list` says the rest: their last errors, and what a new version asks for\n";
        if (!is_there && !request_.is_json) program_.out << "no scripts; the setting folders.scripts says where they belong\n";
        return ExitCode::ok;
    }

    void show_script(const Value& script)
    {
        const auto version = text_in_answer(script, "version");
        program_.out << fmt::format("{}{}: {}, {} timers, {} KiB\n", printable(text_in_answer(script, "script")),
                                    version.empty() ? "" : " " + printable(version), is_true(script, "running") ? "runs" : "does not run", integer_in_answer(script, "timers"),
                                    integer_in_answer(script, "memory") / 1024);
        for (const auto& one : list_in_answer(script, "grants")) {
            if (one.as_text() != nullptr) program_.out << "  may " << printable(*one.as_text()) << '\n';
        }
        for (const auto& one : list_in_answer(script, "feeds")) {
            program_.out << fmt::format("  reads the feed {} {}\n", printable(text_in_answer(one, "name")), printable(text_in_answer(one, "url")));
        }
        for (const auto& one : list_in_answer(script, "warnings")) {
            if (one.as_text() != nullptr) program_.out << "  warning: " << printable(*one.as_text()) << '\n';
        }
        for (const auto& one : list_in_answer(script, "handlers")) {
            program_.out << fmt::format("  {} ({}): {} calls, {} failures{}\n", printable(text_in_answer(one, "name")),
                                        printable(text_in_answer(one, "event")), integer_in_answer(one, "calls"),
                                        integer_in_answer(one, "failures"), is_true(one, "suspended") ? ", suspended" : "");
        }
        if (const auto error = text_in_answer(script, "error"); !error.empty()) program_.out << indented(error, "    ");
    }

    Program& program_;
    const ScriptRequest& request_;
    int passed_ = 0;
    int failed_ = 0;
};

}  // namespace

ExitCode script(Program& program, const ScriptRequest& request)
{
    return ScriptRun(program, request).run();
}

}  // namespace shoal::cli
