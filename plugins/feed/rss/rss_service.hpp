// The feeds as a service: its methods, its events, and what begins and ends with it.
#pragma once

#include "declarations.hpp"
#include "feeds.hpp"
#include "fetcher.hpp"
#include "memory.hpp"
#include "searches.hpp"

#include <shoal/control.hpp>
#include <shoal/service.hpp>

#include <string>
#include <string_view>

namespace shoal::rss {

class RssService final : public Service, private FeedListener {
public:
    explicit RssService(Host& host);

    Result<void> start() override;
    /// How many feeds.
    [[nodiscard]] std::string_view summary() override;
    void on_stop() override;

private:
    using Method = void (RssService::*)(const Value::Map& arguments, Answer answer);

    void offer(const MethodSchema& schema, Method method);
    void begin(const std::string& folder);

    void add(const Value::Map& arguments, Answer answer);
    void remove(const Value::Map& arguments, Answer answer);
    void list(const Value::Map& arguments, Answer answer);
    void refresh(const Value::Map& arguments, Answer answer);
    void refresh_all(Answer answer);
    void items(const Value::Map& arguments, Answer answer);
    void load(const Value::Map& arguments, Answer answer);
    void parse(const Value::Map& arguments, Answer answer);
    void bodies(const Value::Map& arguments, Answer answer);
    void search(const Value::Map& arguments, Answer answer);

    [[nodiscard]] Value described(const Feed& feed) const;
    [[nodiscard]] Result<std::vector<FeedDefinition>> indexers(const Value::Map& arguments) const;
    void keep_added();

    void on_item(const std::string& feed, const Item& item, bool is_first) override;
    void on_refreshed(const ReadReport& report) override;
    void on_error(const std::string& feed, const std::string& why) override;

    Host host_;
    shoal::Settings settings_;
    Control control_;
    Events events_;
    Workers workers_;
    Methods methods_;
    Memory memory_;
    Fetcher fetcher_;
    Feeds feeds_;
    Searches searches_;
    Declarations declarations_;
    std::string summary_;
    bool is_stopped_ = false;
};

} // namespace shoal::rss
