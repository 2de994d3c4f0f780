#include "probe.hpp"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::host::test {

namespace {

// create() has no argument that could carry it. Tests make one probe at a time current.
Probe* current_probe = nullptr;

template <class Table>
const Table* lookup(const shoal_host* host, std::string_view id)
{
    return static_cast<const Table*>(host->service(host, text(id)));
}

void look_everything_up(Probe& probe, const shoal_host* host)
{
    probe.host = host;
    probe.timer = lookup<shoal_host_timer_v1>(host, SHOAL_SERVICE_TIMER);
    probe.random = lookup<shoal_host_random_v1>(host, SHOAL_SERVICE_RANDOM);
    probe.calendar = lookup<shoal_host_calendar_v1>(host, SHOAL_SERVICE_CALENDAR);
    probe.settings = lookup<shoal_host_settings_v1>(host, SHOAL_SERVICE_SETTINGS);
    probe.torrent = lookup<shoal_host_torrent_v1>(host, SHOAL_SERVICE_TORRENT);
    probe.events = lookup<shoal_host_events_v1>(host, SHOAL_SERVICE_EVENTS);
    probe.metrics = lookup<shoal_host_metrics_v1>(host, SHOAL_SERVICE_METRICS);
    probe.workers = lookup<shoal_host_workers_v1>(host, SHOAL_SERVICE_WORKERS);
    probe.resolver = lookup<shoal_host_resolver_v1>(host, SHOAL_SERVICE_RESOLVER);
    probe.udp = lookup<shoal_host_udp_v1>(host, SHOAL_SERVICE_UDP);
    probe.http = lookup<shoal_host_http_v1>(host, SHOAL_SERVICE_HTTP);
    probe.http_server = lookup<shoal_host_http_server_v1>(host, SHOAL_SERVICE_HTTP_SERVER);
    probe.tracker = lookup<shoal_host_tracker_v1>(host, SHOAL_SERVICE_TRACKER);
    probe.store = lookup<shoal_host_store_v1>(host, SHOAL_SERVICE_STORE);
    probe.extension = lookup<shoal_host_extension_v1>(host, SHOAL_SERVICE_EXTENSION);
    probe.methods = lookup<shoal_host_methods_v1>(host, SHOAL_SERVICE_METHODS);
    probe.source = lookup<shoal_host_source_v1>(host, SHOAL_SERVICE_SOURCE);
    probe.discovery = lookup<shoal_host_discovery_v1>(host, SHOAL_SERVICE_DISCOVERY);
    probe.control = lookup<shoal_host_control_v1>(host, SHOAL_SERVICE_CONTROL);
}

shoal_status create(const shoal_host* host, void** self)
{
    auto& probe = *current_probe;
    probe.events_seen.emplace_back("create");
    look_everything_up(probe, host);
    *self = &probe;
    return probe.on_create ? probe.on_create(host) : SHOAL_OK;
}

void stop(void* self)
{
    auto& probe = *static_cast<Probe*>(self);
    probe.events_seen.emplace_back("stop");
    if (probe.on_stop) probe.on_stop();
}

void destroy(void* self)
{
    auto& probe = *static_cast<Probe*>(self);
    probe.events_seen.emplace_back("destroy");
    if (probe.on_destroy) probe.on_destroy();
}

shoal_status unused(void*)
{
    return SHOAL_OK;
}

shoal_status announce(void*, std::uint64_t, const shoal_announce*)
{
    return SHOAL_OK;
}

void cancel(void*, std::uint64_t) {}

shoal_status open(void*, const shoal_storage_open*)
{
    return SHOAL_OK;
}

shoal_status size(void*, std::uint32_t, std::uint64_t*)
{
    return SHOAL_OK;
}

shoal_status read(void*, std::uint32_t, std::uint64_t, void*, std::uint64_t, std::uint64_t*)
{
    return SHOAL_OK;
}

shoal_status write(void*, std::uint32_t, std::uint64_t, const shoal_part*, std::uint32_t)
{
    return SHOAL_OK;
}

void close(void*) {}

shoal_status search(void*, std::uint64_t, const shoal_search*)
{
    return SHOAL_OK;
}

void on_peer(void*, const shoal_peer_view*) {}

void on_message(void*, std::uint64_t, shoal_bytes) {}

constexpr shoal_service_v1 service_table{sizeof service_table, 0, unused, nullptr};
constexpr shoal_tracker_v1 tracker_table{sizeof tracker_table, 0, announce, nullptr, cancel};
constexpr shoal_discovery_v1 discovery_table{sizeof discovery_table, 0, search, cancel, nullptr, nullptr, nullptr};
std::int32_t claims(void*, shoal_text)
{
    return 1;
}

shoal_status resolve(void*, std::uint64_t, const shoal_source_request*)
{
    return SHOAL_OK;
}

constexpr shoal_source_v1 source_table{sizeof source_table, 0, claims, resolve, cancel};
constexpr shoal_extension_v1 extension_table{
    sizeof extension_table, 0, {"ut_probe", 8}, on_peer, on_message, nullptr, nullptr};
constexpr shoal_storage_v1 storage_table{
    sizeof storage_table, 0, open, size, read, write, nullptr, nullptr, nullptr, close, nullptr, nullptr, nullptr};
constexpr shoal_storage_v1 parallel_table{
    sizeof parallel_table, SHOAL_STORAGE_PARALLEL, open, size, read, write, nullptr, nullptr, nullptr, close,
    nullptr, nullptr, nullptr};

const void* table_of(const std::string& kind)
{
    if (kind == "tracker") return &tracker_table;
    if (kind == "discovery") return &discovery_table;
    if (kind == "source") return &source_table;
    if (kind == "extension") return &extension_table;
    if (kind == "storage") return &storage_table;
    if (kind == "parallel-storage") return &parallel_table;
    return &service_table;
}

}  // namespace

Probe::Probe(Options options)
{
    const bool is_storage = options.kind.ends_with("storage");
    const auto kind = fmt::format("shoal.{}/1", is_storage ? "storage" : options.kind);
    const auto json = fmt::format(
        R"({{ "id": "org.example.probe", "version": "1", "license": "MIT", "summary": "probe",
        "abi": {{ "major": 1, "minor": 0 }},
        "provides": [ {{ "kind": "{}", "name": "probe", "scope": "{}" }} ],
        "permissions": {}, "requires": {}, "settings": {} }})",
        kind, is_storage || options.kind == "extension" ? "torrent" : "session", options.permissions, options.required, options.settings);
    auto manifest = parse_manifest(json);
    REQUIRE(manifest);
    manifest_ = std::move(*manifest);

    const shoal_factory factory{sizeof factory,         0,      text(kind), text("probe"),
                                table_of(options.kind), create, stop,       destroy};
    const shoal_factory* const factories[] = {&factory};
    const shoal_plugin descriptor{sizeof descriptor, 0, text(manifest_.text), factories, 1, 0};
    auto library = Library::adopt(&descriptor, manifest_, "probe");
    REQUIRE(library);
    library_ = std::move(*library);
    current_probe = this;
}

shoal_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

void LogLines::write(LogLevel level, std::string_view line) noexcept
{
    const std::lock_guard lock(mutex_);
    lines_.push_back(fmt::format("{}: {}", level_name(level), line));
}

bool LogLines::contains(std::string_view part) const
{
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(lines_, [&](const auto& line) { return line.find(part) != line.npos; });
}

std::vector<std::string> LogLines::lines() const
{
    const std::lock_guard lock(mutex_);
    return lines_;
}

InstanceContext Stage::context()
{
    return {.environment = environment.all,
            .log = Log(lines),
            .label = "torrent 3fa1",
            .random = RandomStream(7, 7)};
}

void Stage::start()
{
    start(context());
}

void Stage::start(InstanceContext with)
{
    auto made = Instance::create(probe.factory(), std::move(with));
    REQUIRE(made);
    instance = std::move(*made);
}

void Completions::task(void* user, shoal_status status)
{
    auto& completions = *static_cast<Completions*>(user);
    ++completions.count;
    completions.last = status;
}

}  // namespace shoal::host::test
