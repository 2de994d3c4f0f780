#pragma once

#include <shoal/bytes.hpp>
#include <shoal/ids.hpp>

#include <memory>

namespace shoal::disk {

// SHA-1 of a piece, fed in order as its octets become contiguous. OpenSSL's, which uses the processor's own instructions;
// the SDK's portable one (shoal/sha1.hpp) is for plug-ins. Reusable after finish(). One thread at a time.
class PieceHasher {
public:
    PieceHasher();
    PieceHasher(PieceHasher&&) noexcept;
    PieceHasher& operator=(PieceHasher&&) noexcept;
    ~PieceHasher();

    void update(ByteView octets);
    Hash20 finish();

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace shoal::disk
