// Lookups of nodes alone (find_node), and the survey of what torrents they know (sample_infohashes, BEP 51).
#pragma once

#include "goal.hpp"

#include <shoal/unique_function.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>

namespace shoal::dht {

class NodeGoal final : public Goal {
public:
    using Ended = UniqueFunction<void(const LookupSummary&)>;

    /// Who listens to the replies gets nodes of both families in them (BEP 32).
    using Heard = UniqueFunction<void(const Endpoint& from, const Reply& reply)>;

    explicit NodeGoal(Ended ended, Heard heard = nullptr) : ended_(std::move(ended)), heard_(std::move(heard)) {}

    void fill(Query& query) const override
    {
        query.method = Method::find_node;
        query.wants_v4 = query.wants_v6 = static_cast<bool>(heard_);
    }

    void on_reply(const Endpoint& from, const Reply& reply) override
    {
        if (heard_) heard_(from, reply);
    }

    void on_ended(const LookupSummary& summary) override { ended_(summary); }

private:
    Ended ended_;
    Heard heard_;
};

struct SampleSummary : LookupSummary {
    std::set<NodeId> info_hashes{};
    std::int64_t total = 0;   // torrents the nodes say they know, added up
    std::size_t sampling = 0; // nodes that know the query
};

class SampleGoal final : public Goal {
public:
    using Ended = UniqueFunction<void(const SampleSummary&)>;

    explicit SampleGoal(Ended ended) : ended_(std::move(ended)) {}

    void fill(Query& query) const override { query.method = Method::sample_infohashes; }

    void on_reply(const Endpoint& from, const Reply& reply) override
    {
        if (!reply.samples) return;
        if (from.port != 0) count(reply); // others: what we know ourselves is a sample, and no node that was asked
        for (auto rest = *reply.samples; !rest.empty(); rest = rest.subspan(NodeId::size)) {
            result_.info_hashes.insert(*NodeId::from(rest.first(NodeId::size)));
        }
    }

    void on_ended(const LookupSummary& summary) override
    {
        static_cast<LookupSummary&>(result_) = summary;
        ended_(result_);
    }

private:
    void count(const Reply& reply)
    {
        ++result_.sampling;
        constexpr std::int64_t most = 1'000'000; // nobody knows more
        result_.total += std::clamp<std::int64_t>(reply.total.value_or(0), 0, most);
    }

    Ended ended_;
    SampleSummary result_;
};

} // namespace shoal::dht
