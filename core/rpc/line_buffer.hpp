#pragma once

#include <shoal/bytes.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal::rpc {

// Cuts what arrives into lines. What it holds is bounded: a line that is too long is said once, and the rest of it is not kept.
class LineBuffer {
public:
    enum class Kind { none, line, too_long };
    struct Next {
        Kind kind = Kind::none;
        std::string_view text{};  // of a line, without its end; valid until something is fed
    };

    explicit LineBuffer(std::size_t longest) : longest_(longest) {}

    void feed(ByteView octets);
    Next next();

    // Octets that were fed and not given out.
    std::size_t held() const { return buffer_.size() - begin_; }
    // A line that has begun, as long as next() gives none.
    bool is_inside_line() const { return held() > 0 || is_dropping_; }
    // Forgets what is held, and all that comes before the next line begins.
    void drop_line();

private:
    void forget_given();

    std::size_t longest_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of what was not given out
    std::size_t scanned_ = 0;  // no line ends before it
    bool is_dropping_ = false;
};

}  // namespace shoal::rpc
