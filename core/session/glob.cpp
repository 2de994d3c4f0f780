#include "session/glob.hpp"

namespace shoal::session {

namespace {

// A star that may have to take more: where the glob goes on after it, and how far it reaches in the text.
struct Star {
    std::size_t glob = std::string_view::npos;
    std::size_t text = 0;
    bool is_set() const { return glob != std::string_view::npos; }
};

// Iterative, with one point of return for '*' and one for '**': quadratic at worst, whatever the pattern.
bool matches(std::string_view glob, std::string_view text)
{
    std::size_t g = 0;
    std::size_t t = 0;
    Star any;   // "**"
    Star some;  // "*", void once a later "**" was met
    while (t < text.size()) {
        if (g < glob.size() && glob[g] == '*') {
            const bool is_double = glob.substr(g).starts_with("**");
            const bool is_folder = glob.substr(g).starts_with("**/") && (g == 0 || glob[g - 1] == '/');
            g += is_double ? 2 : 1;
            (is_double ? any : some) = Star{g, t};
            if (is_double) some = Star{};
            if (is_folder) ++g;  // first as no folder at all
        } else if (g < glob.size() && (glob[g] == text[t] || (glob[g] == '?' && text[t] != '/'))) {
            ++g;
            ++t;
        } else if (some.is_set() && text[some.text] != '/') {
            g = some.glob;
            t = ++some.text;
        } else if (any.is_set()) {
            g = any.glob;
            t = ++any.text;
            some = Star{};
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

}  // namespace

bool matches_glob(std::string_view glob, std::string_view path)
{
    if (glob.find('/') == std::string_view::npos && glob.find("**") == std::string_view::npos) {
        const auto slash = path.rfind('/');
        return matches(glob, slash == std::string_view::npos ? path : path.substr(slash + 1));
    }
    return matches(glob, path);
}

}  // namespace shoal::session
