// A tracker from the question to the answer, without sockets, clock or randomness of its own.
#pragma once

#include "answers.hpp"
#include "questions.hpp"
#include "settings.hpp"
#include "swarms.hpp"

#include <shoal/bytes.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::embedded_tracker {

struct Question {
    std::string_view method;
    std::string_view target; // path and arguments as sent
    Address from;
    std::chrono::nanoseconds now;
};

struct Answer {
    std::uint32_t status = 200;
    Bytes body;
};

/// What an announce is answered, in whatever protocol.
struct Announced {
    SwarmCounts counts;
    std::vector<const Peer*> peers; // valid until the next announce
};

class EmbeddedTracker {
public:
    EmbeddedTracker(const Settings& settings, RandomBelow random_below);

    /// /announce, /scrape and /stats; 404 for other paths, 405 for other methods than GET and HEAD. What is
    /// wrong with a question is told in the way of BEP 3: status 200 and a failure reason.
    [[nodiscard]] Answer answer(const Question& question);

    // What is asked, once it is understood. Errors: a text that the client is told.
    [[nodiscard]] Result<Announced> announce(const AnnounceQuestion& question, const Address& from,
                                             std::chrono::nanoseconds now);
    /// Null: not known here.
    [[nodiscard]] std::vector<std::pair<Hash20, const Swarm*>> scrape(const std::vector<Hash20>& hashes);
    /// Counted, like all that is asked.
    void count_refusal() { ++refused_; }

    [[nodiscard]] std::chrono::seconds interval() const { return settings_.interval; }

    void expire(std::chrono::nanoseconds now) { swarms_.expire(now); }
    [[nodiscard]] std::optional<std::chrono::nanoseconds> next_expiry() const
    {
        return swarms_.next_expiry();
    }

private:
    [[nodiscard]] Bytes answer_announce(const Target& target, const Question& question);
    [[nodiscard]] Bytes answer_scrape(const Target& target);
    [[nodiscard]] Bytes stats() const;
    [[nodiscard]] Bytes refuse(std::string_view reason);

    Settings settings_;
    RandomBelow random_below_;
    Swarms swarms_;
    std::uint64_t announces_ = 0; // answered, like scrapes
    std::uint64_t scrapes_ = 0;
    std::uint64_t refused_ = 0;
};

} // namespace shoal::embedded_tracker
