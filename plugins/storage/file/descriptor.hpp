// An open file or folder of the operating system, closed with its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace shoal::file_storage {

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor()
    {
        if (number_ >= 0) ::close(number_);
    }

    [[nodiscard]] int number() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

/// A descriptor, or the errno that says why there is none.
struct Attempt {
    Descriptor descriptor{};
    int error = 0;

    [[nodiscard]] explicit operator bool() const noexcept { return error == 0; }
};

} // namespace shoal::file_storage
