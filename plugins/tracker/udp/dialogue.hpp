// What goes on with one address of a tracker: one connection id for all that is asked there, what waits for
// it, what is under way, and when to say it again (BEP 15). Without socket or clock: every call is told the
// time, and returns what is to be sent and what was answered.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>
#include <shoal/udp_tracker.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::udp_tracker {

/// By the host's clock.
using Time = std::chrono::nanoseconds;

/// Names a question; later ones have greater numbers.
using QuestionNumber = std::uint64_t;

using Question = std::variant<bep15::AnnounceRequest, bep15::ScrapeRequest>; // the two ids are filled in here
using Reply = std::variant<bep15::AnnounceReply, bep15::ScrapeReply>;

class Dialogue {
public:
    static constexpr std::chrono::seconds first_patience{15}; // then twice as long each time
    static constexpr unsigned most_doublings = 8;
    static constexpr std::chrono::seconds id_lifetime{60};
    /// More wait their turn: ten thousand announces at once would only fill buffers.
    static constexpr std::size_t most_under_way = 200;
    static constexpr std::size_t longest_message = 1000; // of an error, in characters

    struct Answer {
        QuestionNumber question;
        Result<Reply> reply;
    };
    struct Turn {
        std::vector<Bytes> datagrams{};
        std::vector<Answer> answers{};
    };

    /// `draw` gives 32 random bits: who cannot see our packets should not guess what answers them.
    Dialogue(bool is_v6, UniqueFunction<std::uint32_t()> draw) : is_v6_(is_v6), draw_(std::move(draw)) {}

    /// It is asked until it is answered or forgotten. Errors that an answer can have: refused with the
    /// tracker's own words, fit to be shown; protocol_error for a packet that is too short.
    [[nodiscard]] Turn ask(QuestionNumber number, Question question, Time now);
    [[nodiscard]] Turn forget(QuestionNumber number, Time now);

    /// Came from the tracker's address. What answers nothing that is asked is ignored.
    [[nodiscard]] Turn on_datagram(ByteView packet, Time now);

    /// When on_time() has something to do; nothing: only when something comes.
    [[nodiscard]] std::optional<Time> next_due() const;
    [[nodiscard]] Turn on_time(Time now);

    /// Nobody asks, and there is no connection id to keep.
    [[nodiscard]] bool is_over(Time now) const { return asked_.empty() && !has_connection(now); }
    [[nodiscard]] bool has_connection(Time now) const { return connection_ && now < connection_->expiry; }

private:
    struct Connection {
        std::uint64_t id;
        Time expiry;
    };
    struct Connecting {
        std::uint32_t transaction;
        unsigned doublings;
        Time sent;
        Time due;
    };
    struct Asked {
        Question question;
        std::uint32_t transaction; // kept when it is repeated: a late answer is an answer
        unsigned doublings = 0;    // of its next wait
        std::optional<Time> due{}; // none: waits for a connection id, or for its turn
        bool has_old_id = false;   // sent with an id that was here before it
        bool is_second_try = false;
    };
    using AskedList = std::map<QuestionNumber, Asked>;

    static Time patience(unsigned doublings) { return first_patience * (1 << doublings); }

    void advance(Turn& turn, Time now);
    void send_waiting(Turn& turn, Time now);
    void connect(Turn& turn, unsigned doublings, Time now);
    void hurry_connect(Time now);
    void on_connect_reply(Turn& turn, ByteView packet, Time now);
    void on_reply(Turn& turn, AskedList::iterator asked, ByteView packet);
    bool tries_again(AskedList::iterator asked);
    void wait_again(AskedList::iterator asked);
    void forget_old_id(const Asked& asked);
    void fail_waiting(Turn& turn, const Error& error);
    void answer(Turn& turn, AskedList::iterator asked, Result<Reply> reply);
    void erase(AskedList::iterator asked);
    std::uint32_t fresh_transaction();

    bool is_v6_;
    UniqueFunction<std::uint32_t()> draw_;
    std::optional<Connection> connection_;
    std::optional<Connecting> connecting_;

    // Everything that is asked, by number. What is under way is in `due_` as well, the rest in `waiting_`.
    AskedList asked_;
    std::map<std::uint32_t, QuestionNumber> transactions_;
    std::set<QuestionNumber> waiting_;
    std::set<std::pair<Time, QuestionNumber>> due_;
};

} // namespace shoal::udp_tracker
