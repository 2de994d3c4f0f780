#include "control/reference.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

namespace shoal::control {

namespace {

using Type = Value::Type;

void silent(const Value::Map&, Registry::Answered) {}

const std::array<std::function<void(Registry&)>, 4> parts{
    [](Registry& registry) {
        registry.offer({.name = "torrents.add",
                        .help = "adds a torrent",
                        .arguments = {{.name = "source", .type = Type::text, .help = "a magnet link", .is_required = true},
                                      {.name = "order", .type = Type::text, .help = "of its pieces", .fallback = "rarest", .choices = {"rarest", "in turn", "first"}},
                                      {.name = "paused", .type = Type::boolean, .help = "not yet", .fallback = false},
                                      {.name = "note", .help = "anything"}},
                        .answer = "its id",
                        .errors = {Errc::bad_input, Errc::refused}},
                       silent);
    },
    [](Registry& registry) { registry.offer({.name = "session.stop", .help = "ends"}, silent); },
    [](Registry& registry) {
        registry.declare({.name = "torrent.added", .help = "was added", .fields = {{.name = "id", .type = Type::integer, .help = "which"}}});
    },
    [](Registry& registry) { registry.declare({.name = "odd.event", .help = "<b>bold</b> | [link](x) `code`"}); }};

constexpr std::array<std::string_view, 3> command{"shoal", "ctl", "call"};

// What bash offers when these words are typed, the last one not to its end.
std::string completions(const std::vector<std::string>& words)
{
    Registry registry;
    for (const auto& part : parts) part(registry);
    std::string script = bash_completion(registry, command) + "COMP_WORDS=(";
    for (const auto& word : words) script += "'" + word + "' ";
    script += ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_shoal_ctl_call\necho -n \"${COMPREPLY[*]}\"\n";
    const std::string line = "bash -c \"$SHOAL_TEST_SCRIPT\" 2>&1";
    ::setenv("SHOAL_TEST_SCRIPT", script.c_str(), 1);
    auto* shell = ::popen(line.c_str(), "r");
    REQUIRE(shell != nullptr);
    std::string out;
    for (int c = std::fgetc(shell); c != EOF; c = std::fgetc(shell)) out += static_cast<char>(c);
    CHECK(::pclose(shell) == 0);
    return out;
}

}  // namespace

TEST_CASE("the reference names every method and event with all that is known of it", "[control][reference]")
{
    Registry registry;
    for (const auto& part : parts) part(registry);
    const auto page = reference_page(registry);
    CHECK_THAT(page, Catch::Contains("### session.stop\n\nends.\n\nNo arguments.\n\n### torrents.add\n\nadds a torrent.\n\n"
                                     "| argument | type | default | |\n|---|---|---|---|\n"
                                     "| `source` | text | required | a magnet link |\n"
                                     "| `order` | text: `rarest`, `in turn`, `first` | `\"rarest\"` | of its pieces |\n"
                                     "| `paused` | bool | `false` | not yet |\n"
                                     "| `note` | any |  | anything |\n\n"
                                     "Answer: its id.\n\nErrors: `bad_input`, `refused`.\n\n## Events\n\n"));
    CHECK_THAT(page, Catch::EndsWith("### torrent.added\n\nwas added.\n\n| field | type | |\n|---|---|---|\n| `id` | int | which |\n"));
    CHECK_THAT(page, Catch::Contains("\\<b\\>bold\\</b\\> \\| \\[link\\](x) \\`code\\`."));
}

TEST_CASE("the same registry gives the same page and script, whatever the order it was filled in", "[control][reference]")
{
    Registry there;
    Registry back;
    for (const auto& part : parts) part(there);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) (*part)(back);
    CHECK(reference_page(there) == reference_page(back));
    CHECK(bash_completion(there, command) == bash_completion(back, command));
}

TEST_CASE("bash completes methods, arguments and what these may be", "[control][reference]")
{
    CHECK(completions({"shoal", "ctl", "call", ""}) == "session.stop torrents.add");
    CHECK(completions({"/usr/bin/shoal", "ctl", "call", "to"}) == "torrents.add");
    CHECK(completions({"shoal", "ctl", "call", "torrents.add", ""}) == "source= order= paused= note=");
    CHECK(completions({"shoal", "ctl", "call", "torrents.add", "source", "=", "x", "or"}) == "order=");
    CHECK(completions({"shoal", "ctl", "call", "torrents.add", "order", "="}) == "rarest first");
    CHECK(completions({"shoal", "ctl", "call", "torrents.add", "order", "=", "fi"}) == "first");
    CHECK(completions({"shoal", "ctl", "call", "torrents.add", "paused", "=", ""}) == "true false");
    CHECK(completions({"shoal", "ctl", "call", "torrents.add", "source", "=", ""}).empty());
    CHECK(completions({"shoal", "ctl", "call", "session.stop", ""}).empty());
    CHECK(completions({"shoal", "ctl", "call", "no.such", ""}).empty());
    CHECK(completions({"shoal", "get", "call", ""}).empty());
    CHECK(completions({"shoal", "ct"}).empty());
}

}  // namespace shoal::control
