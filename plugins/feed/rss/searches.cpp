#include "searches.hpp"

#include "feed_parser.hpp"
#include "item_page.hpp"
#include "secrets.hpp"

#include <algorithm>
#include <utility>

namespace shoal::rss {
namespace {

constexpr std::chrono::seconds patience{45}; // an indexer asks many sites itself

constexpr std::chrono::hours while_known{24};
constexpr std::chrono::minutes while_unknown{10};
constexpr std::size_t most_known = 500;
constexpr std::size_t largest_caps = 1 << 20;

// Its address may be one of Torznab's without looking like it: then it says what it can.
bool has_to_show_caps(const FeedDefinition& indexer)
{
    const auto url = WebUrl::parse(indexer.url);
    return url && !is_torznab(*url);
}

std::string host_in(const std::string& url)
{
    const auto parsed = WebUrl::parse(url);
    return parsed ? parsed->host : std::string("the indexer");
}

} // namespace

struct Searches::Search {
    Done done;
    std::size_t limit = 0;
    std::size_t open = 0;
    std::size_t answered = 0;
    std::vector<Finding> findings{};
    Value::List problems{};
    Error last_problem{};
};

struct Searches::Answered {
    Fetched fetched;
    Result<ParsedFeed> parsed = make_error(Errc::cancelled, "it was not parsed");
};

void Searches::search(const Question& question, const std::vector<FeedDefinition>& indexers, Done done)
{
    auto search = std::make_shared<Search>(Search{.done = std::move(done), .limit = question.limit});
    search->open = indexers.size();
    for (const auto& indexer : indexers) prepare(search, indexer, question);
}

// Some questions depend on what an indexer can; it says that once a day.
void Searches::prepare(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question)
{
    const auto known = known_.find(indexer.url);
    const bool is_known = known != known_.end() && known->second.until > host_.now();
    const auto url = WebUrl::parse(indexer.url);
    if (is_known || !url || !(depends_on_caps(question) || has_to_show_caps(indexer))) return ask_as_it_can(search, indexer, question);
    FetchRequest request{.feed = indexer, .patience = patience};
    request.feed.url = caps_url(*url);
    fetcher_.fetch(std::move(request), [this, search, indexer, question](const Result<Fetched>& outcome) {
        if (is_stopped_) return;
        if (!outcome && has_to_show_caps(indexer)) return failed(search, indexer, outcome.error());
        if (const auto learned = learn(indexer, outcome); !learned) return failed(search, indexer, learned.error());
        ask_as_it_can(search, indexer, question);
    });
}

// Who does not say what it can is asked all the same; a key that is wrong is wrong for everything.
Result<void> Searches::learn(const FeedDefinition& indexer, const Result<Fetched>& outcome)
{
    if (known_.size() >= most_known) known_.clear();
    const bool has_answered = outcome && !outcome->body.empty() && outcome->body.size() <= largest_caps;
    const auto caps = has_answered ? read_caps(as_text(outcome->body)) : make_error(Errc::bad_input, "");
    if (!caps && caps.error().code == Errc::permission_denied) return caps.error();
    const auto now = host_.now();
    known_[indexer.url] = caps ? Known{*caps, now + while_known} : Known{std::nullopt, now + while_unknown};
    return {};
}

void Searches::ask_as_it_can(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question)
{
    const auto known = known_.find(indexer.url);
    if (known == known_.end() || !known->second.caps) {
        if (!has_to_show_caps(indexer)) return ask(search, indexer, question);
        return failed(search, indexer, make_error(Errc::unsupported, "it cannot be searched: it is a feed, and no Torznab indexer"));
    }
    const auto fit = fitted(question, *known->second.caps);
    if (fit) ask(search, indexer, *fit);
    else failed(search, indexer, fit.error());
}

void Searches::ask(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question)
{
    FetchRequest request{.feed = indexer, .patience = patience};
    if (const auto url = WebUrl::parse(indexer.url)) request.feed.url = search_url(*url, question);
    fetcher_.fetch(std::move(request), [this, search, indexer, question](Result<Fetched> outcome) {
        if (is_stopped_) return;
        if (!outcome) return failed(search, indexer, outcome.error());
        // Some say no with a status of their own, and why in the body.
        const bool has_said = outcome->status == 200 || !outcome->body.empty();
        if (!has_said) return failed(search, indexer, refusal(outcome->status, host_in(outcome->url)));
        read(search, indexer, question, std::move(*outcome));
    });
}

void Searches::read(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question, Fetched fetched)
{
    auto answered = std::make_shared<Answered>(Answered{.fetched = std::move(fetched)});
    auto work = [answered] {
        const auto& from = answered->fetched;
        answered->parsed = parse_feed(from.body, {.url = from.url, .content_type = from.content_type});
    };
    const auto ran = workers_.run(std::move(work), [this, search, indexer, question, answered](const Result<void>& done) {
        if (is_stopped_) return;
        if (!done) return failed(search, indexer, done.error());
        auto& parsed = answered->parsed;
        const auto status = answered->fetched.status;
        if (!parsed && status != 200 && parsed.error().code == Errc::bad_input) {
            return failed(search, indexer, refusal(status, host_in(answered->fetched.url)));
        }
        if (!parsed) return refused(search, indexer, question, parsed.error());
        ++search->answered;
        for (auto& item : parsed->items) search->findings.push_back({std::move(item), indexer.name});
        settle(search);
    });
    if (!ran) failed(search, indexer, ran.error());
}

// Not every indexer knows what a season is.
void Searches::refused(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question, const Error& why)
{
    if (why.code == Errc::unsupported && question.is_about_series()) return ask(search, indexer, in_words(question));
    failed(search, indexer, why);
}

void Searches::failed(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Error& why)
{
    search->last_problem = make_error(why.code, indexer.name + ": " + Secrets(indexer).without(why.text));
    search->problems.emplace_back(Value::Map{}.set("feed", indexer.name).set("why", Secrets(indexer).without(why.text)));
    settle(search);
}

void Searches::settle(const std::shared_ptr<Search>& search)
{
    if (--search->open > 0) return;
    auto done = std::move(search->done);
    if (search->answered == 0) return done(search->last_problem);
    rank(search->findings);
    ItemPage page(0, search->limit);
    for (const auto& [item, feed] : search->findings) {
        if (!page.add(item, feed)) break;
    }
    done(Value(Value::Map{}.set("items", page.take()).set("problems", std::move(search->problems))));
}

} // namespace shoal::rss
