// A host for one instance: it lends what it is told to, and keeps what it hears. Time and tasks move when the
// test says so.
#pragma once

#include <shoal/abi/host.h>
#include <shoal/abi/plugin.h>
#include <shoal/abi/services.h>
#include <shoal/abi/tracker.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace shoal::test {

class FakeHost {
public:
    FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    [[nodiscard]] const shoal_host* raw() const { return &host_; }

    /// Ids of services that are not lent.
    std::vector<std::string> withheld;
    /// What a test lends beyond the tables of this host.
    std::map<std::string, const void*> lent_too;
    bool is_stopped = false;

    /// Runs what was posted, or cancels it.
    void run_posted(shoal_status status = SHOAL_OK);
    /// Lets time pass; alarms go off in order.
    void wait(std::uint64_t nanoseconds);
    [[nodiscard]] std::size_t armed() const { return alarms_.size(); }
    /// Completes the one HTTP request that is open.
    void answer_http(shoal_status status, const shoal_http_response& response);
    /// A datagram for the one open socket.
    void deliver(const shoal_endpoint& from, shoal_bytes datagram);
    /// Runs the one job handed to the workers, or gives it up.
    void work(bool begin = true);

    std::map<std::string, std::int64_t> settings;
    shoal_torrent_view torrent{};
    std::vector<std::string> events; // "name key=value …"
    std::vector<std::string> declared; // "name field type …"
    std::vector<std::string> logged;
    std::vector<std::string> announced; // "operation status peers"
    shoal_status error = SHOAL_OK;
    std::string error_text;
    bool socket_is_open = false;
    std::uint64_t paused_ns = 0; // by workers

private:
    struct Posted {
        shoal_task task;
        void* user;
    };
    struct Alarm {
        std::uint64_t at;
        void (*fire)(void* user, std::uint64_t timer);
        void* user;
        std::uint64_t number;
    };

    static FakeHost& from(const shoal_host* host) { return *static_cast<FakeHost*>(host->context); }
    static const void* service(const shoal_host* host, shoal_text id);

    static const shoal_host_timer_v1 timers;
    static const shoal_host_random_v1 random;
    static const shoal_host_calendar_v1 calendar; // 1,000,000 when the host is made
    static const shoal_host_settings_v1 settings_table;
    static const shoal_host_torrent_v1 torrent_table;
    static const shoal_host_events_v1 events_table;
    static const shoal_host_http_v1 http;
    static const shoal_host_udp_v1 udp;
    static const shoal_host_workers_v1 workers;
    static const shoal_host_tracker_v1 tracker;

    shoal_host host_{};
    std::uint64_t now_ = 0;
    std::uint64_t drawn_ = 0;
    std::uint64_t numbers_ = 0;
    std::vector<Posted> posted_;
    std::vector<Alarm> alarms_;
    shoal_http_done http_done_ = nullptr;
    void* http_user_ = nullptr;
    shoal_datagram on_datagram_ = nullptr;
    void* socket_user_ = nullptr;
    void (*work_)(void*) = nullptr;
    shoal_task work_done_ = nullptr;
    void* work_user_ = nullptr;
};

} // namespace shoal::test
