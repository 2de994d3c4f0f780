#include "file_pattern.hpp"

#include "words.hpp"

#include <shoal/name_glob.hpp>

namespace shoal::feed_rules {

Result<FilePattern> FilePattern::parse(std::string_view text)
{
    FilePattern out;
    out.text_ = text;
    const bool is_expression = text.size() > 2 && text.starts_with('/') && text.ends_with('/');
    if (is_expression) {
        auto regex = Regex::compile(text.substr(1, text.size() - 2));
        if (!regex) return regex.error();
        out.regex_ = std::move(*regex);
        return out;
    }
    if (text.empty()) return make_error(Errc::invalid_argument, "an empty pattern fits no file: write one like \"*.mkv\"");
    out.glob_ = lower_case(text);
    return out;
}

bool FilePattern::matches(std::string_view path) const
{
    if (regex_) return regex_->search(path) == Found::yes;
    const auto lower = lower_case(path);
    const auto slash = lower.rfind('/');
    return matches_name(glob_, lower) || (slash != lower.npos && matches_name(glob_, std::string_view(lower).substr(slash + 1)));
}

} // namespace shoal::feed_rules
