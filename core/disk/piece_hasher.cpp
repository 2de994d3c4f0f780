#include "disk/piece_hasher.hpp"

#include <shoal/assert.hpp>

#include <openssl/evp.h>

namespace shoal::disk {

struct PieceHasher::Context {
    Context() : digest(EVP_MD_fetch(nullptr, "SHA1", nullptr)), state(EVP_MD_CTX_new())
    {
        SHOAL_ASSERT(digest != nullptr && state != nullptr);
        start();
    }
    ~Context()
    {
        EVP_MD_CTX_free(state);
        EVP_MD_free(digest);
    }
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    void start()
    {
        const int started = EVP_DigestInit_ex2(state, digest, nullptr);
        SHOAL_ASSERT(started == 1);
    }

    EVP_MD* digest;
    EVP_MD_CTX* state;
};

PieceHasher::PieceHasher() : context_(std::make_unique<Context>()) {}
PieceHasher::PieceHasher(PieceHasher&&) noexcept = default;
PieceHasher& PieceHasher::operator=(PieceHasher&&) noexcept = default;
PieceHasher::~PieceHasher() = default;

void PieceHasher::update(ByteView octets)
{
    const int updated = EVP_DigestUpdate(context_->state, octets.data(), octets.size());
    SHOAL_ASSERT(updated == 1);
}

Hash20 PieceHasher::finish()
{
    Hash20 hash;
    unsigned length = 0;
    const int finished =
        EVP_DigestFinal_ex(context_->state, reinterpret_cast<unsigned char*>(hash.bytes.data()), &length);
    SHOAL_ASSERT(finished == 1 && length == Hash20::size);
    context_->start();
    return hash;
}

}  // namespace shoal::disk
