#include "regex.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace shoal::feed_rules {
namespace {

// Enough for whatever makes sense on a title, and over in about a millisecond.
constexpr std::uint32_t most_steps = 100'000;
constexpr std::uint32_t most_depth = 500;
constexpr std::uint32_t most_heap = 256; // KiB
constexpr std::size_t longest_pattern = 4096;

std::string message_of(int number)
{
    PCRE2_UCHAR text[200];
    pcre2_get_error_message(number, text, sizeof text);
    return reinterpret_cast<const char*>(text);
}

PCRE2_SPTR pointer(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

} // namespace

struct FreeRegex {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
    void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
    void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

struct Regex::Parts {
    std::unique_ptr<pcre2_code, FreeRegex> code;
    std::unique_ptr<pcre2_match_data, FreeRegex> data;
    std::unique_ptr<pcre2_match_context, FreeRegex> context;
};

Result<Regex> Regex::compile(std::string_view pattern, bool is_case_sensitive)
{
    if (pattern.size() > longest_pattern) return make_error(Errc::invalid_argument, "an expression of more than 4096 characters");
    int problem = 0;
    PCRE2_SIZE place = 0;
    std::uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    if (!is_case_sensitive) options |= PCRE2_CASELESS;
    auto parts = std::make_shared<Parts>();
    const std::unique_ptr<pcre2_compile_context, FreeRegex> compiling(pcre2_compile_context_create(nullptr));
    pcre2_set_parens_nest_limit(compiling.get(), 50);
    parts->code.reset(pcre2_compile(pointer(pattern), pattern.size(), options, &problem, &place, compiling.get()));
    if (!parts->code) {
        return make_error(Errc::invalid_argument, message_of(problem) + ", at character " + std::to_string(place + 1) + " of /" + std::string(pattern) + "/");
    }
    static_cast<void>(pcre2_jit_compile(parts->code.get(), PCRE2_JIT_COMPLETE)); // where it cannot, matching is slower
    parts->data.reset(pcre2_match_data_create_from_pattern(parts->code.get(), nullptr));
    parts->context.reset(pcre2_match_context_create(nullptr));
    if (!parts->data || !parts->context) return make_error(Errc::limit_exceeded, "no memory for an expression");
    pcre2_set_match_limit(parts->context.get(), most_steps);
    pcre2_set_depth_limit(parts->context.get(), most_depth);
    pcre2_set_heap_limit(parts->context.get(), most_heap);
    return Regex(std::move(parts));
}

Found Regex::search(std::string_view text) const
{
    const int outcome = pcre2_match(parts_->code.get(), pointer(text), text.size(), 0, 0, parts_->data.get(), parts_->context.get());
    if (outcome >= 0) return Found::yes;
    return outcome == PCRE2_ERROR_NOMATCH ? Found::no : Found::gave_up;
}

std::vector<std::string> Regex::groups(std::string_view text) const
{
    std::vector<std::string> out;
    if (search(text) != Found::yes) return out;
    const auto* places = pcre2_get_ovector_pointer(parts_->data.get());
    const auto count = pcre2_get_ovector_count(parts_->data.get());
    for (std::uint32_t i = 1; i < count; ++i) {
        const bool is_set = places[2 * i] != PCRE2_UNSET;
        out.push_back(is_set ? std::string(text.substr(places[2 * i], places[2 * i + 1] - places[2 * i])) : std::string());
    }
    return out;
}

} // namespace shoal::feed_rules
