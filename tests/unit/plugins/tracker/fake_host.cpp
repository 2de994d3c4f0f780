#include "fake_host.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace shoal::test {

namespace {

std::string copied(shoal_text text) { return std::string(from_abi(text)); }

} // namespace

FakeHost::FakeHost()
{
    host_.struct_size = sizeof host_;
    host_.context = this;
    host_.service = [](const shoal_host* host, shoal_text id) -> const void* {
        const auto& services = of(host).services_;
        const auto found = services.find(from_abi(id));
        return found == services.end() ? nullptr : found->second;
    };
    host_.log = [](const shoal_host* host, std::int32_t, shoal_text message) {
        of(host).log.push_back(copied(message));
    };
    host_.post = [](const shoal_host*, shoal_task, void*) { return SHOAL_E_UNSUPPORTED; };
    host_.set_error = [](const shoal_host* host, shoal_status, shoal_text text) {
        of(host).last_error = copied(text);
    };
    host_.now = [](const shoal_host* host) { return static_cast<std::uint64_t>(of(host).now_.count()); };
    services_ = {{SHOAL_SERVICE_TIMER, &timer_table},
                 {SHOAL_SERVICE_HTTP, &http_table},
                 {SHOAL_SERVICE_RESOLVER, &resolver_table},
                 {SHOAL_SERVICE_TRACKER, &tracker_table},
                 {SHOAL_SERVICE_UDP, &udp_table},
                 {SHOAL_SERVICE_RANDOM, &random_table}};
}

void FakeHost::advance(std::chrono::nanoseconds duration)
{
    const auto end = now_ + duration;
    while (!timers_.empty() && timers_.begin()->first <= end) {
        const auto due = timers_.extract(timers_.begin());
        now_ = std::max(now_, due.key());
        due.mapped().fire(due.mapped().user, due.mapped().handle);
    }
    now_ = end;
}

void FakeHost::respond(std::size_t i, std::string_view body, std::uint32_t status, std::string_view url)
{
    auto& request = requests.at(i);
    REQUIRE_FALSE(std::exchange(request.is_done, true));
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.http_status = status;
    response.url = to_abi(url.empty() ? std::string_view(request.url) : url);
    response.body = to_abi(as_bytes(body));
    request.done(request.user, request.operation, SHOAL_OK, &response);
}

void FakeHost::fail_request(std::size_t i, shoal_status status, std::string_view text)
{
    auto& request = requests.at(i);
    REQUIRE_FALSE(std::exchange(request.is_done, true));
    shoal_http_response response{};
    response.struct_size = sizeof response;
    response.url = to_abi(request.url);
    response.error = to_abi(text);
    request.done(request.user, request.operation, status, &response);
}

void FakeHost::resolve(std::size_t i, const std::vector<Address>& addresses)
{
    auto& lookup = lookups.at(i);
    REQUIRE_FALSE(std::exchange(lookup.is_done, true));
    std::vector<shoal_endpoint> endpoints;
    for (const auto& address : addresses) endpoints.push_back(to_abi(Endpoint{address, lookup.port}));
    lookup.done(lookup.user, lookup.operation, SHOAL_OK, endpoints.data(),
                static_cast<std::uint32_t>(endpoints.size()));
}

void FakeHost::fail_lookup(std::size_t i, shoal_status status)
{
    auto& lookup = lookups.at(i);
    REQUIRE_FALSE(std::exchange(lookup.is_done, true));
    lookup.done(lookup.user, lookup.operation, status, nullptr, 0);
}

void FakeHost::receive(const Endpoint& from, ByteView datagram)
{
    const auto socket = std::ranges::find_if(
        sockets, [&](const Socket& s) { return s.is_open && s.local.address.v6 == from.address.v6; });
    REQUIRE(socket != sockets.end());
    const auto raw = to_abi(from);
    socket->on_datagram(socket->user, socket->handle, &raw, to_abi(datagram));
}

std::size_t FakeHost::open_sockets() const
{
    return static_cast<std::size_t>(std::ranges::count(sockets, true, &Socket::is_open));
}

void FakeHost::complete_cancelled()
{
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (requests[i].is_cancelled && !requests[i].is_done) fail_request(i, SHOAL_E_CANCELLED, "cancelled");
    }
    for (std::size_t i = 0; i < lookups.size(); ++i) {
        if (lookups[i].is_cancelled && !lookups[i].is_done) fail_lookup(i, SHOAL_E_CANCELLED);
    }
}

const shoal_host_timer_v1 FakeHost::timer_table{
    sizeof(shoal_host_timer_v1), 0,
    [](const shoal_host* host, std::uint64_t delay, void (*fire)(void*, std::uint64_t), void* user,
       std::uint64_t* timer) -> shoal_status {
        auto& self = of(host);
        *timer = self.next_handle();
        const auto due = self.now_ + std::chrono::nanoseconds(static_cast<std::int64_t>(delay));
        self.timers_.emplace(due, Alarm{*timer, fire, user});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t timer) -> shoal_status {
        const auto is_it = [&](const auto& entry) { return entry.second.handle == timer; };
        return std::erase_if(of(host).timers_, is_it) == 1 ? SHOAL_OK : SHOAL_E_STALE;
    }};

const shoal_host_http_v1 FakeHost::http_table{
    sizeof(shoal_host_http_v1), 0,
    [](const shoal_host* host, const shoal_http_request* request, shoal_http_done done, void* user,
       std::uint64_t* operation) -> shoal_status {
        auto& self = of(host);
        *operation = self.next_handle();
        self.requests.push_back({*operation, copied(request->url),
                                 std::chrono::nanoseconds(static_cast<std::int64_t>(request->timeout_ns)),
                                 request->max_body, request->max_redirects, request->local_targets, done, user});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t operation) -> shoal_status {
        auto& requests = of(host).requests;
        const auto found = std::ranges::find(requests, operation, &Request::operation);
        if (found == requests.end() || found->is_done) return SHOAL_E_STALE;
        found->is_cancelled = true;
        return SHOAL_OK;
    }};

const shoal_host_resolver_v1 FakeHost::resolver_table{
    sizeof(shoal_host_resolver_v1), 0,
    [](const shoal_host* host, shoal_text name, std::uint32_t port, shoal_resolved done, void* user,
       std::uint64_t* operation) -> shoal_status {
        auto& self = of(host);
        if (self.refuses_lookups) return SHOAL_E_LIMIT;
        *operation = self.next_handle();
        self.lookups.push_back({*operation, copied(name), static_cast<std::uint16_t>(port), done, user});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t operation) -> shoal_status {
        auto& lookups = of(host).lookups;
        const auto found = std::ranges::find(lookups, operation, &Lookup::operation);
        if (found == lookups.end() || found->is_done) return SHOAL_E_STALE;
        found->is_cancelled = true;
        return SHOAL_OK;
    }};

const shoal_host_udp_v1 FakeHost::udp_table{
    sizeof(shoal_host_udp_v1), 0,
    [](const shoal_host* host, shoal_endpoint* local, shoal_datagram on_datagram, void* user,
       std::uint64_t* socket) -> shoal_status {
        auto& self = of(host);
        if (local->family == 6 ? self.refuses_sockets6 : self.refuses_sockets4) return SHOAL_E_NETWORK;
        if (local->port == 0) local->port = self.next_udp_port++;
        *socket = self.next_handle();
        self.sockets.push_back({*socket, from_abi(*local), on_datagram, user});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t handle, const shoal_endpoint* to, shoal_bytes datagram) -> shoal_status {
        auto& self = of(host);
        const auto socket = std::ranges::find(self.sockets, handle, &Socket::handle);
        REQUIRE(socket != self.sockets.end());
        REQUIRE(socket->is_open);
        const auto octets = from_abi(datagram);
        self.sent.push_back({socket->local, from_abi(*to), Bytes(octets.begin(), octets.end())});
        return SHOAL_OK;
    },
    [](const shoal_host* host, std::uint64_t handle) -> shoal_status {
        auto& sockets = of(host).sockets;
        const auto socket = std::ranges::find(sockets, handle, &Socket::handle);
        if (socket == sockets.end() || !socket->is_open) return SHOAL_E_STALE;
        socket->is_open = false;
        return SHOAL_OK;
    },
    nullptr};

const shoal_host_random_v1 FakeHost::random_table{
    sizeof(shoal_host_random_v1), 0,
    [](const shoal_host* host) { return of(host).random_.next(); },
    [](const shoal_host* host, std::uint64_t bound) { return of(host).random_.below(bound); }};

const shoal_host_tracker_v1 FakeHost::tracker_table{
    sizeof(shoal_host_tracker_v1), 0,
    [](const shoal_host* host, std::uint64_t operation, shoal_status status,
       const shoal_announce_reply* reply) {
        auto& self = of(host);
        CHECK_FALSE(self.is_inside_call);
        REQUIRE(reply != nullptr);
        FakeAnnounced told{.operation = operation, .status = status, .raw = *reply};
        for (std::uint32_t i = 0; i < reply->peer_count; ++i) told.peers.push_back(from_abi(reply->peers[i]));
        told.failure = copied(reply->failure);
        told.warning = copied(reply->warning);
        told.tracker_id = as_text(from_abi(reply->tracker_id));
        self.announced.push_back(std::move(told));
    },
    [](const shoal_host* host, std::uint64_t operation, shoal_status status,
       const shoal_scrape_entry* entries, std::uint32_t count) {
        auto& self = of(host);
        CHECK_FALSE(self.is_inside_call);
        self.scraped.push_back({operation, status, {entries, entries + count}});
    }};

} // namespace shoal::test
