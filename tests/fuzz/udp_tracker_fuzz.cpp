#include "dialogue.hpp"
#include "udp_answers.hpp"

#include <shoal/assert.hpp>
#include <shoal/random.hpp>
#include <shoal/udp_tracker.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>

// Datagrams of strangers, as a tracker and as its client. Packets: what can be read is written back as it was, up to
// what BEP 15 names. The client's dialogue: whatever a tracker says and however time passes, each question has one
// answer at most, and nothing is due in the past for ever. The embedded tracker: an answer comes for a valid
// connection id only, never a longer one than the question without it.
namespace {

using namespace shoal;
using udp_tracker::Dialogue;

void check_packets(ByteView input)
{
    if (const auto request = bep15::decode_request(input)) {
        const auto again = std::visit([](const auto& r) { return bep15::encode(r); }, *request);
        SHOAL_ASSERT(bep15::decode_request(again).value() == *request);
        SHOAL_ASSERT(std::ranges::equal(ByteView(again).first(16), input.first(16)));
    }
    for (const bool is_v6 : {false, true}) {
        const auto reply = bep15::decode_reply(input, is_v6);
        if (!reply) continue;
        const auto again = std::visit([](const auto& r) { return bep15::encode(r); }, *reply);
        SHOAL_ASSERT(again.size() <= input.size());
        SHOAL_ASSERT(std::ranges::equal(again, input.first(again.size())));
    }
}

// The first octet of every step says what happens, the second how much.
class Talk {
public:
    explicit Talk(ByteView script) : script_(script) {}

    void run()
    {
        while (script_.size() >= 2) {
            const auto what = std::to_integer<unsigned>(script_[0]);
            const auto how_much = std::to_integer<unsigned>(script_[1]);
            script_ = script_.subspan(2);
            step(what, how_much);
        }
    }

private:
    void step(unsigned what, unsigned how_much)
    {
        switch (what % 5) {
        case 0: return take(dialogue_.ask(++last_, question(how_much), now_));
        case 1: return take(dialogue_.forget(how_much, now_));
        case 2: return pass(std::chrono::seconds{how_much});
        case 3: return hear(how_much, false);
        default: return hear(how_much, true);
        }
    }

    static udp_tracker::Question question(unsigned how_much)
    {
        if (how_much % 2 == 0) return bep15::AnnounceRequest{};
        return bep15::ScrapeRequest{.info_hashes = std::vector<Hash20>(how_much)};
    }

    void hear(unsigned size, bool is_ours)
    {
        const auto taken = script_.first(std::min<std::size_t>(size, script_.size()));
        script_ = script_.subspan(taken.size());
        Bytes packet(taken.begin(), taken.end());
        // A tracker that knows what was asked; the fuzzer would hardly guess it.
        if (is_ours && packet.size() >= 8) store_be(packet.data() + 4, last_transaction_);
        take(dialogue_.on_datagram(packet, now_));
    }

    void pass(std::chrono::nanoseconds duration)
    {
        const auto end = now_ + duration;
        for (int turns = 0; dialogue_.next_due() && *dialogue_.next_due() <= end; ++turns) {
            SHOAL_ASSERT(turns < 10'000);
            now_ = std::max(now_, *dialogue_.next_due());
            if (dialogue_.is_over(now_)) break;
            take(dialogue_.on_time(now_));
        }
        now_ = end;
    }

    void take(const Dialogue::Turn& turn)
    {
        for (const auto& datagram : turn.datagrams) {
            const auto request = bep15::decode_request(datagram);
            SHOAL_ASSERT(request);
            last_transaction_ = std::visit([](const auto& r) { return r.transaction; }, *request);
        }
        for (const auto& answer : turn.answers) {
            SHOAL_ASSERT(answer.question >= 1 && answer.question <= last_);
            SHOAL_ASSERT(answered_.insert(answer.question).second);
            SHOAL_ASSERT(answer.reply || !answer.reply.error().text.empty());
        }
    }

    ByteView script_;
    std::uint32_t drawn_ = 0;
    std::uint32_t last_transaction_ = 0;
    std::chrono::nanoseconds now_{0};
    Dialogue dialogue_{false, [this] { return ++drawn_; }};
    std::uint64_t last_ = 0;
    std::set<std::uint64_t> answered_;
};

void check_tracker(ByteView input)
{
    using namespace embedded_tracker;
    RandomStream random(1, 1);
    EmbeddedTracker tracker({.max_peers = 100}, [&](std::uint64_t bound) { return random.below(bound); });
    UdpAnswers answers(tracker, Hash32{});
    const Endpoint client{Address::from_v4(0x0a000001), 1};
    constexpr std::chrono::seconds now{100};
    const auto stranger = answers.answer(client, input, now);
    SHOAL_ASSERT(!stranger || stranger->size() <= input.size());
    if (input.size() < 16) return;

    Bytes packet(input.begin(), input.end());
    store_be(packet.data(), ConnectionIds(Hash32{}).make(client.address, now));
    for (int i = 0; i < 3; ++i) {
        const auto answer = answers.answer(client, packet, now);
        if (!answer) continue;
        SHOAL_ASSERT(answer->size() <= UdpAnswers::longest_answer);
        const auto reply = bep15::decode_reply(*answer, false);
        SHOAL_ASSERT(reply);
        SHOAL_ASSERT(bep15::reply_head(*answer)->transaction == load_be<std::uint32_t>(packet.data() + 12));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const auto input = std::as_bytes(std::span(octets, size));
    check_packets(input);
    check_tracker(input);
    Talk(input).run();
    return 0;
}
