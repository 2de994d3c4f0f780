#pragma once

#include "environment/loop.hpp"
#include "torrent/discovery_client.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace shoal::torrent::test {

// Plug-ins that all find the same peers, after a while, and then end.
class FakeDiscovery final : public DiscoveryClient {
public:
    explicit FakeDiscovery(environment::Loop& loop) : loop_(loop) {}

    std::vector<std::string_view> names() override { return plugins; }

    environment::OperationId search(std::string_view name, SearchQuery query, Found found, Ended ended) override
    {
        asked.push_back({name, query, loop_.now()});
        const std::uint64_t id = asked.size();
        pending_.emplace(id, std::pair(std::move(found), std::move(ended)));
        loop_.start_timer(std::chrono::milliseconds{500}, [this, id] {
            auto node = pending_.extract(id);
            if (!node) return;
            if (!peers.empty()) node.mapped().first(peers);
            node.mapped().second(outcome);
        });
        return environment::OperationId{id};
    }
    void cancel(environment::OperationId operation) override
    {
        ++cancelled;
        pending_.erase(operation.value());
    }
    void introduce(const std::string& host, std::uint16_t port) override
    {
        introduced.push_back(host + ":" + std::to_string(port));
    }
    std::uint16_t port() override { return node_port; }
    std::vector<Endpoint> own_endpoints() const override { return {}; }
    std::optional<Endpoint> vote(const Address& ours, const Address&) override { return Endpoint{ours, 6881}; }

    struct Asked {
        std::string_view plugin;
        SearchQuery query;
        environment::Time at;
    };
    std::vector<std::string_view> plugins;
    std::vector<Endpoint> peers;
    std::vector<Asked> asked;
    std::vector<std::string> introduced;
    Result<void> outcome{};
    std::uint16_t node_port = 0;
    int cancelled = 0;

private:
    environment::Loop& loop_;
    std::map<std::uint64_t, std::pair<Found, Ended>> pending_;
};

}  // namespace shoal::torrent::test
