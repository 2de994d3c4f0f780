// The dialogues with all trackers, over two sockets of the host: one for each address family, opened when
// somebody there is asked. What comes is handed to the dialogue with the very address that it comes from.
#pragma once

#include "dialogue.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/host.hpp>
#include <shoal/services.hpp>
#include <shoal/unique_function.hpp>

#include <array>
#include <map>
#include <utility>

namespace shoal::udp_tracker {

class Wire {
public:
    /// Never from inside ask() or forget().
    using Answered = UniqueFunction<void(QuestionNumber number, Result<Reply> reply)>;

    Wire(const Host& host, Answered answered)
        : host_(host), udp_(host.udp()), timers_(host.timers()), random_(host.random()),
          answered_(std::move(answered))
    {
    }

    /// Asks there until it is answered or forgotten. Errors: the host's, when there is no socket to be had.
    Result<QuestionNumber> ask(const Endpoint& tracker, Question question);
    void forget(const Endpoint& tracker, QuestionNumber number);

    /// It has answered lately.
    [[nodiscard]] bool has_connection(const Endpoint& tracker) const;

    /// Nobody asks any more. The connection ids go with the sockets: some trackers bind them to our port.
    void close();

private:
    struct Line {
        Dialogue dialogue;
        Timer timer{};
        std::optional<Time> timer_due{};
    };
    using Lines = std::map<Endpoint, Line>;

    Result<void> open(bool is_v6);
    Lines::iterator line_to(const Endpoint& tracker);
    void on_datagram(const Endpoint& from, ByteView packet);
    void on_time(const Endpoint& tracker);
    void carry_out(Lines::iterator line, Dialogue::Turn turn);
    void arm(Lines::iterator line);

    Host host_;
    Udp udp_;
    Timers timers_;
    Random random_;
    Answered answered_;
    std::array<UdpSocket, 2> sockets_; // IPv4, IPv6
    Lines lines_;
    QuestionNumber last_number_ = 0;
};

} // namespace shoal::udp_tracker
