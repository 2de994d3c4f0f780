// What rules would do with items that somebody has kept: the same decisions, on a memory of its own, in a time that goes by at once.
#pragma once

#include "desk.hpp"

#include <shoal/value.hpp>

#include <cstdint>
#include <map>
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

    /// `peeked`: what is known of torrents, by their URLs or the last parts of those.
    using Peeked = std::map<std::string, Peek>;
    Rehearsal(std::vector<Rule> rules, std::vector<Item> items, std::int64_t now, Memory memory, Peeked peeked = {});

    /// Offers everything. What rules' own functions are to be asked comes back; each is answered once.
    [[nodiscard]] std::vector<AskWhere> begin();
    /// What is to be asked now comes back: when one rule's function said no, the next one's may be.
    [[nodiscard]] std::vector<AskWhere> answer(std::uint64_t ticket, bool is_ok, const std::string& why);
    /// When all is answered: lets time pass until nothing waits, or something is to be asked again; that comes back.
    [[nodiscard]] std::vector<AskWhere> pass_time();
    /// When nothing is asked any more. In the order of the items.
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
    static void reject(Outcome& outcome, std::vector<Opinion> opinions);

    Desk desk_;
    std::vector<Item> items_;
    std::int64_t now_;
    std::map<std::uint64_t, Asked> asked_; // by ticket
    std::vector<Outcome> outcomes_;
    Peeked peeked_;
};

[[nodiscard]] Value to_value(const Rehearsal::Outcome& outcome, bool with_traces);

} // namespace shoal::feed_rules
