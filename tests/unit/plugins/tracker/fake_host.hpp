// A host made of C tables for plug-ins that speak HTTP or send datagrams: it writes down what they ask and completes it when
// the test says so. Time stands still but for advance(). What breaks the contract of the ABI (a service that
// was not asked for, a completion that nobody waits for, one from inside the submitting call) fails the test.
#pragma once

#include <shoal/abi/plugin.h>
#include <shoal/abi/services.h>
#include <shoal/abi/tracker.h>
#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>
#include <shoal/random.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::test {

struct FakeAnnounced {
    std::uint64_t operation = 0;
    shoal_status status = 0;
    shoal_announce_reply raw{}; // numbers only: its pointers are dead
    std::vector<Endpoint> peers{};
    std::string failure{};
    std::string warning{};
    std::string tracker_id{};
};

struct FakeScraped {
    std::uint64_t operation = 0;
    shoal_status status = 0;
    std::vector<shoal_scrape_entry> entries{};
};

class FakeHost {
public:
    struct Request {
        std::uint64_t operation;
        std::string url;
        std::chrono::nanoseconds timeout;
        std::uint64_t max_body;
        std::uint32_t max_redirects;
        std::uint32_t local_targets;
        shoal_http_done done;
        void* user;
        bool is_cancelled = false;
        bool is_done = false;
    };
    struct Lookup {
        std::uint64_t operation;
        std::string name;
        std::uint16_t port;
        shoal_resolved done;
        void* user;
        bool is_cancelled = false;
        bool is_done = false;
    };

    struct Socket {
        std::uint64_t handle;
        Endpoint local;
        shoal_datagram on_datagram;
        void* user;
        bool is_open = true;
    };
    struct Sent {
        Endpoint from;
        Endpoint to;
        Bytes octets;
    };

    FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;
    virtual ~FakeHost() = default;

    [[nodiscard]] const shoal_host* table() const { return &host_; }
    void advance(std::chrono::nanoseconds duration); // timers due by then fire, in order
    [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }

    /// Completes request number `i`.
    void respond(std::size_t i, std::string_view body, std::uint32_t status = 200, std::string_view url = {});
    void fail_request(std::size_t i, shoal_status status, std::string_view text);
    void resolve(std::size_t i, const std::vector<Address>& addresses);
    void fail_lookup(std::size_t i, shoal_status status);
    /// A datagram comes in, through the open socket of its family.
    void receive(const Endpoint& from, ByteView datagram);
    [[nodiscard]] std::size_t open_sockets() const;

    /// What was cancelled completes, as it does in the host on the next turn of its loop.
    void complete_cancelled();

    std::vector<Request> requests;
    std::vector<Lookup> lookups;
    std::vector<Socket> sockets;
    std::vector<Sent> sent;
    std::vector<FakeAnnounced> announced;
    std::vector<FakeScraped> scraped;
    std::vector<std::string> log;
    std::string last_error;
    bool refuses_lookups = false;
    bool refuses_sockets4 = false;
    bool refuses_sockets6 = false;
    std::uint16_t next_udp_port = 40'000; // what port 0 becomes
    bool is_inside_call = false; // set by who calls into the plug-in

    [[nodiscard]] std::size_t armed_timers() const { return timers_.size(); }

protected:
    template <class Derived = FakeHost>
    static Derived& of(const shoal_host* host)
    {
        return *static_cast<Derived*>(static_cast<FakeHost*>(host->context));
    }

    std::uint64_t next_handle() { return ++handle_; }
    std::map<std::string, const void*, std::less<>> services_;

private:
    struct Alarm {
        std::uint64_t handle;
        void (*fire)(void* user, std::uint64_t timer);
        void* user;
    };

    static const shoal_host_timer_v1 timer_table;
    static const shoal_host_http_v1 http_table;
    static const shoal_host_resolver_v1 resolver_table;
    static const shoal_host_tracker_v1 tracker_table;
    static const shoal_host_udp_v1 udp_table;
    static const shoal_host_random_v1 random_table;

    shoal_host host_{};
    std::chrono::nanoseconds now_ = std::chrono::hours{1};
    std::multimap<std::chrono::nanoseconds, Alarm> timers_;
    std::uint64_t handle_ = 100;
    RandomStream random_{7, 7};
};

} // namespace shoal::test
