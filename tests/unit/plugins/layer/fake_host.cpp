#include "fake_host.hpp"

#include <shoal/crossing.hpp>
#include <shoal/random.hpp>

#include <algorithm>
#include <utility>

namespace shoal::test {
namespace {

std::string shown(const shoal_value& value)
{
    switch (value.type) {
    case SHOAL_VALUE_BOOL: return value.as.integer != 0 ? "true" : "false";
    case SHOAL_VALUE_INT: return std::to_string(value.as.integer);
    case SHOAL_VALUE_REAL: return std::to_string(value.as.real);
    case SHOAL_VALUE_TEXT: return std::string(value.as.text, static_cast<std::size_t>(value.size));
    default: return "?";
    }
}

} // namespace

FakeHost::FakeHost()
{
    host_.struct_size = sizeof host_;
    host_.context = this;
    host_.service = &service;
    host_.log = [](const shoal_host* host, std::int32_t, shoal_text message) {
        from(host).logged.emplace_back(from_abi(message));
    };
    host_.post = [](const shoal_host* host, shoal_task task, void* user) -> shoal_status {
        if (from(host).is_stopped) return SHOAL_E_STATE;
        from(host).posted_.push_back({task, user});
        return SHOAL_OK;
    };
    host_.set_error = [](const shoal_host* host, shoal_status code, shoal_text text) {
        from(host).error = code;
        from(host).error_text = from_abi(text);
    };
    host_.now = [](const shoal_host* host) { return from(host).now_; };
}

const void* FakeHost::service(const shoal_host* host, shoal_text id)
{
    const std::string name(from_abi(id));
    if (std::ranges::find(from(host).withheld, name) != from(host).withheld.end()) return nullptr;
    if (const auto given = from(host).lent_too.find(name); given != from(host).lent_too.end()) return given->second;
    const std::map<std::string, const void*> lent{{SHOAL_SERVICE_TIMER, &timers},
                                                  {SHOAL_SERVICE_RANDOM, &random},
                                                  {SHOAL_SERVICE_CALENDAR, &calendar},
                                                  {SHOAL_SERVICE_SETTINGS, &settings_table},
                                                  {SHOAL_SERVICE_TORRENT, &torrent_table},
                                                  {SHOAL_SERVICE_EVENTS, &events_table},
                                                  {SHOAL_SERVICE_HTTP, &http},
                                                  {SHOAL_SERVICE_UDP, &udp},
                                                  {SHOAL_SERVICE_WORKERS, &workers},
                                                  {SHOAL_SERVICE_TRACKER, &tracker}};
    const auto found = lent.find(name);
    return found == lent.end() ? nullptr : found->second;
}

void FakeHost::run_posted(shoal_status status)
{
    for (const auto& [task, user] : std::exchange(posted_, {})) task(user, status);
}

void FakeHost::wait(std::uint64_t nanoseconds)
{
    const auto end = now_ + nanoseconds;
    while (!alarms_.empty()) {
        const auto next = std::ranges::min_element(alarms_, {}, &Alarm::at);
        if (next->at > end) break;
        const auto alarm = *next;
        now_ = alarm.at;
        alarms_.erase(next);
        alarm.fire(alarm.user, alarm.number);
    }
    now_ = end;
}

void FakeHost::answer_http(shoal_status status, const shoal_http_response& response)
{
    std::exchange(http_done_, nullptr)(http_user_, 1, status, &response);
}

void FakeHost::deliver(const shoal_endpoint& from, shoal_bytes datagram)
{
    on_datagram_(socket_user_, 1, &from, datagram);
}

void FakeHost::work(bool begin)
{
    if (begin) work_(work_user_);
    std::exchange(work_done_, nullptr)(work_user_, begin ? SHOAL_OK : SHOAL_E_CANCELLED);
}

const shoal_host_timer_v1 FakeHost::timers{
    sizeof(shoal_host_timer_v1), 0,
    [](const shoal_host* host, std::uint64_t delay, void (*fire)(void*, std::uint64_t), void* user,
       std::uint64_t* timer) -> shoal_status {
        auto& self = from(host);
        if (self.is_stopped) return SHOAL_E_STATE;
        *timer = ++self.numbers_;
        self.alarms_.push_back({self.now_ + delay, fire, user, *timer});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t timer) -> shoal_status {
        return std::erase_if(from(host).alarms_, [&](const Alarm& alarm) { return alarm.number == timer; })
                       == 1
                   ? SHOAL_OK
                   : SHOAL_E_STALE;
    }};

const shoal_host_random_v1 FakeHost::random{
    sizeof(shoal_host_random_v1), 0,
    [](const shoal_host* host) { return RandomStream(1, ++from(host).drawn_).next(); },
    [](const shoal_host* host, std::uint64_t bound) {
        return bound == 0 ? 0 : RandomStream(1, ++from(host).drawn_).below(bound);
    }};

const shoal_host_calendar_v1 FakeHost::calendar{
    sizeof(shoal_host_calendar_v1), 0,
    [](const shoal_host* host) { return std::int64_t{1'000'000} + static_cast<std::int64_t>(from(host).now_ / 1'000'000'000); }};

const shoal_host_settings_v1 FakeHost::settings_table{
    sizeof(shoal_host_settings_v1), 0,
    [](const shoal_host* host, shoal_text name, std::int64_t* value) -> shoal_status {
        const auto found = from(host).settings.find(std::string(from_abi(name)));
        if (found == from(host).settings.end()) return SHOAL_E_NOT_FOUND;
        *value = found->second;
        return SHOAL_OK;
    },
    [](const shoal_host*, shoal_text, double*) -> shoal_status { return SHOAL_E_ARGUMENT; },
    [](const shoal_host*, shoal_text, shoal_text*) -> shoal_status { return SHOAL_E_ARGUMENT; }};

const shoal_host_torrent_v1 FakeHost::torrent_table{
    sizeof(shoal_host_torrent_v1), 0,
    [](const shoal_host* host) -> const shoal_torrent_view* { return &from(host).torrent; }};

const shoal_host_events_v1 FakeHost::events_table{
    sizeof(shoal_host_events_v1), 0,
    [](const shoal_host* host, shoal_text name, const shoal_value* payload) -> shoal_status {
        std::string line(from_abi(name));
        for (std::uint64_t i = 0; i < payload->size; ++i) {
            const auto& entry = payload->as.entries[i];
            line += " " + std::string(from_abi(entry.key)) + "=" + shown(entry.value);
        }
        from(host).events.push_back(std::move(line));
        return SHOAL_OK;
    },
    [](const shoal_host* host, const shoal_event_schema* schema) -> shoal_status {
        std::string line(from_abi(schema->name));
        for (const auto& field : Strided<shoal_field>(schema->fields, schema->field_count, schema->field_stride)) {
            line += " " + std::string(from_abi(field.name)) + " " + std::to_string(field.type);
        }
        from(host).declared.push_back(std::move(line));
        return SHOAL_OK;
    }};

const shoal_host_http_v1 FakeHost::http{
    sizeof(shoal_host_http_v1), 0,
    [](const shoal_host* host, const shoal_http_request*, shoal_http_done done, void* user,
       std::uint64_t* operation) -> shoal_status {
        auto& self = from(host);
        if (self.is_stopped) return SHOAL_E_STATE;
        self.http_done_ = done;
        self.http_user_ = user;
        *operation = 1;
        return SHOAL_OK;
    },
    [](const shoal_host*, std::uint64_t) -> shoal_status { return SHOAL_OK; }};

const shoal_host_udp_v1 FakeHost::udp{sizeof(shoal_host_udp_v1), 0,
                                      [](const shoal_host* host, shoal_endpoint* local,
                                         shoal_datagram on_datagram, void* user,
                                         std::uint64_t* socket) -> shoal_status {
                                          auto& self = from(host);
                                          if (self.socket_is_open) return SHOAL_E_REFUSED;
                                          self.on_datagram_ = on_datagram;
                                          self.socket_user_ = user;
                                          self.socket_is_open = true;
                                          local->port = 6881;
                                          *socket = 1;
                                          return SHOAL_OK;
                                      },
                                      [](const shoal_host*, std::uint64_t, const shoal_endpoint*,
                                         shoal_bytes) -> shoal_status { return SHOAL_OK; },
                                      [](const shoal_host* host, std::uint64_t) -> shoal_status {
                                          from(host).socket_is_open = false;
                                          return SHOAL_OK;
                                      },
                                      nullptr};

const shoal_host_workers_v1 FakeHost::workers{
    sizeof(shoal_host_workers_v1), 0,
    [](const shoal_host* host, void (*work)(void*), shoal_task done, void* user) -> shoal_status {
        auto& self = from(host);
        self.work_ = work;
        self.work_done_ = done;
        self.work_user_ = user;
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t time_ns) -> shoal_status {
        from(host).paused_ns += time_ns;
        return SHOAL_OK;
    }};

const shoal_host_tracker_v1 FakeHost::tracker{
    sizeof(shoal_host_tracker_v1), 0,
    [](const shoal_host* host, std::uint64_t operation, shoal_status status,
       const shoal_announce_reply* reply) {
        auto line = std::to_string(operation) + " " + std::to_string(status) + " "
                    + std::to_string(reply->peer_count) + " peers";
        if (reply->interval_s != SHOAL_UNKNOWN) line += " every " + std::to_string(reply->interval_s);
        if (reply->failure.size > 0) line += " " + std::string(from_abi(reply->failure));
        from(host).announced.push_back(std::move(line));
    },
    [](const shoal_host*, std::uint64_t, shoal_status, const shoal_scrape_entry*, std::uint32_t) {}};

} // namespace shoal::test
