// Feeds, continued: what came, on a worker and back.
#include "feeds.hpp"

#include <algorithm>
#include <utility>

namespace shoal::rss {
namespace {

constexpr std::size_t items_of_a_slice = 100; // between which the host has its turn
constexpr std::size_t largest_refused = 256 << 10;

} // namespace

struct Feeds::Reading {
    std::string name;
    std::string url; // as it was asked
    std::int64_t at = 0;
    Fetched fetched{};
    std::optional<Bodies> bodies{};
    Result<ParsedFeed> parsed = make_error(Errc::cancelled, "it was not parsed");
    Result<void> kept{};

    // [worker]
    void read_body()
    {
        parsed = parse_feed(fetched.body, {.url = fetched.url, .content_type = fetched.content_type});
        if (bodies) kept = bodies->keep(name, {at, fetched.status, std::move(fetched.body)}, parsed.has_value());
    }

    // [worker]
    void read_kept()
    {
        const auto body = bodies->newest(name);
        if (body) parsed = parse_feed(body->octets, {.url = url});
    }
};

struct Feeds::Telling {
    std::string name;
    std::uint64_t serial = 0;
    std::shared_ptr<const Items> items;
    std::vector<std::size_t> fresh; // the newest first, as feeds have it; told from the back
    std::size_t count = 0;
    bool is_first = false;
};

// ---- at the beginning: what was there last time ---------------------------------------------------------------------------

void Feeds::prepare(Feed& feed)
{
    feed.memory = memory_.of(feed.definition.name);
    if (!bodies_ || !feed.memory.was_read()) return on_prepared(feed, nullptr);
    auto reading = std::make_shared<Reading>(Reading{.name = feed.definition.name, .url = feed.definition.url, .bodies = bodies_});
    const auto ran = workers_.run([reading] { reading->read_kept(); }, [this, reading, serial = feed.serial](const Result<void>&) {
        if (auto* same = find_same(reading->name, serial)) on_prepared(*same, reading.get());
    });
    if (!ran) on_prepared(feed, nullptr);
}

void Feeds::when_prepared(UniqueFunction<void()> task)
{
    at_prepared_.push_back(std::move(task));
    run_prepared();
}

void Feeds::run_prepared()
{
    const bool is_loading = std::ranges::any_of(feeds_, [](const auto& entry) { return entry.second.state == Feed::State::loading; });
    if (!has_begun_ || is_loading) return;
    for (auto& task : std::exchange(at_prepared_, {})) task();
}

void Feeds::on_prepared(Feed& feed, const Reading* reading)
{
    if (reading != nullptr && reading->parsed) {
        auto items = reading->parsed->items;
        feed.memory.backlog.mark_backlog(items);
        feed.items = std::make_shared<const Items>(std::move(items));
        feed.title = reading->parsed->title;
        feed.time_to_live = reading->parsed->time_to_live;
    } else {
        feed.memory.url.clear(); // "it has not changed" would be of no use
    }
    if (!feed.memory.was_read()) feed.is_wanted = true;
    const auto interval = interval_of(feed);
    const auto since = std::chrono::seconds(std::max<std::int64_t>(calendar_.unix_time() - feed.memory.read_at, 0));
    rest(feed, interval - std::min(since, interval) + std::chrono::seconds(chance_(30)));
    run_prepared();
}

// ---- every time -----------------------------------------------------------------------------------------------------------

void Feeds::parse(Feed& feed, const std::string& url, Fetched fetched)
{
    auto reading = std::make_shared<Reading>(Reading{.name = feed.definition.name, .url = url, .at = calendar_.unix_time(),
                                                     .fetched = std::move(fetched), .bodies = bodies_});
    const auto ran = workers_.run([reading] { reading->read_body(); }, [this, reading, serial = feed.serial](const Result<void>& read) {
        auto* same = find_same(reading->name, serial);
        if (same == nullptr) return;
        if (read) on_parsed(*same, *reading);
        else fail(*same, read.error(), std::nullopt);
    });
    if (!ran) fail(feed, ran.error(), std::nullopt);
}

void Feeds::on_parsed(Feed& feed, Reading& reading)
{
    if (!reading.kept) host_.log(LogLevel::warning, "feed " + reading.name + ": its body is not kept: " + reading.kept.error().text);
    if (!reading.parsed) return fail(feed, reading.parsed.error(), std::nullopt);
    auto& parsed = *reading.parsed;
    note_warnings(feed, std::move(parsed.warnings));
    feed.title = std::move(parsed.title);
    feed.time_to_live = parsed.time_to_live;
    if (const auto& first = feed.definition.first_run; first && !feed.memory.was_read()) {
        feed.memory.backlog = SeenItems::older(parsed.items, reading.at - first->count());
    }
    feed.memory.backlog.mark_backlog(parsed.items);
    feed.items = std::make_shared<const Items>(std::move(parsed.items));
    auto telling = std::make_shared<Telling>(Telling{.name = reading.name, .serial = feed.serial, .items = feed.items, .fresh = {}});
    telling->is_first = !feed.memory.was_read();
    telling->fresh = feed.memory.seen.learn(*feed.items);
    telling->count = telling->fresh.size();
    feed.memory.read_at = reading.at;
    feed.memory.url = reading.url;
    feed.memory.etag = std::move(reading.fetched.etag);
    feed.memory.last_modified = std::move(reading.fetched.last_modified);
    // "Not modified" would be no answer: there is more to be had, or less will be here after a restart.
    if (parsed.is_cut_off || !reading.kept) feed.memory.url.clear();
    tell(telling);
}

// What is told is kept only after it was told: if all ends in between, it is told again.
void Feeds::tell(const std::shared_ptr<Telling>& telling)
{
    for (std::size_t i = 0; i < items_of_a_slice && !telling->fresh.empty(); ++i) {
        const auto index = telling->fresh.back();
        telling->fresh.pop_back();
        listener_.on_item(telling->name, (*telling->items)[index], telling->is_first);
    }
    auto* feed = find_same(telling->name, telling->serial);
    if (feed == nullptr) return;
    if (telling->fresh.empty()) return succeed(*feed, telling->count);
    host_.post([this, telling] {
        if (find_same(telling->name, telling->serial) != nullptr) tell(telling);
    });
}

void Feeds::on_same(Feed& feed)
{
    feed.memory.read_at = calendar_.unix_time();
    succeed(feed, 0);
}

// A page that says why may be of use to who looks.
void Feeds::keep_refused(const Feed& feed, Fetched fetched)
{
    if (!bodies_ || fetched.body.empty() || fetched.body.size() > largest_refused) return;
    const auto ran = workers_.run(
        [bodies = *bodies_, name = feed.definition.name, body = KeptBody{calendar_.unix_time(), fetched.status, std::move(fetched.body)}] {
            static_cast<void>(bodies.keep(name, body, false));
        },
        [](const Result<void>&) {});
    static_cast<void>(ran); // it fails only while everything ends
}

} // namespace shoal::rss
