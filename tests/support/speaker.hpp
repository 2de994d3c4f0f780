#pragma once

#include "peer/extended_handshake.hpp"
#include "support/crowd.hpp"
#include "support/wire_peer.hpp"

#include <shoal/bencode.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::support {

// A peer that speaks BEP 10, and says what a test lets it say.
class Speaker {
public:
    Speaker(Crowd& crowd, Member& victim, const peer::ExtendedHandshake& ours)
        : wire_(crowd.world.add_node(), crowd.content.torrent.info_hash.wire(), {.fast = true, .extended = true})
    {
        wire_.on_extended = [this](std::uint8_t id, ByteView payload) { hear(id, payload); };
        wire_.connect(victim.endpoint());
        const auto hello = peer::encode_extended_handshake(ours);
        wire_.say(peer::Extended{.id = 0, .payload = hello});
    }

    // Under the id that the victim gave it.
    void say(std::string_view name, ByteView payload)
    {
        REQUIRE(theirs.id_of(name));
        wire_.say(peer::Extended{.id = *theirs.id_of(name), .payload = payload});
    }

    WirePeer& wire() { return wire_; }

    peer::ExtendedHandshake theirs;
    std::vector<std::pair<std::uint8_t, Bytes>> heard;

private:
    void hear(std::uint8_t id, ByteView payload)
    {
        if (id != 0) return heard.emplace_back(id, Bytes(payload.begin(), payload.end())), void();
        if (const auto handshake = peer::decode_extended_handshake(payload)) theirs.update(*handshake);
    }

    WirePeer wire_;
};

// Says that it has metadata of that size, and answers what it was asked with octets that it makes up.
class MetadataLiar {
public:
    static constexpr std::uint8_t id = 5;

    MetadataLiar(Crowd& crowd, Member& victim, std::uint32_t size)
        : size_(size), speaker_(crowd, victim, {.extensions = {{"ut_metadata", id}}, .metadata_size = size})
    {
    }

    void answer()
    {
        for (const auto& [message, payload] : std::exchange(speaker_.heard, {})) {
            const auto asked = bencode::Document::parse_prefix(payload);
            if (!asked || message != id || asked->root().find_int("msg_type") != 0) continue;
            const auto block = *asked->root().find_int("piece");
            bencode::Writer writer;
            writer.begin_dict().key("msg_type").integer(1).key("piece").integer(block);
            auto answer = writer.key("total_size").integer(size_).end_dict().take();
            answer.resize(answer.size() + std::min<std::size_t>(16'384, size_ - static_cast<std::size_t>(block) * 16'384));
            speaker_.say("ut_metadata", answer);
            ++lies;
        }
    }

    std::size_t lies = 0;

private:
    std::uint32_t size_;
    Speaker speaker_;
};

}  // namespace shoal::support
