// What this test binary took from the heap: it replaces the global operator new to find out.
#pragma once

#include <cstddef>

namespace shoal::test {

/// Counts from its construction on, for the thread that made it. One at a time.
class Allocations {
public:
    Allocations() noexcept;
    ~Allocations();
    Allocations(const Allocations&) = delete;
    Allocations& operator=(const Allocations&) = delete;

    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::size_t largest() const noexcept { return largest_; }

    void note(std::size_t size) noexcept;

private:
    std::size_t count_ = 0;
    std::size_t largest_ = 0;
};

} // namespace shoal::test
