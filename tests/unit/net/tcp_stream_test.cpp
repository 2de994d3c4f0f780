#include "net/tcp_stream.hpp"

#include "stream_recorder.hpp"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <sys/socket.h>

namespace shoal::net {

using environment::IoState;
using test::connected_pair;
using test::Machine;
using test::sample;
using test::StreamRecorder;

namespace {

// A file without a name that holds the octets.
Descriptor file_of(ByteView octets)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), &std::fclose);
    REQUIRE(file);
    Descriptor copy(::dup(::fileno(file.get())));
    REQUIRE(::pwrite(copy.number(), octets.data(), octets.size(), 0) == static_cast<ssize_t>(octets.size()));
    return copy;
}

// Destroys its stream the first time anything happens.
struct Destroyer final : environment::Stream::Events {
    explicit Destroyer(std::unique_ptr<environment::Stream> end) : stream(std::move(end))
    {
        stream->set_events(this);
    }
    void on_readable() override { destroy(); }
    void on_writable() override { destroy(); }
    void destroy()
    {
        ++events;
        stream.reset();
    }
    std::unique_ptr<environment::Stream> stream;
    int events = 0;
};

struct EventCounter final : environment::Stream::Events {
    void on_readable() override { ++readable; }
    void on_writable() override { ++writable; }
    int readable = 0;
    int writable = 0;
};

}  // namespace

TEST_CASE("octets arrive as they were sent, both ways at once", "[net]")
{
    Machine machine;
    auto [left, right] = connected_pair(machine);
    StreamRecorder a(std::move(left));
    StreamRecorder b(std::move(right));
    const auto there = sample(3 << 20);
    const auto back = sample(1 << 20);
    a.send(there);
    b.send(back);
    CHECK(machine.turn_until(
        [&] { return b.received.size() == there.size() && a.received.size() == back.size(); }));
    CHECK(b.received == there);
    CHECK(a.received == back);
}

TEST_CASE("a stream knows both its ends", "[net]")
{
    Machine machine;
    const auto [left, right] = connected_pair(machine);
    CHECK(left->local() == right->remote());
    CHECK(right->local() == left->remote());
    CHECK(left->sends_files());
}

TEST_CASE("a gather write and a scatter read keep the order of their buffers", "[net]")
{
    Machine machine;
    const auto [left, right] = connected_pair(machine);
    const auto octets = sample(300);
    const auto all = ByteView(octets);
    const std::array<ByteView, 4> parts = {all.first(13), ByteView{}, all.subspan(13, 200), all.subspan(213)};
    CHECK(left->write(parts, false).bytes == 300);
    machine.turn_for(std::chrono::milliseconds{5});
    Bytes head(100);
    Bytes tail(400);
    const std::array<MutableBytes, 2> rooms = {head, tail};
    const auto outcome = right->read(rooms);
    CHECK(outcome.state == IoState::ready);
    REQUIRE(outcome.bytes == 300);
    head.insert(head.end(), tail.begin(), tail.begin() + 200);
    CHECK(head == octets);
}

TEST_CASE("more buffers than one call takes are written in several", "[net]")
{
    Machine machine;
    auto [left, right] = connected_pair(machine);
    StreamRecorder reader(std::move(right));
    const auto octets = sample(100);
    std::vector<ByteView> parts;
    for (std::size_t i = 0; i < octets.size(); ++i) parts.push_back(ByteView(octets).subspan(i, 1));
    const auto first = left->write(parts, false);
    CHECK(first.state == IoState::ready);
    CHECK(first.bytes == 64);
    CHECK(left->write(std::span(parts).subspan(first.bytes), false).bytes == 36);
    CHECK(machine.turn_until([&] { return reader.received.size() == octets.size(); }));
    CHECK(reader.received == octets);
}

TEST_CASE("with nothing to read or no room to write it would block", "[net]")
{
    Machine machine;
    const auto [left, right] = connected_pair(machine);
    Bytes room(10);
    const auto buffer = MutableBytes(room);
    CHECK(right->read({&buffer, 1}).state == IoState::would_block);
    CHECK(right->read({}).state == IoState::ready);
    const auto octets = sample(1 << 20);
    const auto view = ByteView(octets);
    auto outcome = left->write({&view, 1}, false);
    for (int i = 0; i < 100 && outcome.state == IoState::ready; ++i) outcome = left->write({&view, 1}, false);
    CHECK(outcome.state == IoState::would_block);
    CHECK(outcome.bytes == 0);
}

TEST_CASE("an event comes again as long as the condition holds, and only while it is wanted", "[net]")
{
    Machine machine;
    const auto [left, right] = connected_pair(machine);
    EventCounter counter;
    right->set_events(&counter);
    const auto octets = sample(10);
    const auto view = ByteView(octets);
    left->write({&view, 1}, false);
    machine.turn_for(std::chrono::milliseconds{5});
    CHECK(counter.readable == 0);

    right->want_read(true);
    CHECK(machine.turn_until([&] { return counter.readable >= 3; }));  // it was never read
    right->want_read(false);
    const auto before = counter.readable;
    machine.turn_for(std::chrono::milliseconds{5});
    CHECK(counter.readable == before);
    CHECK(counter.writable == 0);

    right->want_write(true);
    CHECK(machine.turn_until([&] { return counter.writable > 0; }));
    right->want_read(true);
    CHECK(machine.turn_until([&] { return counter.readable > before; }));
}

TEST_CASE("a stream destroyed in its own event gets no other", "[net]")
{
    Machine machine;
    auto [left, right] = connected_pair(machine);
    StreamRecorder peer(std::move(left));
    Destroyer destroyer(std::move(right));
    destroyer.stream->want_read(true);
    destroyer.stream->want_write(true);
    peer.send(sample(100));
    CHECK(machine.turn_until([&] { return peer.last_read != IoState::ready; }));
    machine.turn_for(std::chrono::milliseconds{5});
    CHECK(destroyer.events == 1);
}

TEST_CASE("a stream destroyed while events are on their way gets none", "[net]")
{
    Machine machine;
    auto [left, right] = connected_pair(machine);
    EventCounter counter;
    right->set_events(&counter);
    right->want_read(true);
    right->want_write(true);
    const auto octets = sample(10);
    const auto view = ByteView(octets);
    left->write({&view, 1}, false);
    right.reset();
    machine.turn_for(std::chrono::milliseconds{5});
    CHECK(counter.readable + counter.writable == 0);
}

TEST_CASE("a loop may go while a stream's events are pending", "[net]")
{
    EventCounter counter;
    {
        Machine machine;
        auto [left, right] = connected_pair(machine);
        right->set_events(&counter);
        right->want_read(true);
        right.reset();
        left->set_events(&counter);
        left->want_write(true);
    }
    CHECK(counter.readable + counter.writable == 0);
}

TEST_CASE("after the other side finished, what it sent is read first and then the stream is closed", "[net]")
{
    Machine machine;
    auto [left, right] = connected_pair(machine);
    StreamRecorder reader(std::move(right));
    const auto octets = sample(200'000);
    {
        StreamRecorder writer(std::move(left));
        writer.send(octets);
        CHECK(machine.turn_until([&] { return writer.has_sent_all(); }));
    }
    CHECK(machine.turn_until([&] { return reader.last_read == IoState::closed; }));
    CHECK(reader.received == octets);
    CHECK(reader.stream->error().code == Errc::ok);
}

TEST_CASE("a half-closed peer can still be written to", "[net]")
{
    Machine machine;
    std::unique_ptr<environment::Stream> accepted;
    auto listener =
        machine.network.listen(test::loopback(), [&](auto stream) { accepted = std::move(stream); });
    REQUIRE(listener);
    const Descriptor raw = test::raw_connection((*listener)->local());
    REQUIRE(machine.turn_until([&] { return accepted != nullptr; }));
    StreamRecorder ours(std::move(accepted));
    ::shutdown(raw.number(), SHUT_WR);
    CHECK(machine.turn_until([&] { return ours.last_read == IoState::closed; }));
    ours.send(as_bytes("still here"));
    CHECK(machine.turn_until([&] { return ours.has_sent_all(); }));
    std::array<char, 32> answer{};
    CHECK(::recv(raw.number(), answer.data(), answer.size(), 0) == 10);
    CHECK(std::string(answer.data()) == "still here");
}

TEST_CASE("a peer that resets the connection is an error to read and a closed stream to write, and no signal",
          "[net]")
{
    Machine machine;
    std::unique_ptr<environment::Stream> accepted;
    auto listener =
        machine.network.listen(test::loopback(), [&](auto stream) { accepted = std::move(stream); });
    REQUIRE(listener);
    {
        const Descriptor raw = test::raw_connection((*listener)->local());
        REQUIRE(machine.turn_until([&] { return accepted != nullptr; }));
        const linger at_once{1, 0};
        ::setsockopt(raw.number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    StreamRecorder ours(std::move(accepted));
    CHECK(machine.turn_until([&] { return ours.last_read != IoState::ready; }));
    CHECK(ours.last_read == IoState::failed);
    CHECK(ours.stream->error().code == Errc::network_error);
    CHECK(ours.stream->error().text.find(ours.stream->remote().to_string()) != std::string::npos);
    const auto view = as_bytes("anyone?");
    CHECK(ours.stream->write({&view, 1}, false).state == IoState::closed);
    const auto file = file_of(view);
    CHECK(ours.stream->send_file({file.number(), 0, 7}).state == IoState::closed);
}

TEST_CASE("files and buffers sent in turn arrive byte for byte", "[net]")
{
    Machine machine;
    auto [left, right] = connected_pair(machine);
    StreamRecorder reader(std::move(right));
    const auto octets = sample(5 << 20);
    const auto file = file_of(octets);
    struct Sender final : environment::Stream::Events {
        void on_readable() override {}
        void on_writable() override
        {
            // 13 octets of the block from memory, the rest of it from the file.
            const auto in_block = position % 16'397;
            if (in_block < 13) {
                const auto head = octets.subspan(position, std::min(13 - in_block, octets.size() - position));
                return moved(stream->write({&head, 1}, true));
            }
            const auto length = std::min(16'397 - in_block, octets.size() - position);
            moved(stream->send_file({file, position, static_cast<std::uint32_t>(length)}));
        }
        void moved(environment::IoOutcome outcome)
        {
            position += outcome.bytes;
            stream->want_write(position < octets.size());
        }
        environment::Stream* stream = nullptr;
        ByteView octets;
        int file = -1;
        std::size_t position = 0;
    } sender;
    sender.stream = left.get();
    sender.octets = octets;
    sender.file = file.number();
    left->set_events(&sender);
    left->want_write(true);
    CHECK(machine.turn_until([&] { return reader.received.size() == octets.size(); }));
    CHECK(reader.received == octets);
}

TEST_CASE("a file shorter than its region fails the stream instead of never ending", "[net]")
{
    Machine machine;
    const auto [left, right] = connected_pair(machine);
    const auto file = file_of(sample(100));
    const auto first = left->send_file({file.number(), 50, 100});
    CHECK(first.state == IoState::ready);
    CHECK(first.bytes == 50);
    CHECK(left->send_file({file.number(), 100, 50}).state == IoState::failed);
    CHECK(left->error().code == Errc::io_error);
    CHECK(left->send_file({-1, 0, 50}).state == IoState::failed);
    CHECK(left->error().code == Errc::io_error);
    CHECK(right->error().code == Errc::ok);
}

}  // namespace shoal::net
