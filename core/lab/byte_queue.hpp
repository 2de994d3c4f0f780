#pragma once

#include <shoal/assert.hpp>
#include <shoal/bytes.hpp>

#include <algorithm>

namespace shoal::lab {

// Octets in one piece, taken from the front; gives its memory back when it is empty.
class ByteQueue {
public:
    void append(ByteView bytes) { octets_.insert(octets_.end(), bytes.begin(), bytes.end()); }

    MutableBytes window(std::size_t offset, std::size_t length)
    {
        return MutableBytes(octets_).subspan(first_ + offset, length);
    }

    void drop_front(std::size_t count)
    {
        SHOAL_ASSERT(first_ + count <= octets_.size());
        first_ += count;
        if (first_ == octets_.size()) {
            octets_.clear();
            if (octets_.capacity() > kept) octets_ = Bytes{};
            first_ = 0;
        } else if (first_ > octets_.size() / 2) {
            octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(first_));
            first_ = 0;
        }
    }

private:
    static constexpr std::size_t kept = 1024;

    Bytes octets_;
    std::size_t first_ = 0;
};

}  // namespace shoal::lab
