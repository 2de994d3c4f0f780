#include "dht.hpp"
#include "numbers.hpp"

#include <shoal/assert.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

// Any datagrams from anybody, at any time, at a node that is asked to look up, announce, get and put meanwhile: it
// stays within its limits, sends nothing too long and nothing that it could not read itself, and every lookup ends.
namespace {

using namespace shoal;
using namespace shoal::dht;
using namespace std::chrono_literals;

class Ear final : public Wire {
public:
    struct Sent {
        Endpoint to;
        Bytes octets;
    };

    void send(const Endpoint& to, ByteView datagram) override
    {
        SHOAL_ASSERT(datagram.size() <= 1400 && is_usable(to));
        SHOAL_ASSERT(parse_message(datagram, to.address.v6));
        sent.push_back({to, Bytes(datagram.begin(), datagram.end())});
    }

    std::vector<Sent> sent;
};

class Scene {
public:
    Scene()
    {
        dht.join({Address::from_v4(0x50000001), 6881}, v4, {}, now);
        dht.join({*Address::parse("2001:db8::1"), 6881}, v6, {}, now);
        dht.introduce(stranger(1), now);
    }

    // One octet of what to do, then what it needs.
    void play(ByteView input)
    {
        while (input.size() >= 2) {
            const auto verb = std::to_integer<unsigned>(input[0]);
            const auto amount = std::min<std::size_t>(std::to_integer<std::size_t>(input[1]) * 4, input.size() - 2);
            const auto octets = input.subspan(2, amount);
            input = input.subspan(2 + amount);
            act(verb, octets);
            SHOAL_ASSERT(dht.next_due() >= Time::min());
        }
    }

    void end()
    {
        for (int i = 0; i < 70; ++i) wait(1s);
        SHOAL_ASSERT(ended == begun);
        for (const bool is_v6 : {false, true}) {
            const auto stats = dht.node(is_v6)->stats(now);
            SHOAL_ASSERT(stats.nodes <= 160 * 8 && stats.lookups <= 1); // its own, for the network
            SHOAL_ASSERT(stats.torrents <= 2000 && stats.items <= 700);
        }
    }

private:
    static Endpoint stranger(unsigned number)
    {
        if (number % 4 == 3) {
            auto address = *Address::parse("2001:db8:7::1");
            address.bytes[7] = static_cast<std::byte>(number);
            return {address, 6881};
        }
        return {Address::from_v4(0x51000001 + (number << 8)), 6881};
    }

    void act(unsigned verb, ByteView octets)
    {
        const auto from = stranger(verb / 8);
        switch (verb % 8) {
        case 0:
        case 1: dht.receive(from, octets, now); break;
        case 2:
        case 3: answer(octets); break;
        case 4: wait(std::chrono::milliseconds(verb * 40)); break;
        case 5: look_up(octets); break;
        case 6: ask(octets, from); break;
        default: dht.introduce(from, now); break;
        }
    }

    void wait(std::chrono::nanoseconds duration)
    {
        now += duration;
        dht.on_time(now);
    }

    // Something that was sent is answered by whom it was sent to, with any content.
    void answer(ByteView octets)
    {
        auto& wire = v4.sent.empty() ? v6 : v4;
        if (wire.sent.empty()) return;
        const auto sent = wire.sent.back();
        wire.sent.pop_back();
        const auto message = parse_message(sent.octets, sent.to.address.v6);
        const auto* query = std::get_if<Query>(&*message);
        if (query == nullptr) return;
        Reply reply{.transaction = query->transaction, .seen_as = Endpoint{sent.to.address, 1}};
        std::copy_n(octets.begin(), std::min<std::size_t>(octets.size(), 20), reply.id.bytes.begin());
        reply.token = octets.first(std::min<std::size_t>(octets.size(), 64));
        (sent.to.address.v6 ? reply.nodes6 : reply.nodes) = octets;
        reply.samples = octets;
        dht.receive(sent.to, encode(reply), now);
    }

    void look_up(ByteView octets)
    {
        if (begun > 64) return;
        NodeId target;
        std::copy_n(octets.begin(), std::min<std::size_t>(octets.size(), 20), target.bytes.begin());
        begun += 3;
        dht.find_peers(target, {.announcement = Announcement{}, .is_scrape = true}, now + 60s, [](auto) {},
                       [this](const PeerSummary&) { ++ended; });
        dht.get(target, {}, now + 60s, [this](const ItemSummary&) { ++ended; });
        dht.sample(target, now + 60s, [this](const SampleSummary&) { ++ended; });
    }

    // A query that makes sense, with a token that is right.
    void ask(ByteView octets, const Endpoint& from)
    {
        Query query{.transaction = as_bytes("aa"), .method = Method::get_peers};
        std::copy_n(octets.begin(), std::min<std::size_t>(octets.size(), 20), query.target.bytes.begin());
        query.id.bytes[0] = std::byte{0x77};
        auto& wire = from.address.v6 ? v6 : v4;
        wire.sent.clear();
        dht.receive(from, encode(query), now);
        if (wire.sent.empty()) return;
        const auto answered = wire.sent.front().octets;
        const auto message = parse_message(answered, from.address.v6);
        const auto* reply = std::get_if<Reply>(&*message);
        if (reply == nullptr) return;
        query.method = Method::announce_peer;
        query.token = reply->token;
        query.is_port_implied = true;
        dht.receive(from, encode(query), now);
    }

    test::Numbers numbers;
    Ed25519 scheme;
    Ear v4;
    Ear v6;
    Time now{1h};
    Dht dht{{}, numbers, scheme};
    int begun = 0;
    int ended = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    Scene scene;
    scene.play(std::as_bytes(std::span(octets, size)));
    scene.end();
    return 0;
}
