// Items of the DHT (BEP 44): a bencoded value, stored under its own hash or under a key of whoever signs it.
#pragma once

#include "message.hpp"
#include "node_id.hpp"
#include "signature.hpp"

#include <shoal/bytes.hpp>

#include <cstdint>
#include <optional>

namespace shoal::dht {

/// What makes an item mutable.
struct Authorship {
    PublicKey key;
    Bytes salt; // may be empty
    std::int64_t seq = 0;
    Signature signature;

    friend bool operator==(const Authorship&, const Authorship&) = default;
};

struct Item {
    Bytes value; // bencoded
    std::optional<Authorship> author;

    friend bool operator==(const Item&, const Item&) = default;
};

[[nodiscard]] NodeId immutable_target(ByteView value);
[[nodiscard]] NodeId mutable_target(const PublicKey& key, ByteView salt);
[[nodiscard]] NodeId target_of(const Item& item);

/// What the author signs.
[[nodiscard]] Bytes signed_text(ByteView salt, std::int64_t seq, ByteView value);

/// Errors: invalid_argument (no bencoded value, too long), unsupported (the key).
[[nodiscard]] Result<Item> make_immutable(ByteView value);
[[nodiscard]] Result<Item> make_mutable(ByteView value, ByteView salt, std::int64_t seq, const SecretKey& key,
                                        const SignatureScheme& scheme);

/// The item in a reply, when it is one of `target`: the hash fits, and the signature. `salt` is the one that was
/// asked for; replies do not carry it.
[[nodiscard]] std::optional<Item> verified_item(const Reply& reply, const NodeId& target, ByteView salt,
                                                const SignatureScheme& scheme);

} // namespace shoal::dht
