#include "peer/decoder.hpp"
#include "peer/encoder.hpp"
#include "peer/extended_handshake.hpp"
#include "peer/handshake.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

// Any octets, cut in any way, with a receiver that takes, drops, pauses, diverts and goes away: the
// events are those of the same octets in one piece, and encoding them again gives the octets that were
// handled.
namespace {

using namespace shoal;
using namespace shoal::peer;

// Draws decisions from the first octets of the input.
class Choices {
public:
    explicit Choices(ByteView octets) : octets_(octets) {}

    unsigned next()
    {
        if (octets_.empty()) return 0;
        at_ = (at_ + 1) % octets_.size();
        return std::to_integer<unsigned>(octets_[at_]);
    }

private:
    ByteView octets_;
    std::size_t at_ = 0;
};

void check_extended_handshake(ByteView payload)
{
    auto handshake = decode_extended_handshake(payload);
    if (!handshake) return;
    handshake->client.reset();  // made printable, which may lengthen it beyond its limit
    const auto again = decode_extended_handshake(encode_extended_handshake(*handshake));
    SHOAL_ASSERT(again && *again == *handshake);
}

// Messages that are mostly right, told by `octets`: an id, how long, the body. The fuzzer would seldom meet
// one.
Bytes messages_from(ByteView octets)
{
    Bytes messages;
    while (octets.size() >= 2) {
        const auto id = std::to_integer<std::uint8_t>(octets[0]) % 22;
        const auto told = std::to_integer<std::uint32_t>(octets[1]);
        octets = octets.subspan(2);
        const auto fixed = fixed_body_size(MessageId{static_cast<std::uint8_t>(id)});
        // 255: a wrong length; long ones are larger than the head buffer.
        const auto size = fixed && told != 255 ? *fixed : told >= 200 ? told * 40 : told;
        const auto at = messages.size();
        messages.resize(at + message_head_size + size);
        store_be(messages.data() + at, 1 + size);
        messages[at + length_prefix_size] = static_cast<std::byte>(id);
        const auto body = octets.first(std::min<std::size_t>(size, octets.size()));
        std::ranges::copy(body, messages.begin() + static_cast<std::ptrdiff_t>(at + message_head_size));
        octets = octets.subspan(body.size());
    }
    return messages;
}

// Encodes what it hears. Octets that no event carries (payload dropped, unknown messages) count as zeros.
class Echo final : public LinkEvents {
public:
    explicit Echo(Choices choices) : choices_(choices) {}

    Bytes heard;
    std::unique_ptr<Decoder> decoder = std::make_unique<Decoder>();
    bool may_go_away = false;
    bool is_unruly = false;

    void on_handshake(const Handshake& handshake) override
    {
        const auto octets = encode_handshake(handshake);
        heard.insert(heard.end(), octets.begin(), octets.end());
        check_handshake(handshake);
        react();
    }

    void on_message(const Message& message) override
    {
        append_message(heard, message);
        if (const auto* extended = std::get_if<Extended>(&message);
            extended != nullptr && extended->id == 0) {
            check_extended_handshake(extended->payload);
        }
        react();
    }

    BlockSink on_block_begin(const BlockHead& head) override
    {
        // The choices repeat: without an end to its patience it could wait for ever.
        if (is_unruly && choices_.next() % 4 == 1 && ++pauses_ < 100) {
            return {.kind = BlockSink::Kind::pause, .place = {}, .why = {}};
        }
        SHOAL_ASSERT(!is_arriving_);
        is_arriving_ = true;
        append_block_head(heard, head);
        place_.assign(head.length, std::byte{0});
        react();
        if (is_unruly && choices_.next() % 4 == 2) return {};
        return {.kind = BlockSink::Kind::memory, .place = place_, .why = {}};
    }

    void on_block_end(const BlockHead& head, Payload) override
    {
        SHOAL_ASSERT(is_arriving_ && place_.size() == head.length);
        is_arriving_ = false;
        heard.insert(heard.end(), place_.begin(), place_.end());
        react();
    }

    void on_sent() override {}
    void on_closed(const Error&) override {}

private:
    void react()
    {
        const auto choice = choices_.next();
        if (is_unruly && choice % 5 == 1) decoder->pause();
        if (is_unruly && choice % 7 == 1) decoder->divert_block();
        if (may_go_away && choice % 31 == 30) decoder.reset();
    }

    static void check_handshake(const Handshake& handshake)
    {
        const auto again = decode_handshake(encode_handshake(handshake));
        SHOAL_ASSERT(again && again->capabilities == handshake.capabilities);
        SHOAL_ASSERT(again->info_hash == handshake.info_hash && again->peer_id == handshake.peer_id);
    }

    Choices choices_;
    Bytes place_;
    bool is_arriving_ = false;
    unsigned pauses_ = 0;
};

struct Outcome {
    Bytes heard;
    std::optional<Error> error;
    bool is_destroyed = false;
};

// Octets in reads of a size that `cuts` chooses, or as large as there is room for.
Outcome feed(Echo& echo, ByteView octets, Choices* cuts)
{
    echo.decoder->set_events(&echo);
    Result<DecoderProgress> progress = DecoderProgress::hungry;
    while (progress && *progress != DecoderProgress::destroyed
           && !(octets.empty() && *progress == DecoderProgress::hungry)) {
        std::size_t moved = 0;
        if (*progress == DecoderProgress::paused) {
            echo.decoder->resume();
        } else {
            const auto most = cuts != nullptr ? 1 + cuts->next() : SIZE_MAX;
            const auto room = echo.decoder->prepare();
            moved = std::min({room.size(), octets.size(), most});
            std::copy_n(octets.begin(), moved, room.begin());
            octets = octets.subspan(moved);
        }
        progress = echo.decoder->commit(moved);
    }
    Outcome outcome{.heard = echo.heard, .error = {}};
    if (!progress) outcome.error = progress.error();
    outcome.is_destroyed = progress && *progress == DecoderProgress::destroyed;
    return outcome;
}

// But for reserved bits of the handshake and messages that are skipped, the echo is the input.
void check_echo(ByteView heard, ByteView input)
{
    SHOAL_ASSERT(heard.size() <= input.size() + handshake_size + (2U << 20));
    std::size_t at = handshake_size;
    while (at + message_head_size <= std::min(heard.size(), input.size())) {
        const auto length = load_be<std::uint32_t>(heard.data() + at);
        SHOAL_ASSERT(length == load_be<std::uint32_t>(input.data() + at));
        const auto end = std::min({at + length_prefix_size + length, heard.size(), input.size()});
        const MessageId id{std::to_integer<std::uint8_t>(heard[at + length_prefix_size])};
        const bool is_known = fixed_body_size(id) || id == MessageId::bitfield || id == MessageId::extended
                              || id == MessageId::piece;
        if (length > 0 && is_known) {
            SHOAL_ASSERT(std::ranges::equal(heard.subspan(at, end - at), input.subspan(at, end - at)));
        }
        at += length_prefix_size + length;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    constexpr std::size_t choice_octets = 8;
    if (size < choice_octets + 1) return 0;
    const auto all = std::as_bytes(std::span(octets, size));
    const auto choices = all.first(choice_octets);
    const auto mode = std::to_integer<unsigned>(all[choice_octets]);
    Bytes input;
    if (mode % 2 == 0) {
        const auto handshake = encode_handshake({});
        input.assign(handshake.begin(), handshake.end());
    }
    const auto rest = all.subspan(choice_octets + 1);
    check_extended_handshake(rest);
    const auto sent = mode % 8 < 4 ? messages_from(rest) : Bytes(rest.begin(), rest.end());
    input.insert(input.end(), sent.begin(), sent.end());

    Echo whole{Choices(choices)};
    const auto in_one = feed(whole, input, nullptr);
    check_echo(in_one.heard, input);

    Echo cut{Choices(choices)};
    Choices cuts(choices);
    const auto in_parts = feed(cut, input, &cuts);
    SHOAL_ASSERT(in_parts.heard == in_one.heard);
    SHOAL_ASSERT(in_parts.error == in_one.error);
    if (!in_one.error) SHOAL_ASSERT(whole.decoder->end_of_stream() == cut.decoder->end_of_stream());

    Echo unruly{Choices(choices)};
    unruly.is_unruly = true;
    unruly.may_go_away = mode % 4 >= 2;
    const auto in_disorder = feed(unruly, input, &cuts);
    if (!unruly.may_go_away) {
        SHOAL_ASSERT(in_disorder.heard.size() == in_one.heard.size());
        SHOAL_ASSERT(in_disorder.error == in_one.error);
    }
    SHOAL_ASSERT(in_disorder.is_destroyed == (unruly.decoder == nullptr));
    return 0;
}
