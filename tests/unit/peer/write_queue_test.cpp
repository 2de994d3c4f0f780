#include "peer/write_queue.hpp"

#include "wire_samples.hpp"

#include <catch2/catch.hpp>

#include <array>

namespace shoal::peer {
namespace {

OwnedBytes owned(Bytes octets)
{
    return std::make_shared<const Bytes>(std::move(octets));
}

// A file region that stands for the octets of `content` at its offset.
BlockPart file_part(std::uint64_t offset, std::uint32_t length)
{
    return environment::FileRegion{.descriptor = 7, .offset = offset, .length = length};
}

// Sends up to `step` octets at a time, the way a stream with little room would. Returns what went out.
Bytes drain(WriteQueue& queue, ByteView content, std::size_t step, std::size_t* blocks_through = nullptr)
{
    Bytes out;
    while (!queue.is_empty()) {
        std::size_t moved = 0;
        if (const auto file = queue.front_file()) {
            moved = std::min<std::size_t>(step, file->length);
            testing::append(out, content.subspan(file->offset, moved));
        } else {
            std::array<ByteView, 3> views;
            const auto gathered = queue.gather(views);
            REQUIRE(gathered.views > 0);
            for (std::size_t i = 0; i < gathered.views && moved < step; ++i) {
                const auto size = std::min(step - moved, views[i].size());
                testing::append(out, views[i].first(size));
                moved += size;
            }
        }
        const auto through = queue.advance(moved);
        if (blocks_through != nullptr) *blocks_through += through;
    }
    return out;
}

struct Sample {
    Bytes content = testing::sample_payload(400, 5);
    Bytes expected;
    WriteQueue queue;

    Sample()
    {
        push(testing::sample_handshake());
        push(Message{Have{1}});
        push({.piece = 0, .begin = 0, .length = 100}, {file_part(10, 60), file_part(200, 40)},
             {slice(10, 60), slice(200, 40)});
        push({.piece = 0, .begin = 100, .length = 50},
             {BufferRegion{owned(content), 0, 20}, file_part(5, 0), BufferRegion{owned(content), 100, 30}},
             {slice(0, 20), slice(100, 30)});
        push(Message{Choke{}});
        push({.piece = 1, .begin = 0, .length = 0}, {}, {});
        push({.piece = 2, .begin = 0, .length = 45},
             {BufferRegion{owned(content), 7, 15}, file_part(300, 30)}, {slice(7, 15), slice(300, 30)});
        push(Message{Unchoke{}});
        push(Message{Have{2}});
    }

    ByteView slice(std::size_t offset, std::size_t length) const
    {
        return ByteView(content).subspan(offset, length);
    }

    void push(const Handshake& handshake)
    {
        queue.push(handshake);
        testing::append(expected, encode_handshake(handshake));
    }
    void push(const Message& message)
    {
        queue.push(message);
        append_message(expected, message);
    }
    void push(const BlockHead& head, std::vector<BlockPart> parts, const std::vector<ByteView>& payload)
    {
        queue.push(OutgoingBlock{.head = head, .parts = std::move(parts)});
        append_block_head(expected, head);
        for (const auto part : payload) testing::append(expected, part);
    }
};

OutgoingBlock block_of_buffer(const BlockHead& head)
{
    return {.head = head, .parts = {BufferRegion{owned(Bytes(head.length)), 0, head.length}}};
}

}  // namespace

TEST_CASE("what is queued leaves in order, however little the stream takes at a time", "[peer][write-queue]")
{
    for (std::size_t step = 1; step < 300; ++step) {
        Sample sample;
        CHECK(sample.queue.block_octets() == 195);
        std::size_t blocks = 0;
        CHECK(drain(sample.queue, sample.content, step, &blocks) == sample.expected);
        CHECK(blocks == 4);
        CHECK(sample.queue.block_octets() == 0);
        CHECK(sample.queue.control_octets() == 0);
    }
}

TEST_CASE("the queue counts what it still holds", "[peer][write-queue]")
{
    WriteQueue queue;
    queue.push(Message{Have{1}});
    queue.push(block_of_buffer({.piece = 1, .begin = 0, .length = 100}));
    CHECK(queue.control_octets() == 9 + block_head_size);
    CHECK(queue.block_octets() == 100);
    CHECK(queue.advance(9 + block_head_size + 40) == 0);
    CHECK(queue.control_octets() == 0);
    CHECK(queue.block_octets() == 60);
    CHECK(queue.advance(60) == 1);
    CHECK(queue.is_empty());
}

TEST_CASE("a gathered write stops before a file and says that more follows", "[peer][write-queue]")
{
    WriteQueue queue;
    std::array<ByteView, 8> views;
    queue.push(Message{Choke{}});
    CHECK_FALSE(queue.gather(views).more_follows);
    queue.push(OutgoingBlock{.head = {.piece = 0, .begin = 0, .length = 5}, .parts = {file_part(0, 5)}});
    const auto gathered = queue.gather(views);
    CHECK(gathered.views == 1);
    CHECK(gathered.octets == 5 + block_head_size);
    CHECK(gathered.more_follows);
    CHECK_FALSE(queue.front_file());
    queue.advance(gathered.octets);
    REQUIRE(queue.front_file());
    CHECK(queue.front_file()->length == 5);
    CHECK(queue.gather(views).views == 0);
}

TEST_CASE("a gathered write takes several blocks from buffers at once", "[peer][write-queue]")
{
    WriteQueue queue;
    for (std::uint32_t i = 0; i < 3; ++i) queue.push(block_of_buffer({.piece = i, .begin = 0, .length = 10}));
    queue.push(Message{Choke{}});
    std::array<ByteView, 8> views;
    const auto all = queue.gather(views);
    CHECK(all.views == 7);
    CHECK(all.octets == 3 * (10 + block_head_size) + 5);
    CHECK_FALSE(all.more_follows);
    CHECK(queue.gather(std::span(views).first(3)).more_follows);
}

TEST_CASE("a withdrawn block leaves no trace, wherever it stands", "[peer][write-queue]")
{
    for (std::uint32_t withdrawn = 0; withdrawn < 4; ++withdrawn) {
        WriteQueue queue;
        WriteQueue without;
        for (std::uint32_t i = 0; i < 4; ++i) {
            const BlockHead head{.piece = i, .begin = 0, .length = 10 + i};
            queue.push(Message{Have{i}});
            without.push(Message{Have{i}});
            queue.push(block_of_buffer(head));
            if (i != withdrawn) without.push(block_of_buffer(head));
        }
        queue.push(Message{Choke{}});
        without.push(Message{Choke{}});
        CHECK(queue.withdraw({.piece = withdrawn, .begin = 0, .length = 10 + withdrawn}));
        CHECK_FALSE(queue.withdraw({.piece = withdrawn, .begin = 0, .length = 10 + withdrawn}));
        CHECK(queue.block_octets() == without.block_octets());
        CHECK(queue.control_octets() == without.control_octets());
        CHECK(drain(queue, {}, 7) == drain(without, {}, 7));
    }
}

TEST_CASE("a block is withdrawn until its first octet has left", "[peer][write-queue]")
{
    const BlockHead first{.piece = 1, .begin = 0, .length = 20};
    const BlockHead second{.piece = 2, .begin = 0, .length = 20};
    for (std::size_t sent = 0; sent < 5 + block_head_size + 20; ++sent) {
        WriteQueue queue;
        queue.push(Message{Choke{}});
        queue.push(block_of_buffer(first));
        queue.push(block_of_buffer(second));
        queue.advance(sent);
        CHECK(queue.withdraw(first) == (sent <= 5));
        CHECK(queue.withdraw(second));
        CHECK_FALSE(queue.withdraw(second));
    }
}

TEST_CASE("a queue that never runs empty keeps its order and its counts", "[peer][write-queue]")
{
    WriteQueue queue;
    Bytes expected;
    Bytes out;
    std::uint32_t pushed = 0;
    const auto push = [&] {
        const BlockHead head{.piece = pushed, .begin = 0, .length = 30};
        const auto payload = testing::sample_payload(30, pushed++);
        append_message(expected, Have{head.piece});
        testing::append_block(expected, head, payload);
        queue.push(Message{Have{head.piece}});
        queue.push(OutgoingBlock{.head = head, .parts = {BufferRegion{owned(payload), 0, 30}}});
    };
    for (int i = 0; i < 5; ++i) push();
    while (pushed < 1000) {
        std::array<ByteView, 4> views;
        queue.gather(views);
        testing::append(out, views[0]);
        queue.advance(views[0].size());
        if (queue.block_octets() < 120) push();
    }
    const auto rest = drain(queue, {}, 1000);
    testing::append(out, rest);
    CHECK(out == expected);
}

}  // namespace shoal::peer
