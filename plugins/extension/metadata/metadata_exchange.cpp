#include "metadata_exchange.hpp"

#include <algorithm>
#include <string>

namespace shoal::metadata_exchange {
namespace {

using namespace std::chrono_literals;

constexpr Duration tick_of_fetching = 1s;
constexpr Duration tick_of_serving = 200ms; // while somebody does not read as fast as he asks
constexpr std::uint32_t most_strays = 16;

} // namespace

MetadataExchange::MetadataExchange(Host& host)
    : host_(host), extension_(host), timers_(host.timers()), fetch_(*this)
{
}

void MetadataExchange::on_peer(const PeerView& peer)
{
    if (!peer.speaks) return;
    peers_.try_emplace(peer.peer);
    stop_if_known();
    fetch_.on_peer(peer.peer, peer.remote.address, peer.metadata_size, host_.now());
    arm();
}

void MetadataExchange::on_message(PeerHandle peer, ByteView payload)
{
    if (!peers_.contains(peer)) return;
    const auto parsed = parse_message(payload);
    if (!parsed) return drop(peer, parsed.error().text);
    stop_if_known();
    const auto now = host_.now();
    if (const auto* asked = std::get_if<Request>(&*parsed)) {
        on_request(peer, asked->block);
    } else if (const auto* data = std::get_if<Data>(&*parsed)) {
        if (!fetch_.on_data(peer, *data, now)) on_stray(peer);
    } else if (const auto* rejected = std::get_if<Reject>(&*parsed)) {
        if (!fetch_.on_reject(peer, rejected->block, now)) on_stray(peer);
    }
    arm();
}

void MetadataExchange::on_peer_gone(PeerHandle peer)
{
    peers_.erase(peer);
    fetch_.on_gone(peer, host_.now());
    arm();
}

void MetadataExchange::on_stop()
{
    fetch_.stop();
    peers_.clear();
    timer_.cancel();
}

void MetadataExchange::on_request(PeerHandle peer, std::uint32_t block)
{
    auto& state = peers_.at(peer);
    const auto known = extension_.metadata();
    const auto count = known ? blocks_of(static_cast<std::uint32_t>(known->size())) : 0;
    switch (state.served.on_request(block, count, host_.now())) {
    case Served::Ruling::serve: return serve(peer, state);
    case Served::Ruling::reject:
        // Who does not read is not told, and will have to ask again.
        return static_cast<void>(extension_.send(peer, encode_reject(block)));
    case Served::Ruling::disconnect: return drop(peer, "it asks for metadata without end");
    }
}

void MetadataExchange::on_stray(PeerHandle peer)
{
    if (++peers_.at(peer).strays > most_strays) drop(peer, "it answers what it was not asked");
}

void MetadataExchange::serve(PeerHandle peer, Peer& state)
{
    const auto known = extension_.metadata();
    if (!known) return;
    while (const auto block = state.served.next()) {
        const auto octets = known->subspan(std::size_t{*block} * block_size);
        const auto sent = extension_.send(peer, encode_data(*block, static_cast<std::uint32_t>(known->size()),
                                                            octets.first(std::min<std::size_t>(octets.size(), block_size))));
        if (!sent && sent.error().code == Errc::limit_exceeded) return;
        state.served.on_sent();
    }
}

void MetadataExchange::stop_if_known()
{
    if (extension_.metadata()) fetch_.stop();
}

void MetadataExchange::tick()
{
    stop_if_known();
    fetch_.tick(host_.now());
    for (auto& [peer, state] : peers_) serve(peer, state);
    arm();
}

void MetadataExchange::arm()
{
    const bool is_serving = has_queue();
    if (!is_serving && !fetch_.wants_ticks()) return timer_.cancel();
    if (timer_.is_armed()) return;
    timer_ = timers_.after(is_serving ? tick_of_serving : tick_of_fetching, [this] { tick(); });
}

bool MetadataExchange::has_queue() const
{
    return std::ranges::any_of(peers_, [](const auto& entry) { return entry.second.served.next().has_value(); });
}

bool MetadataExchange::request(PeerHandle peer, std::uint32_t block)
{
    return extension_.send(peer, encode_request(block)).has_value();
}

Verdict MetadataExchange::complete(ByteView metadata)
{
    const auto taken = extension_.set_metadata(metadata);
    if (taken) return Verdict::taken;
    if (taken.error().code == Errc::bad_input) return Verdict::not_this_torrents;
    host_.log(LogLevel::warning, "the metadata that came is of no use: " + taken.error().text);
    return Verdict::useless;
}

void MetadataExchange::disconnect(PeerHandle peer, std::string_view why)
{
    peers_.erase(peer);
    extension_.disconnect(peer, why);
}

void MetadataExchange::drop(PeerHandle peer, std::string_view why)
{
    disconnect(peer, why);
    fetch_.on_gone(peer, host_.now());
    arm();
}

} // namespace shoal::metadata_exchange
