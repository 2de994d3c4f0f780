#include "peer/decoder.hpp"

#include "decoder_feed.hpp"
#include "wire_samples.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <memory>

namespace shoal::peer {
namespace {

using testing::Feed;
using testing::Recorder;

constexpr BlockHead some_block{.piece = 7, .begin = 16384, .length = 16384};

// A decoder past its handshake.
struct Talking {
    explicit Talking(const DecoderLimits& limits = {}) : decoder(limits)
    {
        decoder.set_events(&recorder);
        REQUIRE(Feed(decoder, encode_handshake(testing::sample_handshake())).run());
        recorder.lines.clear();
    }

    Recorder recorder;
    Decoder decoder;
};

Bytes block_octets(const BlockHead& head, ByteView payload)
{
    Bytes octets;
    testing::append_block(octets, head, payload);
    return octets;
}

}  // namespace

TEST_CASE("every message comes back from its octets, in one piece", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    Recorder recorder;
    Decoder decoder;
    decoder.set_events(&recorder);
    CHECK(Feed(decoder, conversation.octets).run().value() == DecoderProgress::hungry);
    CHECK(recorder.lines == conversation.lines);
    CHECK_FALSE(decoder.has_backlog());
    CHECK(decoder.end_of_stream().text == "the peer closed the connection");
}

TEST_CASE("however the octets are cut in reads, the events are the same", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    for (std::size_t step = 1; step <= 100; ++step) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        REQUIRE(Feed(decoder, conversation.octets).run(SIZE_MAX, step));
        CHECK(recorder.lines == conversation.lines);
    }
}

TEST_CASE("cut in two at any octet, the events are the same", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    for (std::size_t cut = 1; cut < conversation.octets.size(); ++cut) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        Feed feed(decoder, conversation.octets);
        REQUIRE(feed.run(cut));
        REQUIRE(feed.run());
        CHECK(recorder.lines == conversation.lines);
    }
}

TEST_CASE("whole blocks cut at random in reads of random size arrive as they were sent", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript(16384);
    RandomStream random(1, 1);
    for (int round = 0; round < 20; ++round) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        Feed feed(decoder, conversation.octets);
        while (!feed.left().empty()) REQUIRE(feed.run(1 + random.below(round % 2 == 0 ? 40000 : 3000)));
        CHECK(recorder.lines == conversation.lines);
    }
}

TEST_CASE("decoders that share a space do not disturb each other's rests", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    for (std::size_t step = 1; step < 40; ++step) {
        const auto space = std::make_shared<ReadSpace>(4096);
        Recorder first;
        Recorder second;
        Decoder one({}, space);
        Decoder other({}, space);
        one.set_events(&first);
        other.set_events(&second);
        Feed to_one(one, conversation.octets);
        Feed to_other(other, conversation.octets);
        while (!to_one.left().empty() || !to_other.left().empty()) {
            REQUIRE(to_one.run(step));
            REQUIRE(to_other.run(step + 3));
        }
        CHECK(first.lines == conversation.lines);
        CHECK(second.lines == conversation.lines);
    }
}

TEST_CASE("what a pause left behind outlives other decoders' reads", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    const auto space = std::make_shared<ReadSpace>();
    Recorder first;
    Recorder second;
    Decoder one({}, space);
    Decoder other({}, space);
    one.set_events(&first);
    other.set_events(&second);
    first.reaction = [&](const std::string&) {
        if (first.lines.size() == 1) one.pause();
    };
    REQUIRE(Feed(one, conversation.octets).run().value() == DecoderProgress::paused);
    REQUIRE(Feed(other, conversation.octets).run());
    one.resume();
    REQUIRE(one.commit(0).value() == DecoderProgress::hungry);
    CHECK(first.lines == conversation.lines);
    CHECK(second.lines == conversation.lines);
}

TEST_CASE("one read ends a block and begins the next", "[peer][decoder]")
{
    Talking peer;
    auto octets = block_octets(some_block, testing::sample_payload(16384, 1));
    const BlockHead next{.piece = 7, .begin = 32768, .length = 16384};
    testing::append(octets, block_octets(next, testing::sample_payload(16384, 2)));
    Feed feed(peer.decoder, octets);
    REQUIRE(feed.run(block_head_size));
    REQUIRE(feed.run(16384 + block_head_size));
    CHECK(peer.recorder.lines.size() == 3);
    CHECK(peer.recorder.lines.back() == "block 7/32768+16384");
}

TEST_CASE("a discarded block is read and dropped", "[peer][decoder]")
{
    Talking peer;
    peer.recorder.sink = [](const BlockHead&) { return BlockSink{}; };
    auto octets = block_octets(some_block, testing::sample_payload(16384));
    append_message(octets, Have{3});
    REQUIRE(Feed(peer.decoder, octets).run(SIZE_MAX, 5000));
    CHECK(peer.recorder.lines
          == std::vector<std::string>{"block 7/16384+16384", "end 7/16384+16384 dropped", "have 3"});
}

TEST_CASE("a diverted block leaves its place alone from there on, at any octet", "[peer][decoder]")
{
    const auto payload = testing::sample_payload(300);
    auto octets = block_octets({.piece = 1, .begin = 0, .length = 300}, payload);
    append_message(octets, Have{3});
    for (std::size_t before = 0; before < 300; ++before) {
        Talking peer;
        Feed feed(peer.decoder, octets);
        REQUIRE(feed.run(block_head_size + before));
        peer.decoder.divert_block();
        REQUIRE(feed.run());
        const auto place = peer.recorder.last_place();
        CHECK(
            std::equal(place.begin(), place.begin() + static_cast<std::ptrdiff_t>(before), payload.begin()));
        CHECK(std::all_of(place.begin() + static_cast<std::ptrdiff_t>(before), place.end(),
                          [](std::byte octet) { return octet == std::byte{0}; }));
        REQUIRE(peer.recorder.lines.size() == 3);
        CHECK(peer.recorder.lines[1].starts_with("end 1/0+300"));
        CHECK(peer.recorder.lines[2] == "have 3");
    }
}

TEST_CASE("diverting between two reads keeps count of the payload", "[peer][decoder]")
{
    Talking peer;
    auto octets = block_octets({.piece = 1, .begin = 0, .length = 300}, testing::sample_payload(300));
    append_message(octets, Have{3});
    Feed feed(peer.decoder, octets);
    REQUIRE(feed.run(block_head_size + 10));
    peer.decoder.divert_block();
    REQUIRE(feed.run());
    CHECK(peer.recorder.lines.back() == "have 3");
}

TEST_CASE("diverting between blocks does nothing", "[peer][decoder]")
{
    Talking peer;
    peer.decoder.divert_block();
    const auto payload = testing::sample_payload(50);
    REQUIRE(Feed(peer.decoder, block_octets({.piece = 1, .begin = 0, .length = 50}, payload)).run());
    CHECK(peer.recorder.lines.back() == "end 1/0+50 " + to_hex(payload));
}

TEST_CASE("a block without room waits, and is asked about again", "[peer][decoder]")
{
    const auto payload = testing::sample_payload(16384);
    auto octets = block_octets(some_block, payload);
    append_message(octets, Have{3});
    for (const std::size_t step : {std::size_t{1}, std::size_t{13}, std::size_t{4000}, std::size_t{50000}}) {
        Talking peer;
        int refusals = 3;
        peer.recorder.sink = [&](const BlockHead& head) {
            if (refusals-- > 0) return BlockSink{.kind = BlockSink::Kind::pause, .place = {}, .why = {}};
            return peer.recorder.memory(head);
        };
        Feed feed(peer.decoder, octets);
        CHECK(feed.run(SIZE_MAX, step).value() == DecoderProgress::paused);
        for (int attempt = 0; attempt < 2; ++attempt) {
            CHECK(peer.decoder.has_backlog());
            peer.decoder.resume();
            CHECK(peer.decoder.commit(0).value() == DecoderProgress::paused);
        }
        peer.decoder.resume();
        CHECK(peer.decoder.commit(0).value() == DecoderProgress::hungry);
        REQUIRE(feed.run(SIZE_MAX, step));
        const std::string refused = "no room for 7/16384+16384";
        CHECK(peer.recorder.lines
              == std::vector<std::string>{refused, refused, refused, "block 7/16384+16384",
                                          "end 7/16384+16384 " + to_hex(payload), "have 3"});
    }
}

TEST_CASE("paused in any of its events, the decoder waits there and goes on where it was", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    for (std::size_t at = 0; at < conversation.lines.size(); ++at) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        recorder.reaction = [&](const std::string&) {
            if (recorder.lines.size() == at + 1) decoder.pause();
        };
        Feed feed(decoder, conversation.octets);
        REQUIRE(feed.run().value() == DecoderProgress::paused);
        CHECK(recorder.lines.size() == at + 1);
        REQUIRE(decoder.commit(0).value() == DecoderProgress::paused);
        CHECK(recorder.lines.size() == at + 1);
        decoder.resume();
        REQUIRE(decoder.commit(0).value() == DecoderProgress::hungry);
        REQUIRE(feed.run().value() == DecoderProgress::hungry);
        CHECK(recorder.lines == conversation.lines);
    }
}

TEST_CASE("events may be handed to another receiver in the middle of a read", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    for (std::size_t at = 0; at < conversation.lines.size(); ++at) {
        Recorder first;
        Recorder second;
        Decoder decoder;
        decoder.set_events(&first);
        // A block ends where it began to arrive: the place is the first one's.
        second.sink = [&](const BlockHead& head) { return second.memory(head); };
        first.reaction = [&](const std::string&) {
            if (first.lines.size() == at + 1) decoder.set_events(&second);
        };
        REQUIRE(Feed(decoder, conversation.octets).run().value() == DecoderProgress::hungry);
        CHECK(first.lines.size() == at + 1);
        CHECK(first.lines.size() + second.lines.size() == conversation.lines.size());
    }
}

TEST_CASE("without a receiver nothing is handled until there is one", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    Recorder first;
    Recorder second;
    Decoder decoder;
    decoder.set_events(&first);
    first.reaction = [&](const std::string&) { decoder.set_events(nullptr); };
    Feed feed(decoder, conversation.octets);
    CHECK(feed.run().value() == DecoderProgress::paused);
    CHECK(decoder.is_paused());
    CHECK(decoder.has_backlog());
    decoder.set_events(&second);
    CHECK(decoder.commit(0).value() == DecoderProgress::hungry);
    REQUIRE(feed.run());
    CHECK(first.lines.size() + second.lines.size() == conversation.lines.size());
}

TEST_CASE("a decoder may be destroyed inside any of its events", "[peer][decoder]")
{
    const auto conversation = testing::sample_transcript();
    for (const std::size_t step : {std::size_t{1}, std::size_t{50}, SIZE_MAX}) {
        for (std::size_t at = 0; at < conversation.lines.size(); ++at) {
            Recorder recorder;
            auto decoder = std::make_unique<Decoder>();
            decoder->set_events(&recorder);
            recorder.reaction = [&](const std::string&) {
                if (recorder.lines.size() == at + 1) decoder.reset();
            };
            CHECK(Feed(*decoder, conversation.octets).run(SIZE_MAX, step).value()
                  == DecoderProgress::destroyed);
            CHECK(recorder.lines.size() == at + 1);
        }
    }
}

}  // namespace shoal::peer
