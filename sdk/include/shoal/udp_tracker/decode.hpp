// Octets as packets. Those of strangers: everything is checked, and nothing costs more than linear time.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/result.hpp>
#include <shoal/udp_tracker/packets.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::bep15 {
namespace detail {

/// The caller has checked that enough is left.
class PacketReader {
public:
    explicit PacketReader(ByteView packet) : rest_(packet) {}

    template <WireInteger T>
    T number()
    {
        const auto value = load_be<T>(rest_.data());
        rest_ = rest_.subspan(sizeof value);
        return value;
    }

    template <class Fixed>
    Fixed fixed()
    {
        Fixed value;
        std::ranges::copy(rest_.first(Fixed::size), value.bytes.begin());
        rest_ = rest_.subspan(Fixed::size);
        return value;
    }

    [[nodiscard]] ByteView rest() const { return rest_; }

private:
    ByteView rest_;
};

inline Error too_short(std::string_view what, std::size_t size, std::size_t least)
{
    return make_error(Errc::bad_input, std::string(what) + " of " + std::to_string(size)
                                           + " bytes, where at least " + std::to_string(least) + " belong");
}

/// All URL data of the options. One that is torn ends them: the announce before it is whole.
inline std::string read_url_data(ByteView options)
{
    std::string text;
    while (!options.empty()) {
        const auto type = std::to_integer<unsigned char>(options.front());
        options = options.subspan(1);
        if (type == end_of_options) break;
        if (type == no_operation) continue;
        if (options.empty()) break;
        const auto length = std::to_integer<std::size_t>(options.front());
        options = options.subspan(1);
        if (length > options.size()) break;
        if (type == Option::url_data) text += as_text(options.first(length));
        options = options.subspan(length);
    }
    return text;
}

inline Endpoint endpoint_at(ByteView compact)
{
    const auto address_size = compact.size() - sizeof(std::uint16_t);
    Endpoint peer{.address = {.bytes = {}, .v6 = compact.size() == Endpoint::compact6_size},
                  .port = load_be<std::uint16_t>(compact.data() + address_size)};
    std::ranges::copy(compact.first(address_size), peer.address.bytes.begin());
    return peer;
}

inline AnnounceRequest read_announce(std::uint64_t connection, std::uint32_t transaction, PacketReader in)
{
    AnnounceRequest request{.connection = connection, .transaction = transaction};
    request.info_hash = in.fixed<Hash20>();
    request.peer_id = in.fixed<WirePeerId>();
    request.downloaded = in.number<std::uint64_t>();
    request.left = in.number<std::uint64_t>();
    request.uploaded = in.number<std::uint64_t>();
    request.event = in.number<std::uint32_t>();
    request.ip = in.number<std::uint32_t>();
    request.key = in.number<std::uint32_t>();
    request.num_want = in.number<std::uint32_t>();
    request.port = in.number<std::uint16_t>();
    request.url_data = read_url_data(in.rest());
    return request;
}

inline AnnounceReply read_announce_reply(std::uint32_t transaction, PacketReader in, std::size_t peer_size)
{
    AnnounceReply reply{.transaction = transaction};
    reply.interval = in.number<std::uint32_t>();
    reply.leechers = in.number<std::uint32_t>();
    reply.seeds = in.number<std::uint32_t>();
    for (auto peers = in.rest(); peers.size() >= peer_size; peers = peers.subspan(peer_size)) {
        reply.peers.push_back(endpoint_at(peers.first(peer_size)));
    }
    return reply;
}

inline ScrapeReply read_scrape_reply(std::uint32_t transaction, PacketReader in)
{
    ScrapeReply reply{.transaction = transaction};
    while (in.rest().size() >= scrape_counts_size) {
        ScrapeCounts counts;
        counts.seeds = in.number<std::uint32_t>();
        counts.completed = in.number<std::uint32_t>();
        counts.leechers = in.number<std::uint32_t>();
        reply.torrents.push_back(counts);
    }
    return reply;
}

} // namespace detail

/// Errors: bad_input for what is too short, and for what begins with another number than protocol_id and is
/// neither announce nor scrape. Who asks is unknown until the connection id has been checked. A torn last
/// info-hash is left out.
[[nodiscard]] inline Result<Request> decode_request(ByteView packet)
{
    if (packet.size() < detail::request_size) {
        return detail::too_short("a request", packet.size(), detail::request_size);
    }
    detail::PacketReader in(packet);
    const auto connection = in.number<std::uint64_t>();
    const auto action = static_cast<Action>(in.number<std::uint32_t>());
    const auto transaction = in.number<std::uint32_t>();
    if (action == Action::connect && connection == protocol_id) {
        return Request(ConnectRequest{.transaction = transaction});
    }
    if (action == Action::scrape) {
        ScrapeRequest request{.connection = connection, .transaction = transaction};
        while (in.rest().size() >= Hash20::size) request.info_hashes.push_back(in.fixed<Hash20>());
        return Request(std::move(request));
    }
    if (action != Action::announce) return make_error(Errc::bad_input, "neither connect, announce nor scrape");
    if (packet.size() < detail::announce_size) {
        return detail::too_short("an announce", packet.size(), detail::announce_size);
    }
    return Request(detail::read_announce(connection, transaction, in));
}

/// What a packet says it is and answers, before anybody looks at the rest of it.
[[nodiscard]] inline std::optional<ReplyHead> reply_head(ByteView packet)
{
    if (packet.size() < detail::head_size) return std::nullopt;
    return ReplyHead{load_be<std::uint32_t>(packet.data()), load_be<std::uint32_t>(packet.data() + 4)};
}

/// `is_v6`: the family of the address that it comes from, which says how long a peer is. Errors: bad_input for
/// what is too short or has an unknown action. A torn last peer or torrent is left out.
[[nodiscard]] inline Result<Reply> decode_reply(ByteView packet, bool is_v6)
{
    const auto head = reply_head(packet);
    if (!head) return detail::too_short("a reply", packet.size(), detail::head_size);
    detail::PacketReader in(packet.subspan(detail::head_size));
    switch (static_cast<Action>(head->action)) {
    case Action::connect:
        if (packet.size() < detail::request_size) break;
        return Reply(ConnectReply{head->transaction, in.number<std::uint64_t>()});
    case Action::announce: {
        if (packet.size() < detail::announce_reply_size) break;
        const auto peer_size = is_v6 ? Endpoint::compact6_size : Endpoint::compact4_size;
        return Reply(detail::read_announce_reply(head->transaction, in, peer_size));
    }
    case Action::scrape: return Reply(detail::read_scrape_reply(head->transaction, in));
    case Action::error: return Reply(ErrorReply{head->transaction, std::string(as_text(in.rest()))});
    default: return make_error(Errc::bad_input, "a reply with the unknown action " + std::to_string(head->action));
    }
    const bool is_connect = head->action == static_cast<std::uint32_t>(Action::connect);
    return detail::too_short(is_connect ? "a connect reply" : "an announce reply", packet.size(),
                             is_connect ? detail::request_size : detail::announce_reply_size);
}

} // namespace shoal::bep15
