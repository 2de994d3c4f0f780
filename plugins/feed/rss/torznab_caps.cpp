#include "torznab_caps.hpp"

#include "amount.hpp"
#include "ascii.hpp"
#include "plain_text.hpp"
#include "torznab_error.hpp"
#include "xml.hpp"

#include <algorithm>

namespace shoal::rss {
namespace {

constexpr std::size_t usual_most = 100;
constexpr std::size_t longest_category = 60;
constexpr std::size_t most_named = 12;

std::vector<std::string> parts_of(std::string_view list)
{
    std::vector<std::string> parts(1);
    for (const char c : list) {
        if (c == ',') parts.emplace_back();
        else if (c != ' ') parts.back() += lower(c);
    }
    std::erase(parts, std::string());
    return parts;
}

bool is_series_search(const XmlElement& element)
{
    const auto takes = parts_of(element.attribute("supportedparams"));
    const bool is_there = lower(element.attribute("available")) != "no";
    return is_there && (takes.empty() || std::ranges::find(takes, "season") != takes.end());
}

std::string names_of(const TorznabCaps& caps)
{
    std::string out;
    for (std::size_t i = 0; i < caps.categories.size() && i < most_named; ++i) {
        const auto& [id, name] = caps.categories[i];
        out += (i == 0 ? "" : ", ") + std::to_string(id) + (name.empty() ? "" : " " + name);
    }
    return caps.categories.size() > most_named ? out + " …" : out;
}

// 5040 is a part of 5000: who lists the whole may know the part.
bool has_category(const TorznabCaps& caps, std::int64_t wanted)
{
    return std::ranges::any_of(caps.categories, [wanted](const auto& one) { return one.first == wanted || one.first == wanted / 1000 * 1000; });
}

} // namespace

Result<TorznabCaps> read_caps(std::string_view xml)
{
    const auto piece = read_xml(xml);
    if (piece.elements.empty()) return make_error(Errc::bad_input, "it does not say what it can");
    if (piece.elements.front().name == "error") return torznab_error(xml);
    if (piece.elements.front().name != "caps") return make_error(Errc::bad_input, "it does not say what it can");
    TorznabCaps caps;
    for (const auto& element : piece.elements) {
        if (element.name == "limits") {
            const auto most = parse_count(element.attribute("max"));
            caps.most = most && *most > 0 ? static_cast<std::size_t>(*most) : 0;
        } else if (element.name == "tv-search") {
            caps.knows_series = is_series_search(element);
        } else if (element.name == "category" || element.name == "subcat") {
            const auto id = parse_count(element.attribute("id"));
            if (id) caps.categories.emplace_back(*id, plain_line(element.attribute("name"), longest_category));
        }
    }
    return caps;
}

std::string caps_url(const WebUrl& feed)
{
    auto url = feed;
    const auto rest = rest_of_query(feed.query);
    url.query = "?" + rest + (rest.empty() ? "" : "&") + "t=caps";
    return url.text();
}

bool depends_on_caps(const Question& question)
{
    return question.is_about_series() || !question.category.empty() || question.limit > usual_most;
}

Result<Question> fitted(const Question& question, const TorznabCaps& caps)
{
    auto out = question.is_about_series() && !caps.knows_series ? in_words(question) : question;
    if (caps.most > 0) out.limit = std::min(out.limit, caps.most);
    if (out.category.empty() || caps.categories.empty()) return out;
    std::string known;
    for (const auto& part : parts_of(out.category)) {
        const auto id = parse_count(part);
        if (id && has_category(caps, *id)) known += (known.empty() ? "" : ",") + part;
    }
    if (known.empty()) return make_error(Errc::unsupported, "it has no category " + out.category + "; it has " + names_of(caps));
    out.category = known;
    return out;
}

} // namespace shoal::rss
