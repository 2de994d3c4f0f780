#pragma once

#include "environment/loop.hpp"
#include "torrent/tracker_client.hpp"

#include <shoal/random.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace shoal::torrent {

// When to ask which tracker (BEP 3, BEP 12), whatever protocol it speaks:
//  - tiers in order; within a tier in random order; one that answers moves to the front of its tier;
//  - one that fails is passed over for the next at once; after all have failed, 15 s · 2ⁿ up to 30 min;
//  - its interval is kept (clamped to 60 s … 1 day); its min interval also when we would like more peers;
//  - "started" until it was heard, "completed" once, "stopped" at the end to every tracker that heard "started".
class Announcer {
public:
    struct Totals {
        std::uint64_t uploaded;
        std::uint64_t downloaded;
        std::uint64_t left;
    };
    struct Actions {
        std::function<Totals()> totals;
        std::function<std::uint32_t()> peers_wanted;
        std::function<void(const std::string& url, const std::vector<Endpoint>&)> on_peers;
        std::function<void(const std::string& url, const Error* failure, const host::AnnounceReply*)> on_reply;
    };

    Announcer(environment::Loop& loop, TrackerClient& client, Hash20 info_hash, Actions actions);

    ~Announcer();
    Announcer(const Announcer&) = delete;
    Announcer& operator=(const Announcer&) = delete;

    struct Tracker {
        std::string url;
        bool has_heard_started = false;
        bool is_working = false;
        bool is_asking = false;
        Bytes id;
        environment::Time not_before{};
        std::string message;
        std::optional<std::uint32_t> seeds;
        std::optional<std::uint32_t> leechers;
    };
    // What one that left quietly knew: those trackers that it ever asked, and when it meant to ask next.
    struct Memory {
        std::vector<Tracker> met{};
        environment::Time next = environment::time_never;
        std::uint32_t failed_rounds = 0;
        bool is_completed_due = false;

        bool is_expected_back() const;  // some tracker counts us in
        void want_peers(environment::Time now);  // as the announcer's
    };

    // Does nothing without trackers. A URL that comes again, in whichever tier, is dropped.
    void start(std::vector<std::vector<std::string>> tiers, RandomStream random);
    // Goes on where another left: nothing is said before it is due.
    void resume(std::vector<std::vector<std::string>> tiers, RandomStream random, const Memory& memory);
    Memory memory() const;
    void on_completed();
    // Peers ran out: ask again as soon as the tracker's min interval allows.
    void want_peers();
    // Sends "stopped" where it is due and calls `done` when all have answered or 5 s have passed.
    void stop(environment::Task done);

    struct TrackerStatus {
        std::string url;
        std::uint32_t tier = 0;
        bool is_working = false;
        bool is_asking = false;
        std::string message;  // its warning, or why it failed
        std::optional<std::uint32_t> seeds;
        std::optional<std::uint32_t> leechers;
    };
    std::vector<TrackerStatus> trackers() const;
    environment::Time next_announce() const { return next_; }
    bool is_asking() const { return asking_.value() != 0; }
    bool has_trackers() const { return !tiers_.empty(); }

private:
    using Tier = std::vector<Tracker>;

    void take(std::vector<std::vector<std::string>> tiers, RandomStream random);
    Tracker* find(const std::string& url);

    void announce_next();
    void announce(std::size_t tier, std::size_t place);
    void on_answer(std::size_t tier, const std::string& url, bool tells_end, Result<host::AnnounceReply> answer);
    void on_success(Tier& tier, std::size_t place, const host::AnnounceReply& reply);
    void on_failure();
    void schedule(environment::Duration delay);
    bool is_all_stopped() const;
    AnnounceQuery query_for(const Tracker& tracker, AnnounceEvent event) const;

    environment::Loop& loop_;
    TrackerClient& client_;
    Hash20 info_hash_;
    Actions actions_;
    std::vector<Tier> tiers_;
    environment::Timer timer_;
    environment::Time next_ = environment::time_never;
    environment::OperationId asking_{0};
    std::size_t round_tier_ = 0;   // where this round of attempts is
    std::size_t round_place_ = 0;
    std::uint32_t failed_rounds_ = 0;
    bool is_completed_due_ = false;
    bool is_stopping_ = false;
    std::vector<environment::OperationId> stopping_;  // 0: answered
    environment::Task stopped_;
};

}  // namespace shoal::torrent
