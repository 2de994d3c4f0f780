#include "input.hpp"

#include "fetch.hpp"
#include "metadata_message.hpp"
#include "served.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>

// Any peers that say and send anything while metadata is fetched: blocks are asked of who says he has them, a few at a time, and each
// that is asked for is one that he could have. The octets are first one message, as it would come, and then the play.
namespace {

using namespace shoal;
using namespace shoal::metadata_exchange;
using fuzz::Input;

// A few sizes, so that peers agree now and then; sometimes any.
std::uint32_t size_from(Input& input)
{
    const auto choice = input.octet();
    if (choice < 100) return block_size * (choice % 5) + (choice % 3 == 0 ? 7 : 0);
    return choice < 250 ? 16u << 20 : input.word();
}

class Play final : FetchActions {
public:
    explicit Play(Input input) : input_(input) {}

    void run()
    {
        while (!input_.is_over()) {
            step();
            now_ += std::chrono::milliseconds(40 * input_.octet());
        }
        fetch_.stop();
        SHOAL_ASSERT(!fetch_.wants_ticks());
    }

private:
    struct Peer {
        std::uint32_t size = 0;
        std::map<std::uint32_t, Time> asked{};
    };

    PeerHandle peer() { return PeerHandle{1 + input_.octet() % 6u}; }

    void step()
    {
        switch (input_.octet() % 6) {
        case 0: return come();
        case 1: return go();
        case 2:
        case 3: return give();
        case 4: return reject();
        default: return fetch_.tick(now_);
        }
    }

    void come()
    {
        const auto handle = peer();
        const auto size = size_from(input_);
        auto& peer = peers_[handle];
        if (peer.size != size) peer = {.size = size};
        fetch_.on_peer(handle, Address::from_v4(static_cast<std::uint32_t>(handle.value() % 4)), size, now_);
    }

    void go()
    {
        const auto handle = peer();
        peers_.erase(handle);
        fetch_.on_gone(handle, now_);
    }

    void give()
    {
        const auto handle = peer();
        const auto found = peers_.find(handle);
        Data data{.block = input_.octet(), .total_size = {}, .octets = {}};
        // Most answers are to what was asked, and fit.
        if (found != peers_.end() && !found->second.asked.empty() && input_.octet() % 4 != 0) {
            data.block = found->second.asked.begin()->first;
            data.total_size = found->second.size;
            const auto rest = found->second.size - std::min(found->second.size, data.block * block_size);
            data.octets = ByteView(zeros_).first(std::min(rest, block_size));
        }
        if (input_.octet() > 240) data.total_size = size_from(input_);
        if (input_.octet() > 240) data.octets = ByteView(zeros_).first(input_.octet());
        const bool was_asked = found != peers_.end() && found->second.asked.erase(data.block) > 0;
        // What was asked may be forgotten by now; what was not asked is never taken.
        SHOAL_ASSERT(!fetch_.on_data(handle, data, now_) || was_asked);
    }

    void reject()
    {
        const auto handle = peer();
        const auto found = peers_.find(handle);
        const auto block = found == peers_.end() || found->second.asked.empty() ? 0 : found->second.asked.begin()->first;
        const bool was_asked = found != peers_.end() && found->second.asked.erase(block) > 0;
        SHOAL_ASSERT(!fetch_.on_reject(handle, block, now_) || was_asked);
    }

    bool request(PeerHandle handle, std::uint32_t block) override
    {
        auto& peer = peers_.at(handle);
        SHOAL_ASSERT(peer.size > 0 && peer.size <= Fetch::most_octets && block < blocks_of(peer.size));
        peer.asked[block] = now_;
        const auto recent = std::ranges::count_if(
            peer.asked, [this](const auto& asked) { return now_ - asked.second < Duration{1}; });
        SHOAL_ASSERT(static_cast<std::size_t>(recent) <= Source::most_waiting + 3);
        return true;
    }

    Verdict complete(ByteView metadata) override
    {
        SHOAL_ASSERT(!metadata.empty() && metadata.size() <= Fetch::most_octets);
        return metadata.size() % 3 == 1 ? Verdict::taken : Verdict::not_this_torrents;
    }

    void disconnect(PeerHandle handle, std::string_view why) override
    {
        SHOAL_ASSERT(!why.empty());
        peers_.erase(handle);
    }

    Input input_;
    Bytes zeros_ = Bytes(block_size);
    Time now_ = std::chrono::hours{1};
    std::map<PeerHandle, Peer> peers_;
    Fetch fetch_{*this};
};

void check_message(ByteView payload)
{
    const auto message = parse_message(payload);
    if (!message) return SHOAL_ASSERT(message.error().code == Errc::protocol_error);
    if (const auto* data = std::get_if<Data>(&*message)) {
        const auto again = encode_data(data->block, data->total_size.value_or(0), data->octets);
        const auto reread = parse_message(again);
        SHOAL_ASSERT(reread && std::ranges::equal(std::get<Data>(*reread).octets, data->octets));
    }
}

void check_serving(ByteView blocks)
{
    Served served;
    std::size_t waiting = 0;
    for (const auto octet : blocks) {
        const auto block = std::to_integer<std::uint32_t>(octet);
        waiting += served.on_request(block, 200, {}) == Served::Ruling::serve ? 1 : 0;
        SHOAL_ASSERT(waiting <= Served::most_queued);
        if (const auto next = served.next()) SHOAL_ASSERT(*next < 200);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    const auto input = std::as_bytes(std::span(octets, size));
    check_message(input);
    check_serving(input);
    Play(Input(input)).run();
    return 0;
}
