// Signatures of mutable items (BEP 44), behind an interface so that the engine's tests can count and refuse.
#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>
#include <shoal/result.hpp>

namespace shoal::dht {

using PublicKey = FixedBytes<struct PublicKeyTag, 32>;
using SecretKey = FixedBytes<struct SecretKeyTag, 32>; // the seed of RFC 8032
using Signature = FixedBytes<struct SignatureTag, 64>;

class SignatureScheme {
public:
    [[nodiscard]] virtual bool is_valid(const Signature& signature, ByteView text, const PublicKey& key) const = 0;
    [[nodiscard]] virtual Result<Signature> sign(ByteView text, const SecretKey& key) const = 0;
    [[nodiscard]] virtual Result<PublicKey> public_key(const SecretKey& key) const = 0;

protected:
    ~SignatureScheme() = default;
};

/// Ed25519 by OpenSSL.
class Ed25519 final : public SignatureScheme {
public:
    [[nodiscard]] bool is_valid(const Signature& signature, ByteView text, const PublicKey& key) const override;
    [[nodiscard]] Result<Signature> sign(ByteView text, const SecretKey& key) const override;
    [[nodiscard]] Result<PublicKey> public_key(const SecretKey& key) const override;
};

} // namespace shoal::dht
