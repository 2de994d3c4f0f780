// RssService, continued: what people and scripts may ask of it.
#include "rss_service.hpp"

#include "arguments.hpp"
#include "encoding.hpp"
#include "item_page.hpp"
#include "schemas.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>
#include <utility>

namespace shoal::rss {
namespace {

constexpr std::size_t most_octets_of_bodies = 12 << 20; // of one answer

Error no_such_feed(const std::string& name) { return make_error(Errc::not_found, "there is no feed '" + printable(name, 60) + "'"); }

Value reported(const ReadReport& report)
{
    return Value(Value::Map{}.set("feed", report.feed).set("items", static_cast<std::int64_t>(report.items)).set("new", static_cast<std::int64_t>(report.fresh)));
}

Value::List texts(const std::vector<std::string>& all) { return Value::List(all.begin(), all.end()); }

// A document that was given, and what becomes of it on a worker.
struct Given {
    Bytes octets{};
    std::string url{};
    std::string feed{};
    std::size_t from = 0;
    std::size_t limit = 0;
    Value::Map answer{};

    // [worker]
    void parse()
    {
        const auto parsed = parse_feed(octets, {.url = url});
        if (!parsed) {
            answer.set("title", "").set("items", Value::List{}).set("next", Value()).set("warnings", Value::List{}).set("error", parsed.error().text);
            return;
        }
        ItemPage page(from, limit);
        const bool is_all = std::ranges::all_of(parsed->items, [&](const Item& item) { return page.add(item, feed); });
        const auto next = is_all ? Value() : Value(static_cast<std::int64_t>(page.next()));
        answer.set("title", parsed->title).set("items", page.take()).set("next", next).set("warnings", texts(parsed->warnings));
    }
};

// As many as an answer can carry. Of octets one in any case: no feed has more than that.
Value::List bodies_in(std::vector<KeptBody> bodies, bool is_raw)
{
    Value::List all;
    std::size_t octets = 0;
    for (auto& body : bodies) {
        auto content = is_raw ? Value(std::move(body.octets)) : Value(decode_text(body.octets).text);
        octets += is_raw ? content.as_bytes()->size() : content.as_text()->size();
        if (octets > most_octets_of_bodies && !(is_raw && all.empty())) break;
        all.emplace_back(Value::Map{}.set("at", body.at).set("status", static_cast<std::int64_t>(body.status)).set("body", std::move(content)));
    }
    return all;
}

} // namespace

void RssService::add(const Value::Map& arguments, Answer answer)
{
    auto definition = read_definition(arguments);
    if (!definition) return answer.refuse(definition.error());
    const auto name = declarations_.add(std::move(*definition));
    if (!name) return answer.refuse(name.error());
    keep_added();
    feeds_.set(declarations_.all());
    answer.give(Value(Value::Map{}.set("feed", *name)));
}

void RssService::remove(const Value::Map& arguments, Answer answer)
{
    const auto name = text_in(arguments, "feed");
    if (const auto removed = declarations_.remove(name); !removed) return answer.refuse(removed.error());
    keep_added();
    feeds_.set(declarations_.all());
    if (feeds_.find(name) == nullptr) feeds_.forget(name);
    answer.give(Value());
}

void RssService::keep_added()
{
    const auto kept = memory_.keep(declarations_.added());
    if (!kept) host_.log(LogLevel::error, "the list of feeds cannot be kept: " + kept.error().text);
}

Value RssService::described(const Feed& feed) const
{
    const auto url = WebUrl::parse(feed.definition.url);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(feed.due - host_.now()).count();
    const bool is_waiting = feed.state == Feed::State::waiting;
    Value::Map map;
    map.append("feed", feed.definition.name);
    map.append("title", feed.title);
    map.append("url", shown_url(feed.definition.url));
    map.append("source", feed.source);
    map.append("every", static_cast<std::int64_t>(feeds_.interval_of(feed).count()));
    map.append("torznab", url && is_torznab(*url));
    map.append("items", static_cast<std::int64_t>(feed.items->size()));
    map.append("read_at", feed.memory.was_read() ? Value(feed.memory.read_at) : Value());
    map.append("next", is_waiting ? Value(std::max<std::int64_t>(seconds, 0)) : Value());
    map.append("failures", static_cast<std::int64_t>(feed.failures));
    map.append("error", feed.error);
    map.append("warnings", texts(feed.warnings));
    return Value(std::move(map));
}

void RssService::list(const Value::Map&, Answer answer)
{
    Value::List all;
    for (const auto& [name, feed] : feeds_.all()) all.push_back(described(feed));
    answer.give(Value(std::move(all)));
}

void RssService::refresh(const Value::Map& arguments, Answer answer)
{
    const auto name = text_in(arguments, "feed");
    if (name.empty()) return refresh_all(std::move(answer));
    if (feeds_.find(name) == nullptr) return answer.refuse(no_such_feed(name));
    feeds_.refresh(name, [answer = std::move(answer)](const Result<ReadReport>& report) mutable {
        if (report) answer.give(Value(Value::List{reported(*report)}));
        else answer.refuse(report.error());
    });
}

// Each says how it went; one that fails is none of the others' business.
void RssService::refresh_all(Answer answer)
{
    struct Round {
        Answer answer;
        Value::List reports{};
        std::size_t open = 0;
    };
    auto round = std::make_shared<Round>(Round{.answer = std::move(answer)});
    std::vector<std::string> names;
    for (const auto& [name, feed] : feeds_.all()) names.push_back(name);
    round->open = names.size();
    if (names.empty()) return round->answer.give(Value(Value::List{}));
    for (const auto& name : names) {
        feeds_.refresh(name, [round, name](const Result<ReadReport>& report) {
            round->reports.push_back(report ? reported(*report)
                                            : Value(Value::Map{}.set("feed", name).set("items", 0).set("new", 0).set("error", report.error().text)));
            if (--round->open == 0) round->answer.give(Value(std::move(round->reports)));
        });
    }
}

void RssService::items(const Value::Map& arguments, Answer answer)
{
    const auto name = text_in(arguments, "feed");
    if (!name.empty() && feeds_.find(name) == nullptr) return answer.refuse(no_such_feed(name));
    feeds_.when_prepared([this, name, from = count_in(arguments, "from"), limit = count_in(arguments, "limit"), answer = std::move(answer)]() mutable {
        ItemPage page(from, limit);
        for (const auto& [other, feed] : feeds_.all()) {
            if (!name.empty() && name != other) continue;
            if (!std::ranges::all_of(*feed.items, [&page, &from = other](const Item& item) { return page.add(item, from); })) break;
        }
        answer.give(Value(page.take()));
    });
}

void RssService::load(const Value::Map& arguments, Answer answer)
{
    const auto source = text_in(arguments, "source");
    if (source.empty()) return answer.refuse(make_error(Errc::invalid_argument, "'source' is empty"));
    const auto* feeds = arguments.find("feeds");
    const auto loaded = declarations_.load(source, *feeds->as_list());
    feeds_.set(declarations_.all());
    answer.give(Value(Value::Map{}
                          .set("accepted", static_cast<std::int64_t>(loaded.names.size()))
                          .set("names", texts(loaded.names))
                          .set("problems", texts(loaded.problems))));
}

void RssService::parse(const Value::Map& arguments, Answer answer)
{
    auto given = std::make_shared<Given>(Given{.url = text_in(arguments, "url"), .feed = text_in(arguments, "feed"),
                                               .from = count_in(arguments, "from"), .limit = count_in(arguments, "limit")});
    const auto& text = *arguments.find("text");
    const auto octets = text.as_text() != nullptr ? as_bytes(*text.as_text()) : text.as_bytes() != nullptr ? ByteView(*text.as_bytes()) : ByteView{};
    given->octets.assign(octets.begin(), octets.end());
    if (const auto* feed = feeds_.find(given->feed); feed != nullptr && given->url.empty()) given->url = feed->definition.url;
    auto held = std::make_shared<Answer>(std::move(answer));
    const auto ran = workers_.run([given] { given->parse(); }, [given, held](const Result<void>& parsed) {
        if (parsed) held->give(Value(std::move(given->answer)));
        else held->refuse(parsed.error());
    });
    if (!ran) held->refuse(ran.error());
}

void RssService::bodies(const Value::Map& arguments, Answer answer)
{
    const auto name = text_in(arguments, "feed");
    if (feeds_.find(name) == nullptr) return answer.refuse(no_such_feed(name));
    if (!feeds_.bodies()) return answer.give(Value(Value::List{}));
    auto found = std::make_shared<Value::List>();
    auto held = std::make_shared<Answer>(std::move(answer));
    auto work = [found, bodies = *feeds_.bodies(), name, from = count_in(arguments, "from"), limit = count_in(arguments, "limit"),
                 is_raw = flag_in(arguments, "raw")] {
        *found = bodies_in(bodies.read(name, from, limit), is_raw);
    };
    const auto ran = workers_.run(std::move(work), [found, held](const Result<void>& read) {
        if (read) held->give(Value(std::move(*found)));
        else held->refuse(read.error());
    });
    if (!ran) held->refuse(ran.error());
}

Result<std::vector<FeedDefinition>> RssService::indexers(const Value::Map& arguments) const
{
    const auto name = text_in(arguments, "feed");
    if (const auto url = text_in(arguments, "url"); !url.empty()) {
        const auto parsed = WebUrl::parse(url);
        if (!parsed) return parsed.error();
        return std::vector{FeedDefinition{.name = parsed->host, .url = url}};
    }
    if (!name.empty()) {
        const auto* feed = feeds_.find(name);
        if (feed == nullptr) return no_such_feed(name);
        return std::vector{feed->definition};
    }
    std::vector<FeedDefinition> all;
    for (const auto& [other, feed] : feeds_.all()) {
        const auto url = WebUrl::parse(feed.definition.url);
        if (url && is_torznab(*url)) all.push_back(feed.definition);
    }
    if (!all.empty()) return all;
    return make_error(Errc::not_found, "no feed can be searched: add one of Jackett or Prowlarr with feeds.add");
}

void RssService::search(const Value::Map& arguments, Answer answer)
{
    const auto question = read_question(arguments);
    if (!question) return answer.refuse(question.error());
    const auto asked = indexers(arguments);
    if (!asked) return answer.refuse(asked.error());
    searches_.search(*question, *asked, [answer = std::move(answer)](Result<Value> found) mutable {
        if (found) answer.give(*found);
        else answer.refuse(found.error());
    });
}

} // namespace shoal::rss
