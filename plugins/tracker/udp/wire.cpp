#include "wire.hpp"

#include <utility>

namespace shoal::udp_tracker {

Result<QuestionNumber> Wire::ask(const Endpoint& tracker, Question question)
{
    if (auto opened = open(tracker.address.v6); !opened) return std::move(opened).error();
    const auto line = line_to(tracker);
    const auto number = ++last_number_;
    carry_out(line, line->second.dialogue.ask(number, std::move(question), host_.now()));
    return number;
}

void Wire::forget(const Endpoint& tracker, QuestionNumber number)
{
    const auto line = lines_.find(tracker);
    if (line != lines_.end()) carry_out(line, line->second.dialogue.forget(number, host_.now()));
}

bool Wire::has_connection(const Endpoint& tracker) const
{
    const auto line = lines_.find(tracker);
    return line != lines_.end() && line->second.dialogue.has_connection(host_.now());
}

void Wire::close()
{
    lines_.clear();
    for (auto& socket : sockets_) socket.close();
}

Result<void> Wire::open(bool is_v6)
{
    auto& socket = sockets_[is_v6 ? 1 : 0];
    if (socket) return {};
    const Endpoint any{.address = {.bytes = {}, .v6 = is_v6}, .port = 0};
    auto opened =
        udp_.open(any, [this](const Endpoint& from, ByteView packet) { on_datagram(from, packet); });
    if (!opened) return opened.error();
    socket = std::move(*opened);
    return {};
}

Wire::Lines::iterator Wire::line_to(const Endpoint& tracker)
{
    const auto known = lines_.find(tracker);
    if (known != lines_.end()) return known;
    const auto draw = [this] { return static_cast<std::uint32_t>(random_.next() >> 32); };
    return lines_.emplace(tracker, Line{.dialogue = Dialogue(tracker.address.v6, draw)}).first;
}

void Wire::on_datagram(const Endpoint& from, ByteView packet)
{
    const auto line = lines_.find(from);
    if (line != lines_.end()) carry_out(line, line->second.dialogue.on_datagram(packet, host_.now()));
}

void Wire::on_time(const Endpoint& tracker)
{
    const auto line = lines_.find(tracker);
    if (line == lines_.end()) return;
    line->second.timer_due.reset();
    carry_out(line, line->second.dialogue.on_time(host_.now()));
}

void Wire::carry_out(Lines::iterator line, Dialogue::Turn turn)
{
    // The network may drop a datagram, and so may the host: the dialogue says it again.
    const auto& socket = sockets_[line->first.address.v6 ? 1 : 0];
    for (const auto& datagram : turn.datagrams) static_cast<void>(socket.send(line->first, datagram));
    arm(line);
    // Last: whoever hears the last answer closes all this.
    for (auto& [number, reply] : turn.answers) answered_(number, std::move(reply));
}

void Wire::arm(Lines::iterator line)
{
    auto& [dialogue, timer, due] = line->second;
    const auto now = host_.now();
    if (dialogue.is_over(now)) {
        lines_.erase(line);
        return;
    }
    const auto next = dialogue.next_due();
    if (next == due) return;
    due = next;
    if (!next) return timer.cancel();
    timer = timers_.after(*next - now, [this, tracker = line->first] { on_time(tracker); });
}

} // namespace shoal::udp_tracker
