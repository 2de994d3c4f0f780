#include "disk/write_window.hpp"

#include <shoal/assert.hpp>

#include <algorithm>

namespace shoal::disk {

using environment::Duration;
using environment::Time;

void WriteWindow::on_ended(std::uint32_t octets, std::optional<Duration> took, Time now)
{
    SHOAL_ASSERT(octets <= on_its_way_);
    largest_ = std::max(largest_, octets);
    if (took && *took > target) shrink(now - *took, now);
    // What is not used up says nothing of what the disk could take beyond it.
    else if (took && std::max(used_, on_its_way_) >= size_ / 2) grow(octets);
    on_its_way_ -= octets;
}

std::uint64_t WriteWindow::room(std::uint64_t asked_for)
{
    used_ = on_its_way_ + asked_for;
    return size_ - std::min(size_, used_);
}

// By what was on its way: only that has been tried.
void WriteWindow::shrink(Time began, Time now)
{
    if (began < shrunk_at_) return;
    size_ = std::max(std::min(size_, on_its_way_) / 2, floor());
    shrunk_at_ = now;
}

// By a write's size each round of writes, or an eighth where that is more: a round of a wide window is short.
void WriteWindow::grow(std::uint32_t octets)
{
    if (is_open()) return;
    size_ += std::max<std::uint64_t>(std::uint64_t{octets} * octets / size_, octets / 8);
}

// One that is being written and one that waits for it: the disk is never without work.
std::uint64_t WriteWindow::floor() const
{
    constexpr std::uint64_t least = 128 * 1024;
    return std::max(std::uint64_t{2} * largest_, least);
}

}  // namespace shoal::disk
