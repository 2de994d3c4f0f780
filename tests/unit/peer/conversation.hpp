#pragma once

#include "recorder.hpp"

#include "peer/peer_session.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace shoal::peer::testing {

using environment::Duration;
using environment::Time;
using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

inline std::string describe(BlockRef block)
{
    return std::to_string(block.piece.value()) + "." + std::to_string(block.block.value());
}

// Writes down what a session does, one line each.
class Actions final : public PeerActions {
public:
    Lines lines;
    std::optional<Error> closed;
    std::vector<ExtendedHandshake> handshakes;  // the extended ones that were sent
    bool can_withdraw = false;
    std::function<void()> on_close;

    void send(const Message& message) override
    {
        const auto* extended = std::get_if<Extended>(&message);
        if (extended == nullptr || extended->id != 0) return note(testing::describe(message));
        auto handshake = decode_extended_handshake(extended->payload);
        REQUIRE(handshake);
        handshakes.push_back(*handshake);
        note("extended handshake");
    }
    void close(const Error& why) override
    {
        REQUIRE_FALSE(closed);
        closed = why;
        if (on_close) on_close();
    }
    bool withdraw(const BlockHead& head) override
    {
        note("withdraw " + testing::describe(head));
        return can_withdraw;
    }
    void on_their_pieces() override { note("pieces known"); }
    void on_their_piece(PieceIndex piece) override
    {
        note("piece " + std::to_string(piece.value()) + " known");
    }
    void on_unchoked() override { note("unchoked"); }
    void on_choked() override { note("choked"); }
    void on_returned(std::span<const BlockRef> blocks) override
    {
        std::string line = "returned";
        for (const auto block : blocks) line += " " + testing::describe(block);
        note(line);
    }
    void on_interest_changed() override { note("interest changed"); }
    void on_requests_waiting() override { note("requests waiting"); }
    void on_extended_handshake() override { note("extensions known"); }
    void on_extended(std::uint8_t id, ByteView payload) override
    {
        note("extension " + std::to_string(id) + " " + to_hex(payload));
    }
    void on_port(std::uint16_t port) override { note("port " + std::to_string(port)); }

private:
    void note(std::string line) { lines.push_back(std::move(line)); }
};

// One session with a peer that the test speaks for. Ten pieces of four blocks; the last has one whole block
// and 100 octets.
class Conversation {
public:
    static constexpr std::uint32_t pieces = 10;
    static constexpr std::uint32_t block = Geometry::block_size;

    struct Setup {
        Capabilities theirs{.fast = true, .extended = true};
        std::vector<std::uint32_t> our_pieces{};
        PeerSettings settings{};
        std::uint16_t listen_port = 0;
        std::uint16_t node_port = 0;
    };

    Conversation() : Conversation(Setup{}) {}
    explicit Conversation(const Setup& setup)
        : geometry(*Geometry::make(std::uint64_t{4} * block * (pieces - 1) + block + 100, 4 * block, {})),
          ours(pieces)
    {
        for (const auto piece : setup.our_pieces) ours.set(piece);
        session.emplace(geometry, ours, setup.settings, actions);
        ExtendedHandshake own;
        if (setup.listen_port != 0) own.listen_port = setup.listen_port;
        session->start({.theirs = setup.theirs, .ours = own, .node_port = setup.node_port}, now);
    }

    Lines take() { return std::exchange(actions.lines, {}); }

    Lines hear(const Message& message)
    {
        session->on_message(message, now);
        return take();
    }

    // Everything they have and may give: from here on the test asks.
    void open_up()
    {
        if (session->has_fast()) hear(HaveAll{});
        else hear(PieceBits{Bitfield(pieces, true).to_wire()});
        hear(Unchoke{});
    }

    BlockRef at(std::uint32_t piece, std::uint32_t number) const { return *geometry.block_at(piece, number); }
    BlockHead head(BlockRef ref) const
    {
        return {ref.piece.value(), geometry.begin(ref), geometry.length(ref)};
    }
    Request wire(BlockRef ref) const
    {
        return {ref.piece.value(), geometry.begin(ref), geometry.length(ref)};
    }

    Lines ask(BlockRef ref)
    {
        session->request(ref, now);
        return take();
    }

    // A block comes in, as the swarm would handle it.
    Arrival::Kind give(const BlockHead& head)
    {
        const auto arrival = session->classify(head);
        if (arrival.kind == Arrival::Kind::expected) session->on_block(*arrival.block, now);
        else if (arrival.kind == Arrival::Kind::refusal) session->on_refusal(*arrival.block);
        else if (arrival.kind != Arrival::Kind::invalid) session->on_useless_block(arrival, head.length, now);
        return arrival.kind;
    }
    Arrival::Kind give(BlockRef ref) { return give(head(ref)); }

    // Time goes by, second by second.
    Lines pass(std::chrono::seconds duration)
    {
        for (auto i = 0s; i < duration; ++i) {
            now += 1s;
            session->tick(now);
        }
        return take();
    }

    bool is_closed() const { return actions.closed.has_value(); }
    std::string why_closed() const { return actions.closed ? actions.closed->text : "not closed"; }

    Geometry geometry;
    Bitfield ours;
    Actions actions;
    Time now{100s};
    std::optional<PeerSession> session;
};

inline Conversation::Setup plain_peer(std::vector<std::uint32_t> our_pieces = {})
{
    return {.theirs = {}, .our_pieces = std::move(our_pieces), .settings = {}, .listen_port = 0};
}

inline Conversation::Setup fast_peer(std::vector<std::uint32_t> our_pieces = {})
{
    return {.theirs = {.fast = true}, .our_pieces = std::move(our_pieces), .settings = {}, .listen_port = 0};
}

inline std::vector<std::uint32_t> every_piece()
{
    return {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
}

}  // namespace shoal::peer::testing
