// Lua's patterns (reference manual §6.4.1), with every step counted: what a pattern may cost is up to who asks, not to who wrote it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace shoal::sandbox {

struct PatternError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Pattern {
public:
    using Steps = std::function<void(std::int64_t)>; // may throw

    struct Capture {
        static constexpr std::ptrdiff_t position = -2; // the length of a capture that is a place
        static constexpr std::ptrdiff_t open = -1;
        std::size_t begin = 0;
        std::ptrdiff_t length = open;
    };

    /// Both are borrowed. Without its anchor: whoever asks decides where a match may begin.
    Pattern(std::string_view subject, std::string_view pattern, Steps steps)
        : subject_(subject), pattern_(pattern), steps_(std::move(steps))
    {
    }

    /// The end of the match that begins exactly at `begin`. Throws PatternError when the pattern makes no sense.
    std::optional<std::size_t> match(std::size_t begin);
    [[nodiscard]] const std::vector<Capture>& captures() const { return captures_; }

private:
    using End = std::optional<std::size_t>;

    End match_here(std::size_t at, std::size_t in);
    End match_item(std::size_t at, std::size_t in, std::size_t after, bool& goes_on);
    End most(std::size_t at, std::size_t in, std::size_t after);
    End fewest(std::size_t at, std::size_t in, std::size_t after);
    End balanced(std::size_t at, std::size_t in);
    End captured_again(std::size_t at, char digit);
    End open_capture(std::size_t at, std::size_t in, std::ptrdiff_t length);
    End close_capture(std::size_t at, std::size_t in);
    bool is_frontier(std::size_t at, std::size_t in, std::size_t after);
    bool is_single(std::size_t at, std::size_t in, std::size_t after);
    [[nodiscard]] std::size_t class_end(std::size_t in) const;
    [[nodiscard]] bool is_in_set(unsigned char c, std::size_t in, std::size_t last) const;
    void step();

    std::string_view subject_;
    std::string_view pattern_;
    Steps steps_;
    std::vector<Capture> captures_;
    int depth_ = 0;
    std::int64_t unpaid_ = 0;
};

} // namespace shoal::sandbox
