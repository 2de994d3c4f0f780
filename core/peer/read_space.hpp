#pragma once

#include <shoal/bytes.hpp>

#include <cstddef>
#include <memory>

namespace shoal::peer {

// Where the octets of one read land before they are cut into messages. One for all links of a loop: only one of them reads
// at a time, and what it could not handle it takes along. Always the same memory, so it stays in the cache. [loop]
class ReadSpace {
public:
    explicit ReadSpace(std::size_t size = 256 << 10)
        : octets_(std::make_unique_for_overwrite<std::byte[]>(size)), size_(size)
    {}

    MutableBytes octets() { return {octets_.get(), size_}; }

private:
    std::unique_ptr<std::byte[]> octets_;
    std::size_t size_;
};

}  // namespace shoal::peer
