// Searches that are under way: each asks its indexers at once, and answers when the last of them has, with what the others found when
// one did not answer.
#pragma once

#include "definition.hpp"
#include "fetcher.hpp"
#include "torznab.hpp"
#include "torznab_caps.hpp"

#include <shoal/host.hpp>
#include <shoal/value.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace shoal::rss {

class Searches {
public:
    using Done = UniqueFunction<void(Result<Value>)>;

    Searches(Host& host, Fetcher& fetcher) : host_(host), fetcher_(fetcher), workers_(host.workers()) {}

    /// `done` comes later, and not at all after stop(). Fails when none of them answers.
    void search(const Question& question, const std::vector<FeedDefinition>& indexers, Done done);
    void stop() { is_stopped_ = true; }

private:
    struct Search;
    struct Answered;

    struct Known { // of an indexer
        std::optional<TorznabCaps> caps{}; // none: it does not say
        std::chrono::nanoseconds until{};
    };

    void prepare(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question);
    Result<void> learn(const FeedDefinition& indexer, const Result<Fetched>& outcome);
    void ask_as_it_can(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question);
    void ask(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question);
    void read(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question, Fetched fetched);
    void refused(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question, const Error& why);
    void failed(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Error& why);
    void settle(const std::shared_ptr<Search>& search);

    Host host_;
    Fetcher& fetcher_;
    Workers workers_;
    std::map<std::string, Known> known_; // by the feed's address
    bool is_stopped_ = false;
};

} // namespace shoal::rss
