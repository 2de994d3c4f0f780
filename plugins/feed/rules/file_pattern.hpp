// What a rule says of a file of a torrent: a glob on its path or its name, without case, or /an expression/ on its path.
#pragma once

#include "regex.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace shoal::feed_rules {

class FilePattern {
public:
    /// Errors: invalid_argument.
    static Result<FilePattern> parse(std::string_view text);

    [[nodiscard]] bool matches(std::string_view path) const;
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string text_;
    std::string glob_; // lower case
    std::optional<Regex> regex_;
};

} // namespace shoal::feed_rules
