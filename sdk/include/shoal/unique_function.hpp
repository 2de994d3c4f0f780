// UniqueFunction<R(Args...)>: owns any callable, move-only ones included, like C++23's move_only_function.
// Up to 48 bytes are kept inside, more on the heap. Moving never throws; calling an empty one asserts.
#pragma once

#include <shoal/assert.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace shoal {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
    static constexpr std::size_t room = 48;

    template <class F>
    static constexpr bool fits_inside = sizeof(F) <= room && alignof(F) <= alignof(std::max_align_t)
                                        && std::is_nothrow_move_constructible_v<F>;

public:
    UniqueFunction() noexcept = default;
    UniqueFunction(std::nullptr_t) noexcept {}

    /// A null function pointer gives an empty UniqueFunction.
    template <class F>
        requires(!std::is_same_v<std::decay_t<F>, UniqueFunction>)
        && std::is_invocable_r_v<R, std::decay_t<F>&, Args...>
    UniqueFunction(F&& callable)
    {
        using Stored = std::decay_t<F>;
        if constexpr (std::is_pointer_v<Stored> || std::is_member_pointer_v<Stored>) {
            if (callable == nullptr) return;
        }
        if constexpr (fits_inside<Stored>) {
            emplace<Inside<Stored>>(std::forward<F>(callable));
        } else {
            emplace<Outside<Stored>>(std::make_unique<Stored>(std::forward<F>(callable)));
        }
    }

    UniqueFunction(UniqueFunction&& other) noexcept { take(other); }

    UniqueFunction& operator=(UniqueFunction&& other) noexcept
    {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }

    UniqueFunction& operator=(std::nullptr_t) noexcept
    {
        reset();
        return *this;
    }

    ~UniqueFunction() { reset(); }

    [[nodiscard]] explicit operator bool() const noexcept { return operations_ != nullptr; }

    R operator()(Args... args)
    {
        SHOAL_ASSERT(operations_ != nullptr);
        return operations_->invoke(room_, std::forward<Args>(args)...);
    }

private:
    struct Operations {
        R (*invoke)(std::byte* self, Args&&... args);
        void (*relocate)(std::byte* from, std::byte* to) noexcept;
        void (*destroy)(std::byte* self) noexcept;
    };

    template <class F>
    struct Inside {
        F callable;
        F& target() noexcept { return callable; }
    };

    template <class F>
    struct Outside {
        std::unique_ptr<F> callable;
        F& target() noexcept { return *callable; }
    };

    template <class Box>
    struct Table {
        static Box& box(std::byte* self) noexcept { return *std::launder(reinterpret_cast<Box*>(self)); }

        static R invoke(std::byte* self, Args&&... args)
        {
            if constexpr (std::is_void_v<R>) {
                std::invoke(box(self).target(), std::forward<Args>(args)...);
            } else {
                return std::invoke(box(self).target(), std::forward<Args>(args)...);
            }
        }

        static void relocate(std::byte* from, std::byte* to) noexcept
        {
            ::new (static_cast<void*>(to)) Box{std::move(box(from))};
            std::destroy_at(&box(from));
        }

        static void destroy(std::byte* self) noexcept { std::destroy_at(&box(self)); }

        static constexpr Operations operations{&invoke, &relocate, &destroy};
    };

    template <class Box, class Source>
    void emplace(Source&& source)
    {
        ::new (static_cast<void*>(room_)) Box{std::forward<Source>(source)};
        operations_ = &Table<Box>::operations;
    }

    void take(UniqueFunction& other) noexcept
    {
        if (other.operations_ == nullptr) return;
        other.operations_->relocate(other.room_, room_);
        operations_ = std::exchange(other.operations_, nullptr);
    }

    void reset() noexcept
    {
        // Cleared first: a destructor may look at us again.
        if (const auto* old = std::exchange(operations_, nullptr)) old->destroy(room_);
    }

    alignas(std::max_align_t) std::byte room_[room];
    const Operations* operations_ = nullptr;
};

} // namespace shoal
