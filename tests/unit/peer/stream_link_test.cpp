#include "peer/stream_link.hpp"

#include "memory_network.hpp"
#include "wire_samples.hpp"

#include <catch2/catch.hpp>

#include <cstdio>

namespace shoal::peer {
namespace {

using testing::MemoryLoop;
using testing::MemoryPair;
using testing::MemoryStream;
using testing::Recorder;

// Two links that talk to each other, each with the record of what it heard.
struct Pair {
    explicit Pair(std::size_t capacity = 1 << 20, const StreamLinkSettings& settings = {})
        : pipe(loop, capacity),
          near_knobs(pipe.near->knobs()),
          far_knobs(pipe.far->knobs()),
          near(std::make_unique<StreamLink>(loop, std::move(pipe.near), settings)),
          far(std::make_unique<StreamLink>(loop, std::move(pipe.far), settings))
    {
        near->set_events(&near_heard);
        far->set_events(&far_heard);
    }

    void shake_hands()
    {
        near->send(testing::sample_handshake());
        far->send(testing::sample_handshake());
        loop.run();
        REQUIRE(near_heard.lines.size() == 1);
        REQUIRE(far_heard.lines.size() == 1);
        near_heard.lines.clear();
        far_heard.lines.clear();
    }

    MemoryLoop loop;
    MemoryPair pipe;
    Recorder near_heard;
    Recorder far_heard;
    std::shared_ptr<MemoryStream::Knobs> near_knobs;
    std::shared_ptr<MemoryStream::Knobs> far_knobs;
    std::unique_ptr<StreamLink> near;
    std::unique_ptr<StreamLink> far;
};

struct TemporaryFile {
    explicit TemporaryFile(ByteView content) : file(std::tmpfile())
    {
        REQUIRE(file != nullptr);
        REQUIRE(std::fwrite(content.data(), 1, content.size(), file) == content.size());
        REQUIRE(std::fflush(file) == 0);
    }
    ~TemporaryFile() { std::fclose(file); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    BlockPart region(std::uint64_t offset, std::uint32_t length) const
    {
        return environment::FileRegion{.descriptor = ::fileno(file), .offset = offset, .length = length};
    }

    std::FILE* file;
};

OutgoingBlock buffered(const BlockHead& head, Bytes payload)
{
    const auto length = head.length;
    return {.head = head,
            .parts = {BufferRegion{std::make_shared<const Bytes>(std::move(payload)), 0, length}}};
}

std::string end_line(const BlockHead& head, ByteView payload)
{
    return "end " + testing::describe(head) + " " + to_hex(payload);
}

constexpr BlockHead whole_block{.piece = 3, .begin = 16384, .length = 16384};

}  // namespace

TEST_CASE("links hand each other everything that is sent", "[peer][stream-link]")
{
    for (const std::size_t limit : {std::size_t{1}, std::size_t{100}, SIZE_MAX}) {
        Pair pair;
        pair.near_knobs->write_limit = limit;
        pair.far_knobs->read_limit = limit;
        std::vector<std::string> expected{testing::describe(testing::sample_handshake())};
        pair.near->send(testing::sample_handshake());
        for (const auto& message : testing::sample_messages()) {
            pair.near->send(message);
            expected.push_back(testing::describe(message));
        }
        pair.loop.run();
        CHECK(pair.far_heard.lines == expected);
    }
}

TEST_CASE("what one turn queues leaves with one write", "[peer][stream-link]")
{
    Pair pair;
    pair.near->send(testing::sample_handshake());
    for (const auto& message : testing::sample_messages()) pair.near->send(message);
    for (std::uint32_t i = 0; i < 3; ++i) {
        pair.near->send(buffered({.piece = i, .begin = 0, .length = 100}, testing::sample_payload(100)));
    }
    CHECK(pair.near_knobs->writes == 0);
    CHECK(pair.loop.waiting_tasks() == 1);
    pair.loop.run();
    CHECK(pair.near_knobs->writes == 1);
    CHECK(pair.near_knobs->more_follows == std::vector<bool>{false});
}

TEST_CASE("a short read is not followed by one that finds nothing", "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    const auto before = pair.far_knobs->reads;
    pair.near->send(Have{1});
    pair.loop.run();
    CHECK(pair.far_knobs->reads == before + 1);
}

TEST_CASE("blocks arrive from buffers and from files, with the messages in their order",
          "[peer][stream-link]")
{
    const auto content = testing::sample_payload(40000, 3);
    const TemporaryFile file(content);
    const BlockHead spanning{.piece = 4, .begin = 0, .length = 10000};
    for (const std::size_t limit : {std::size_t{777}, SIZE_MAX}) {
        Pair pair;
        pair.shake_hands();
        pair.near_knobs->write_limit = limit;
        pair.near->send(Have{1});
        pair.near->send(OutgoingBlock{.head = whole_block, .parts = {file.region(20000, 16384)}});
        pair.near->send(buffered(whole_block, testing::sample_payload(16384, 9)));
        pair.near->send(
            OutgoingBlock{.head = spanning, .parts = {file.region(0, 4000), file.region(30000, 6000)}});
        pair.near->send(Choke{});
        CHECK(pair.near->queued_block_octets() == 2 * 16384 + 10000);
        pair.loop.run();

        auto spanned = Bytes(content.begin(), content.begin() + 4000);
        testing::append(spanned, ByteView(content).subspan(30000, 6000));
        CHECK(pair.far_heard.lines
              == std::vector<std::string>{"have 1", "block 3/16384+16384",
                                          end_line(whole_block, ByteView(content).subspan(20000, 16384)),
                                          "block 3/16384+16384",
                                          end_line(whole_block, testing::sample_payload(16384, 9)),
                                          "block 4/0+10000", end_line(spanning, spanned), "choke"});
        CHECK(pair.near->queued_block_octets() == 0);
        CHECK(pair.near->queued_control_octets() == 0);
    }
}

TEST_CASE("the head of a block waits for the octets of its file", "[peer][stream-link]")
{
    const auto content = testing::sample_payload(16384);
    const TemporaryFile file(content);
    Pair pair;
    pair.shake_hands();
    pair.near_knobs->more_follows.clear();
    pair.near->send(OutgoingBlock{.head = whole_block, .parts = {file.region(0, 16384)}});
    pair.near->send(Choke{});
    pair.loop.run();
    CHECK(pair.near_knobs->files == 1);
    CHECK(pair.near_knobs->more_follows == std::vector<bool>{true, false});
}

TEST_CASE("a file that ends before its block does closes the link", "[peer][stream-link]")
{
    const TemporaryFile file(testing::sample_payload(1000));
    Pair pair;
    pair.shake_hands();
    pair.near->send(OutgoingBlock{.head = whole_block, .parts = {file.region(0, 16384)}});
    pair.loop.run();
    CHECK(pair.near_heard.lines == std::vector<std::string>{"closed: the file ended early"});
    CHECK(pair.far_heard.lines.back() == "closed: the peer closed the connection in the middle of a message");
}

TEST_CASE("a sender hears when a block has left, and when a full stream takes octets again",
          "[peer][stream-link]")
{
    Pair pair(10000);
    pair.shake_hands();
    SECTION("a block")
    {
        pair.near->send(buffered({.piece = 0, .begin = 0, .length = 100}, Bytes(100)));
        pair.loop.run_tasks();
        CHECK(pair.near_heard.lines == std::vector<std::string>{"sent"});
    }
    SECTION("a block that does not fit at once")
    {
        pair.near->send(buffered(whole_block, Bytes(16384)));
        pair.loop.run_tasks();
        CHECK(pair.near_heard.lines.empty());
        CHECK(pair.near->queued_block_octets() == 16384 + block_head_size - 10000);
        pair.loop.run();
        CHECK(pair.near_heard.lines == std::vector<std::string>{"sent"});
        CHECK(pair.near->queued_block_octets() == 0);
    }
    SECTION("messages that do not fit at once")
    {
        for (std::uint32_t i = 0; i < 2000; ++i) pair.near->send(Have{i});
        pair.loop.run_tasks();
        CHECK(pair.near->queued_control_octets() == 2000 * 9 - 10000);
        CHECK(pair.near_heard.lines.empty());
        pair.loop.run();
        CHECK(pair.near_heard.lines == std::vector<std::string>{"sent"});
        CHECK(pair.far_heard.lines.size() == 2000);
    }
    SECTION("but not of messages that went out at once")
    {
        pair.near->send(Have{1});
        pair.loop.run();
        CHECK(pair.near_heard.lines.empty());
    }
}

TEST_CASE("P4 a peer that does not read makes the queues grow where the session can see it",
          "[peer][stream-link][bad-input]")
{
    Pair pair(100);
    pair.shake_hands();
    pair.far->pause_reading();
    for (std::uint32_t i = 0; i < 1000; ++i) {
        pair.near->send(Reject{{.piece = i, .begin = 0, .length = 16384}});
        pair.loop.run();
    }
    CHECK(pair.near->queued_control_octets() == 17 * 1000 - 100);
    pair.far->resume_reading();
    pair.loop.run();
    CHECK(pair.near->queued_control_octets() == 0);
    CHECK(pair.far_heard.lines.size() == 1000);
}

TEST_CASE("a queued block is withdrawn until its first octet is gone", "[peer][stream-link]")
{
    Pair pair(100);
    pair.shake_hands();
    const BlockHead second{.piece = 9, .begin = 0, .length = 50};
    pair.near->send(buffered(whole_block, Bytes(16384)));
    pair.near->send(buffered(second, Bytes(50)));
    CHECK(pair.near->withdraw(whole_block));
    pair.near->send(buffered(whole_block, Bytes(16384)));
    pair.loop.run_tasks();
    CHECK_FALSE(pair.near->withdraw(second));
    CHECK_FALSE(pair.near->withdraw(whole_block));
    CHECK_FALSE(pair.near->withdraw({.piece = 77, .begin = 0, .length = 1}));
    pair.loop.run();
    CHECK(pair.far_heard.lines.size() == 4);
}

TEST_CASE("a flooding peer is read in portions, so that others have their turn", "[peer][stream-link]")
{
    Pair pair(1 << 20, {.limits = {}, .read_budget = 64 << 10});
    pair.shake_hands();
    for (std::uint32_t i = 0; i < 100000; ++i) pair.near->send(Have{i});
    pair.loop.run_tasks();
    std::size_t most_in_one_event = 0;
    while (pair.far_heard.lines.size() < 100000) {
        const auto before = pair.far_heard.lines.size();
        REQUIRE(pair.loop.run_streams());
        most_in_one_event = std::max(most_in_one_event, pair.far_heard.lines.size() - before);
    }
    CHECK(most_in_one_event <= (68 << 10) / 9);
    CHECK(most_in_one_event >= (60 << 10) / 9);
}

TEST_CASE("a paused link reads nothing and says nothing until it is resumed", "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.far->pause_reading();
    pair.near->send(Have{1});
    pair.loop.run();
    CHECK(pair.far_heard.lines.empty());
    CHECK(pair.pipe.forth->octets.size() == 9);
    pair.far->resume_reading();
    CHECK(pair.far_heard.lines.empty());
    pair.loop.run();
    CHECK(pair.far_heard.lines == std::vector<std::string>{"have 1"});
}

TEST_CASE("paused in the middle of a batch, a link gives the rest when it is resumed, not inside the command",
          "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.far_heard.reaction = [&](const std::string& line) {
        if (line == "have 1") pair.far->pause_reading();
    };
    for (std::uint32_t i = 0; i < 3; ++i) pair.near->send(Have{i});
    pair.loop.run();
    CHECK(pair.far_heard.lines == std::vector<std::string>{"have 0", "have 1"});
    CHECK(pair.pipe.forth->octets.empty());
    pair.far->resume_reading();
    CHECK(pair.far_heard.lines.size() == 2);
    pair.loop.run();
    CHECK(pair.far_heard.lines == std::vector<std::string>{"have 0", "have 1", "have 2"});
}

TEST_CASE("a link without room for a block asks again when it is resumed", "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    bool has_room = false;
    pair.far_heard.sink = [&](const BlockHead& head) {
        if (has_room) return pair.far_heard.memory(head);
        return BlockSink{.kind = BlockSink::Kind::pause, .place = {}, .why = {}};
    };
    const auto payload = testing::sample_payload(16384);
    pair.near->send(buffered(whole_block, payload));
    pair.loop.run();
    CHECK(pair.far_heard.lines == std::vector<std::string>{"no room for 3/16384+16384"});
    has_room = true;
    pair.far->resume_reading();
    CHECK(pair.far_heard.lines.size() == 1);
    pair.loop.run();
    CHECK(pair.far_heard.lines
          == std::vector<std::string>{"no room for 3/16384+16384", "block 3/16384+16384",
                                      end_line(whole_block, payload)});
}

TEST_CASE("a diverted block leaves its memory alone", "[peer][stream-link]")
{
    Pair pair(5000);
    pair.shake_hands();
    Bytes place(16384);
    pair.far_heard.sink = [&](const BlockHead&) {
        return BlockSink{.kind = BlockSink::Kind::memory, .place = place, .why = {}};
    };
    pair.near->send(buffered(whole_block, Bytes(16384, std::byte{1})));
    pair.near->send(Have{1});
    pair.loop.run_tasks();
    REQUIRE(pair.loop.run_streams());
    pair.far->divert_block();
    const auto written = std::count(place.begin(), place.end(), std::byte{1});
    CHECK(written > 0);
    CHECK(written < 16384);
    pair.loop.run();
    CHECK(std::count(place.begin(), place.end(), std::byte{1}) == written);
    CHECK(pair.far_heard.lines
          == std::vector<std::string>{"block 3/16384+16384", "end 3/16384+16384 dropped", "have 1"});
}

TEST_CASE("what is sent inside an event leaves after it, together", "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.far_heard.reaction = [&](const std::string&) { pair.far->send(Have{7}); };
    const auto writes = pair.far_knobs->writes;
    for (std::uint32_t i = 0; i < 5; ++i) pair.near->send(Have{i});
    pair.loop.run();
    CHECK(pair.near_heard.lines == std::vector<std::string>(5, "have 7"));
    CHECK(pair.far_knobs->writes == writes + 1);
}

TEST_CASE("the receiver of events may change with the handshake", "[peer][stream-link]")
{
    Pair pair;
    Recorder session;
    pair.far_heard.reaction = [&](const std::string&) { pair.far->set_events(&session); };
    pair.near->send(testing::sample_handshake());
    pair.near->send(HaveAll{});
    pair.loop.run();
    CHECK(pair.far_heard.lines.size() == 1);
    CHECK(session.lines == std::vector<std::string>{"have all"});
}

TEST_CASE("a link whose receiver is not there yet keeps everything for it", "[peer][stream-link]")
{
    Pair pair;
    Recorder session;
    pair.far_heard.reaction = [&](const std::string&) { pair.far->set_events(nullptr); };
    pair.near->send(testing::sample_handshake());
    pair.near->send(HaveAll{});
    pair.loop.run();
    pair.near->send(Have{1});
    pair.loop.run();
    pair.near.reset();
    pair.loop.run();
    pair.far->set_events(&session);
    CHECK(session.lines.empty());
    pair.loop.run();
    CHECK(session.lines
          == std::vector<std::string>{"have all", "have 1", "closed: the peer closed the connection"});
}

TEST_CASE("a receiver that comes after the link broke is told", "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.far->set_events(nullptr);
    pair.near.reset();
    pair.far->send(Have{1});
    pair.loop.run();
    pair.far->set_events(&pair.far_heard);
    CHECK(pair.far_heard.lines.empty());
    pair.loop.run();
    CHECK(pair.far_heard.lines
          == std::vector<std::string>{"closed: the peer closed the connection while it was being sent to"});
}

TEST_CASE("a link may be destroyed inside any of its events", "[peer][stream-link]")
{
    const auto conversation = testing::sample_transcript();
    for (std::size_t at = 0; at <= conversation.lines.size(); ++at) {
        MemoryLoop loop;
        MemoryPair pipe(loop);
        Recorder recorder;
        auto link = std::make_unique<StreamLink>(loop, std::move(pipe.far));
        link->set_events(&recorder);
        recorder.reaction = [&](const std::string&) {
            link->send(Have{1});
            if (recorder.lines.size() == at + 1) link.reset();
        };
        const ByteView octets(conversation.octets);
        REQUIRE(pipe.near->write(std::span(&octets, 1), false).bytes == octets.size());
        pipe.near.reset();
        loop.run();
        CHECK(link == nullptr);
        CHECK(recorder.lines.size() == at + 1);
    }
}

TEST_CASE("a link may be destroyed while it hears that it sent, and with a turn still to come",
          "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.near_heard.reaction = [&](const std::string&) {
        pair.near->send(Have{1});
        pair.near.reset();
    };
    pair.near->send(buffered({.piece = 0, .begin = 0, .length = 10}, Bytes(10)));
    pair.loop.run();
    CHECK(pair.near == nullptr);
    CHECK(pair.far_heard.lines.back() == "closed: the peer closed the connection");
}

TEST_CASE("the end of the stream is told once, after all that came before it", "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.near->send(Have{1});
    pair.loop.run_tasks();
    pair.near.reset();
    pair.loop.run();
    CHECK(pair.far_heard.lines
          == std::vector<std::string>{"have 1", "closed: the peer closed the connection"});
    pair.far->send(Have{1});
    pair.far->send(buffered(whole_block, Bytes(16384)));
    pair.far->pause_reading();
    pair.far->resume_reading();
    pair.far->divert_block();
    pair.loop.run();
    CHECK(pair.far->queued_block_octets() == 0);
    CHECK(pair.far_heard.lines.size() == 2);
    CHECK(pair.far->remote().port == 2);
}

TEST_CASE("P9 a stream that ends inside the handshake closes the link with the reason",
          "[peer][stream-link][bad-input]")
{
    const auto octets = encode_handshake(testing::sample_handshake());
    for (std::size_t size = 0; size < octets.size(); ++size) {
        MemoryLoop loop;
        MemoryPair pipe(loop);
        Recorder recorder;
        StreamLink link(loop, std::move(pipe.far));
        link.set_events(&recorder);
        const auto part = ByteView(octets).first(size);
        CHECK(pipe.near->write(std::span(&part, 1), false).bytes == size);
        loop.run();
        CHECK(recorder.lines.empty());
        pipe.near.reset();
        loop.run();
        REQUIRE(recorder.lines.size() == 1);
        CHECK(recorder.lines[0].starts_with("closed: the peer closed the connection"));
    }
}

TEST_CASE("a broken rule or a broken connection closes the link with the reason",
          "[peer][stream-link][bad-input]")
{
    Pair pair;
    pair.shake_hands();
    SECTION("a message that cannot be")
    {
        pair.near->send(Unknown{.id = 4, .length = 1});
        pair.loop.run();
        CHECK(pair.far_heard.lines
              == std::vector<std::string>{
                  "closed: the peer sent a message with id 4 of 2 octets instead of 5"});
    }
    SECTION("a bitfield beyond the torrent's")
    {
        pair.far->expect_pieces(8);
        pair.near->send(PieceBits{ByteView(testing::sample_octets()).first(2)});
        pair.loop.run();
        CHECK(pair.far_heard.lines
              == std::vector<std::string>{
                  "closed: the peer announced a bitfield of 2 octets; 1 are enough for this torrent"});
    }
    SECTION("a reset")
    {
        pair.far_knobs->fails = true;
        pair.loop.run();
        CHECK(pair.far_heard.lines == std::vector<std::string>{"closed: connection reset by peer"});
    }
}

TEST_CASE("what a peer sent before it went is heard, even if sending to it fails first",
          "[peer][stream-link]")
{
    Pair pair;
    pair.shake_hands();
    pair.near->send(Have{1});
    pair.loop.run_tasks();
    pair.near.reset();
    pair.far->send(Have{2});
    pair.loop.run_tasks();
    CHECK(pair.far_heard.lines
          == std::vector<std::string>{"have 1",
                                      "closed: the peer closed the connection while it was being sent to"});
}

TEST_CASE("a link passes on what its stream can do and where it ends", "[peer][stream-link]")
{
    MemoryLoop loop;
    MemoryPair pipe(loop);
    pipe.near->knobs()->sends_files = false;
    const StreamLink near(loop, std::move(pipe.near));
    const StreamLink far(loop, std::move(pipe.far));
    CHECK_FALSE(near.sends_files());
    CHECK(far.sends_files());
    CHECK(near.local().to_string() == "10.0.0.1:1");
    CHECK(near.remote().to_string() == "10.0.0.2:2");
}

}  // namespace shoal::peer
