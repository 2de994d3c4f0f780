#include "greeting.hpp"

#include <shoal/hmac.hpp>

#include <algorithm>

namespace shoal::kin {

Bytes encode(const Said& said)
{
    Bytes payload(1 + Hash32::size);
    payload[0] = static_cast<std::byte>(said.kind);
    std::ranges::copy(said.octets.bytes, payload.begin() + 1);
    return payload;
}

std::optional<Said> decode(ByteView payload)
{
    if (payload.size() != 1 + Hash32::size) return std::nullopt;
    const auto kind = static_cast<Said::Kind>(payload[0]);
    if (kind != Said::Kind::question && kind != Said::Kind::answer) return std::nullopt;
    return Said{kind, *Hash32::from(payload.subspan(1))};
}

Hash32 answer_to(ByteView secret, ByteView info_hash, const Questions& questions)
{
    HmacSha256 hmac(secret);
    hmac.update(as_bytes("sh_kin 1 answer"));
    hmac.update(info_hash);
    hmac.update(questions.of_asker.bytes);
    hmac.update(questions.of_answerer.bytes);
    return hmac.finish();
}

} // namespace shoal::kin
