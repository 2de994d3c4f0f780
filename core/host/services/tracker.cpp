#include "host/services/tracker.hpp"

#include "host/services/guard.hpp"
#include "host/status.hpp"

#include <shoal/abi/tracker.h>
#include <shoal/utf8.hpp>

#include <cstring>
#include <string>
#include <utility>

namespace shoal::host::services {

namespace {

constexpr std::uint32_t most_announced_peers = 10'000;
constexpr std::uint32_t most_entries = 10'000;
constexpr std::uint64_t longest_tracker_id = 4096;
constexpr std::uint64_t longest_text = 65'536;

std::optional<std::uint32_t> known(std::uint32_t number)
{
    return number == SHOAL_UNKNOWN ? std::nullopt : std::optional(number);
}

// An address that nobody can be asked at: nowhere, many, or no port.
bool is_useless(const Endpoint& peer)
{
    return peer.port == 0 || peer.address.is_unspecified() || peer.address.is_multicast();
}

Result<AnnounceReply> read_reply(const shoal_announce_reply* raw)
{
    AnnounceReply out;
    if (raw == nullptr) return out;
    if (raw->struct_size < sizeof *raw) return make_error(Errc::bad_input, "reply is too short");
    const auto tracker_id = borrowed(raw->tracker_id, longest_tracker_id);
    const auto failure = borrowed(raw->failure, longest_text);
    const auto warning = borrowed(raw->warning, longest_text);
    if (!tracker_id || !failure || !warning)
        return make_error(Errc::bad_input, "a text of reply is NULL or too long");
    if (raw->peer_count > most_announced_peers || (raw->peers == nullptr && raw->peer_count > 0)) {
        return make_error(Errc::bad_input, "peers is NULL or too long");
    }
    out.interval_s = known(raw->interval_s);
    out.min_interval_s = known(raw->min_interval_s);
    if (raw->external.family != 0) {
        const auto external = borrowed(&raw->external);
        if (!external) return make_error(Errc::bad_input, "external is no address");
        out.external = external->address;
    }
    out.complete = known(raw->complete);
    out.incomplete = known(raw->incomplete);
    out.tracker_id.assign(tracker_id->begin(), tracker_id->end());
    out.failure = to_valid_utf8(*failure);
    out.warning = to_valid_utf8(*warning);
    for (std::uint32_t i = 0; i < raw->peer_count; ++i) {
        const auto peer = borrowed(&raw->peers[i]);
        if (!peer) return make_error(Errc::bad_input, "a peer has no address family");
        if (!is_useless(*peer)) out.peers.push_back(*peer);
    }
    return out;
}

}  // namespace

std::uint64_t TrackerService::open(OperationKind kind)
{
    const std::lock_guard lock(mutex_);
    newest_ = state_.next_handle();
    operations_[newest_].kind = kind;
    return newest_;
}

void TrackerService::abandon(std::uint64_t handle)
{
    const std::lock_guard lock(mutex_);
    const auto found = operations_.find(handle);
    if (found == operations_.end()) return;
    // One that was not completed yet is kept, so that its late completion is told from one that nobody asked
    // for.
    found->second.abandoned = true;
    if (found->second.completed) operations_.erase(found);
}

void TrackerService::end(bool)
{
    std::map<std::uint64_t, Operation> open;
    {
        const std::lock_guard lock(mutex_);
        open.swap(operations_);
    }
    auto* sink = state_.context().tracker;
    if (sink == nullptr) return;
    for (const auto& [handle, operation] : open) {
        if (operation.abandoned) continue;
        if (operation.kind == OperationKind::announce) {
            sink->on_announced(handle, operation.status, operation.reply);
        } else {
            sink->on_scraped(handle, operation.status, operation.entries);
        }
    }
}

bool TrackerService::check(const char* function, std::uint64_t handle, shoal_status status)
{
    if (status > 0 || !is_known_status(status)) {
        state_.strike(function, "unknown status " + std::to_string(status));
        return false;
    }
    const auto* top = breadcrumb().top;
    if (top == nullptr || top->owner != &state_) return true;
    const std::string_view inside = top->function;
    const std::lock_guard lock(mutex_);
    if (handle != newest_ || (inside != "announce" && inside != "scrape")) return true;
    state_.strike(function, "completed an operation from inside the call that started it");
    return true;
}

void TrackerService::complete(const char* function, std::uint64_t handle, Operation answer)
{
    {
        const std::lock_guard lock(mutex_);
        const auto found = operations_.find(handle);
        const bool is_open =
            found != operations_.end() && !found->second.completed && found->second.kind == answer.kind;
        if (!is_open) {
            state_.strike(function, "completed an operation twice, or one that never was");
            return;
        }
        if (found->second.abandoned) {
            operations_.erase(found);
            return;
        }
        found->second = std::move(answer);
        found->second.completed = true;
    }
    state_.on_loop([this, handle] { tell(handle); });
}

void TrackerService::tell(std::uint64_t handle)
{
    std::map<std::uint64_t, Operation>::node_type node;
    {
        const std::lock_guard lock(mutex_);
        node = operations_.extract(handle);
    }
    auto* sink = state_.context().tracker;
    if (node.empty() || sink == nullptr) return;
    const auto& operation = node.mapped();
    if (operation.kind == OperationKind::announce) {
        sink->on_announced(handle, operation.status, operation.reply);
    } else {
        sink->on_scraped(handle, operation.status, operation.entries);
    }
}

void TrackerService::announced(std::uint64_t handle, shoal_status status, const shoal_announce_reply* raw)
{
    if (!check("tracker.announced", handle, status)) status = SHOAL_E_PLUGIN;
    auto reply = read_reply(raw);
    Operation answer;
    answer.kind = OperationKind::announce;
    answer.status = status;
    if (reply) {
        answer.reply = std::move(*reply);
    } else {
        // The operation still ends: nobody should wait for a plug-in that talks nonsense.
        state_.strike("tracker.announced", reply.error().text);
        answer.status = SHOAL_E_PLUGIN;
    }
    complete("tracker.announced", handle, std::move(answer));
}

void TrackerService::scraped(std::uint64_t handle, shoal_status status, const shoal_scrape_entry* entries,
                             std::uint32_t count)
{
    if (!check("tracker.scraped", handle, status)) status = SHOAL_E_PLUGIN;
    Operation answer;
    answer.kind = OperationKind::scrape;
    answer.status = status;
    if (count > most_entries || (entries == nullptr && count > 0)) {
        state_.strike("tracker.scraped", "entries is NULL or too long");
        answer.status = SHOAL_E_PLUGIN;
        count = 0;
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        ScrapeEntry entry{{}, entries[i].complete, entries[i].downloaded, entries[i].incomplete};
        std::memcpy(entry.info_hash.bytes.data(), entries[i].info_hash, Hash20::size);
        answer.entries.push_back(entry);
    }
    complete("tracker.scraped", handle, std::move(answer));
}

namespace {

template <class Body>
void on_any_thread(const shoal_host* host, const char* function, Body&& body) noexcept
{
    try {
        auto* state = InstanceState::of(host);
        if (state == nullptr || !state->is_alive(function)) return;
        auto* tracker = state->lent<TrackerService>();
        if (tracker == nullptr) {
            state->strike(function, "used a service that it did not ask for in create");
        } else {
            body(*tracker);
        }
    } catch (const std::exception&) {
        // Out of memory: the announcer's deadline ends the operation.
    }
}

void announced(const shoal_host* host, std::uint64_t operation, shoal_status status,
               const shoal_announce_reply* reply)
{
    on_any_thread(host, "tracker.announced",
                  [&](TrackerService& tracker) { tracker.announced(operation, status, reply); });
}

void scraped(const shoal_host* host, std::uint64_t operation, shoal_status status,
             const shoal_scrape_entry* entries, std::uint32_t count)
{
    on_any_thread(host, "tracker.scraped",
                  [&](TrackerService& tracker) { tracker.scraped(operation, status, entries, count); });
}

constexpr shoal_host_tracker_v1 tracker_table{sizeof tracker_table, 0, announced, scraped};

}  // namespace

const Service& tracker_service()
{
    static constexpr Service service{SHOAL_SERVICE_TRACKER, "", &tracker_table, make_lent<TrackerService>};
    return service;
}

}  // namespace shoal::host::services
