#include "cli/arguments.hpp"
#include "cli/daemon_command.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <sstream>

using namespace shoal;
using namespace shoal::cli;

namespace {

// What became of `shoal daemon WORDS`, without a daemon.
struct Outcome {
    ExitCode code = ExitCode::other;
    std::string out{};
    std::string err{};
    std::optional<std::int64_t> down{};  // what a daemon was run with
    std::string level{};
    std::string file{};
};

Outcome outcome_of(std::vector<std::string> words, daemon::Variables variables = {})
{
    words.insert(words.begin(), {"shoal", "daemon"});
    std::vector<const char*> pointers;
    for (const auto& word : words) pointers.push_back(word.c_str());
    const auto typed = read_arguments(static_cast<int>(pointers.size()), pointers.data());
    if (typed.exit_code) return {.code = static_cast<ExitCode>(*typed.exit_code)};
    CHECK(typed.command == Command::daemon);
    variables.try_emplace("HOME", "/nobody/is/here");
    const auto request = daemon_request(typed, std::move(variables));
    if (!request) return {.code = exit_code_of(request.error()), .err = request.error().text};
    net::LiveEnvironment live;
    host::Registry registry;
    registry.scan(SHOAL_TEST_PLUGINS);
    std::ostringstream out;
    std::ostringstream err;
    Program program{.live = live, .registry = registry, .log = {}, .out = out, .err = err};
    Outcome outcome;
    outcome.code = daemon_command(program, *request, [&](Program&, control::Settings& settings, const daemon::SettingsPath& file) {
        outcome.down = settings.integer("rates.down");
        outcome.level = settings.text("log.level");
        outcome.file = file.path;
        return ExitCode::interrupted;
    });
    outcome.out = out.str();
    outcome.err = err.str();
    return outcome;
}

}  // namespace

TEST_CASE("a daemon runs with its settings, and its exit code is the command's", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("a.toml", "rates.down = '1k'\n");
    const auto outcome = outcome_of({"--config", path, "-vv"});
    CHECK(outcome.code == ExitCode::interrupted);
    CHECK(outcome.down == 1024);
    CHECK(outcome.level == "debug");
    CHECK(outcome.file == path);
    CHECK(outcome_of({"--config", path, "--set", "rates.down=2k"}).down == 2048);
    CHECK(outcome_of({"--config", path}, {{"SHOAL_RATES_DOWN", "3k"}}).down == 3072);
}

TEST_CASE("the settings file is the one of the usual place, unless another is named", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("shoal/shoal.toml", "rates.down = 5\n");
    const auto outcome = outcome_of({}, {{"XDG_CONFIG_HOME", folder.path().native()}});
    CHECK(outcome.down == 5);
    CHECK(outcome.file == path);
    CHECK(outcome_of({}, {{"XDG_CONFIG_HOME", folder / "elsewhere"}}).down == 0);
}

TEST_CASE("settings can be checked without a daemon", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto fine = outcome_of({"--check-config", "--config", folder.write("fine.toml", "rates.down = 5\n")});
    CHECK(fine.code == ExitCode::ok);
    CHECK_FALSE(fine.down);
    CHECK_THAT(fine.out, Catch::EndsWith("fine.toml: fine\n"));
    CHECK(fine.err.empty());
    const auto wrong = outcome_of({"--check-config", "--config", folder.write("wrong.toml", "rates.down = 'a'\nrates.upp = 1\n")});
    CHECK(wrong.code == ExitCode::usage);
    CHECK(wrong.out.empty());
    CHECK_THAT(wrong.err, Catch::StartsWith("shoal: ") && Catch::Contains("wrong.toml line 1: rates.down must be")
                              && Catch::Contains("\nshoal: ") && Catch::Contains("wrong.toml line 2: there is no setting 'rates.upp'"));
    const auto plugin = outcome_of({"--check-config", "--set", "choker=nonsense"});
    CHECK(plugin.code == ExitCode::usage);
    CHECK_THAT(plugin.err, Catch::StartsWith("shoal: --set choker: choker: "));
}

TEST_CASE("a settings file that was named and is not there is refused: 5", "[daemon]")
{
    CHECK(outcome_of({"--check-config", "--config", "/nobody/is/here"}).code == ExitCode::bad_input);
    CHECK(outcome_of({"--config", "/nobody/is/here"}).code == ExitCode::bad_input);
    const auto usual = outcome_of({"--check-config"});
    CHECK(usual.code == ExitCode::ok);
    CHECK(usual.out == "/nobody/is/here/.config/shoal/shoal.toml: not there, which is fine\n");
}

TEST_CASE("all settings are shown with where each comes from", "[daemon]")
{
    const test::TemporaryFolder folder;
    const auto path = folder.write("a.toml", "\nrates.down = '1k'\n");
    const auto outcome = outcome_of({"--dump-config", "--config", path, "--set", "queue.active=4", "--state", "/var/state", "--socket", "/run/s", "-v"},
                                    {{"SHOAL_RATES_UP", "2k"}});
    CHECK(outcome.code == ExitCode::ok);
    CHECK_FALSE(outcome.down);
    for (const auto& line : {"\nrates.down = 1024  # " + path + " line 2\n", std::string("\nrates.up = 2048  # environment SHOAL_RATES_UP\n"),
                             std::string("\nqueue.active = 4  # --set queue.active\n"), std::string("\nfolders.state = \"/var/state\"  # --state\n"),
                             std::string("\nsocket = \"/run/s\"  # --socket\n"), std::string("\nlog.level = \"info\"  # -v\n"),
                             std::string("\nlimits.ratio = 0  # default\n"), std::string("\npickers = [\"rarest-first\", \"endgame\"]  # default\n"),
                             std::string("\nplugins.tit-for-tat.slots = ")}) {
        CHECK_THAT(outcome.out, Catch::Contains(line));
    }
}

TEST_CASE("a variable that is nearly a setting is said when settings are checked", "[daemon]")
{
    const auto outcome = outcome_of({"--check-config"}, {{"SHOAL_RATES_DOWNN", "1"}});
    CHECK(outcome.code == ExitCode::ok);
    CHECK_THAT(outcome.err, Catch::Contains("did you mean 'SHOAL_RATES_DOWN'?"));
}

TEST_CASE("folders that are typed are meant from where one stands", "[daemon]")
{
    CHECK_THAT(outcome_of({"--dump-config", "--state", "here"}).out, Catch::Contains("/here\"  # --state"));
    CHECK(outcome_of({"--state", "none"}).code == ExitCode::usage);
}

TEST_CASE("what makes no sense after daemon is refused: 2", "[daemon]")
{
    for (const auto& words : std::vector<std::vector<std::string>>{{"--check-config", "--dump-config"}, {"x.torrent"}, {"--set", "rates.down"},
                                                                   {"--set", "=1"}, {"--config"}, {"--rates-down", "1"}}) {
        CAPTURE(words);
        CHECK(outcome_of(words).code == ExitCode::usage);
    }
}

TEST_CASE("a home folder whose name is no text is refused with its reason, and nothing breaks", "[daemon]")
{
    for (const auto* home : {"/tmp/h\xe9", "/tmp/two\nlines", "/tmp/\x7f"}) {
        const auto outcome = outcome_of({"--check-config"}, {{"HOME", home}});
        CHECK(outcome.code == ExitCode::usage);
        CHECK_THAT(outcome.err, Catch::Contains("is no path for Shoal"));
    }
}

TEST_CASE("a socket whose path no socket can have is found when settings are checked", "[daemon]")
{
    const auto outcome = outcome_of({"--check-config", "--socket", "/tmp/" + std::string(120, 'x')});
    CHECK(outcome.code == ExitCode::usage);
    CHECK_THAT(outcome.err, Catch::Contains("too long for a socket"));
    CHECK(outcome_of({"--check-config"}, {{"HOME", "/" + std::string(120, 'x')}}).code == ExitCode::ok);
}
