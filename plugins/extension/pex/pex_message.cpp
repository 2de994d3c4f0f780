#include "pex_message.hpp"

#include <shoal/bencode.hpp>

#include <algorithm>
#include <string_view>

namespace shoal::peer_exchange {
namespace {

constexpr bencode::Limits limits{.depth = 8, .tokens = 256};

struct Compact {
    Bytes peers;
    Bytes flags;
};

Compact compact(const std::vector<NamedPeer>& peers, bool v6)
{
    Compact out;
    for (const auto& peer : peers) {
        if (peer.endpoint.address.is_v6() != v6) continue;
        peer.endpoint.append_compact(out.peers);
        out.flags.push_back(std::byte{peer.flags});
    }
    return out;
}

Bytes compact(const std::vector<Endpoint>& peers, bool v6)
{
    Bytes out;
    for (const auto& peer : peers) {
        if (peer.address.is_v6() == v6) peer.append_compact(out);
    }
    return out;
}

void read(const bencode::Node& dict, bool v6, std::size_t most, std::vector<NamedPeer>& out)
{
    auto rest = dict.find_bytes(v6 ? "added6" : "added").value_or(ByteView{});
    const auto flags = dict.find_bytes(v6 ? "added6.f" : "added.f").value_or(ByteView{});
    const auto size = v6 ? Endpoint::compact6_size : Endpoint::compact4_size;
    for (std::size_t i = 0; rest.size() >= size && out.size() < most; ++i, rest = rest.subspan(size)) {
        const auto endpoint =
            v6 ? Endpoint::from_compact6(rest.first(size)) : Endpoint::from_compact4(rest.first(size));
        if (!endpoint) return;
        out.push_back({*endpoint, i < flags.size() ? std::to_integer<std::uint8_t>(flags[i]) : std::uint8_t{0}});
    }
}

} // namespace

Bytes encode(const Delta& delta)
{
    const auto v4 = compact(delta.added, false);
    const auto v6 = compact(delta.added, true);
    return bencode::Writer{}
        .begin_dict()
        .key("added")
        .bytes(v4.peers)
        .key("added.f")
        .bytes(v4.flags)
        .key("added6")
        .bytes(v6.peers)
        .key("added6.f")
        .bytes(v6.flags)
        .key("dropped")
        .bytes(compact(delta.dropped, false))
        .key("dropped6")
        .bytes(compact(delta.dropped, true))
        .end_dict()
        .take();
}

Result<std::vector<NamedPeer>> parse_added(ByteView payload, std::size_t most)
{
    const auto document = bencode::Document::parse_prefix(payload, limits);
    if (!document || !document->root().is_dict()) {
        return make_error(Errc::protocol_error, "a peer exchange message that is no dictionary");
    }
    std::vector<NamedPeer> added;
    read(document->root(), false, most, added);
    read(document->root(), true, most, added);
    return added;
}

} // namespace shoal::peer_exchange
