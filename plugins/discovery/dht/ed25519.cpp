#include "signature.hpp"

#include <memory>

#include <openssl/evp.h>

namespace shoal::dht {
namespace {

struct Free {
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* octets(ByteView view)
{
    return reinterpret_cast<const unsigned char*>(view.data());
}

Key secret(const SecretKey& key)
{
    return Key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, octets(key.bytes), SecretKey::size));
}

Error failed(const char* what)
{
    return make_error(Errc::unsupported, std::string("OpenSSL cannot ") + what);
}

} // namespace

bool Ed25519::is_valid(const Signature& signature, ByteView text, const PublicKey& key) const
{
    const Key parsed(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, octets(key.bytes), PublicKey::size));
    const Context context(EVP_MD_CTX_new());
    return parsed && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, parsed.get()) == 1
           && EVP_DigestVerify(context.get(), octets(signature.bytes), Signature::size, octets(text), text.size()) == 1;
}

Result<Signature> Ed25519::sign(ByteView text, const SecretKey& key) const
{
    const auto parsed = secret(key);
    const Context context(EVP_MD_CTX_new());
    Signature signature;
    std::size_t size = Signature::size;
    const bool is_signed =
        parsed && context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, parsed.get()) == 1
        && EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.bytes.data()), &size, octets(text),
                          text.size())
               == 1;
    if (!is_signed) return failed("sign with this ed25519 key");
    return signature;
}

Result<PublicKey> Ed25519::public_key(const SecretKey& key) const
{
    const auto parsed = secret(key);
    PublicKey made;
    std::size_t size = PublicKey::size;
    auto* into = reinterpret_cast<unsigned char*>(made.bytes.data());
    if (!parsed || EVP_PKEY_get_raw_public_key(parsed.get(), into, &size) != 1) {
        return failed("make the public key of this ed25519 key");
    }
    return made;
}

} // namespace shoal::dht
