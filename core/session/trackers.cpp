#include "session/trackers.hpp"

#include <shoal/abi/tracker.h>
#include <shoal/crossing.hpp>
#include <shoal/tracker_url.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace shoal::session {

using environment::OperationId;

// One tracker plug-in at work. Operations are numbered by instance, so each has its own sink.
struct Trackers::Seat final : host::TrackerSink {
    explicit Seat(Trackers& owner) : owner(owner) {}

    void on_announced(std::uint64_t operation, shoal_status status, const host::AnnounceReply& reply) override
    {
        owner.on_announced(*this, operation, status, reply);
    }
    void on_scraped(std::uint64_t, shoal_status, const std::vector<host::ScrapeEntry>&) override {}

    Trackers& owner;
    std::unique_ptr<host::Instance> instance;
};

Trackers::Trackers(environment::Environment& environment, const torrent::Identity& identity, Make make,
                   External external)
    : environment_(environment), identity_(identity), make_(std::move(make)), external_(std::move(external)),
      key_(static_cast<std::uint32_t>(environment.random.fork(0x6b6579).next()))
{
}

Trackers::~Trackers() = default;

Result<Trackers::Seat*> Trackers::seat_for(const std::string& url)
{
    const std::string scheme = tracker_scheme(url);
    if (scheme.empty()) return make_error(Errc::bad_input, fmt::format("{} is no tracker URL", url));
    if (const auto at = seats_.find(scheme); at != seats_.end()) return at->second.get();
    auto seat = std::make_unique<Seat>(*this);
    auto instance = make_(scheme, *seat);
    if (!instance) return instance.error();
    seat->instance = std::move(*instance);
    return seats_.emplace(scheme, std::move(seat)).first->second.get();
}

OperationId Trackers::announce(torrent::AnnounceQuery query, Announced done)
{
    const OperationId operation{next_operation_++};
    Pending& pending = pending_[operation];
    pending.done = std::move(done);
    pending.deadline = std::make_unique<environment::Timer>(environment_.loop);
    auto failed = [&](const Error& error) {
        pending.deadline->start(environment::Duration{0}, [this, operation, error] {
            auto node = pending_.extract(operation);
            node.mapped().done(error);
        });
        return operation;
    };
    const auto seat = seat_for(query.url);
    if (!seat) return failed(seat.error());
    const auto submitted = submit(**seat, query);
    if (!submitted) return failed(submitted.error());
    pending.seat = *seat;
    pending.plugin_operation = *submitted;
    pending.deadline->start(query.timeout, [this, operation] { on_deadline(operation); });
    return operation;
}

Result<std::uint64_t> Trackers::submit(Seat& seat, const torrent::AnnounceQuery& query)
{
    shoal_announce announce{};
    announce.struct_size = sizeof(announce);
    announce.event = static_cast<std::uint32_t>(query.event);
    announce.url = {query.url.data(), query.url.size()};
    std::memcpy(announce.info_hash, query.info_hash.bytes.data(), Hash20::size);
    std::memcpy(announce.peer_id, identity_.peer_id.bytes.data(), WirePeerId::size);
    announce.uploaded = query.uploaded;
    announce.downloaded = query.downloaded;
    announce.left = query.left;
    announce.deadline_ns = nanoseconds(environment_.loop.now() + query.timeout);
    announce.key = key_;
    announce.num_want = query.num_want;
    announce.port = identity_.listen_port;
    announce.tracker_id = {reinterpret_cast<const std::uint8_t*>(query.tracker_id.data()), query.tracker_id.size()};
    for (const bool v6 : {false, true}) {
        const auto seen = external_ ? external_(v6) : std::nullopt;
        if (seen) (v6 ? announce.ipv6 : announce.ipv4) = to_abi(Endpoint{*seen, identity_.listen_port});
    }
    auto& instance = *seat.instance;
    const std::uint64_t operation = instance.open_operation(host::OperationKind::announce);
    const shoal_status status = instance.call("announce", [&] {
        return instance.table<shoal_tracker_v1>().announce(instance.self(), operation, &announce);
    });
    if (status >= 0) return operation;
    instance.abandon_operation(operation);
    return instance.error_of(status, fmt::format("announce to {}", query.url));
}

void Trackers::on_announced(Seat& seat, std::uint64_t plugin_operation, shoal_status status,
                            const host::AnnounceReply& reply)
{
    const auto at = std::ranges::find_if(pending_, [&](const auto& entry) {
        return entry.second.seat == &seat && entry.second.plugin_operation == plugin_operation;
    });
    if (at == pending_.end()) return;
    auto node = pending_.extract(at);
    auto done = std::move(node.mapped().done);
    node.mapped().deadline->cancel();
    if (status >= 0) return done(reply);
    if (!reply.failure.empty()) return done(make_error(Errc::refused, reply.failure));
    done(seat.instance->error_of(status, "announce"));
}

void Trackers::on_deadline(OperationId operation)
{
    auto node = pending_.extract(operation);
    Pending& pending = node.mapped();
    auto& instance = *pending.seat->instance;
    const std::uint64_t plugin_operation = pending.plugin_operation;
    instance.abandon_operation(plugin_operation);
    const auto* table = &instance.table<shoal_tracker_v1>();
    if (table->cancel != nullptr) {
        instance.call("cancel", [&] { table->cancel(instance.self(), plugin_operation); });
    }
    pending.done(make_error(Errc::timed_out, "the tracker did not answer in time"));
}

void Trackers::cancel(OperationId operation)
{
    auto node = pending_.extract(operation);
    if (!node || node.mapped().seat == nullptr) return;
    auto& instance = *node.mapped().seat->instance;
    const std::uint64_t plugin_operation = node.mapped().plugin_operation;
    instance.abandon_operation(plugin_operation);
    const auto* table = &instance.table<shoal_tracker_v1>();
    if (table->cancel != nullptr) {
        instance.call("cancel", [&] { table->cancel(instance.self(), plugin_operation); });
    }
}

}  // namespace shoal::session
