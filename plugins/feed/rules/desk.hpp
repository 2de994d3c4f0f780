// The life of a decision: which rule takes an item, what waits for better ones, what is being added, what failed and is tried again. No
// I/O: what has to be done comes out as actions, what became of it goes in again, and time is what somebody says. What the memory says is on
// the disk before an action is done, so that a process that dies between any two steps adds nothing twice and forgets nothing.
#pragma once

#include "item.hpp"
#include "memory.hpp"
#include "peek.hpp"
#include "qb_rule.hpp"
#include "rule.hpp"
#include "trace.hpp"

#include <shoal/result.hpp>
#include <shoal/value.hpp>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace shoal::feed_rules {

/// A rule's own function is to be asked: on_where().
struct AskWhere {
    std::uint64_t ticket;
    std::string script;
    std::string rule;
    Value::Map item;
};

/// Somebody is to look what is in a torrent: on_peeked().
struct PeekTorrent {
    std::string key;
    std::string source;
    std::string rule;
};

/// A torrent is to be added: on_added().
struct AddTorrent {
    std::string key;
    Value::Map arguments; // of torrents.add
    std::string rule;
};

/// Something happened.
struct Tell {
    std::string event;
    Value::Map payload;
};

using Action = std::variant<AskWhere, PeekTorrent, AddTorrent, Tell>;

/// What was decided last.
struct Decision {
    std::int64_t at = 0;
    std::string state; // matched, shadow, waiting, adding, added, failed, rejected
    std::string rule;
    std::string feed;
    std::string title;
    std::string item; // its guid or URL
    std::string key;
    std::string why; // of failed and rejected
    std::vector<Finding> trace;
};

/// What one rule says of an item, memory included.
struct Opinion {
    const Rule* rule;
    std::vector<Finding> trace;
    std::size_t failures;
    std::string key;
};

class Desk {
public:
    using Time = std::int64_t; // seconds since 1970

    /// In the order they are tried.
    void set_rules(std::vector<Rule> rules, Time now);
    [[nodiscard]] const std::vector<Rule>& rules() const { return rules_; }

    /// `tells_near_misses`: it is new, and what nearly took it is of interest.
    void offer(Item item, Time now, bool tells_near_misses);
    void on_where(std::uint64_t ticket, bool is_ok, const std::string& why, Time now);
    /// What is in the torrent is wanted, or the next candidate is looked at.
    void on_peeked(const std::string& key, const Result<Peek>& peeked, Time now);
    /// Nobody can look, as in a rehearsal: what is in it is taken for what is wanted.
    void on_unpeeked(const std::string& key, Time now);
    /// The torrent's info-hash, also of one that was here already.
    void on_added(const std::string& key, const Result<std::string>& added, Time now);
    void on_time(Time now);
    /// Nothing is begun until go_on(): whoever may be against it is not there yet.
    void hold() { is_held_ = true; }
    void go_on(Time now);
    /// When on_time() is to be called.
    [[nodiscard]] std::optional<Time> next() const;

    [[nodiscard]] std::vector<Action> take_actions() { return std::exchange(actions_, {}); }
    [[nodiscard]] std::vector<Opinion> opinions(const Item& item, Time now) const;
    [[nodiscard]] const std::deque<Decision>& decisions() const { return decisions_; }
    /// It is as if the key had been taken.
    void learn(const std::string& key, const std::string& title, Time now);

    Memory& memory() { return memory_; }
    [[nodiscard]] const Memory& memory() const { return memory_; }

private:
    struct Pending {
        Item item;
        std::size_t rule = 0; // the one that is asked
        bool tells_near_misses = false;
        std::string peeked{}; // the key of a candidate that was looked into; empty: it is a new item
        std::vector<Finding> trace{}; // what that came to
    };

    void consider(Pending pending, Time now, std::size_t first, bool is_where_answered);
    void check_memory(const Rule& rule, const Item& item, const std::string& key, Time now, Sheet& sheet) const;
    void check_seen(const Rule& rule, const Item& item, const std::string& key, Time now, Sheet& sheet) const;
    void check_limit(const Rule& rule, const std::string& key, Time now, Sheet& sheet) const;
    [[nodiscard]] bool is_improvement(const Rule& rule, const Taken& taken, const Candidate& candidate, Time now) const;
    [[nodiscard]] QbMemory qb_memory(const Rule& rule) const;
    [[nodiscard]] Candidate candidate_of(const Rule& rule, const Item& item) const;
    void take(const Rule& rule, const Item& item, Time now);
    void join(Claim& claim, Candidate candidate);
    void near_miss(const Rule& rule, const Item& item, Time now, const std::string& why = {});

    void begin(const std::string& key, Claim& claim, const Rule& rule);
    void finish(const std::string& key, const std::string& torrent, Time now);
    void add(const std::string& key, Claim& claim, const Rule& rule);
    void fail(const std::string& key, const Error& error, Time now);
    void forbid(const std::string& key, const Error& error, Time now);
    static std::string next_candidate(Claim& claim, Time now);
    void ask_or_want(const std::string& key, const Rule& rule, Value::Map item, std::vector<Finding> trace, Time now);
    void on_where_peeked(const Pending& pending, bool is_ok, const std::string& why, Time now);
    void want(const std::string& key, Time now);
    void pass_over(const std::string& key, std::vector<Finding> trace, Time now);
    void note_qb(const Rule& rule, const Candidate& candidate, Time now);
    [[nodiscard]] const Rule* rule_named(const std::string& name) const;
    void decide(Decision decision, Value::Map more = {});

    std::vector<Rule> rules_;
    Memory memory_;
    std::map<std::uint64_t, Pending> asked_;
    std::uint64_t last_ticket_ = 0;
    std::set<std::string> in_flight_; // keys that torrents.peek or torrents.add is busy with, or a rule's function
    bool is_held_ = false;
    std::vector<Action> actions_;
    std::deque<Decision> decisions_;
    Time near_misses_since_ = 0;
    int near_misses_ = 0;
};

} // namespace shoal::feed_rules
