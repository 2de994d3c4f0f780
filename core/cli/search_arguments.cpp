#include "cli/search_arguments.hpp"


#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace shoal::cli {

using control::Value;

void declare_search(CLI::App& app, SearchArguments& typed)
{
    auto* search = app.add_subcommand("search", "asks indexers (Jackett, Prowlarr) through the daemon that runs");
    search->fallthrough(false);
    search->final_callback([&typed] { typed.is_asked = true; });
    search->add_option("query", typed.words, "words to look for")->required();
    search->add_option("--feed", typed.feed, "one indexer's feed; otherwise all that can be searched");
    search->add_option("--category", typed.category, "numbers of categories, with commas between, like 5000,5040");
    search->add_option("--season", typed.season, "of a series");
    search->add_option("--episode", typed.episode, "of the season");
    search->add_option("--limit", typed.limit, "most lines")->capture_default_str();
    search->add_option("--add", typed.add, "NUMBER of the line that is to be added");
    search->add_flag("--urls", typed.has_urls, "what `shoal ctl add` takes, below the table; there may be keys in it");
    search->add_option("--socket", typed.socket, "where the daemon listens [$XDG_RUNTIME_DIR/shoal/rpc.sock]");
    search->add_flag("--json", typed.is_json, "the answer as it came, as JSON");
}

Result<CtlRequest> search_request(const SearchArguments& typed)
{
    if (typed.limit < 1) return make_error(Errc::invalid_argument, "--limit has to be 1 or more");
    if (typed.add < 0 || typed.add > typed.limit) return make_error(Errc::invalid_argument, "--add has to be the number of a line");
    Value::Map arguments;
    arguments.set("query", fmt::format("{}", fmt::join(typed.words, " ")));
    arguments.set("limit", typed.limit);
    if (!typed.feed.empty()) arguments.set("feed", typed.feed);
    if (!typed.category.empty()) arguments.set("category", typed.category);
    if (typed.season) arguments.set("season", *typed.season);
    if (typed.episode) arguments.set("episode", *typed.episode);
    CtlRequest request{.socket = typed.socket,
                       .calls = {{.method = "feeds.search", .arguments = std::move(arguments)}},
                       .view = typed.has_urls ? CtlView::search_with_urls : CtlView::search,
                       .is_json = typed.is_json};
    if (typed.add > 0) request.added_line = static_cast<std::size_t>(typed.add);
    return request;
}

}  // namespace shoal::cli
