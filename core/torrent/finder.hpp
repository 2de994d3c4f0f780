#pragma once

#include "control/value.hpp"
#include "environment/environment.hpp"
#include "metainfo/torrent_file.hpp"
#include "torrent/announcer.hpp"
#include "torrent/candidates.hpp"
#include "torrent/discovery_client.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::torrent {

// Where the peers of one torrent come from, and when each source is asked. It lives from the moment the torrent is added, through
// all its stages: what was found while the metadata was missing serves the download.
//  - Whom the user or the magnet link named is called first, and for ever (candidates.hpp).
//  - Trackers by tiers, one after the other until one answers (announcer.hpp).
//  - Unless the torrent is private, every discovery plug-in is asked at the start and every 15 minutes. Nobody waits for anybody:
//    a dead tracker costs nothing while the DHT answers.
//  - Peers that are connected tell of more (pex), and so do those who come to us.
//  - Few peers, or the last one gone: all of them are asked again at once; as long as that is of no help, after 15 s, 30 s, … up
//    to the 15 minutes. A tracker's min interval is kept in any case.
//  - A private torrent (BEP 27) has its trackers and the user, nothing else; found to be private, it forgets the rest.
class Finder {
public:
    // Who uses what is found: the swarm, or before it the hunt for the metadata.
    class Owner {
    public:
        virtual Announcer::Totals announced_totals() const = 0;
        virtual std::uint32_t peers_wanted() const = 0;
        virtual void on_candidates() = 0;  // there may be somebody to call
        virtual void on_event(std::string_view name, control::Value payload) = 0;

    protected:
        ~Owner() = default;
    };

    struct Parts {  // all of it outlives the finder
        environment::Environment& environment;
        TrackerClient& trackers;
        DiscoveryClient& discovery;
    };

    // What one that left quietly knew; whoever comes after it goes on there.
    struct Memory {
        Announcer::Memory trackers{};
        Announcer::Totals totals{};    // that the trackers were told
        environment::Time searched{};
        environment::Time due = environment::time_never;  // when somebody ought to say again that we are there

        void look_again(environment::Time now);  // as the finder's
    };

    struct Sources {
        std::vector<std::vector<std::string>> trackers;
        std::vector<metainfo::HostPort> nodes{};  // of the DHT (BEP 5)
        std::vector<metainfo::HostPort> peers{};  // x.pe of a magnet link
        bool is_private = false;
        bool is_metadata_known = true;  // otherwise it may be private after all
        bool calls_privileged_ports = true;
        std::optional<Memory> memory{};
    };

    Finder(Parts parts, Hash20 info_hash, Sources sources);
    ~Finder();
    Finder(const Finder&) = delete;
    Finder& operator=(const Finder&) = delete;

    // Begins to ask; once it runs, only changes whom it tells. Null: nobody for the moment.
    void start(Owner& owner);
    void set_owner(Owner* owner) { owner_ = owner; }
    // Says goodbye to the trackers, also to those that a memory says count us in; then calls `done`. It may be started again.
    void stop(environment::Task done);
    // Stops without a word: for all others we are still there. While nobody is asked.
    Memory leave_quietly();

    // The metadata is known. Private: its trackers alone from now on; otherwise the others hear that we are there.
    void on_metadata(bool is_private);
    bool is_private() const { return sources_.is_private; }
    void on_completed() { announcer_->on_completed(); }
    // Once a second: asks again when there are too few.
    struct Company {
        std::size_t connected = 0;
        std::size_t connecting = 0;
        bool is_enough = false;  // whatever their number: nothing is missing
    };
    void tick(const Company& company);
    // Somebody wants more peers now: trackers as soon as they allow it, the other ways at once.
    void look_again();
    void add(const Endpoint& endpoint, PeerSource source);
    // A plug-in of that name found them.
    void add(const std::vector<Endpoint>& endpoints, std::string_view plugin);
    // A plug-in of that name says that this one expects our call (BEP 55).
    void expect(const Endpoint& endpoint, std::string_view plugin);
    // A peer's port message.
    void introduce(const Endpoint& node);
    std::uint16_t node_port() const { return sources_.is_private ? std::uint16_t{0} : parts_.discovery.port(); }
    // How somebody sees us (BEP 10, BEP 24).
    void on_external_address(const Address& ours, const Address& teller);
    std::vector<Endpoint> own_endpoints() const { return parts_.discovery.own_endpoints(); }

    Candidates& candidates() { return candidates_; }
    const Candidates& candidates() const { return candidates_; }
    const Announcer& announcer() const { return *announcer_; }
    bool is_searching() const;
    bool is_asking() const { return is_searching() || announcer_->is_asking(); }
    // Why there is no peer, for a person.
    std::string reason_for_nobody(std::size_t connecting) const;

private:
    struct Hunt {  // one discovery plug-in
        environment::OperationId operation{0};
        std::size_t found = 0;
    };

    void become_private();
    void make_announcer();
    void go_on(const Memory& memory);
    bool may_search() const { return !sources_.is_private && !parts_.discovery.names().empty(); }
    Announcer::Totals totals();
    void introduce_nodes();
    void add_named_peers();
    void resolve_peers(std::size_t first);
    void cancel_names();
    void resolve(const std::string& host, UniqueFunction<void(const std::vector<Address>&)> done);
    void search_everywhere();
    void search(std::string_view name, Hunt& hunt);
    void on_search_ended(std::string_view name, Result<void> outcome);
    void on_tracker_reply(const std::string& url, const Error* failure, const host::AnnounceReply* reply);
    void add_from_tracker(const std::string& url, const std::vector<Endpoint>& peers);
    void cancel_searches();
    void tell(std::string_view event, control::Value payload);

    Parts parts_;
    Hash20 info_hash_;
    Sources sources_;
    Candidates candidates_;
    std::unique_ptr<Announcer> announcer_;
    std::map<std::string_view, Hunt> hunts_;
    std::map<std::uint64_t, environment::OperationId> names_asked_;
    std::uint64_t next_name_ = 0;
    environment::Time search_due_{};
    environment::Time searched_{};
    std::uint32_t hungry_rounds_ = 0;  // searches in a row that did not end the hunger
    bool had_company_ = false;
    Announcer::Totals past_totals_{};  // of those whose memory it has, which the trackers know
    Announcer::Totals last_totals_{};
    Owner* owner_ = nullptr;
    bool is_running_ = false;
};

}  // namespace shoal::torrent
