#include "torznab.hpp"

#include "arguments.hpp"
#include "ascii.hpp"
#include "definition.hpp"

#include <shoal/hex.hpp>

#include <algorithm>
#include <array>
#include <tuple>

namespace shoal::rss {
namespace {

constexpr std::size_t longest_query = 300;
constexpr std::size_t most_wanted = 1'000;

// RFC 3986 §2.3: all else is encoded.
std::string encoded(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        const bool is_plain = is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == ',';
        if (!is_plain) out += '%';
        out += is_plain ? std::string(1, c) : to_hex(as_bytes({&c, 1}));
    }
    return out;
}

bool is_part_of_question(std::string_view name)
{
    constexpr std::array names = {"t", "q", "cat", "season", "ep", "limit", "offset", "extended"};
    return std::ranges::find(names, lower(name)) != names.end();
}

std::string two_digits(std::int64_t number)
{
    auto digits = std::to_string(number);
    if (digits.size() < 2) digits.insert(0, 1, '0');
    return digits;
}

} // namespace

std::string rest_of_query(std::string_view query)
{
    std::string rest;
    for (std::size_t at = std::min<std::size_t>(1, query.size()); at < query.size();) {
        const auto end = std::min(query.find('&', at), query.size());
        const auto part = query.substr(at, end - at);
        if (!part.empty() && !is_part_of_question(part.substr(0, part.find('=')))) rest += (rest.empty() ? "" : "&") + std::string(part);
        at = end + 1;
    }
    return rest;
}

Result<Question> read_question(const Value::Map& arguments)
{
    Question question{.query = std::string(trimmed(text_in(arguments, "query"))), .category = text_in(arguments, "category"),
                      .season = integer_in(arguments, "season"), .episode = integer_in(arguments, "episode"),
                      .limit = std::clamp<std::size_t>(count_in(arguments, "limit"), 1, most_wanted)};
    if (question.query.size() > longest_query) return make_error(Errc::bad_input, "a query of more than " + std::to_string(longest_query) + " bytes");
    const bool are_categories = question.category.find_first_not_of("0123456789,") == std::string::npos;
    if (!are_categories) return make_error(Errc::bad_input, "'category' has to be numbers with commas between, like 5000,5040");
    if (question.season.value_or(0) < 0 || question.episode.value_or(0) < 0) return make_error(Errc::bad_input, "no season or episode is below zero");
    if (question.episode && !question.season) return make_error(Errc::bad_input, "an episode of which season?");
    return question;
}

Question in_words(const Question& question)
{
    Question words = question;
    if (question.season) words.query.append(" S").append(two_digits(*question.season));
    if (question.episode) words.query.append("E").append(two_digits(*question.episode));
    words.season.reset();
    words.episode.reset();
    return words;
}

std::string search_url(const WebUrl& feed, const Question& question)
{
    auto url = feed;
    auto query = rest_of_query(feed.query);
    const auto add = [&](std::string_view name, const std::string& value) { query += (query.empty() ? "" : "&") + std::string(name) + "=" + encoded(value); };
    add("t", question.is_about_series() ? "tvsearch" : "search");
    add("q", question.query);
    if (!question.category.empty()) add("cat", question.category);
    if (question.season) add("season", std::to_string(*question.season));
    if (question.episode) add("ep", std::to_string(*question.episode));
    add("extended", "1");
    add("limit", std::to_string(question.limit));
    url.query = "?" + query;
    return url.text();
}

std::string latest_url(const std::string& feed)
{
    auto url = WebUrl::parse(feed);
    if (!url || !is_torznab(*url)) return feed;
    const auto query = lower(url->query);
    if (query.find("?t=") != query.npos || query.find("&t=") != query.npos) return feed;
    url->query += url->query.size() > 1 ? "&t=search" : "?t=search";
    return url->text();
}

void rank(std::vector<Finding>& findings)
{
    std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
        const auto key = [](const Finding& finding) {
            return std::tuple(finding.item.seeders.value_or(-1), finding.item.published.value_or(0));
        };
        return key(a) > key(b);
    });
}

} // namespace shoal::rss
