#pragma once

#include "peer/decoder.hpp"

#include <algorithm>
#include <cstddef>

namespace shoal::peer::testing {

// Hands octets to a decoder as a socket would: into the room it names.
class Feed {
public:
    Feed(Decoder& decoder, ByteView octets) : decoder_(decoder), left_(octets) {}

    ByteView left() const { return left_; }

    // Up to `most` octets in reads of up to `step`; stops early when the decoder does.
    Result<DecoderProgress> run(std::size_t most = SIZE_MAX, std::size_t step = SIZE_MAX)
    {
        Result<DecoderProgress> progress = DecoderProgress::hungry;
        most = std::min(most, left_.size());
        while (most > 0 && progress && *progress == DecoderProgress::hungry) {
            const auto octets = scatter(std::min(most, step));
            most -= octets;
            progress = decoder_.commit(octets);
        }
        return progress;
    }

private:
    std::size_t scatter(std::size_t most)
    {
        const auto room = decoder_.prepare();
        const auto size = std::min(most, room.size());
        std::copy_n(left_.begin(), size, room.begin());
        left_ = left_.subspan(size);
        return size;
    }

    Decoder& decoder_;
    ByteView left_;
};

}  // namespace shoal::peer::testing
