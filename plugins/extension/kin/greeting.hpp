// How two peers find out that they share a secret, without telling it to anybody: each asks a question that was never asked
// before, and only who knows the secret can answer it.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>

#include <cstdint>
#include <optional>

namespace shoal::kin {

/// One message: an octet that says which, and 32 octets.
struct Said {
    enum class Kind : std::uint8_t { question = 0, answer = 1 };

    Kind kind{};
    Hash32 octets{};

    friend bool operator==(const Said&, const Said&) = default;
};

[[nodiscard]] Bytes encode(const Said& said);
/// Nothing: it is of another length or kind.
[[nodiscard]] std::optional<Said> decode(ByteView payload);

/// What the two of one connection asked each other.
struct Questions {
    Hash32 of_asker;
    Hash32 of_answerer;
};

/// Holds for this torrent and these two questions alone, and in this direction: heard again, or turned round, it proves nothing.
[[nodiscard]] Hash32 answer_to(ByteView secret, ByteView info_hash, const Questions& questions);

} // namespace shoal::kin
