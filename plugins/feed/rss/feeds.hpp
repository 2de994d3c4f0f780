// All feeds that are read, each in its time: four at once, and of a site one after the other. On the strand; feeds are parsed and files
// written on the workers. What it finds it tells its listener.
#pragma once

#include "bodies.hpp"
#include "declarations.hpp"
#include "feed.hpp"
#include "feed_parser.hpp"
#include "fetcher.hpp"
#include "pace.hpp"

#include <shoal/host.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::rss {

class FeedListener {
public:
    virtual ~FeedListener() = default;
    virtual void on_item(const std::string& feed, const Item& item, bool is_first) = 0;
    virtual void on_refreshed(const ReadReport& report) = 0;
    virtual void on_error(const std::string& feed, const std::string& why) = 0;
};

class Feeds {
public:
    static constexpr std::size_t most_at_once = 4;

    Feeds(Host& host, FeedListener& listener, Fetcher& fetcher, Memory& memory);

    /// Reads from now on. `bodies`: where they are kept; none: nowhere.
    void begin(std::chrono::seconds usual_interval, std::optional<Bodies> bodies);
    /// These and no others. One that is there already goes on with what it knows, whatever its address is now.
    void set(const std::map<std::string, Declarations::Declared>& wanted);
    /// What a feed that is gone has left.
    void forget(const std::string& name);
    void stop();

    [[nodiscard]] const std::map<std::string, Feed>& all() const { return feeds_; }
    /// Null: there is none.
    [[nodiscard]] const Feed* find(std::string_view name) const;
    [[nodiscard]] std::chrono::seconds interval_of(const Feed& feed) const;
    [[nodiscard]] const std::optional<Bodies>& bodies() const { return bodies_; }

    /// As soon as all feeds know what they listed last time, which may be at once.
    void when_prepared(UniqueFunction<void()> task);
    /// Now, or with the reading that is under way.
    void refresh(const std::string& name, OnRead done);

private:
    struct Reading;  // what a job on a worker touches
    struct Telling;  // what is new, and told a slice at a time

    void prepare(Feed& feed);
    void run_prepared();
    void on_prepared(Feed& feed, const Reading* reading);
    void rest(Feed& feed, std::chrono::seconds pause);
    void want(Feed& feed);
    void pump();
    void ask(Feed& feed);
    void on_fetched(const std::string& name, std::uint64_t serial, const std::string& url, Result<Fetched> outcome);
    void parse(Feed& feed, const std::string& url, Fetched fetched);
    void on_parsed(Feed& feed, Reading& reading);
    void on_same(Feed& feed);
    void tell(const std::shared_ptr<Telling>& telling);
    void succeed(Feed& feed, std::size_t fresh);
    void fail(Feed& feed, const Error& why, std::optional<std::chrono::seconds> retry_after);
    std::vector<OnRead> end_reading(Feed& feed, std::chrono::seconds pause);
    void keep_refused(const Feed& feed, Fetched fetched);
    void note_warnings(Feed& feed, std::vector<std::string> warnings);

    Feed* find_same(const std::string& name, std::uint64_t serial);

    Host host_;
    FeedListener& listener_;
    Fetcher& fetcher_;
    Memory& memory_;
    Timers timers_;
    Workers workers_;
    Calendar calendar_;
    Random random_;
    Chance chance_;
    std::chrono::seconds usual_interval_{1800};
    std::optional<Bodies> bodies_;
    std::map<std::string, Feed> feeds_;
    std::deque<std::pair<std::string, std::uint64_t>> queue_;
    std::vector<UniqueFunction<void()>> at_prepared_;
    std::map<std::uint64_t, std::string> under_way_; // the site of each that is asked, by the feed's serial
    std::uint64_t last_serial_ = 0;
    bool has_begun_ = false;
    bool is_stopped_ = false;
};

} // namespace shoal::rss
