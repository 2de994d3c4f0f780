#include "metadata_swarm.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace std::chrono_literals;

namespace shoal::metadata_exchange {

Bytes made_metadata(std::size_t size, std::uint8_t seed)
{
    Bytes octets(size);
    RandomStream(17, seed).fill(octets);
    return octets;
}

ByteView block_of(ByteView whole, std::uint32_t block)
{
    const auto rest = whole.subspan(std::size_t{block} * block_size);
    return rest.first(std::min<std::size_t>(rest.size(), block_size));
}

MetadataSwarm::Manner MetadataSwarm::gives(Bytes metadata)
{
    return [metadata = std::move(metadata)](std::uint32_t block) {
        return encode_data(block, static_cast<std::uint32_t>(metadata.size()), block_of(metadata, block));
    };
}

MetadataSwarm::Manner MetadataSwarm::rejects()
{
    return [](std::uint32_t block) { return encode_reject(block); };
}

MetadataSwarm::Manner MetadataSwarm::is_silent()
{
    return [](std::uint32_t) { return std::nullopt; };
}

PeerHandle MetadataSwarm::add(Manner manner, std::uint32_t size, std::string address)
{
    if (address.empty()) address = "1.2." + std::to_string(++addresses_) + ".1";
    const auto remote = address + ":6881";
    const auto peer = connect({.remote = remote, .listening = remote, .metadata_size = size});
    manners_[peer] = std::move(manner);
    plugin.on_peer(view(peer));
    return peer;
}

PeerHandle MetadataSwarm::add_honest(std::string address)
{
    return add(gives(true_metadata), static_cast<std::uint32_t>(true_metadata.size()), std::move(address));
}

PeerHandle MetadataSwarm::add_liar(std::size_t size, std::uint8_t seed, std::string address)
{
    return add(gives(made_metadata(size, seed)), static_cast<std::uint32_t>(size), std::move(address));
}

void MetadataSwarm::exchange()
{
    while (heard_ < sent.size()) {
        const auto message = sent[heard_++];
        const auto parsed = parse_message(message.payload);
        REQUIRE(parsed);
        const auto* asked = std::get_if<metadata_exchange::Request>(&*parsed);
        if (asked == nullptr || !manners_.contains(message.peer)) continue;
        const auto answer = manners_.at(message.peer)(asked->block);
        if (!answer) continue;
        ++answers;
        say(message.peer, *answer);
    }
}

void MetadataSwarm::run_for(std::chrono::seconds duration)
{
    exchange();
    for (auto second = 0s; second < duration; ++second) {
        advance(1s);
        exchange();
    }
}

std::vector<std::uint32_t> MetadataSwarm::asked_of(PeerHandle peer) const
{
    std::vector<std::uint32_t> blocks;
    for (const auto& payload : sent_to(peer)) {
        const auto parsed = parse_message(payload);
        REQUIRE(parsed);
        if (const auto* asked = std::get_if<metadata_exchange::Request>(&*parsed)) blocks.push_back(asked->block);
    }
    return blocks;
}

} // namespace shoal::metadata_exchange
