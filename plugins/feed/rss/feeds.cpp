#include "feeds.hpp"

#include "torznab.hpp"

#include <shoal/utf8.hpp>

#include <algorithm>

namespace shoal::rss {
namespace {

using std::chrono::seconds;

std::string site_of(const std::string& url)
{
    const auto parsed = WebUrl::parse(url);
    return parsed ? parsed->host : url;
}

// Validators are of an address, and of what is here.
FetchRequest request_for(const Feed& feed)
{
    FetchRequest request{.feed = feed.definition};
    request.feed.url = latest_url(feed.definition.url);
    if (feed.memory.url != feed.definition.url) return request;
    request.etag = feed.memory.etag;
    request.last_modified = feed.memory.last_modified;
    return request;
}

} // namespace

Feeds::Feeds(Host& host, FeedListener& listener, Fetcher& fetcher, Memory& memory)
    : host_(host), listener_(listener), fetcher_(fetcher), memory_(memory), timers_(host.timers()), workers_(host.workers()),
      calendar_(host.calendar()), random_(host.random()), chance_([this](std::uint64_t bound) { return random_.below(bound); })
{
}

void Feeds::begin(seconds usual_interval, std::optional<Bodies> bodies)
{
    usual_interval_ = usual_interval;
    bodies_ = std::move(bodies);
    has_begun_ = true;
    for (const auto& name : memory_.forget_old(calendar_.unix_time())) forget(name);
    for (auto& [name, feed] : feeds_) prepare(feed);
    run_prepared();
}

void Feeds::set(const std::map<std::string, Declarations::Declared>& wanted)
{
    std::erase_if(feeds_, [&](const auto& entry) { return !wanted.contains(entry.first); });
    for (const auto& [name, declared] : wanted) {
        const auto [at, is_new] = feeds_.try_emplace(name);
        auto& feed = at->second;
        feed.source = declared.source;
        if (!is_new && feed.definition == declared.definition) continue;
        feed.definition = declared.definition;
        feed.secrets = Secrets(feed.definition);
        if (is_new) {
            feed.serial = ++last_serial_;
            if (has_begun_) prepare(feed);
        } else {
            want(feed);
        }
    }
    run_prepared();
}

void Feeds::forget(const std::string& name)
{
    memory_.forget(name);
    if (!bodies_) return;
    const auto ran = workers_.run([bodies = *bodies_, name] { bodies.forget(name); }, [](const Result<void>&) {});
    static_cast<void>(ran); // it fails only while everything ends
}

void Feeds::stop()
{
    is_stopped_ = true;
    feeds_.clear();
    queue_.clear();
    at_prepared_.clear();
}

const Feed* Feeds::find(std::string_view name) const
{
    const auto at = feeds_.find(std::string(name));
    return at == feeds_.end() ? nullptr : &at->second;
}

Feed* Feeds::find_same(const std::string& name, std::uint64_t serial)
{
    const auto at = feeds_.find(name);
    return is_stopped_ || at == feeds_.end() || at->second.serial != serial ? nullptr : &at->second;
}

seconds Feeds::interval_of(const Feed& feed) const { return rss::interval_of(feed.definition.every, usual_interval_, feed.time_to_live); }

void Feeds::refresh(const std::string& name, OnRead done)
{
    auto& feed = feeds_.at(name);
    feed.waiters.push_back(std::move(done));
    if (feed.state != Feed::State::reading) want(feed);
}

// ---- one after the other --------------------------------------------------------------------------------------------------

void Feeds::rest(Feed& feed, seconds pause)
{
    feed.state = Feed::State::waiting;
    feed.due = host_.now() + pause;
    if (std::exchange(feed.is_wanted, false)) return want(feed);
    feed.alarm = timers_.after(pause, [this, name = feed.definition.name, serial = feed.serial] {
        if (auto* same = find_same(name, serial)) want(*same);
    });
}

void Feeds::want(Feed& feed)
{
    if (feed.state != Feed::State::waiting) {
        feed.is_wanted = feed.state != Feed::State::queued;
        return;
    }
    feed.alarm.cancel();
    feed.state = Feed::State::queued;
    queue_.emplace_back(feed.definition.name, feed.serial);
    pump();
}

void Feeds::pump()
{
    for (auto at = queue_.begin(); at != queue_.end() && under_way_.size() < most_at_once;) {
        auto* feed = find_same(at->first, at->second);
        const bool is_busy = feed != nullptr && std::ranges::any_of(under_way_, [site = site_of(feed->definition.url)](const auto& other) {
                                 return other.second == site;
                             });
        if (is_busy) {
            ++at;
            continue;
        }
        at = queue_.erase(at);
        if (feed != nullptr) ask(*feed);
    }
}

void Feeds::ask(Feed& feed)
{
    feed.state = Feed::State::reading;
    under_way_[feed.serial] = site_of(feed.definition.url);
    fetcher_.fetch(request_for(feed), [this, name = feed.definition.name, serial = feed.serial, url = feed.definition.url](Result<Fetched> outcome) {
        on_fetched(name, serial, url, std::move(outcome));
    });
}

void Feeds::on_fetched(const std::string& name, std::uint64_t serial, const std::string& url, Result<Fetched> outcome)
{
    under_way_.erase(serial);
    if (auto* feed = find_same(name, serial)) {
        if (!outcome) fail(*feed, outcome.error(), std::nullopt);
        else if (outcome->status == 304) on_same(*feed);
        else if (outcome->status == 200) parse(*feed, url, std::move(*outcome));
        else {
            const auto retry_after = read_retry_after(outcome->retry_after, calendar_.unix_time());
            const auto why = refusal(outcome->status, site_of(outcome->url));
            keep_refused(*feed, std::move(*outcome));
            fail(*feed, why, retry_after);
        }
    }
    pump();
}

// ---- how it went ----------------------------------------------------------------------------------------------------------

void Feeds::succeed(Feed& feed, std::size_t fresh)
{
    feed.failures = 0;
    feed.error.clear();
    if (const auto kept = memory_.keep(feed.definition.name, feed.memory); !kept) {
        host_.log(LogLevel::warning, "feed " + feed.definition.name + ": what it listed is not kept: " + kept.error().text);
    }
    const ReadReport report{feed.definition.name, feed.items->size(), fresh};
    auto waiters = end_reading(feed, after_success(interval_of(feed), chance_));
    listener_.on_refreshed(report);
    for (auto& waiter : waiters) waiter(report);
}

void Feeds::fail(Feed& feed, const Error& why, std::optional<seconds> retry_after)
{
    ++feed.failures;
    const auto pause = after_failure(feed.failures, interval_of(feed), retry_after, chance_);
    const auto text = feed.secrets.without(why.text);
    if (feed.error != text) host_.log(LogLevel::warning, "feed " + feed.definition.name + ": " + text);
    feed.error = text;
    const auto name = feed.definition.name;
    auto waiters = end_reading(feed, pause);
    listener_.on_error(name, text);
    for (auto& waiter : waiters) waiter(make_error(why.code, name + ": " + text));
}

// Who hears of it may do anything to the feeds, so that comes last.
std::vector<OnRead> Feeds::end_reading(Feed& feed, seconds pause)
{
    auto waiters = std::exchange(feed.waiters, {});
    rest(feed, pause);
    return waiters;
}

void Feeds::note_warnings(Feed& feed, std::vector<std::string> warnings)
{
    for (const auto& warning : warnings) {
        const bool is_new = std::ranges::find(feed.warnings, warning) == feed.warnings.end();
        if (is_new) host_.log(LogLevel::info, "feed " + feed.definition.name + ": " + warning);
    }
    feed.warnings = std::move(warnings);
}

} // namespace shoal::rss
