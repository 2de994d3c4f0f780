#include "schemas.hpp"

#include <string>
#include <utility>

namespace shoal::rss {
namespace {

using Type = Value::Type;

constexpr auto item_fields = "item: title, guid, link (a page), url (of the .torrent, or a magnet link), published (unix time), size, seeders, "
                             "peers, info_hash (each null when it is not known), categories, description, attributes (a map of texts), feed";

Field option(std::string name, Type type, std::string help) { return {.name = std::move(name), .type = type, .help = std::move(help)}; }

Field option(std::string name, Type type, std::string help, Value fallback)
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .fallback = std::move(fallback)};
}

Field needed(std::string name, Type type, std::string help)
{
    return {.name = std::move(name), .type = type, .help = std::move(help), .is_required = true};
}

Field first() { return option("from", Type::integer, "how many to leave out at the beginning", 0); }

} // namespace

MethodSchema add_schema()
{
    return {.name = "feeds.add",
            .help = "reads a feed from now on, also after a restart; of a name that is there: changes it",
            .arguments = {needed("url", Type::text, "of an RSS, Atom or Torznab feed, http or https"),
                          option("name", Type::text, "to call it by; otherwise its host"),
                          option("every", Type::integer, "seconds between two looks, at least 60; otherwise as the plug-in is set and the feed asks"),
                          option("first_run", Type::text, "what is wanted of the items that it lists when it is read for the first time: all; learn (nothing); "
                                                          "or those younger than a time, like 2d", "all"),
                          option("cookies", Type::text, "NAME=VALUE; NAME=VALUE: sent to the feed's own site alone"),
                          option("headers", Type::map, "further headers of the request, by name: sent to the feed's own site alone")},
            .answer = "a map: feed (its name)",
            .errors = {Errc::bad_input, Errc::limit_exceeded}};
}

MethodSchema remove_schema()
{
    return {.name = "feeds.remove",
            .help = "reads a feed no more, and forgets what it listed",
            .arguments = {needed("feed", Type::text, "its name")},
            .answer = "nothing",
            .errors = {Errc::not_found, Errc::refused}};
}

MethodSchema list_schema()
{
    return {.name = "feeds.list",
            .help = "the feeds that are read, and how that goes",
            .arguments = {},
            .answer = "a list of maps: feed (its name), title, url (without what is secret in it), source (the script that declares it; "
                      "empty: somebody added it), every (seconds), torznab (it can be searched), items, read_at (unix time; null: never), next "
                      "(in seconds; null while it is read), failures (in a row), error, warnings",
            .errors = {}};
}

MethodSchema refresh_schema()
{
    return {.name = "feeds.refresh",
            .help = "reads a feed now, or all of them",
            .arguments = {option("feed", Type::text, "its name")},
            .answer = "when they are read, a list of maps: feed, items, new, error when there is one",
            .errors = {Errc::not_found, Errc::network_error, Errc::refused, Errc::bad_input, Errc::timed_out, Errc::limit_exceeded,
                       Errc::permission_denied}};
}

MethodSchema items_schema()
{
    return {.name = "feeds.items",
            .help = "what a feed lists, or all of them, as it was read last",
            .arguments = {option("feed", Type::text, "its name"), first(), option("limit", Type::integer, "most items", 1000)},
            .answer = std::string("a list (empty: no more), in the feed's order; ") + item_fields,
            .errors = {Errc::not_found}};
}

MethodSchema load_schema()
{
    return {.name = "feeds.load",
            .help = "the feeds that a script declares, in place of those that it declared before",
            .arguments = {needed("source", Type::text, "the script's name"),
                          needed("feeds", Type::list, "maps with the arguments of feeds.add; none: it declares none any more")},
            .answer = "a map: accepted (how many), names (of those, in their order), problems (texts)",
            .errors = {}};
}

MethodSchema parse_schema()
{
    return {.name = "feeds.parse",
            .help = "reads a feed that is given as it is, and changes nothing",
            .arguments = {needed("text", Type::null, "text or bytes: the whole document"),
                          option("feed", Type::text, "name of the feed that it comes from"),
                          option("url", Type::text, "address that it comes from; otherwise that of the feed"), first(),
                          option("limit", Type::integer, "most items", 5000)},
            .answer = std::string("a map: title, items, next (the from of the rest; null: that was all), warnings (texts), error when it is no "
                                  "feed; ") +
                      item_fields,
            .errors = {}};
}

MethodSchema bodies_schema()
{
    return {.name = "feeds.bodies",
            .help = "what a feed sent, as it came",
            .arguments = {needed("feed", Type::text, "its name"), first(), option("limit", Type::integer, "most bodies", 10),
                          option("raw", Type::boolean, "its octets, in place of text that was made of them", false)},
            .answer = "a list, the newest first, of maps: at (unix time), status (of HTTP), body (text, made UTF-8; or bytes)",
            .errors = {Errc::not_found}};
}

MethodSchema search_schema()
{
    return {.name = "feeds.search",
            .help = "asks Torznab feeds (Jackett, Prowlarr) for what they can find",
            .arguments = {needed("query", Type::text, "words"), option("feed", Type::text, "one feed; otherwise all that can be searched"),
                          option("url", Type::text, "a Torznab address that is no feed here"),
                          option("category", Type::text, "numbers of categories, with commas between"),
                          option("season", Type::integer, "of a series"), option("episode", Type::integer, "of the season"),
                          option("limit", Type::integer, "most items", 100)},
            .answer = std::string("a map: items, most seeders first; problems (maps: feed, why) of those that did not answer while others "
                                  "did; ") +
                      item_fields,
            .errors = {Errc::not_found, Errc::network_error, Errc::refused, Errc::bad_input, Errc::timed_out, Errc::limit_exceeded,
                       Errc::permission_denied, Errc::unsupported}};
}

EventSchema item_event()
{
    return {.name = "rss.item",
            .help = "a feed lists something that it did not list before",
            .fields = {needed("feed", Type::text, "its name"), needed("item", Type::map, "as feeds.items gives it"),
                       needed("is_first", Type::boolean, "the feed was never read before: this may be long known")}};
}

EventSchema error_event()
{
    return {.name = "rss.error",
            .help = "a feed could not be read; it is tried again",
            .fields = {needed("feed", Type::text, "its name"), needed("why", Type::text, "what happened, and what can be done")}};
}

EventSchema refreshed_event()
{
    return {.name = "rss.refreshed",
            .help = "a feed was read",
            .fields = {needed("feed", Type::text, "its name"), needed("items", Type::integer, "how many it lists"),
                       needed("new", Type::integer, "how many of them it did not list before")}};
}

} // namespace shoal::rss
