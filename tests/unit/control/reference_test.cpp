#include "control/reference.hpp"

#include <catch2/catch.hpp>

#include <array>
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

TEST_CASE("the reference says whose a method, an event and a setting is, and what is in an answer", "[control][reference]")
{
    Registry registry;
    registry.offer({.name = "feeds.list", .help = "all", .answer = "a list of maps"}, silent,
                   {.plugin = "rss",
                    .rows = {{.name = "url", .type = Type::text, .help = "where", .is_required = true}, {.name = "error", .type = Type::text, .help = "why"}}});
    registry.declare({.name = "feed.read", .help = "was read"}, "rss");
    const SettingSchema setting{.name = "plugins.rss.limit", .fallback = 5, .help = "most", .is_live = true, .least = 1};
    const auto page = reference_page(registry, {&setting});
    CHECK_THAT(page, Catch::Contains("### feeds.list\n\nall.\n\nOf the plug-in `rss`.\n\nNo arguments.\n\nAnswer: a list of maps.\n\n"
                                     "| field | type | there | |\n|---|---|---|---|\n| `url` | text | always | where |\n"
                                     "| `error` | text | perhaps | why |\n\n"));
    CHECK_THAT(page, Catch::Contains("### feed.read\n\nwas read.\n\nOf the plug-in `rss`.\n"));
    CHECK_THAT(page, Catch::EndsWith("| `plugins.rss.limit` | a whole number of at least 1 | `5` | yes | most |\n"));
}

TEST_CASE("the same registry gives the same page, whatever the order it was filled in", "[control][reference]")
{
    Registry there;
    Registry back;
    for (const auto& part : parts) part(there);
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) (*part)(back);
    CHECK(reference_page(there) == reference_page(back));
}

}  // namespace shoal::control
