#include "peer/stream_link.hpp"

#include "decoder_feed.hpp"
#include "memory_network.hpp"
#include "wire_samples.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <new>

// A test binary of its own, because it counts what the whole process allocates.
namespace {

std::atomic<std::size_t> allocations{0};
std::atomic<std::size_t> allocated_octets{0};

}  // namespace

// Not inlined: g++ would take a pair of malloc and free for a mismatch. The nothrow form is Catch's, and must
// fit the one operator delete.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    ++allocations;
    allocated_octets += size;
    return std::malloc(size);
}

[[gnu::noinline]] void* operator new(std::size_t size)
{
    void* memory = operator new(size, std::nothrow);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

[[gnu::noinline]] void operator delete(void* memory) noexcept
{
    std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace shoal::peer {
namespace {

using testing::Feed;

// Takes blocks into one place and writes nothing down.
struct Receiver final : LinkEvents {
    void on_handshake(const Handshake&) override {}
    void on_message(const Message&) override { ++messages; }
    BlockSink on_block_begin(const BlockHead&) override
    {
        return {.kind = BlockSink::Kind::memory, .place = place, .why = {}};
    }
    void on_block_end(const BlockHead&, Payload) override { ++blocks; }
    void on_sent() override {}
    void on_closed(const Error&) override {}

    Bytes place = Bytes(16384);
    std::size_t messages = 0;
    std::size_t blocks = 0;
};

// Takes all that it is given at once and forgets it.
struct Abyss final : environment::Stream {
    void set_events(Events*) override {}
    void want_read(bool) override {}
    void want_write(bool) override {}
    environment::IoOutcome read(std::span<const MutableBytes>) override
    {
        return {.bytes = 0, .state = environment::IoState::would_block};
    }
    environment::IoOutcome write(std::span<const ByteView> buffers, bool) override
    {
        std::size_t moved = 0;
        for (const auto buffer : buffers) moved += buffer.size();
        return {.bytes = moved, .state = environment::IoState::ready};
    }
    environment::IoOutcome send_file(const environment::FileRegion& region) override
    {
        return {.bytes = region.length, .state = environment::IoState::ready};
    }
    bool sends_files() const override { return true; }
    Endpoint local() const override { return {}; }
    Endpoint remote() const override { return {}; }
    Error error() const override { return {}; }
};

}  // namespace

TEST_CASE("receiving blocks and small messages allocates nothing", "[peer][allocation]")
{
    Receiver receiver;
    Decoder decoder;
    decoder.set_events(&receiver);
    REQUIRE(Feed(decoder, encode_handshake(testing::sample_handshake())).run());
    Bytes octets;
    const auto payload = testing::sample_payload(16384);
    for (std::uint32_t i = 0; i < 100; ++i) {
        testing::append_block(octets, {.piece = i, .begin = 0, .length = 16384}, payload);
        append_message(octets, Have{i});
        append_message(octets, Request{.piece = i, .begin = 0, .length = 16384});
    }
    Feed feed(decoder, octets);
    const auto before = allocations.load();
    while (!feed.left().empty()) REQUIRE(feed.run(50000));
    const auto after = allocations.load();
    CHECK(after == before);
    CHECK(receiver.blocks == 100);
    CHECK(receiver.messages == 200);
}

TEST_CASE("sending blocks allocates nothing but what their sender brings", "[peer][allocation]")
{
    testing::MemoryLoop loop;
    StreamLink link(loop, std::make_unique<Abyss>());
    Receiver receiver;
    link.set_events(&receiver);
    const auto buffer = std::make_shared<const Bytes>(16384);
    const auto turn = [&](std::size_t size) {
        for (std::uint32_t i = 0; i < size; ++i) {
            OutgoingBlock block{.head = {.piece = i, .begin = 0, .length = 16384}, .parts = {}};
            if (i % 2 == 0) block.parts.emplace_back(BufferRegion{buffer, 0, 16384});
            if (i % 2 == 1)
                block.parts.emplace_back(environment::FileRegion{.descriptor = 1, .length = 16384});
            link.send(std::move(block));
            link.send(Have{i});
        }
        loop.run_tasks();
        CHECK(link.queued_block_octets() == 0);
    };
    turn(20);
    const auto before = allocations.load();
    for (int i = 0; i < 50; ++i) turn(20);
    // One vector of parts a block; the rest is the test's own queue of tasks and its bookkeeping.
    const auto vectors = std::size_t{50 * 20};
    CHECK(allocations.load() - before >= vectors);
    CHECK(allocations.load() - before < vectors + 300);
}

TEST_CASE("P1 P2 announced lengths allocate nothing before the octets are there",
          "[peer][allocation][bad-input]")
{
    const auto announce = [](std::uint8_t id, std::uint32_t length, std::size_t follow) {
        Receiver receiver;
        Decoder decoder;
        decoder.set_events(&receiver);
        REQUIRE(Feed(decoder, encode_handshake(testing::sample_handshake())).run());
        Bytes octets(message_head_size + follow);
        store_be(octets.data(), length);
        octets[length_prefix_size] = std::byte{id};
        const auto before = allocated_octets.load();
        const auto progress = Feed(decoder, octets).run();
        const auto after = allocated_octets.load();
        CHECK(progress);
        return after - before;
    };
    for (const std::uint8_t id : {5, 20, 99}) {
        const std::uint32_t length = id == 20 ? 65537 : 524289;
        CHECK(announce(id, length, 0) == 0);
        CHECK(announce(id, length, 1) <= 1);
        CHECK(announce(id, length, 6000) <= 3 * 6000);
    }
}

}  // namespace shoal::peer
