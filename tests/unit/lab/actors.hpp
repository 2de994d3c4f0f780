#pragma once

#include "environment/network.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "peer/link.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

// What the lab's tests let happen on its hosts.
namespace shoal::lab_test {

using environment::IoState;
using lab::Duration;
using lab::Node;
using lab::Time;
using lab::World;

inline Bytes pattern(std::size_t size, std::uint64_t seed = 7)
{
    Bytes bytes(size);
    RandomStream(seed, size).fill(bytes);
    return bytes;
}

// Reads all that comes and writes all it has.
class StreamUser final : public environment::Stream::Events {
public:
    explicit StreamUser(lab::World& world) : world_(world) {}

    void take(std::unique_ptr<environment::Stream> made)
    {
        stream = std::move(made);
        stream->set_events(this);
        stream->want_read(true);
        stream->want_write(!to_send.empty());
    }

    void send(ByteView bytes)
    {
        to_send.insert(to_send.end(), bytes.begin(), bytes.end());
        if (stream) stream->want_write(true);
    }

    void on_readable() override
    {
        Bytes buffer(64 * 1024);
        const MutableBytes into(buffer);
        const auto outcome = stream->read(std::span(&into, 1));
        if (outcome.bytes > 0) {
            received.insert(received.end(), buffer.begin(),
                            buffer.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
            sizes.push_back(outcome.bytes);
            last_octet_at = world_.now();
            return;
        }
        last_state = outcome.state;
        if (outcome.state == IoState::failed) why = stream->error();
        ended_at = world_.now();
        stream->want_read(false);
    }

    void on_writable() override
    {
        const ByteView from(to_send);
        const auto outcome = stream->write(std::span(&from, 1), false);
        if (outcome.state == IoState::failed) write_failed = true;
        to_send.erase(to_send.begin(), to_send.begin() + static_cast<std::ptrdiff_t>(outcome.bytes));
        if (to_send.empty() || write_failed) stream->want_write(false);
    }

    std::unique_ptr<environment::Stream> stream;
    Bytes to_send;
    Bytes received;
    std::vector<std::size_t> sizes;  // of the reads
    Time last_octet_at{};
    Time ended_at{};
    IoState last_state = IoState::ready;
    bool write_failed = false;
    Error why;

private:
    lab::World& world_;
};

// A stream from `a` to `b`, made in the first moments of the world.
struct StreamPair {
    StreamPair(World& world, Node& a, Node& b, std::uint16_t port = 6881) : from(world), to(world)
    {
        auto listening = b.environment().network.listen(
            b.endpoint(port),
            [this](std::unique_ptr<environment::Stream> stream) { to.take(std::move(stream)); });
        REQUIRE(listening);
        listener = std::move(*listening);
        a.environment().network.connect(b.endpoint(port), std::chrono::seconds{10}, [this](auto made) {
            REQUIRE(made);
            from.take(std::move(*made));
        });
        REQUIRE(world.run_until([&] { return from.stream && to.stream; },
                                world.now() + std::chrono::seconds{10}));
    }

    StreamUser from;
    StreamUser to;
    std::unique_ptr<environment::Listener> listener;
};

// Notes all that a link tells.
class LinkUser final : public peer::LinkEvents {
public:
    explicit LinkUser(lab::World& world) : world_(world) {}

    void take(std::unique_ptr<peer::Link> made)
    {
        link = std::move(made);
        link->set_events(this);
    }

    void on_handshake(const peer::Handshake& handshake) override
    {
        note("handshake");
        handshakes.push_back(handshake);
    }

    void on_message(const peer::Message& message) override
    {
        if (const auto* have = std::get_if<peer::Have>(&message)) {
            note("have " + std::to_string(have->piece));
        } else if (const auto* bits = std::get_if<peer::PieceBits>(&message)) {
            note("bits " + std::string(as_text(bits->wire)));
        } else if (const auto* extended = std::get_if<peer::Extended>(&message)) {
            note("extended " + std::to_string(extended->id) + " " + std::string(as_text(extended->payload)));
        } else {
            note("message " + std::to_string(message.index()));
        }
        if (on_any_message) on_any_message();
    }

    peer::BlockSink on_block_begin(const peer::BlockHead& head) override
    {
        if (on_block) return on_block(head);
        return {.kind = peer::BlockSink::Kind::discard, .place = {}, .why = {}};
    }

    void on_block_end(const peer::BlockHead& head, peer::Payload payload) override
    {
        note("block " + std::to_string(head.piece) + "/" + std::to_string(head.begin));
        payloads.push_back(payload);
        block_octets += head.length;
    }

    void on_sent() override
    {
        ++sent;
        if (on_room) on_room();
    }

    void on_closed(const Error& why) override
    {
        note("closed " + std::string(errc_name(why.code)));
        link.reset();
    }

    void note(std::string what)
    {
        notes.push_back(std::move(what));
        times.push_back(world_.now());
    }

    std::unique_ptr<peer::Link> link;
    std::vector<std::string> notes;
    std::vector<Time> times;
    std::vector<peer::Handshake> handshakes;
    std::vector<peer::Payload> payloads;
    std::uint64_t block_octets = 0;
    int sent = 0;
    UniqueFunction<void()> on_any_message;
    UniqueFunction<peer::BlockSink(const peer::BlockHead&)> on_block;
    UniqueFunction<void()> on_room;

private:
    lab::World& world_;
};

struct LinkPair {
    LinkPair(World& world, Node& a, Node& b, std::uint16_t port = 6881) : from(world), to(world)
    {
        auto listening = b.transport().listen(
            b.endpoint(port), [this](std::unique_ptr<peer::Link> link) { to.take(std::move(link)); });
        REQUIRE(listening);
        listener = std::move(*listening);
        a.transport().connect(b.endpoint(port), std::chrono::seconds{10}, [this](auto made) {
            REQUIRE(made);
            from.take(std::move(*made));
        });
        REQUIRE(
            world.run_until([&] { return from.link && to.link; }, world.now() + std::chrono::seconds{10}));
    }

    LinkUser from;
    LinkUser to;
    std::unique_ptr<environment::Listener> listener;
};

inline peer::OutgoingBlock synthetic_block(std::uint32_t piece, std::uint32_t length = 16 * 1024)
{
    return {.head = {piece, 0, length}, .parts = {}, .payload = peer::Payload::synthetic};
}

}  // namespace shoal::lab_test
