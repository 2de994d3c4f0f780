// Searches that are under way: each asks its indexers at once, and answers when the last of them has, with what the others found when
// one did not answer.
#pragma once

#include "definition.hpp"
#include "fetcher.hpp"
#include "torznab.hpp"

#include <shoal/host.hpp>
#include <shoal/value.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace shoal::rss {

class Searches {
public:
    using Done = UniqueFunction<void(Result<Value>)>;

    Searches(Host& host, Fetcher& fetcher) : fetcher_(fetcher), workers_(host.workers()) {}

    /// `done` comes later, and not at all after stop(). Fails when none of them answers.
    void search(const Question& question, const std::vector<FeedDefinition>& indexers, Done done);
    void stop() { is_stopped_ = true; }

private:
    struct Search;
    struct Answered;

    void ask(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question);
    void read(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question, Fetched fetched);
    void refused(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Question& question, const Error& why);
    void failed(const std::shared_ptr<Search>& search, const FeedDefinition& indexer, const Error& why);
    void settle(const std::shared_ptr<Search>& search);

    Fetcher& fetcher_;
    Workers workers_;
    bool is_stopped_ = false;
};

} // namespace shoal::rss
