#include "client/torrent_hooks.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace shoal::client {

using control::Field;
using control::Value;
using Type = Value::Type;

namespace {

void set_all(Value::Map& map, const Value::Map& more)
{
    for (std::size_t i = 0; i < more.size(); ++i) map.set(more.keys()[i], more.values()[i]);
}

template <class Tiers>
Value::List tracker_list(const Tiers& tiers)
{
    Value::List list;
    for (const auto& tier : tiers) {
        for (const auto& url : tier) list.emplace_back(url);
    }
    return list;
}

Result<Value::Map> changed(const control::MethodSchema& schema, const Wish& wish, const Value::Map& changes)
{
    auto arguments = wish.arguments;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto& name = changes.keys()[i];
        if (name == wish.fixed) return make_error(Errc::invalid_argument, fmt::format("{} cannot change '{}'", wish.hook, name));
        arguments.set(name, changes.values()[i]);
    }
    auto complete = control::checked(schema, std::move(arguments));
    if (!complete) return make_error(complete.error().code, fmt::format("what {} made of it: {}", wish.hook, complete.error().text));
    return complete;
}

}  // namespace

void ask_first(Client& client, const control::Registry& registry, Wish wish, UniqueFunction<void(Result<Value::Map>)> then)
{
    auto question = wish.about;
    set_all(question, wish.arguments);
    const auto hook = wish.hook;
    client.ask(hook, std::move(question), [&registry, wish = std::move(wish), then = std::move(then)](control::Hooks::Verdict verdict) mutable {
        if (!verdict) return then(verdict.error());
        if (verdict->size() == 0) return then(std::move(wish.arguments));
        then(changed(*registry.find(wish.method), wish, *verdict));
    });
}

Value::Map about_source(const session::Source& source)
{
    Value::Map about;
    if (const auto* file = std::get_if<session::FromFile>(&source)) {
        const auto& metainfo = file->metainfo;
        about.set("torrent", metainfo.info_hash.wire().hex());
        about.set("name", metainfo.name);
        about.set("size", static_cast<std::int64_t>(metainfo.geometry.total_length()));
        about.set("files", static_cast<std::int64_t>(metainfo.files.size()));
        about.set("private", metainfo.is_private);
        about.set("trackers", tracker_list(metainfo.trackers));
        return about;
    }
    const auto& magnet = std::get<session::FromMagnet>(source).magnet;
    about.set("torrent", magnet.info_hash.wire().hex());
    about.set("name", magnet.name);
    about.set("trackers", Value::List(magnet.trackers.begin(), magnet.trackers.end()));
    return about;
}

void declare_hooks(control::Registry& registry)
{
    const auto declare = [&](std::string name, std::string help, std::vector<Field> fields) {
        registry.hooks().declare({.name = std::move(name), .help = std::move(help), .fields = std::move(fields)});
    };
    const Field torrent{.name = "torrent", .type = Type::text, .help = "its info-hash"};
    const Field name{.name = "name", .type = Type::text, .help = "what it is called"};
    const Field folder{.name = "folder", .type = Type::text, .help = "where its files are to go; may be changed"};
    declare("before.add", "somebody adds a torrent",
            {torrent, name,
             {.name = "size", .type = Type::integer, .help = "octets; absent while its metadata is not known, as the next two"},
             {.name = "files", .type = Type::integer, .help = "how many"},
             {.name = "private", .type = Type::boolean, .help = "trackers only"},
             {.name = "trackers", .type = Type::list, .help = "their addresses"},
             {.name = "source", .type = Type::text, .help = "what was given to torrents.add"},
             folder,
             {.name = "label", .type = Type::text, .help = "a word of the user's; may be changed"},
             {.name = "stopped", .type = Type::boolean, .help = "only adds it; may be changed"},
             {.name = "select", .type = Type::list, .help = "globs of the files that are wanted; may be changed"}});
    declare("before.start", "somebody starts a torrent; the rest of the fields is that of torrents.show", {torrent, name});
    declare("before.remove", "somebody removes a torrent; the rest of the fields is that of torrents.show",
            {torrent, name, {.name = "data", .type = Type::boolean, .help = "its files are deleted, too; may be changed"}});
    declare("before.move", "somebody moves a torrent's files; the rest of the fields is that of torrents.show", {torrent, name, folder});
}

}  // namespace shoal::client
