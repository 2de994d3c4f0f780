// The packets as octets.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/udp_tracker/packets.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace shoal::bep15 {
namespace detail {

class PacketWriter {
public:
    template <WireInteger T>
    PacketWriter& number(T value)
    {
        const auto at = out_.size();
        out_.resize(at + sizeof value);
        store_be(out_.data() + at, value);
        return *this;
    }

    PacketWriter& action(Action action) { return number(static_cast<std::uint32_t>(action)); }

    PacketWriter& octets(ByteView octets)
    {
        out_.insert(out_.end(), octets.begin(), octets.end());
        return *this;
    }

    [[nodiscard]] Bytes take() { return std::move(out_); }

private:
    Bytes out_;
};

inline void write_url_data(PacketWriter& out, std::string_view text)
{
    while (!text.empty()) {
        const auto part = text.substr(0, longest_option);
        const std::byte head[] = {std::byte{Option::url_data}, static_cast<std::byte>(part.size())};
        out.octets(head).octets(as_bytes(part));
        text.remove_prefix(part.size());
    }
}

} // namespace detail

[[nodiscard]] inline Bytes encode(const ConnectRequest& request)
{
    return detail::PacketWriter{}
        .number(protocol_id)
        .action(Action::connect)
        .number(request.transaction)
        .take();
}

[[nodiscard]] inline Bytes encode(const AnnounceRequest& request)
{
    detail::PacketWriter out;
    out.number(request.connection).action(Action::announce).number(request.transaction);
    out.octets(request.info_hash.view()).octets(request.peer_id.view());
    out.number(request.downloaded).number(request.left).number(request.uploaded);
    out.number(request.event).number(request.ip).number(request.key).number(request.num_want);
    out.number(request.port);
    detail::write_url_data(out, request.url_data);
    return out.take();
}

[[nodiscard]] inline Bytes encode(const ScrapeRequest& request)
{
    detail::PacketWriter out;
    out.number(request.connection).action(Action::scrape).number(request.transaction);
    for (const auto& hash : request.info_hashes) out.octets(hash.view());
    return out.take();
}

[[nodiscard]] inline Bytes encode(const ConnectReply& reply)
{
    return detail::PacketWriter{}
        .action(Action::connect)
        .number(reply.transaction)
        .number(reply.connection)
        .take();
}

[[nodiscard]] inline Bytes encode(const AnnounceReply& reply)
{
    detail::PacketWriter out;
    out.action(Action::announce).number(reply.transaction);
    out.number(reply.interval).number(reply.leechers).number(reply.seeds);
    Bytes peers;
    for (const auto& peer : reply.peers) peer.append_compact(peers);
    return out.octets(peers).take();
}

[[nodiscard]] inline Bytes encode(const ScrapeReply& reply)
{
    detail::PacketWriter out;
    out.action(Action::scrape).number(reply.transaction);
    for (const auto& counts : reply.torrents) {
        out.number(counts.seeds).number(counts.completed).number(counts.leechers);
    }
    return out.take();
}

[[nodiscard]] inline Bytes encode(const ErrorReply& reply)
{
    detail::PacketWriter out;
    return out.action(Action::error).number(reply.transaction).octets(as_bytes(reply.message)).take();
}

} // namespace shoal::bep15
