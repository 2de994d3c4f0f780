// Regular expressions (PCRE2, UTF-8) whose work is counted: one that would go on for ages stops at its limit. Octets that are no UTF-8
// match nothing but are no error.
#pragma once

#include <shoal/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::script_lua {

class Regex {
public:
    static constexpr std::size_t longest_pattern = 4096;
    static constexpr std::size_t longest_text = 1u << 20;

    struct Part { // where a group matched, in octets
        std::size_t begin = 0;
        std::size_t end = 0;
        bool is_there = true;
    };
    using Found = std::vector<Part>; // the whole, and each group; empty: nothing

    /// Errors: invalid_argument, with the place in the pattern.
    static Result<std::shared_ptr<Regex>> compile(const std::string& pattern);
    ~Regex();
    Regex(const Regex&) = delete;
    Regex& operator=(const Regex&) = delete;

    /// The first match from `at` on. `steps` is how much it may do, and afterwards how much of that is left. Errors:
    /// limit_exceeded.
    Result<Found> find(std::string_view text, std::size_t at, std::int64_t& steps) const;

private:
    struct Compiled;
    explicit Regex(std::unique_ptr<Compiled> compiled);

    std::unique_ptr<Compiled> compiled_;
};

/// The expressions that a script used last.
class RegexShelf {
public:
    Result<std::shared_ptr<Regex>> get(const std::string& pattern);

private:
    static constexpr std::size_t most = 64;
    std::map<std::string, std::shared_ptr<Regex>> by_pattern_;
};

} // namespace shoal::script_lua
