#include "holepunch_message.hpp"

namespace shoal::holepunch {
namespace {

constexpr std::size_t head_size = 2; // kind and family
constexpr std::size_t error_size = 4;

} // namespace

Result<std::optional<Message>> parse_message(ByteView payload)
{
    if (payload.size() < head_size) return make_error(Errc::protocol_error, "a holepunch message without its head");
    const auto kind = std::to_integer<unsigned>(payload[0]);
    const auto family = std::to_integer<unsigned>(payload[1]);
    if (kind > static_cast<unsigned>(Kind::error) || family > 1) return std::optional<Message>{};

    const auto rest = payload.subspan(head_size);
    const auto endpoint_size = family == 0 ? Endpoint::compact4_size : Endpoint::compact6_size;
    const bool has_error = rest.size() == endpoint_size + error_size;
    const bool may_lack_error = kind != static_cast<unsigned>(Kind::error);
    if (!has_error && !(may_lack_error && rest.size() == endpoint_size)) {
        return make_error(Errc::protocol_error, "a holepunch message of an odd length");
    }
    const auto compact = rest.first(endpoint_size);
    const auto endpoint = family == 0 ? Endpoint::from_compact4(compact) : Endpoint::from_compact6(compact);
    if (!endpoint) return endpoint.error();
    return std::optional(Message{.kind = static_cast<Kind>(kind),
                                 .endpoint = *endpoint,
                                 .error = has_error ? load_be<std::uint32_t>(rest.data() + endpoint_size) : 0});
}

Bytes encode(const Message& message)
{
    Bytes payload;
    payload.reserve(head_size + Endpoint::compact6_size + error_size);
    payload.push_back(static_cast<std::byte>(message.kind));
    payload.push_back(std::byte{message.endpoint.address.is_v6()});
    message.endpoint.append_compact(payload);
    payload.resize(payload.size() + error_size);
    store_be(payload.data() + payload.size() - error_size, message.error);
    return payload;
}

} // namespace shoal::holepunch
