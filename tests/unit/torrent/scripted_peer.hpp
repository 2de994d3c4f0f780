#pragma once

#include "unit/peer/recorder.hpp"

#include "lab/node.hpp"
#include "lab/world.hpp"
#include "peer/link.hpp"

#include <shoal/bitfield.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::torrent::test {

// The other side of a connection, on a simulated host of its own. Well-behaved unless the test says
// otherwise.
class ScriptedPeer final : public peer::LinkEvents {
public:
    enum class Answer { block, corrupt, nothing, reject };

    ScriptedPeer(lab::World& world, Hash20 info_hash, std::uint32_t piece_count)
        : node(world.add_node()), info_hash(info_hash), pieces(piece_count, true)
    {
        id.bytes.fill(static_cast<std::byte>(node.index().value()));
        auto listening = node.transport().listen(endpoint(), [this](std::unique_ptr<peer::Link> made) {
            ++connections;
            if (is_deaf) return;
            closed.reset();
            link = std::move(made);
            link->set_events(this);
        });
        REQUIRE(listening);
        listener_ = std::move(*listening);
    }

    Endpoint endpoint() const { return node.endpoint(6881); }

    void connect(const Endpoint& to)
    {
        node.transport().connect(to, std::chrono::seconds{10}, [this](auto made) {
            if (!made) return;
            ++connections;
            link = std::move(*made);
            link->set_events(this);
            introduce();
        });
    }

    void say(const peer::Message& message)
    {
        if (link) link->send(message);
    }
    void give(const peer::Request& request, peer::Payload payload = peer::Payload::synthetic)
    {
        if (link)
            link->send(
                {.head = {request.piece, request.begin, request.length}, .parts = {}, .payload = payload});
    }
    void announce(std::uint32_t piece)
    {
        pieces.set(piece);
        say(peer::Have{piece});
    }
    void leave() { link.reset(); }

    // How often a line was heard; a line is what peer::testing::describe() writes.
    std::size_t heard_count(const std::string& start) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(heard, [&](const auto& line) { return line.starts_with(start); }));
    }
    bool has_heard(const std::string& start) const { return heard_count(start) > 0; }

    // -- how it behaves
    lab::Node& node;
    Hash20 info_hash;
    WirePeerId id;
    peer::Capabilities can{.fast = true};
    Bitfield pieces;
    bool is_deaf = false;       // connections are closed at once
    bool unchokes = true;       // who is interested
    std::function<Answer(const peer::Request&)> answer = [](const auto&) { return Answer::block; };

    // -- what happened
    std::unique_ptr<peer::Link> link;
    std::vector<std::string> heard;
    std::vector<peer::Request> asked;
    std::uint64_t block_octets = 0;
    int connections = 0;
    std::optional<Error> closed;

private:
    void introduce()
    {
        if (std::exchange(is_introduced_, true)) return;
        link->send(peer::Handshake{.capabilities = can, .info_hash = info_hash, .peer_id = id});
        if (can.fast && pieces.all()) say(peer::HaveAll{});
        else if (can.fast && pieces.none()) say(peer::HaveNone{});
        else if (!pieces.none()) say(peer::PieceBits{pieces.to_wire()});
    }

    void on_handshake(const peer::Handshake&) override { introduce(); }

    void on_message(const peer::Message& message) override
    {
        heard.push_back(peer::testing::describe(message));
        if (std::holds_alternative<peer::Interested>(message) && unchokes) say(peer::Unchoke{});
        const auto* request = std::get_if<peer::Request>(&message);
        if (request == nullptr) return;
        asked.push_back(*request);
        switch (answer(*request)) {
        case Answer::block: return give(*request);
        case Answer::corrupt: return give(*request, peer::Payload::synthetic_corrupt);
        case Answer::reject: return say(peer::Reject{*request});
        case Answer::nothing: return;
        }
    }

    peer::BlockSink on_block_begin(const peer::BlockHead&) override { return {}; }
    void on_block_end(const peer::BlockHead& head, peer::Payload) override
    {
        block_octets += head.length;
        heard.push_back("block " + peer::testing::describe(head));
    }
    void on_sent() override {}
    void on_closed(const Error& why) override
    {
        closed = why;
        is_introduced_ = false;
        link.reset();
    }

    std::unique_ptr<environment::Listener> listener_;
    bool is_introduced_ = false;
};

}  // namespace shoal::torrent::test
