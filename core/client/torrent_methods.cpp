#include "client/torrent_methods.hpp"

#include "client/torrent_events.hpp"
#include "client/torrent_hooks.hpp"
#include "client/torrent_peek.hpp"
#include "client/torrent_report.hpp"
#include "client/torrent_rows.hpp"
#include "control/fields.hpp"
#include "control/filter.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::client {

using control::Field;
using control::MethodSchema;
using control::Value;
using Answered = control::Registry::Answered;
using Type = Value::Type;

namespace {

const Field torrent_field{.name = "torrent",
                          .type = Type::text,
                          .help = "its info-hash, a beginning of it that no other has, or its name",
                          .is_required = true};

std::string text_of(const Value::Map& arguments, std::string_view name)
{
    const auto* value = arguments.find(name);
    return value != nullptr && value->as_text() != nullptr ? *value->as_text() : std::string();
}

bool is_set(const Value::Map& arguments, std::string_view name)
{
    const auto* value = arguments.find(name);
    return value != nullptr && value->as_bool() != nullptr && *value->as_bool();
}

Result<std::vector<std::string>> texts_of(const Value::Map& arguments, std::string_view name)
{
    std::vector<std::string> texts;
    const auto* value = arguments.find(name);
    if (value == nullptr || value->as_list() == nullptr) return texts;
    for (const auto& one : *value->as_list()) {
        if (one.as_text() == nullptr) {
            return make_error(Errc::invalid_argument, std::string(name) + " is a list of texts");
        }
        texts.push_back(*one.as_text());
    }
    return texts;
}

Entry::Done answer_nothing(Answered done)
{
    return [done = std::move(done)](Result<void> result) mutable {
        if (result) done(Value{});
        else done(result.error());
    };
}

// Methods of one torrent share their first step.
template <class Work>
control::Registry::Handler with_torrent(Client& client, Work work)
{
    return [&client, work](const Value::Map& arguments, Answered done) {
        const auto torrent = client.find(text_of(arguments, "torrent"));
        if (!torrent) return done(torrent.error());
        work(*torrent, arguments, std::move(done));
    };
}

// And those of which others are asked before; they are told what torrents.show tells.
template <class Work>
control::Registry::Handler when_nobody_minds(Client& client, const control::Registry& registry, std::string_view hook, std::string_view method,
                                             Work work)
{
    return with_torrent(client, [&client, &registry, hook, method, work](const Hash20& torrent, const Value::Map& arguments, Answered done) {
        auto about = report_torrent(client, *client.entry(torrent));
        Wish wish{.hook = hook, .method = method, .fixed = "torrent", .arguments = arguments, .about = std::move(about)};
        wish.arguments.set("torrent", torrent.hex());  // one name for it, whatever was typed
        ask_first(client, registry, std::move(wish), [work, torrent, done = std::move(done)](Result<Value::Map> allowed) mutable {
            if (!allowed) return done(allowed.error());
            work(torrent, *allowed, std::move(done));
        });
    });
}

// ---- adding -----------------------------------------------------------------------------------------------------

MethodSchema add_schema()
{
    return {.name = "torrents.add",
            .help = "adds a torrent and starts it",
            .arguments = {{.name = "source",
                           .type = Type::text,
                           .help = "the path of a .torrent, a magnet link, an info-hash, a URL, or what else a source plug-in takes",
                           .is_required = true},
                          {.name = "folder", .type = Type::text, .help = "where its files go; the download folder if absent"},
                          {.name = "label", .type = Type::text, .help = "a word of your own"},
                          {.name = "stopped", .type = Type::boolean, .help = "only adds it", .fallback = false},
                          {.name = "select", .type = Type::list, .help = "globs of the files that are wanted; all if absent"},
                          {.name = "peers", .type = Type::list, .help = "addresses of peers to begin with"},
                          {.name = "own", .type = Type::map, .help = "what is its own from the beginning: the changes of torrents.set"},
                          {.name = "is_here_fine",
                           .type = Type::boolean,
                           .help = "what is here already is no error: nothing changes, and its info-hash is the answer",
                           .fallback = false}},
            .answer = "its info-hash",
            .errors = {Errc::invalid_argument, Errc::bad_input, Errc::unsupported, Errc::not_found, Errc::permission_denied,
                       Errc::limit_exceeded, Errc::io_error, Errc::network_error, Errc::refused, Errc::timed_out}};
}

Result<std::vector<Endpoint>> endpoints_of(const Value::Map& arguments, std::string_view name)
{
    const auto texts = texts_of(arguments, name);
    if (!texts) return texts.error();
    std::vector<Endpoint> endpoints;
    for (const auto& text : *texts) {
        const auto endpoint = Endpoint::parse(text);
        if (!endpoint) return make_error(Errc::invalid_argument, printable(text) + " is no address and port");
        endpoints.push_back(*endpoint);
    }
    return endpoints;
}

// Others that ask are somewhere else than we are.
Result<void> check_absolute(const std::string& folder)
{
    if (folder.starts_with('/') && folder.find('\0') == std::string::npos) return {};
    return make_error(Errc::invalid_argument, fmt::format("'{}' is no absolute path; a folder begins with /", printable(folder, 100)));
}

// All but the source, which takes its time.
Result<AddRequest> add_request(const Value::Map& arguments)
{
    auto select = texts_of(arguments, "select");
    if (!select) return select.error();
    auto peers = endpoints_of(arguments, "peers");
    if (!peers) return peers.error();
    if (arguments.find("folder") != nullptr) {
        if (const auto absolute = check_absolute(text_of(arguments, "folder")); !absolute) return absolute.error();
    }
    const auto* own = arguments.find("own");
    AddRequest request{.source = {},
                       .folder = text_of(arguments, "folder"),
                       .label = text_of(arguments, "label"),
                       .is_stopped = is_set(arguments, "stopped"),
                       .select = std::move(*select),
                       .peers = std::move(*peers),
                       .own = own != nullptr && own->as_map() != nullptr ? *own->as_map() : Value::Map{}};
    return request;
}

// What is to be added, and peers that are known of it.
struct Found {
    session::Source source;
    std::vector<Endpoint> peers{};
};

Hash20 info_hash_of(const session::Source& source)
{
    if (const auto* file = std::get_if<session::FromFile>(&source)) return file->metainfo.info_hash.wire();
    return std::get<session::FromMagnet>(source).magnet.info_hash.wire();
}

// An address is told without what may be a key of the user's.
std::string without_keys(std::string url)
{
    url.erase(std::min(url.find_first_of("?#"), url.size()));
    const auto host = url.find("://") + 3;
    const auto name = url.rfind('@', url.find('/', host));
    if (name != std::string::npos && name >= host) url.erase(host, name + 1 - host);
    return url;
}

// Where it came from, for who hears that it was added.
Value::Map from_of(const std::string& typed, const session::Source& source)
{
    Value::Map said;
    if (typed.starts_with("http://") || typed.starts_with("https://")) said.set("kind", "url").set("url", without_keys(typed));
    else if (std::holds_alternative<session::FromMagnet>(source)) said.set("kind", "magnet");
    else said.set("kind", typed.starts_with("data:") ? "data" : "file");
    return Value::Map{}.set("source", std::move(said));
}

void add(Client& client, const Value::Map& arguments, Found found, Answered done)
{
    auto request = add_request(arguments);
    if (!request) return done(request.error());
    request->from = from_of(text_of(arguments, "source"), found.source);
    request->source = std::move(found.source);
    request->peers.insert(request->peers.end(), found.peers.begin(), found.peers.end());
    client.add(std::move(*request), [done = std::move(done)](Result<Hash20> added) mutable {
        if (added) done(Value(added->hex()));
        else done(added.error());
    });
}

// Reads the source, or takes what was fetched of it for somebody who looked into it.
void find(Client& client, Peeks& peeks, const std::string& source, UniqueFunction<void(Result<Found>)> found)
{
    if (auto peeked = peeks.take(source)) return found(Found{.source = std::move(peeked->file), .peers = std::move(peeked->peers)});
    client.session().read_source(source, [found = std::move(found)](Result<session::Source> read) mutable {
        if (read) found(Found{.source = std::move(*read)});
        else found(read.error());
    });
}

void offer_add(Client& client, control::Registry& registry, const std::shared_ptr<Peeks>& peeks)
{
    registry.offer(add_schema(), [&client, &registry, peeks](const Value::Map& arguments, Answered done) {
        const auto request = add_request(arguments);
        if (!request) return done(request.error());
        if (const auto checked = client.checked_own(request->own); !checked) return done(checked.error());
        auto ask = [&client, &registry, arguments, done = std::move(done)](Result<Found> found) mutable {
            if (!found) return done(found.error());
            const Hash20 torrent = info_hash_of(found->source);
            const auto* known = is_set(arguments, "is_here_fine") ? client.entry(torrent) : nullptr;
            if (known != nullptr && !known->is_erased) return done(Value(torrent.hex()));
            Wish wish{.hook = "before.add",
                      .method = "torrents.add",
                      .fixed = "source",
                      .arguments = std::move(arguments),
                      .about = about_source(found->source)};
            ask_first(client, registry, std::move(wish),
                      [&client, found = std::move(*found), done = std::move(done)](Result<Value::Map> allowed) mutable {
                          if (!allowed) return done(allowed.error());
                          add(client, *allowed, std::move(found), std::move(done));
                      });
        };
        find(client, *peeks, text_of(arguments, "source"), registry.causes().carried(std::move(ask)));
    });
}

// ---- asking -----------------------------------------------------------------------------------------------------

Value::Map only(const Value::Map& all, const std::vector<std::string>& fields)
{
    if (fields.empty()) return all;
    Value::Map some;
    for (const auto& field : fields) {
        if (const auto* value = all.find(field)) some.set(field, *value);
    }
    return some;
}

// The fields that are wanted; an error names one that there is not.
Result<std::vector<std::string>> wanted_fields(const MethodSchema& schema, const Value::Map& arguments)
{
    auto fields = texts_of(arguments, "fields");
    if (!fields) return fields;
    if (const auto known = control::check_fields(schema, torrent_rows(), *fields); !known) return known.error();
    return fields;
}

// Refused also when there is no torrent that it could be tried on.
Result<control::Filter> known_filter(const MethodSchema& schema, const Value::Map& arguments)
{
    auto filter = control::Filter::parse(text_of(arguments, "filter"));
    if (!filter) return filter;
    if (const auto known = control::check_fields(schema, torrent_rows(), filter->fields()); !known) return known.error();
    return filter;
}

void offer_list(Client& client, control::Registry& registry)
{
    MethodSchema schema{.name = "torrents.list",
                        .help = "the torrents, in the order of the queue",
                        .arguments = {{.name = "filter", .type = Type::text, .help = "a condition, e.g. state=downloading and ratio>1.5"},
                                      {.name = "fields", .type = Type::list, .help = "the fields that are wanted; all if absent"}},
                        .answer = "a list of maps",
                        .errors = {Errc::bad_input, Errc::invalid_argument}};
    const auto list = [&client, schema](const Value::Map& arguments, Answered done) {
        const auto filter = known_filter(schema, arguments);
        if (!filter) return done(filter.error());
        const auto fields = wanted_fields(schema, arguments);
        if (!fields) return done(fields.error());
        std::vector<const Entry*> entries;
        for (const auto& [torrent, entry] : client.entries()) {
            if (!entry->is_erased) entries.push_back(entry.get());
        }
        std::ranges::sort(entries, {}, [](const Entry* entry) { return entry->record.position; });
        Value::List list;
        for (const Entry* entry : entries) {
            auto said = report_torrent(client, *entry);
            if (filter->matches(said)) list.emplace_back(only(said, *fields));
        }
        done(Value(std::move(list)));
    };
    registry.offer(schema, list, {.rows = torrent_rows()});
}

void offer_changes(Client& client, control::Registry& registry)
{
    MethodSchema schema{.name = "torrents.changes",
                        .help = "what changed since a revision, and nothing else",
                        .arguments = {{.name = "since",
                                       .type = Type::integer,
                                       .help = "the revision of an earlier answer; 0: everything",
                                       .fallback = 0},
                                      {.name = "fields", .type = Type::list, .help = "the fields that are wanted; all if absent"}},
                        .answer = "a map: revision, everything (true: what is not named does not exist), changed (a list of maps "
                                  "as torrents.list answers), gone (info-hashes)",
                        .errors = {Errc::invalid_argument}};
    registry.offer(schema, [&client, schema](const Value::Map& arguments, Answered done) {
        const auto since = *arguments.find("since")->as_integer();
        if (since < 0) return done(make_error(Errc::invalid_argument, "since is a revision, 0 or more"));
        const auto fields = wanted_fields(schema, arguments);
        if (!fields) return done(fields.error());
        const auto delta = client.changes().since(static_cast<std::uint64_t>(since));
        Value::List changed;
        for (const auto& torrent : delta.changed) {
            if (const auto* entry = client.entry(torrent)) changed.emplace_back(only(report_torrent(client, *entry), *fields));
        }
        Value::List gone;
        for (const auto& torrent : delta.gone) gone.emplace_back(torrent.hex());
        Value::Map said;
        said.append("revision", static_cast<std::int64_t>(delta.revision));
        said.append("everything", delta.is_everything);
        said.append("changed", std::move(changed));
        said.append("gone", std::move(gone));
        done(Value(std::move(said)));
    });
}

void offer_questions(Client& client, control::Registry& registry)
{
    const auto offer = [&](std::string name, std::string help, std::string answer, const std::vector<Field>& rows, auto report) {
        registry.offer({.name = std::move(name),
                        .help = std::move(help),
                        .arguments = {torrent_field},
                        .answer = std::move(answer),
                        .errors = {Errc::not_found}},
                       with_torrent(client, [&client, report](const Hash20& torrent, const Value::Map&, Answered done) {
                           done(Value(report(client, *client.entry(torrent))));
                       }),
                       {.rows = rows});
    };
    offer("torrents.show", "one torrent", "a map", torrent_rows(), report_torrent);
    offer("torrents.peers", "whom it is connected to", "a list of maps", peer_rows(), report_peers);
}

// Of one that sleeps the database knows them.
void offer_trackers(Client& client, control::Registry& registry)
{
    registry.offer({.name = "torrents.trackers",
                    .help = "its trackers, and what they last said in this run",
                    .arguments = {torrent_field},
                    .answer = "a list of maps",
                    .errors = {Errc::not_found, Errc::bad_input, Errc::io_error}},
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map&, Answered done) {
                       client.ask_trackers(torrent, [done = std::move(done)](Result<Client::Trackers> known) mutable {
                           if (known) done(Value(report_trackers(*known)));
                           else done(known.error());
                       });
                   }),
                   {.rows = tracker_rows()});
}

// A stopped torrent comes into the session for it: its metainfo is not in memory.
void offer_files(Client& client, control::Registry& registry)
{
    registry.offer({.name = "torrents.files",
                    .help = "its files",
                    .arguments = {torrent_field},
                    .answer = "a list of maps",
                    .errors = {Errc::not_found, Errc::unsupported}},
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map&, Answered done) {
                       auto files = std::make_shared<Value::List>();
                       auto look = [&client, torrent, files](torrent::Torrent&, Entry::Done looked) {
                           const auto* entry = client.entry(torrent);
                           if (entry == nullptr) return looked(make_error(Errc::cancelled, "the torrent was removed"));
                           *files = report_files(client, *entry);
                           looked({});
                       };
                       client.visit(torrent, std::move(look), [files, done = std::move(done)](Result<void> looked) mutable {
                           if (looked) done(Value(std::move(*files)));
                           else done(looked.error());
                       });
                   }),
                   {.rows = file_rows()});
}

// ---- wishes -----------------------------------------------------------------------------------------------------

void offer_wishes(Client& client, control::Registry& registry)
{
    const auto schema = [](std::string name, std::string help) {
        return MethodSchema{.name = std::move(name),
                            .help = std::move(help),
                            .arguments = {torrent_field},
                            .answer = "nothing",
                            .errors = {Errc::not_found, Errc::invalid_argument, Errc::permission_denied, Errc::io_error, Errc::disk_full}};
    };
    registry.offer(schema("torrents.start", "lets it run; also tries again what failed"),
                   when_nobody_minds(client, registry, "before.start", "torrents.start",
                                     [&client](const Hash20& torrent, const Value::Map&, Answered done) {
                                         client.start(torrent, answer_nothing(std::move(done)));
                                     }));
    registry.offer(schema("torrents.stop", "stops it; answers when everything is written and closed"),
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map&, Answered done) {
                       client.pause(torrent, answer_nothing(std::move(done)));
                   }));
    registry.offer(schema("torrents.recheck", "looks at all of its files again, and answers when that is done; one that is stopped or has failed is stopped then"),
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map&, Answered done) {
                       client.recheck(torrent, answer_nothing(std::move(done)));
                   }));
    registry.offer(schema("torrents.reannounce", "asks for peers now: trackers as soon as they allow it, the other ways at once"),
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map&, Answered done) {
                       answer_nothing(std::move(done))(client.look_for_peers(torrent));
                   }));
    auto connect = schema("torrents.connect", "names peers to it");
    connect.arguments.push_back({.name = "peers", .type = Type::list, .help = "addresses and ports", .is_required = true});
    registry.offer(std::move(connect), with_torrent(client, [&client](const Hash20& torrent, const Value::Map& arguments, Answered done) {
                       const auto peers = endpoints_of(arguments, "peers");
                       if (!peers) return done(peers.error());
                       answer_nothing(std::move(done))(client.add_peers(torrent, *peers));
                   }));
    auto queue = schema("torrents.queue", "gives it another place among those that wait for their turn");
    queue.arguments.push_back({.name = "to", .type = Type::text, .help = "where", .is_required = true, .choices = {"top", "up", "down", "bottom"}});
    registry.offer(std::move(queue), with_torrent(client, [&client](const Hash20& torrent, const Value::Map& arguments, Answered done) {
                       client.queue_at(torrent, *queue::place_named(text_of(arguments, "to")), answer_nothing(std::move(done)));
                   }));
    auto remove = schema("torrents.remove", "forgets it; an error says that files are left, and where");
    remove.arguments.push_back({.name = "data", .type = Type::boolean, .help = "deletes its files, too, but none that another torrent has as well", .fallback = false});
    registry.offer(std::move(remove), when_nobody_minds(client, registry, "before.remove", "torrents.remove",
                                                        [&client](const Hash20& torrent, const Value::Map& arguments, Answered done) {
                                                            client.remove(torrent, is_set(arguments, "data"), answer_nothing(std::move(done)));
                                                        }));
}

void offer_changes_of_files(Client& client, control::Registry& registry)
{
    const std::vector<Errc> errors{Errc::not_found, Errc::invalid_argument, Errc::unsupported, Errc::permission_denied,
                                   Errc::refused, Errc::disk_full, Errc::io_error};
    registry.offer({.name = "torrents.move",
                    .help = "moves its files to another folder, also one on another disk, while it runs",
                    .arguments = {torrent_field, {.name = "folder", .type = Type::text, .help = "an absolute path", .is_required = true}},
                    .answer = "nothing, when they are there",
                    .errors = errors},
                   when_nobody_minds(client, registry, "before.move", "torrents.move",
                                     [&client](const Hash20& torrent, const Value::Map& arguments, Answered done) {
                                         const auto folder = text_of(arguments, "folder");
                                         if (const auto absolute = check_absolute(folder); !absolute) return done(absolute.error());
                                         client.move(torrent, folder, answer_nothing(std::move(done)));
                                     }));
    registry.offer({.name = "torrents.rename",
                    .help = "gives one of its files, or a folder of them, another path; the folder may be the torrent's own",
                    .arguments = {torrent_field,
                                  {.name = "path", .type = Type::text, .help = "of a file as torrents.files shows it, or of a folder above some", .is_required = true},
                                  {.name = "new_path", .type = Type::text, .help = "below the torrent's folder", .is_required = true}},
                    .answer = "nothing",
                    .errors = errors},
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map& arguments, Answered done) {
                       client.rename(torrent, text_of(arguments, "path"), text_of(arguments, "new_path"), answer_nothing(std::move(done)));
                   }));
    registry.offer({.name = "torrents.set",
                    .help = "changes what is its own",
                    .arguments = {torrent_field,
                                  {.name = "changes",
                                   .type = Type::map,
                                   .help = "label, down, up, pickers, choker, ratio, seed_time, idle_time, read as settings are: \"10 MiB\", \"2h\" (null: "
                                           "as the settings say), priorities (globs of files to skip, low, normal or high; null: all are normal), "
                                           "meta (keys of your own with texts, numbers and booleans; null takes one back)",
                                   .is_required = true}},
                    .answer = "nothing",
                    .errors = errors},
                   with_torrent(client, [&client](const Hash20& torrent, const Value::Map& arguments, Answered done) {
                       client.set(torrent, *arguments.find("changes")->as_map(), answer_nothing(std::move(done)));
                   }));
}

}  // namespace

void offer_torrent_methods(Client& client, control::Registry& registry)
{
    declare_torrent_events(registry);
    declare_hooks(registry);
    const auto peeks = std::make_shared<Peeks>(client);
    offer_add(client, registry, peeks);
    offer_peek(registry, peeks);
    offer_list(client, registry);
    offer_changes(client, registry);
    offer_questions(client, registry);
    offer_trackers(client, registry);
    offer_files(client, registry);
    offer_wishes(client, registry);
    offer_changes_of_files(client, registry);
}

}  // namespace shoal::client
