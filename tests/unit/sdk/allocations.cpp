#include "allocations.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace shoal::test {

namespace {

thread_local Allocations* watching = nullptr;

} // namespace

Allocations::Allocations() noexcept { watching = this; }

Allocations::~Allocations() { watching = nullptr; }

void Allocations::note(std::size_t size) noexcept
{
    ++count_;
    largest_ = std::max(largest_, size);
}

} // namespace shoal::test

// The nothrow forms too: a sanitizer has its own, and wants new and delete to be a pair.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    if (shoal::test::watching != nullptr) shoal::test::watching->note(size);
    return std::malloc(size != 0 ? size : 1);
}

void* operator new(std::size_t size)
{
    if (void* memory = ::operator new(size, std::nothrow)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }

void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
