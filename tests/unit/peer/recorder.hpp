#pragma once

#include <shoal/hex.hpp>

#include "peer/link.hpp"

#include <functional>
#include <list>
#include <string>
#include <vector>

namespace shoal::peer::testing {

inline std::string describe(const Request& request)
{
    return std::to_string(request.piece) + "/" + std::to_string(request.begin) + "+"
           + std::to_string(request.length);
}

inline std::string describe(const BlockHead& head)
{
    return describe(Request{.piece = head.piece, .begin = head.begin, .length = head.length});
}

inline std::string describe(const Message& message)
{
    std::string text(message_name(message));
    const auto add = [&](const std::string& more) { text += " " + more; };
    if (const auto* have = std::get_if<Have>(&message)) add(std::to_string(have->piece));
    if (const auto* suggest = std::get_if<Suggest>(&message)) add(std::to_string(suggest->piece));
    if (const auto* allowed = std::get_if<AllowedFast>(&message)) add(std::to_string(allowed->piece));
    if (const auto* bits = std::get_if<PieceBits>(&message)) add(to_hex(bits->wire));
    if (const auto* request = std::get_if<Request>(&message)) add(describe(*request));
    if (const auto* cancel = std::get_if<Cancel>(&message)) add(describe(cancel->request));
    if (const auto* reject = std::get_if<Reject>(&message)) add(describe(reject->request));
    if (const auto* port = std::get_if<Port>(&message)) add(std::to_string(port->port));
    if (const auto* extended = std::get_if<Extended>(&message)) {
        add(std::to_string(extended->id) + " " + to_hex(extended->payload));
    }
    if (const auto* unknown = std::get_if<Unknown>(&message)) {
        add(std::to_string(unknown->id) + " " + std::to_string(unknown->length));
    }
    return text;
}

inline std::string describe(const Handshake& handshake)
{
    const auto& can = handshake.capabilities;
    return "handshake " + handshake.info_hash.hex() + " " + handshake.peer_id.hex()
           + (can.fast ? " fast" : "") + (can.extended ? " extended" : "") + (can.dht ? " dht" : "")
           + (can.v2 ? " v2" : "");
}

// Writes down every event as a line. `reaction` is called with each line before the event returns and may do
// what it likes, destroying the link included.
class Recorder : public LinkEvents {
public:
    std::vector<std::string> lines;
    std::function<void(const std::string& line)> reaction;
    // What on_block_begin answers; without it, every block gets memory.
    std::function<BlockSink(const BlockHead& head)> sink;

    void on_handshake(const Handshake& theirs) override { note(describe(theirs)); }
    void on_message(const Message& message) override { note(describe(message)); }

    BlockSink on_block_begin(const BlockHead& head) override
    {
        auto answer = sink ? sink(head) : memory(head);
        const bool is_taken =
            answer.kind == BlockSink::Kind::memory || answer.kind == BlockSink::Kind::discard;
        note((is_taken ? "block " : "no room for ") + describe(head));
        return answer;
    }

    void on_block_end(const BlockHead& head, Payload) override
    {
        const auto payload = has_place_ ? to_hex(places_.back()) : "dropped";
        has_place_ = false;
        note("end " + describe(head) + " " + payload);
    }

    void on_sent() override { note("sent"); }
    void on_closed(const Error& why) override { note("closed: " + why.text); }

    BlockSink memory(const BlockHead& head)
    {
        places_.emplace_back(head.length);
        has_place_ = true;
        return {.kind = BlockSink::Kind::memory, .place = places_.back(), .why = {}};
    }

    MutableBytes last_place() { return places_.back(); }

private:
    void note(std::string line)
    {
        lines.push_back(std::move(line));
        // A copy: the reaction may replace itself, or destroy what owns it.
        if (const auto react = reaction) react(lines.back());
    }

    std::list<Bytes> places_;
    bool has_place_ = false;
};

}  // namespace shoal::peer::testing
