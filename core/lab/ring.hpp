#pragma once

#include <shoal/assert.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace shoal::lab {

// A queue that takes no memory while it is empty: a world has thousands, and most are idle. (std::deque takes
// half a kilobyte before the first element.)
template <class T>
class Ring {
public:
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

    T& operator[](std::size_t i)
    {
        SHOAL_ASSERT(i < size_);
        return slots_[position(i)];
    }

    T& front() { return (*this)[0]; }

    void push_back(T value)
    {
        if (size_ == slots_.size()) grow();
        slots_[position(size_)] = std::move(value);
        ++size_;
    }

    T pop_front()
    {
        auto value = std::move(front());
        first_ = position(1);
        --size_;
        if (size_ == 0 && slots_.size() > kept) clear();
        return value;
    }

    void erase(std::size_t i)
    {
        for (; i + 1 < size_; ++i) (*this)[i] = std::move((*this)[i + 1]);
        (*this)[i] = T{};
        --size_;
    }

    void clear()
    {
        const auto dropped = std::move(slots_);
        slots_ = {};
        first_ = size_ = 0;
    }

private:
    static constexpr std::size_t kept = 4;

    std::size_t position(std::size_t i) const
    {
        const auto at = first_ + i;
        return at < slots_.size() ? at : at - slots_.size();
    }

    void grow()
    {
        std::vector<T> larger(slots_.empty() ? 2 : slots_.size() * 2);
        for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
        slots_ = std::move(larger);
        first_ = 0;
    }

    std::vector<T> slots_;
    std::size_t first_ = 0;
    std::size_t size_ = 0;
};

}  // namespace shoal::lab
