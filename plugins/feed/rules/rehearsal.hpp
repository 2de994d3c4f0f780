// What rules would do with items that somebody has kept: the same decisions, on a memory of its own, in a time that goes by at once.
#pragma once

#include "desk.hpp"

#include <shoal/value.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace shoal::feed_rules {

class Rehearsal {
public:
    struct Outcome {
        std::string title;
        std::string feed;
        std::string item;     // guid or URL
        std::string decision; // added, passed over, shadow, rejected
        std::string rule;     // that took it, or came nearest; empty: there is none
        std::string why;
        std::vector<Opinion> opinions;
        std::vector<std::pair<std::string, Finding>> wheres{}; // what rules' own functions said, by their names
        bool is_final = false; // no answer changes it: what is in the torrent was not wanted
    };

    /// `peeked`: what is known of torrents, by their URLs or the last parts of those. `keeps_traces`: those of all rules for each item are a lot.
    using Peeked = std::map<std::string, Peek>;
    using Items = std::shared_ptr<const std::vector<Item>>;
    Rehearsal(std::vector<Rule> rules, Items items, std::int64_t now, Memory memory, Peeked peeked = {}, bool keeps_traces = true);

    /// Offers the next item, in the order they were published. What rules' own functions are to be asked comes back; each is answered once,
    /// when all is offered.
    [[nodiscard]] std::vector<AskWhere> offer();
    [[nodiscard]] bool is_all_offered() const { return offered_ == order_.size(); }
    /// What is to be asked now comes back: when one rule's function said no, the next one's may be.
    [[nodiscard]] std::vector<AskWhere> answer(std::uint64_t ticket, bool is_ok, const std::string& why);
    /// When all is answered: lets time pass until something is done. What is to be asked then comes back.
    [[nodiscard]] std::vector<AskWhere> pass_time();
    /// Nothing waits any more.
    [[nodiscard]] bool is_over() const { return waits_ >= most_waits || !desk_.next(); }
    /// Once, when all are over.
    void end() { complete_traces(); }
    /// After the end. In the order of the items.
    [[nodiscard]] const std::vector<Outcome>& outcomes() const { return outcomes_; }

private:
    struct Asked {
        std::string item;
        std::string rule;
    };

    [[nodiscard]] std::vector<AskWhere> drain();
    void note(const Tell& tell);
    void peek(const PeekTorrent& question);
    void complete_traces();
    void reject(Outcome& outcome, std::vector<Opinion> opinions) const;

    static constexpr int most_waits = 100'000;

    Desk desk_;
    Items items_;
    std::map<std::string, std::size_t> places_; // of those that were offered, by their names
    std::vector<std::size_t> order_; // that they are offered in
    std::size_t offered_ = 0;
    int waits_ = 0;
    std::int64_t now_;
    std::map<std::uint64_t, Asked> asked_; // by ticket
    std::vector<Outcome> outcomes_;
    Peeked peeked_;
    bool keeps_traces_;
};

[[nodiscard]] Value to_value(const Rehearsal::Outcome& outcome, bool with_traces);

} // namespace shoal::feed_rules
