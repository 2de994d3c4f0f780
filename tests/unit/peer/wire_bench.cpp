#include "peer/stream_link.hpp"

#include "memory_network.hpp"
#include "wire_samples.hpp"

#include <catch2/catch.hpp>

#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>

// What a 16 KiB block costs in the codec and the link. Not part of a normal run: unit_peer "[.bench]".
namespace shoal::peer {
namespace {

using environment::IoOutcome;
using environment::IoState;

constexpr std::uint32_t block_size = 16384;
constexpr std::size_t wire_size = block_head_size + block_size;

double cpu_seconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Receiver final : LinkEvents {
    void on_handshake(const Handshake&) override {}
    void on_message(const Message&) override { ++messages; }
    BlockSink on_block_begin(const BlockHead&) override
    {
        return {.kind = BlockSink::Kind::memory, .place = place, .why = {}};
    }
    void on_block_end(const BlockHead&, Payload) override { ++blocks; }
    void on_sent() override {}
    void on_closed(const Error& why) override { FAIL(why.text); }

    Bytes place = Bytes(block_size);
    std::size_t messages = 0;
    std::size_t blocks = 0;
};

// An endless row of block messages whose octets cost nothing: of what is read, only the heads are written.
class BlockSource final : public environment::Stream {
public:
    explicit BlockSource(std::size_t octets) : left_(octets)
    {
        const auto handshake = encode_handshake(testing::sample_handshake());
        pending_.assign(handshake.begin(), handshake.end());
    }

    void set_events(Events* events) override { events_ = events; }
    void want_read(bool) override {}
    void want_write(bool) override {}
    Events* events() { return events_; }
    std::size_t reads() const { return reads_; }

    IoOutcome read(std::span<const MutableBytes> buffers) override
    {
        ++reads_;
        std::size_t moved = 0;
        for (auto buffer : buffers) {
            while (!buffer.empty() && left_ > 0) {
                const auto size = fill(buffer);
                buffer = buffer.subspan(size);
                moved += size;
                left_ -= std::min(left_, size);
            }
        }
        return {.bytes = moved, .state = moved > 0 ? IoState::ready : IoState::would_block};
    }

    IoOutcome write(std::span<const ByteView>, bool) override { return {}; }
    IoOutcome send_file(const environment::FileRegion&) override { return {}; }
    bool sends_files() const override { return true; }
    Endpoint local() const override { return {}; }
    Endpoint remote() const override { return {}; }
    Error error() const override { return {}; }

private:
    std::size_t fill(MutableBytes buffer)
    {
        if (pending_.empty() && payload_left_ == 0) {
            append_block_head(pending_, {.piece = 1, .begin = 0, .length = block_size});
            payload_left_ = block_size;
        }
        if (sent_ < pending_.size()) {
            const auto size = std::min(buffer.size(), pending_.size() - sent_);
            std::copy_n(pending_.begin() + static_cast<std::ptrdiff_t>(sent_), size, buffer.begin());
            sent_ += size;
            if (sent_ == pending_.size()) pending_.clear(), sent_ = 0;
            return size;
        }
        const auto size = std::min(buffer.size(), payload_left_);
        payload_left_ -= size;
        return size;
    }

    Events* events_ = nullptr;
    std::size_t left_;
    std::size_t reads_ = 0;
    Bytes pending_;
    std::size_t sent_ = 0;
    std::size_t payload_left_ = 0;
};

// One end of a socket pair.
class SocketStream final : public environment::Stream {
public:
    explicit SocketStream(int descriptor) : descriptor_(descriptor) {}
    ~SocketStream() override { ::close(descriptor_); }

    void set_events(Events* events) override { events_ = events; }
    void want_read(bool) override {}
    void want_write(bool wanted) override { wants_write = wanted; }
    Events* events() { return events_; }

    IoOutcome read(std::span<const MutableBytes> buffers) override
    {
        ++reads;
        std::array<iovec, 2> vectors;
        for (std::size_t i = 0; i < buffers.size(); ++i) vectors[i] = {buffers[i].data(), buffers[i].size()};
        return outcome(::readv(descriptor_, vectors.data(), static_cast<int>(buffers.size())));
    }

    IoOutcome write(std::span<const ByteView> buffers, bool more_follows) override
    {
        ++writes;
        std::array<iovec, 64> vectors;
        for (std::size_t i = 0; i < buffers.size(); ++i) {
            vectors[i] = {const_cast<std::byte*>(buffers[i].data()), buffers[i].size()};
        }
        msghdr message{};
        message.msg_iov = vectors.data();
        message.msg_iovlen = buffers.size();
        return outcome(
            ::sendmsg(descriptor_, &message, MSG_DONTWAIT | MSG_NOSIGNAL | (more_follows ? MSG_MORE : 0)));
    }

    IoOutcome send_file(const environment::FileRegion& region) override
    {
        ++writes;
        auto offset = static_cast<off_t>(region.offset);
        return outcome(::sendfile(descriptor_, region.descriptor, &offset, region.length));
    }

    bool sends_files() const override { return true; }
    Endpoint local() const override { return {}; }
    Endpoint remote() const override { return {}; }
    Error error() const override { return make_error(Errc::io_error, "socket"); }

    bool wants_write = false;
    std::size_t reads = 0;
    std::size_t writes = 0;

private:
    static IoOutcome outcome(ssize_t result)
    {
        if (result > 0) return {.bytes = static_cast<std::size_t>(result), .state = IoState::ready};
        return {.bytes = 0, .state = result == 0 ? IoState::closed : IoState::would_block};
    }

    int descriptor_;
    Events* events_ = nullptr;
};

void report(const char* what, double seconds, std::size_t blocks, const std::string& more = {})
{
    std::printf("%-44s %7.0f ns per block  %s\n", what, 1e9 * seconds / static_cast<double>(blocks),
                more.c_str());
}

}  // namespace

TEST_CASE("bench: receiving a block, without the reads themselves", "[.bench]")
{
    constexpr std::size_t blocks = 1'000'000;
    testing::MemoryLoop loop;
    auto stream = std::make_unique<BlockSource>(handshake_size + blocks * wire_size);
    auto& source = *stream;
    Receiver receiver;
    StreamLink link(loop, std::move(stream));
    link.set_events(&receiver);
    const auto before = cpu_seconds();
    while (receiver.blocks < blocks) source.events()->on_readable();
    report("receive, codec and link", cpu_seconds() - before, blocks,
           std::to_string(static_cast<double>(source.reads()) / blocks) + " reads per block");
    CHECK(receiver.blocks == blocks);
}

TEST_CASE("bench: sending a block, without the writes themselves", "[.bench]")
{
    struct Abyss final : environment::Stream {
        void set_events(Events*) override {}
        void want_read(bool) override {}
        void want_write(bool) override {}
        IoOutcome read(std::span<const MutableBytes>) override { return {}; }
        IoOutcome write(std::span<const ByteView> buffers, bool) override
        {
            std::size_t moved = 0;
            for (const auto buffer : buffers) moved += buffer.size();
            return {.bytes = moved, .state = IoState::ready};
        }
        IoOutcome send_file(const environment::FileRegion& region) override
        {
            return {.bytes = region.length, .state = IoState::ready};
        }
        bool sends_files() const override { return true; }
        Endpoint local() const override { return {}; }
        Endpoint remote() const override { return {}; }
        Error error() const override { return {}; }
    };
    constexpr std::size_t blocks = 1'000'000;
    const auto buffer = std::make_shared<const Bytes>(block_size);
    for (const bool from_file : {true, false}) {
        testing::MemoryLoop loop;
        Receiver receiver;
        StreamLink link(loop, std::make_unique<Abyss>());
        link.set_events(&receiver);
        const auto before = cpu_seconds();
        for (std::uint32_t i = 0; i < blocks; ++i) {
            OutgoingBlock block{.head = {.piece = i, .begin = 0, .length = block_size}, .parts = {}};
            if (from_file)
                block.parts.emplace_back(environment::FileRegion{.descriptor = 1, .length = block_size});
            if (!from_file) block.parts.emplace_back(BufferRegion{buffer, 0, block_size});
            link.send(std::move(block));
            if (i % 16 == 15) loop.run_tasks();
        }
        report(from_file ? "send from a file, link" : "send from a buffer, link", cpu_seconds() - before,
               blocks);
        CHECK(link.queued_block_octets() == 0);
    }
}

TEST_CASE("bench: a block through a socket pair, all included", "[.bench]")
{
    constexpr std::size_t blocks = 200'000;
    const auto buffer = std::make_shared<const Bytes>(block_size);
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const int room = 4 << 20;
    for (const auto end : ends) ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    testing::MemoryLoop loop;
    auto near_stream = std::make_unique<SocketStream>(ends[0]);
    auto far_stream = std::make_unique<SocketStream>(ends[1]);
    auto& near_socket = *near_stream;
    auto& far_socket = *far_stream;
    Receiver sender;
    Receiver receiver;
    StreamLink near(loop, std::move(near_stream));
    StreamLink far(loop, std::move(far_stream));
    near.set_events(&sender);
    far.set_events(&receiver);
    near.send(testing::sample_handshake());

    const auto before = cpu_seconds();
    for (std::uint32_t sent = 0; receiver.blocks < blocks;) {
        for (; sent < blocks && near.queued_block_octets() < 256 * 1024; ++sent) {
            near.send(OutgoingBlock{.head = {.piece = sent, .begin = 0, .length = block_size},
                                    .parts = {BufferRegion{buffer, 0, block_size}}});
        }
        loop.run_tasks();
        if (near_socket.wants_write) near_socket.events()->on_writable();
        far_socket.events()->on_readable();
    }
    report("socket pair, both sides with system calls", cpu_seconds() - before, blocks,
           std::to_string(static_cast<double>(far_socket.reads) / blocks) + " reads, "
               + std::to_string(static_cast<double>(near_socket.writes) / blocks) + " writes per block");
    CHECK(receiver.blocks == blocks);
}

}  // namespace shoal::peer
