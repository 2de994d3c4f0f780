#include "daemon/live_client.hpp"

#include "client/torrent_methods.hpp"
#include "client/torrent_report.hpp"
#include "control/own_methods.hpp"
#include "control/reference.hpp"
#include "daemon/daemon_settings.hpp"
#include "daemon/peer_classes.hpp"
#include "daemon/plugin_methods.hpp"
#include "daemon/run_time_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace shoal::daemon {

using control::Value;

Result<std::unique_ptr<LiveClient>> LiveClient::open(Parts parts, const std::string& database)
{
    auto library = state::Library::open(parts.environment.loop, parts.environment.workers, database, parts.log);
    if (!library) return library.error();
    std::unique_ptr<LiveClient> made(new LiveClient(std::move(parts), std::move(*library)));
    for (const auto& complaint : set_as_before(made->parts_.settings, made->library_->values())) made->parts_.log.warning("{}", complaint);
    require_whole_scripts(made->parts_.settings, made->parts_.plugins);
    auto settings = made->client_settings();
    if (!settings) return settings.error();
    made->client_ = std::make_unique<client::Client>(
        client::Client::Parts{made->parts_.environment, made->transport_, made->parts_.plugins, *made->library_,
                              made->methods_, made->parts_.unix_time, made->parts_.log},
        std::move(*settings));
    client::offer_torrent_methods(*made->client_, made->methods_);
    made->offer_own_methods();
    made->room_ = std::make_unique<DiskRoom>(DiskRoom::Parts{
        .loop = made->parts_.environment.loop,
        .workers = made->parts_.environment.workers,
        .methods = made->methods_,
        .folders = [it = made.get()] { return it->folders_in_use(); },
        .least = [it = made.get()] { return static_cast<std::uint64_t>(it->parts_.settings.integer("folders.low_room")); }});
    made->journal_ = std::make_unique<Journal>(made->parts_.environment.loop, made->methods_, made->parts_.log);
    made->services_ = std::make_unique<Services>(made->client_->session(), made->methods_, made->parts_.log);
    return made;
}

LiveClient::LiveClient(Parts parts, std::unique_ptr<state::Library> library)
    : parts_(std::move(parts)), library_(std::move(library)), transport_(parts_.environment.loop, parts_.environment.network),
      methods_(parts_.unix_time), settings_methods_(methods_, parts_.settings),
      occasions_(parts_.environment.loop, methods_, parts_.unix_time), deadline_(parts_.environment.loop), rates_(parts_.environment.loop)
{
}

LiveClient::~LiveClient() = default;

void LiveClient::keep_settings()
{
    library_->put_value(std::string(run_time_value), parts_.settings.run_time_values(), [this](const Result<void>& kept) {
        if (!kept) parts_.log.error("the settings could not be kept: {}", kept.error().text);
    });
}

Result<client::ClientSettings> LiveClient::client_settings()
{
    auto session = session_settings(parts_.settings, parts_.plugins);
    if (!session) return session.error();
    return client::ClientSettings{.session = std::move(*session), .torrents = defaults(), .guarded = guarded_places()};
}

// A state folder may have the downloads below it, where there is no home folder: of it only the database is guarded.
std::vector<std::string> LiveClient::guarded_places() const
{
    const std::filesystem::path scripts = parts_.settings.text("folders.scripts");
    const auto database = parts_.settings.text("folders.state") + "/shoal.db";
    std::vector<std::string> places;
    if (!scripts.empty()) places = {scripts.string(), (scripts.parent_path() / "shoal.toml").string()};
    if (database.starts_with('/')) places.insert(places.end(), {database, database + "-wal", database + "-shm", database + ".copy"});
    for (const auto& folder : parts_.plugins.folders()) places.push_back(std::filesystem::absolute(folder).string());
    return places;
}

client::Defaults LiveClient::defaults()
{
    const auto torrents = add_options(parts_.settings);
    const auto limit = [this](const char* name) -> std::optional<std::uint32_t> {
        const auto value = parts_.settings.integer(name);
        return value == 0 ? std::nullopt : std::optional(static_cast<std::uint32_t>(value));
    };
    const auto time = [this](const char* name) -> std::optional<environment::Duration> {
        const auto value = parts_.settings.integer(name);
        return value == 0 ? std::nullopt : std::optional<environment::Duration>(std::chrono::seconds(value));
    };
    const double ratio = parts_.settings.real("limits.ratio");
    return {.folder = torrents.folder,
            .storage = torrents.storage,
            .pickers = torrents.pickers,
            .choker = torrents.choker,
            .queue = {.active = limit("queue.active"), .downloads = limit("queue.downloads"), .seeds = limit("queue.seeds")},
            .ends = {.ratio = ratio == 0 ? std::nullopt : std::optional(ratio),
                     .seeding_time = time("limits.seed_time"),
                     .idle_time = time("limits.idle_time")},
            .seed_turn = time("queue.seed_turn"),
            .stalled_after = std::chrono::seconds(parts_.settings.integer("torrents.stalled_after"))};
}

Result<void> LiveClient::start()
{
    parts_.settings.start();
    started_at_ = parts_.environment.loop.now();
    changes_ = parts_.settings.on_change([this](const control::Settings::Change& change) {
        keep_settings();
        if (change.name.starts_with("rates.")) apply_rates();
        else if (!change.is_waiting) client_->set_defaults(defaults());
    });
    apply_rates();
    offer_plugins_methods();
    room_->start();
    services_->start(service_names(parts_.settings, parts_.plugins));
    const auto started = client_->start();
    if (started) say_begun();
    if (started) occasions_.start();
    return started;
}

void LiveClient::say_begun()
{
    std::vector<std::string> places;
    for (const auto& endpoint : client_->session().listening()) places.push_back(endpoint.to_string());
    const auto to_run = std::ranges::count_if(client_->entries(), [](const auto& entry) { return entry.second->record.is_started; });
    parts_.log.info("{}; {} torrents, of which {} are to run",
                    places.empty() ? std::string("takes no connections") : fmt::format("listens for peers at {}", fmt::join(places, ", ")),
                    client_->entries().size(), to_run);
}

void LiveClient::stop(environment::Duration patience, UniqueFunction<void(Result<void>)> done)
{
    // Whichever is first: the end, or the end of patience.
    auto once = std::make_shared<UniqueFunction<void(Result<void>)>>(std::move(done));
    const auto finish = [once](Result<void> outcome) {
        if (auto task = std::exchange(*once, {})) task(std::move(outcome));
    };
    deadline_.start(patience, [this, finish] {
        const auto why = make_error(Errc::timed_out, "not everything could be stopped in time; what was not saved will be checked at the next start");
        parts_.log.error("{}", why.text);
        finish(why);
    });
    occasions_.stop([this, finish] { stop_all(finish); });
}

void LiveClient::stop_all(UniqueFunction<void(Result<void>)> finish)
{
    services_->stop();
    client_->stop([this, finish = std::move(finish), begun = parts_.environment.loop.now()](const Result<void>& saved) mutable {
        deadline_.cancel();
        const auto took = std::chrono::duration<double>(parts_.environment.loop.now() - begun).count();
        if (!saved) return finish(make_error(Errc::io_error, saved.error().text));  // timed_out says something else
        parts_.log.info("stopped, with everything saved, in {:.1f} s", took);
        finish({});
    });
}

void LiveClient::leave()
{
    if (const auto written = library_->write_now(); !written) parts_.log.error("not everything could be saved: {}", written.error().text);
}

void LiveClient::offer_plugins_methods()
{
    auto& session = client_->session();
    const auto call = [&session](const std::string& method, const Value::Map& arguments, control::Registry::Answered done) {
        session.call(method, arguments, std::move(done));
    };
    for (auto& [plugin, methods] : session.offers()) offer_methods(methods_, std::move(methods), call, plugin, parts_.log);
    session.on_event_declared([this](const session::Session::DeclaredEvent& event) {
        auto schema = event.schema;
        if (event.is_of_torrent) schema.help += "; its fields are in the map data, beside torrent, name and plugin";
        if (control::check_schema(schema)) methods_.declare(std::move(schema), event.plugin);
        else methods_.declare(event.schema, event.plugin);  // its help is as long as one can be
    });
}

void LiveClient::offer_own_methods()
{
    control::offer_own_methods(methods_);
    methods_.declare({.name = "rates.alternative",
                      .help = "the alternative limits hold from now on, or do not any more",
                      .fields = {{.name = "on", .type = Value::Type::boolean, .help = "they hold"},
                                 {.name = "by", .type = Value::Type::text, .help = "timetable; or on or off: by hand"}}});
    offer_switch();
    methods_.offer({.name = "methods.reference",
                    .help = "all methods and events, and the settings of plug-ins, to be read",
                    .answer = "a page in Markdown"},
                   [this](const Value::Map&, control::Registry::Answered done) {
                       done(Value(control::reference_page(methods_, plugin_schemas(parts_.settings))));
                   });
    methods_.offer({.name = "session.stats",
                    .help = "how much there is, and how fast it moves",
                    .answer = "a map: torrents, running, asleep (those of them that seed and that nobody asks for), listening (addresses), "
                              "memory_in_use, memory_ceiling (octets), in_flight and queued "
                              "(pieces on their way to the disk, and waiting for it), write_latency (seconds, of the slowest torrent that "
                              "is fetched), is_back_pressured (a disk is behind, and less is asked for), down_rate and up_rate (octets a "
                              "second), downloaded and uploaded (octets, since the start), peers, uptime (seconds), "
                              "alternative_rates (true while these limits hold)"},
                   [this](const Value::Map&, control::Registry::Answered done) {
                       auto stats = client::report_session(*client_);
                       const auto uptime = parts_.environment.loop.now() - started_at_;
                       stats.set("uptime", static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(uptime).count()));
                       stats.set("alternative_rates", has_alternative_rates_);
                       done(Value(std::move(stats)));
                   });
}

// The setting by another name: whoever has a button for it need not know which setting it is.
void LiveClient::offer_switch()
{
    methods_.offer({.name = "rates.switch",
                    .help = "lets the alternative limits hold (on) or not (off) whatever the timetable says, also after a restart, or leaves it to the timetable",
                    .arguments = {{.name = "alternative",
                                   .type = Value::Type::text,
                                   .help = "which",
                                   .is_required = true,
                                   .choices = parts_.settings.find("rates.alternative")->choices}},
                    .answer = "true when the alternative limits hold now"},
                   [this](const Value::Map& arguments, control::Registry::Answered done) {
                       const auto set = parts_.settings.set("rates.alternative", *arguments.find("alternative"));
                       if (!set) return done(set.error());
                       done(Value(has_alternative_rates_));
                   });
}

std::set<std::string> LiveClient::folders_in_use() const
{
    std::set<std::string> folders{parts_.settings.text("folders.download"), parts_.settings.text("folders.state")};
    for (const auto& [torrent, entry] : client_->entries()) {
        if (entry->record.is_started && !entry->is_finished()) folders.insert(entry->record.folder);
    }
    return folders;
}

// The alternative limits hold while the timetable says so, unless somebody has switched them; it is asked again when that ends, and at
// least every hour: clocks are put forward.
void LiveClient::apply_rates()
{
    const auto& settings = parts_.settings;
    const auto rate = [&](const char* name) { return static_cast<std::uint64_t>(settings.integer(name)); };
    const auto times = settings.texts("rates.alternative_times");
    const auto timetable = queue::Timetable::parse(fmt::format("{}", fmt::join(times, ", ")));
    const auto now = parts_.local_time();
    const auto& by = settings.text("rates.alternative");
    const bool is_alternative = by == "timetable" ? timetable && timetable->is_on(now) : by == "on";
    if (is_alternative != std::exchange(has_alternative_rates_, is_alternative)) {
        methods_.publish("rates.alternative", Value::Map{}.set("on", is_alternative).set("by", by));
    }
    client_->session().set_rates(is_alternative ? torrent::Rates{rate("rates.alternative_down"), rate("rates.alternative_up")}
                                                : torrent::Rates{rate("rates.down"), rate("rates.up")});
    client_->session().set_peer_classes(peer_classes(settings.texts("rates.classes")));
    if (times.empty() || by != "timetable") return rates_.cancel();
    const auto change = timetable ? timetable->next_change(now) : std::nullopt;
    const auto wait = std::min(change.value_or(std::chrono::hours{1}), std::chrono::seconds{3600});
    rates_.start(wait, [this] { apply_rates(); });
}

}  // namespace shoal::daemon
