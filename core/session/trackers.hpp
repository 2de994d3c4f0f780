#pragma once

#include "environment/environment.hpp"
#include "host/instance.hpp"
#include "host/registry.hpp"
#include "torrent/swarm.hpp"
#include "torrent/tracker_client.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace shoal::session {

// The tracker plug-ins of a session, one instance for each URL scheme in use, made when first needed. Owns the deadline of
// every announce: a plug-in that never answers costs a time-out, not a torrent. [loop]
class Trackers final : public torrent::TrackerClient {
public:
    // Makes an instance of the plug-in for that scheme.
    using Make = std::function<Result<std::unique_ptr<host::Instance>>(const std::string& scheme, host::TrackerSink&)>;

    // How others see us, by family, if that is known.
    using External = std::function<std::optional<Address>(bool v6)>;

    Trackers(environment::Environment& environment, const torrent::Identity& identity, Make make, External external = {});
    ~Trackers();

    environment::OperationId announce(torrent::AnnounceQuery query, Announced done) override;
    void cancel(environment::OperationId operation) override;

private:
    struct Seat;
    struct Pending {
        Seat* seat = nullptr;
        std::uint64_t plugin_operation = 0;
        std::unique_ptr<environment::Timer> deadline;
        Announced done;
    };

    Result<Seat*> seat_for(const std::string& url);
    Result<std::uint64_t> submit(Seat& seat, const torrent::AnnounceQuery& query);
    void on_announced(Seat& seat, std::uint64_t plugin_operation, shoal_status status,
                      const host::AnnounceReply& reply);
    void on_deadline(environment::OperationId operation);

    environment::Environment& environment_;
    const torrent::Identity& identity_;
    Make make_;
    External external_;
    std::uint32_t key_;
    std::uint64_t next_operation_ = 1;
    std::map<std::string, std::unique_ptr<Seat>> seats_;  // by scheme
    std::map<environment::OperationId, Pending> pending_;
};

}  // namespace shoal::session
