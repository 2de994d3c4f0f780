#include "regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <array>
#include <utility>

namespace shoal::script_lua {
namespace {

constexpr std::uint32_t most_heap_kib = 4096; // of a match
constexpr std::size_t octets_per_step = 16;
constexpr std::size_t longest_with_backreference = 10'000; // one step compares as much as a group holds, in either case slowly

constexpr std::uint32_t compile_options =
    PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;

std::string message_for(int code)
{
    std::array<unsigned char, 256> text{};
    pcre2_get_error_message(code, text.data(), text.size());
    return reinterpret_cast<const char*>(text.data());
}

struct Count {
    std::int64_t left;
    std::size_t place = 0;
};

// Between two parts of a pattern: how far the place in the text has moved is the work of the part before. PCRE2's own limit does not count
// what a repetition of one character runs over, and begins anew at each place where a match may begin.
int count_step(pcre2_callout_block* block, void* data)
{
    auto& count = *static_cast<Count*>(data);
    const auto place = block->current_position;
    const auto moved = place > count.place ? place - count.place : count.place - place;
    count.place = place;
    count.left -= 1 + static_cast<std::int64_t>(moved / octets_per_step);
    return count.left > 0 ? 0 : PCRE2_ERROR_MATCHLIMIT;
}

} // namespace

struct Regex::Compiled {
    pcre2_code* code = nullptr;
    pcre2_match_data* data = nullptr;
    pcre2_match_context* context = nullptr;
    bool has_backreference = false;

    ~Compiled()
    {
        pcre2_match_context_free(context);
        pcre2_match_data_free(data);
        pcre2_code_free(code);
    }
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

Result<std::shared_ptr<Regex>> Regex::compile(const std::string& pattern)
{
    if (pattern.size() > longest_pattern) return make_error(Errc::invalid_argument, "the pattern is longer than 4,096 octets");
    auto compiled = std::make_unique<Compiled>();
    int code = 0;
    std::size_t place = 0;
    compiled->code = pcre2_compile(reinterpret_cast<const unsigned char*>(pattern.data()), pattern.size(), compile_options, &code, &place, nullptr);
    if (compiled->code == nullptr) {
        return make_error(Errc::invalid_argument, "the pattern is wrong at its octet " + std::to_string(place + 1) + ": " + message_for(code));
    }
    compiled->data = pcre2_match_data_create_from_pattern(compiled->code, nullptr);
    compiled->context = pcre2_match_context_create(nullptr);
    if (compiled->data == nullptr || compiled->context == nullptr) return make_error(Errc::limit_exceeded, "there is no memory for the pattern");
    pcre2_set_heap_limit(compiled->context, most_heap_kib);
    std::uint32_t highest = 0;
    compiled->has_backreference = pcre2_pattern_info(compiled->code, PCRE2_INFO_BACKREFMAX, &highest) != 0 || highest > 0;
    return std::shared_ptr<Regex>(new Regex(std::move(compiled)));
}

Result<Regex::Found> Regex::find(std::string_view text, std::size_t at, std::int64_t& steps) const
{
    if (text.size() > longest_text) return make_error(Errc::invalid_argument, "the text is longer than 1 MiB");
    if (compiled_->has_backreference && text.size() > longest_with_backreference) {
        return make_error(Errc::invalid_argument, "a pattern with a reference back to a group, as \\1, takes a text of at most 10,000 octets");
    }
    // Whether it is UTF-8 is looked at first, in what is left of it.
    Count count{.left = steps - static_cast<std::int64_t>((text.size() - at) / octets_per_step), .place = at};
    pcre2_set_callout(compiled_->context, count_step, &count);
    const int code = pcre2_match(compiled_->code, reinterpret_cast<const unsigned char*>(text.data()), text.size(), at, 0, compiled_->data,
                                 compiled_->context);
    steps = std::max<std::int64_t>(count.left, 0);
    if (code == PCRE2_ERROR_NOMATCH) return Found{};
    if (code < 0) return make_error(Errc::limit_exceeded, "the pattern takes too many steps here: " + message_for(code));
    Found found;
    const auto* places = pcre2_get_ovector_pointer(compiled_->data);
    const auto groups = pcre2_get_ovector_count(compiled_->data);
    for (std::uint32_t i = 0; i < groups; ++i) {
        if (static_cast<int>(i) < code && places[2 * i] != PCRE2_UNSET) found.push_back({places[2 * i], places[2 * i + 1], true});
        else found.push_back({0, 0, false});
    }
    if (found.front().end < found.front().begin) return make_error(Errc::invalid_argument, "\\K in a lookaround turns the match around");
    return found;
}

Result<std::shared_ptr<Regex>> RegexShelf::get(const std::string& pattern)
{
    const auto at = by_pattern_.find(pattern);
    if (at != by_pattern_.end()) return at->second;
    auto compiled = Regex::compile(pattern);
    if (!compiled) return compiled.error();
    if (by_pattern_.size() >= most) by_pattern_.clear(); // a script with that many makes them as it goes
    by_pattern_.emplace(pattern, *compiled);
    return *compiled;
}

} // namespace shoal::script_lua
