#pragma once

#include "environment/time.hpp"

#include <cstdint>
#include <optional>

namespace shoal::disk {

// How much may be on its way to the disk at once, from being asked for to being written, by how long writes take: so much that
// none takes longer than about `target`. What comes beyond that only makes every read and write behind it wait. Open at first,
// because most disks are faster than most networks; halved, at most once for each round of writes, when one takes longer; wider
// while they do not, and while it is what limits us (docs/decisions/0010). No clock of its own. [loop]
class WriteWindow {
public:
    // Short enough for who is served from the same disk; long enough for a few seeks of one that turns.
    static constexpr environment::Duration target = std::chrono::milliseconds{100};

    // A write was handed in.
    void on_begun(std::uint32_t octets) { on_its_way_ += octets; }
    // It has ended. `took`: nothing if that says nothing of the disk, because the write failed or had to wait for a move.
    void on_ended(std::uint32_t octets, std::optional<environment::Duration> took, environment::Time now);

    // Octets that may still be asked for, when so many are.
    std::uint64_t room(std::uint64_t asked_for);
    bool is_open() const { return size_ == UINT64_MAX; }  // the disk was never too slow: whoever asks for room has it
    // More was handed in than is good; only writing helps.
    bool is_full() const { return on_its_way_ >= size_; }
    std::uint64_t size() const { return size_; }
    std::uint64_t on_its_way() const { return on_its_way_; }  // handed in and not ended

private:
    void shrink(environment::Time began, environment::Time now);
    void grow(std::uint32_t octets);
    std::uint64_t floor() const;

    std::uint64_t size_ = UINT64_MAX;
    std::uint64_t on_its_way_ = 0;
    std::uint64_t used_ = 0;         // with what was asked for, when room was looked for last
    std::uint32_t largest_ = 0;      // write so far
    environment::Time shrunk_at_{};  // what began before is of the round that was answered
};

}  // namespace shoal::disk
