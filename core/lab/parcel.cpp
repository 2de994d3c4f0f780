#include "lab/parcel.hpp"

#include <type_traits>

namespace shoal::lab {

namespace {

template <class... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

constexpr std::uint32_t length_prefix = 4;
constexpr std::uint32_t id_only = length_prefix + 1;
constexpr std::uint32_t with_index = id_only + 4;
constexpr std::uint32_t with_request = id_only + 12;

std::uint64_t pair(std::uint32_t high, std::uint32_t low)
{
    return std::uint64_t{high} << 32 | low;
}

void mix_request(Fingerprint& fingerprint, const peer::Request& request)
{
    fingerprint.mix(pair(request.piece, request.begin));
    fingerprint.mix(request.length);
}

}  // namespace

std::uint32_t wire_size(const peer::Message& message)
{
    const auto octets = [](ByteView view) { return static_cast<std::uint32_t>(view.size()); };
    return std::visit(
        Overloaded{
            [](const peer::KeepAlive&) { return length_prefix; },
            [](const peer::Have&) { return with_index; },
            [](const peer::Suggest&) { return with_index; },
            [](const peer::AllowedFast&) { return with_index; },
            [](const peer::Request&) { return with_request; },
            [](const peer::Cancel&) { return with_request; },
            [](const peer::Reject&) { return with_request; },
            [](const peer::Port&) { return id_only + 2; },
            [&](const peer::PieceBits& bits) { return id_only + octets(bits.wire); },
            [&](const peer::Extended& extended) { return id_only + 1 + octets(extended.payload); },
            [](const peer::Unknown& unknown) { return id_only + unknown.length; },
            [](const auto&) { return id_only; },
        },
        message);
}

Parcel Parcel::of(const peer::Handshake& handshake)
{
    return {.content = handshake, .body = {}, .size = handshake_size};
}

Parcel Parcel::of(const peer::Message& message)
{
    Parcel parcel{.content = message, .body = {}, .size = wire_size(message)};
    if (const auto* bits = std::get_if<peer::PieceBits>(&message)) {
        parcel.body.assign(bits->wire.begin(), bits->wire.end());
    } else if (const auto* extended = std::get_if<peer::Extended>(&message)) {
        parcel.body.assign(extended->payload.begin(), extended->payload.end());
    }
    return parcel;
}

Parcel Parcel::of(peer::OutgoingBlock block)
{
    const auto size = block_head_size + block.head.length;
    return {.content = std::move(block), .body = {}, .size = size};
}

peer::Message Parcel::message() const
{
    const auto& sent = std::get<peer::Message>(content);
    if (std::holds_alternative<peer::PieceBits>(sent)) return peer::PieceBits{body};
    if (const auto* extended = std::get_if<peer::Extended>(&sent)) return peer::Extended{extended->id, body};
    return sent;
}

void Parcel::mix_into(Fingerprint& fingerprint) const
{
    if (const auto* handshake = std::get_if<peer::Handshake>(&content)) {
        fingerprint.mix(handshake->info_hash.view());
        fingerprint.mix(handshake->peer_id.view());
        return;
    }
    if (const auto* outgoing = block()) {
        fingerprint.mix(pair(outgoing->head.piece, outgoing->head.begin));
        return;
    }
    const auto& sent = std::get<peer::Message>(content);
    fingerprint.mix(sent.index());
    std::visit(Overloaded{
                   [&](const peer::Have& have) { fingerprint.mix(have.piece); },
                   [&](const peer::Suggest& suggest) { fingerprint.mix(suggest.piece); },
                   [&](const peer::AllowedFast& allowed) { fingerprint.mix(allowed.piece); },
                   [&](const peer::Request& request) { mix_request(fingerprint, request); },
                   [&](const peer::Cancel& cancel) { mix_request(fingerprint, cancel.request); },
                   [&](const peer::Reject& reject) { mix_request(fingerprint, reject.request); },
                   [&](const peer::Port& port) { fingerprint.mix(port.port); },
                   [&](const peer::Unknown& unknown) { fingerprint.mix(pair(unknown.id, unknown.length)); },
                   [&](const peer::PieceBits&) { fingerprint.mix(ByteView(body)); },
                   [&](const peer::Extended& extended) {
                       fingerprint.mix(extended.id);
                       fingerprint.mix(ByteView(body));
                   },
                   [](const auto&) {},
               },
               sent);
}

}  // namespace shoal::lab
