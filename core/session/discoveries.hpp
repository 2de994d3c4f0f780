#pragma once

#include "environment/environment.hpp"
#include "host/instance.hpp"
#include "host/log.hpp"
#include "session/external_address.hpp"
#include "torrent/discovery_client.hpp"
#include "torrent/identity.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::session {

// The discovery plug-ins of a session, one instance each, made when a torrent first may use them: a session of private torrents
// opens no socket. Owns the deadline of every search. One that cannot be made is said once and done without. [loop]
class Discoveries final : public torrent::DiscoveryClient {
public:
    using Make = std::function<Result<std::unique_ptr<host::Instance>>(const std::string& name, host::DiscoverySink&)>;
    // A plug-in came across somebody. False: none of our torrents, or one that may not be found so.
    using Spotted = std::function<bool(const Hash20& info_hash, const Endpoint& peer, std::string_view plugin)>;
    struct Actions {
        Make make;
        Spotted spotted;
        std::function<std::vector<Endpoint>()> listening;
    };

    Discoveries(environment::Environment& environment, const torrent::Identity& identity, std::vector<std::string> wanted,
                host::Log log, Actions actions);
    ~Discoveries();

    std::vector<std::string_view> names() override;
    environment::OperationId search(std::string_view name, torrent::SearchQuery query, Found found, Ended ended) override;
    void cancel(environment::OperationId operation) override;
    void introduce(const std::string& host, std::uint16_t port) override;
    std::uint16_t port() override;
    std::vector<Endpoint> own_endpoints() const override;
    std::optional<Endpoint> vote(const Address& ours, const Address& teller) override;

    std::optional<Address> external(bool v6) const { return external_.verdict(v6); }

    // For methods: all that are in use.
    std::vector<host::Instance*> instances();
    // Nothing is asked of them any more; what they have under way ends.
    void stop();

private:
    struct Seat;
    struct Pending {
        Seat* seat = nullptr;
        std::uint64_t plugin_operation = 0;
        std::unique_ptr<environment::Timer> deadline;
        Found found;
        Ended ended;
    };
    using PendingMap = std::map<environment::OperationId, Pending>;

    void make_all();
    Seat* seat_of(std::string_view name);
    Result<std::uint64_t> submit(Seat& seat, const torrent::SearchQuery& query);
    void abandon(Seat& seat, std::uint64_t plugin_operation);
    void on_found(Seat& seat, std::uint64_t plugin_operation, const std::vector<Endpoint>& peers);
    void on_ended(Seat& seat, std::uint64_t plugin_operation, shoal_status status, const std::string& why);
    static void tell(Seat& seat, const Endpoint& external);
    void on_deadline(environment::OperationId operation);
    PendingMap::iterator find(const Seat& seat, std::uint64_t plugin_operation);

    environment::Environment& environment_;
    const torrent::Identity& identity_;
    std::vector<std::string> wanted_;
    host::Log log_;
    Actions actions_;
    bool are_made_ = false;
    bool is_stopped_ = false;
    ExternalAddress external_;
    std::vector<std::unique_ptr<Seat>> seats_;
    PendingMap pending_;
    std::uint64_t next_operation_ = 1;
};

}  // namespace shoal::session
