// One dialogue with a tracker that the test plays, on a clock of its own.
#pragma once

#include "dialogue.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace shoal::test {

using std::chrono::seconds;
using udp_tracker::Dialogue;
using udp_tracker::Question;

inline Hash20 torrent(char octet)
{
    Hash20 hash;
    hash.bytes.fill(static_cast<std::byte>(octet));
    return hash;
}

inline Question announce_of(char octet) { return bep15::AnnounceRequest{.info_hash = torrent(octet)}; }

struct Talk {
    void take(Dialogue::Turn turn)
    {
        for (auto& datagram : turn.datagrams) {
            const auto request = bep15::decode_request(datagram);
            REQUIRE(request);
            sent.push_back({now, *request});
        }
        for (auto& answer : turn.answers) answers.push_back(std::move(answer));
    }

    void ask(std::uint64_t number, Question question = announce_of('t'))
    {
        take(dialogue.ask(number, std::move(question), now));
    }
    void forget(std::uint64_t number) { take(dialogue.forget(number, now)); }

    template <class Reply>
    void hear(const Reply& reply)
    {
        hear_octets(bep15::encode(reply));
    }
    void hear_octets(ByteView packet) { take(dialogue.on_datagram(packet, now)); }

    /// What is due by then happens when it is due.
    void pass(std::chrono::nanoseconds duration)
    {
        const auto end = now + duration;
        while (dialogue.next_due() && *dialogue.next_due() <= end) {
            now = *dialogue.next_due();
            const auto due_before = now;
            take(dialogue.on_time(now));
            if (dialogue.next_due() == due_before) break; // only an id that has expired
        }
        now = end;
    }

    template <class Request>
    Request last() const
    {
        REQUIRE_FALSE(sent.empty());
        REQUIRE(std::holds_alternative<Request>(sent.back().second));
        return std::get<Request>(sent.back().second);
    }

    void accept(std::uint64_t id = 42)
    {
        hear(bep15::ConnectReply{last<bep15::ConnectRequest>().transaction, id});
    }

    /// "c0 c15 a16": what was sent, and after how many seconds.
    std::string story() const
    {
        std::string out;
        for (const auto& [when, request] : sent) {
            out += out.empty() ? "" : " ";
            out += "cas"[request.index()];
            out += std::to_string(std::chrono::duration_cast<seconds>(when - seconds{1000}).count());
        }
        return out;
    }

    seconds::rep drawn = 0;
    std::chrono::nanoseconds now = seconds{1000};
    Dialogue dialogue{false, [this] { return static_cast<std::uint32_t>(++drawn * 1000); }};
    std::vector<std::pair<std::chrono::nanoseconds, bep15::Request>> sent;
    std::vector<Dialogue::Answer> answers;
};

} // namespace shoal::test
