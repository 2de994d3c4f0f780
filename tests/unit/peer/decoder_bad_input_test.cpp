#include "peer/decoder.hpp"

#include "decoder_feed.hpp"
#include "wire_samples.hpp"

#include <catch2/catch.hpp>

namespace shoal::peer {
namespace {

using testing::Feed;
using testing::Recorder;

struct Outcome {
    Result<DecoderProgress> progress;
    std::size_t octets_read;
    std::vector<std::string> lines;
};

// One octet a read, so that `octets_read` tells how early the decoder knew.
Outcome after_handshake(ByteView octets, const DecoderLimits& limits = {})
{
    Recorder recorder;
    Decoder decoder(limits);
    decoder.set_events(&recorder);
    REQUIRE(Feed(decoder, encode_handshake(testing::sample_handshake())).run());
    recorder.lines.clear();
    Feed feed(decoder, octets);
    auto progress = feed.run(SIZE_MAX, 1);
    return {std::move(progress), octets.size() - feed.left().size(), recorder.lines};
}

Bytes message_head(std::uint32_t length, std::uint8_t id)
{
    Bytes octets(message_head_size);
    store_be(octets.data(), length);
    octets[length_prefix_size] = std::byte{id};
    return octets;
}

void check_refused(const Outcome& outcome, std::size_t within_octets)
{
    REQUIRE_FALSE(outcome.progress);
    CHECK(outcome.progress.error().code == Errc::protocol_error);
    CHECK_FALSE(outcome.progress.error().text.empty());
    CHECK(outcome.octets_read == within_octets);
    CHECK(outcome.lines.empty());
}

}  // namespace

TEST_CASE("P1 a length prefix beyond all sense is refused before anything else is read",
          "[peer][decoder][bad-input]")
{
    for (const std::uint32_t length : {0xffffffffU, 0x80000000U, 0x7fffffffU, (2U << 20) + 1}) {
        for (const int id : {0, 5, 6, 7, 20, 21, 200}) {
            check_refused(after_handshake(message_head(length, static_cast<std::uint8_t>(id))),
                          length_prefix_size);
        }
    }
}

TEST_CASE("P1 the longest message is 1 MiB beyond the bitfield", "[peer][decoder][bad-input]")
{
    const DecoderLimits limits{.bitfield = 100};
    const std::uint32_t longest = (1U << 20) + 100;
    const auto accepted = after_handshake(message_head(longest, 99), limits);
    CHECK(accepted.progress);
    CHECK(accepted.lines == std::vector<std::string>{"unknown 99 1048675"});
    check_refused(after_handshake(message_head(longest + 1, 99), limits), length_prefix_size);
}

TEST_CASE("P2 a bitfield longer than the torrent's is refused at its head", "[peer][decoder][bad-input]")
{
    Recorder recorder;
    Decoder decoder;
    decoder.set_events(&recorder);
    recorder.reaction = [&](const std::string& line) {
        if (line.starts_with("handshake")) decoder.expect_pieces(17);
    };
    Bytes octets;
    testing::append(octets, encode_handshake(testing::sample_handshake()));
    append_message(octets, PieceBits{ByteView(testing::sample_octets()).first(3)});
    append_message(octets, PieceBits{ByteView(testing::sample_octets()).first(4)});
    Feed feed(decoder, octets);
    const auto progress = feed.run(SIZE_MAX, 1);
    REQUIRE_FALSE(progress);
    CHECK(progress.error().text
          == "the peer announced a bitfield of 4 octets; 3 are enough for this torrent");
    CHECK(feed.left().size() == 4);
    CHECK(recorder.lines.back() == "bitfield 00070e");
}

TEST_CASE("P2 before the torrent is known, a bitfield of more than 2^22 pieces is refused",
          "[peer][decoder][bad-input]")
{
    const std::uint32_t most = (1U << 22) / 8;
    CHECK(after_handshake(message_head(1 + most, 5)).progress);
    check_refused(after_handshake(message_head(2 + most, 5)), message_head_size);
}

TEST_CASE("P2 an empty, a short and a late bitfield are handed on for the session to judge",
          "[peer][decoder][bad-input]")
{
    Bytes octets;
    append_message(octets, HaveAll{});
    append_message(octets, HaveNone{});
    append_message(octets, Have{1});
    append_message(octets, PieceBits{});
    append_message(octets, PieceBits{ByteView(testing::sample_octets()).first(1)});
    const auto outcome = after_handshake(octets);
    CHECK(outcome.progress);
    CHECK(outcome.lines
          == std::vector<std::string>{"have all", "have none", "have 1", "bitfield ", "bitfield 00"});
}

TEST_CASE("P5 a block of more than 16 KiB is refused at its head", "[peer][decoder][bad-input]")
{
    CHECK(after_handshake(message_head(9 + 16384, 7)).progress);
    check_refused(after_handshake(message_head(9 + 16385, 7)), message_head_size);
    check_refused(after_handshake(message_head(9 + (128 << 10), 7)), message_head_size);
}

TEST_CASE("P5 a piece message too short for its numbers is refused", "[peer][decoder][bad-input]")
{
    for (std::uint32_t length = 1; length < 9; ++length) {
        check_refused(after_handshake(message_head(length, 7)), message_head_size);
    }
}

TEST_CASE("P5 a block without payload begins and ends at once", "[peer][decoder][bad-input]")
{
    Bytes octets;
    append_block_head(octets, {.piece = 1, .begin = 2, .length = 0});
    const auto outcome = after_handshake(octets);
    CHECK(outcome.progress);
    CHECK(outcome.lines == std::vector<std::string>{"block 1/2+0", "end 1/2+0 "});
}

TEST_CASE("P5 a block that its receiver refuses ends the conversation with the receiver's reason",
          "[peer][decoder][bad-input]")
{
    Recorder recorder;
    recorder.sink = [](const BlockHead&) {
        return BlockSink{.kind = BlockSink::Kind::close,
                         .place = {},
                         .why = make_error(Errc::protocol_error, "nobody asked for this block")};
    };
    Decoder decoder;
    decoder.set_events(&recorder);
    Bytes octets;
    testing::append(octets, encode_handshake(testing::sample_handshake()));
    testing::append_block(octets, {.piece = 1, .begin = 0, .length = 50}, testing::sample_payload(50));
    const auto progress = Feed(decoder, octets).run();
    REQUIRE_FALSE(progress);
    CHECK(progress.error().text == "nobody asked for this block");
    CHECK(recorder.lines.back() == "no room for 1/0+50");
}

TEST_CASE("messages of fixed length are refused with any other, at their head", "[peer][decoder][bad-input]")
{
    for (int id = 0; id < 256; ++id) {
        const auto expected = fixed_body_size(MessageId{static_cast<std::uint8_t>(id)});
        if (!expected) continue;
        for (std::uint32_t body = 0; body < 20; ++body) {
            CAPTURE(id, body);
            const auto head = message_head(1 + body, static_cast<std::uint8_t>(id));
            if (body == *expected) {
                CHECK(after_handshake(head).progress);
            } else {
                check_refused(after_handshake(head), message_head_size);
            }
        }
    }
}

TEST_CASE("X1 an extension message above 64 KiB, or without its id, is refused at its head",
          "[peer][decoder][bad-input]")
{
    CHECK(after_handshake(message_head(1 + (64 << 10), 20)).progress);
    check_refused(after_handshake(message_head(2 + (64 << 10), 20)), message_head_size);
    check_refused(after_handshake(message_head(1 + (1 << 20), 20)), message_head_size);
    check_refused(after_handshake(message_head(1, 20)), message_head_size);
}

TEST_CASE("long messages come whole however they are cut", "[peer][decoder]")
{
    const auto payload = testing::sample_payload((64 << 10) - 1);
    Bytes octets;
    append_message(octets, Extended{.id = 3, .payload = payload});
    append_message(octets, Have{8});
    for (const std::size_t step : {std::size_t{1}, std::size_t{1000}, SIZE_MAX}) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        REQUIRE(Feed(decoder, encode_handshake(testing::sample_handshake())).run());
        REQUIRE(Feed(decoder, octets).run(SIZE_MAX, step));
        REQUIRE(recorder.lines.size() == 3);
        CHECK(recorder.lines[1] == "extended 3 " + to_hex(payload));
        CHECK(recorder.lines[2] == "have 8");
    }
}

TEST_CASE("messages with ids nobody knows are told of and skipped", "[peer][decoder][bad-input]")
{
    for (int id = 0; id < 256; ++id) {
        const MessageId known{static_cast<std::uint8_t>(id)};
        if (fixed_body_size(known) || known == MessageId::piece || known == MessageId::bitfield
            || known == MessageId::extended) {
            continue;
        }
        Bytes octets;
        append_message(octets, Unknown{.id = static_cast<std::uint8_t>(id), .length = 9000});
        append_message(octets, Have{2});
        append_message(octets, Unknown{.id = static_cast<std::uint8_t>(id), .length = 0});
        append_message(octets, Have{3});
        const auto outcome = after_handshake(octets);
        CHECK(outcome.progress);
        const auto name = "unknown " + std::to_string(id);
        CHECK(outcome.lines == std::vector<std::string>{name + " 9000", "have 2", name + " 0", "have 3"});
    }
}

TEST_CASE("P9 another protocol is refused at its first octet, with a hint", "[peer][decoder][bad-input]")
{
    Recorder recorder;
    Decoder decoder;
    decoder.set_events(&recorder);
    Feed feed(decoder, as_bytes("GET / HTTP/1.1\r\n\r\n"));
    const auto progress = feed.run(SIZE_MAX, 1);
    REQUIRE_FALSE(progress);
    CHECK(progress.error().code == Errc::protocol_error);
    CHECK(progress.error().text.find("encrypted") != std::string::npos);
    CHECK(feed.left().size() == 17);
    CHECK(recorder.lines.empty());
}

TEST_CASE("P9 an end of the stream at any octet of the handshake is an error that says where",
          "[peer][decoder][bad-input]")
{
    const auto octets = encode_handshake(testing::sample_handshake());
    for (std::size_t size = 0; size < handshake_size; ++size) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        REQUIRE(Feed(decoder, ByteView(octets).first(size)).run(SIZE_MAX, 1));
        const auto end = decoder.end_of_stream();
        CHECK(end.code == Errc::end_of_file);
        const auto where =
            size == 0 ? "before it sent a handshake" : "after " + std::to_string(size) + " of the 68 octets";
        CHECK(end.text.find(where) != std::string::npos);
        CHECK(recorder.lines.empty());
    }
}

TEST_CASE("an end of the stream inside a message is told from one between messages",
          "[peer][decoder][bad-input]")
{
    Bytes octets;
    append_message(octets, Have{2});
    const auto between = octets.size();
    testing::append_block(octets, {.piece = 1, .begin = 0, .length = 50}, testing::sample_payload(50));
    append_message(octets, Unknown{.id = 99, .length = 30});
    const auto unknown_end = octets.size();
    append_message(octets, Extended{.id = 1, .payload = testing::sample_octets()});
    const auto block_end = between + block_head_size + 50;
    for (std::size_t size = 0; size <= octets.size(); ++size) {
        Recorder recorder;
        Decoder decoder;
        decoder.set_events(&recorder);
        REQUIRE(Feed(decoder, encode_handshake(testing::sample_handshake())).run());
        REQUIRE(Feed(decoder, ByteView(octets).first(size)).run());
        const bool is_between =
            size == 0 || size == between || size == block_end || size == unknown_end || size == octets.size();
        CHECK(decoder.end_of_stream().text.ends_with("in the middle of a message") == !is_between);
    }
}

}  // namespace shoal::peer
