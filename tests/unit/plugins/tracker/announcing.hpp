// Both plug-ins of this tree as real libraries in a real host, in checked mode: the embedded tracker on one
// side, the tracker plug-in that announces to it on the other. A rule that either breaks fails the test.
#pragma once

#include "environment/environment.hpp"
#include "host/instance.hpp"
#include "host/registry.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::test {

/// Where they run. `run_until` turns the loop until it is true; false: it did not become true in time.
struct Ground {
    environment::Environment& server;
    environment::Environment& client;
    std::function<bool(UniqueFunction<bool()>)> run_until;
};

/// One client of the tracker.
struct Client {
    char name = 'A';
    std::uint16_t port = 0;
    std::uint64_t left = 1;
};

struct Announced {
    shoal_status status = SHOAL_OK;
    host::AnnounceReply reply;
};

struct Scraped {
    shoal_status status = SHOAL_OK;
    std::vector<host::ScrapeEntry> entries;
};

class Announcing final : host::TrackerSink {
public:
    /// `scheme`: of the tracker plug-in, and of `announce_url`.
    explicit Announcing(Ground ground, const host::SettingValues& settings = {},
                        const std::string& scheme = "http");
    ~Announcing();

    Announced announce(const Client& client, std::uint32_t event = 0, const std::string& url = {});
    Scraped scrape();

    /// Only submits; `answers` will have it.
    std::uint64_t begin(const Client& client, std::uint32_t event = 0, const std::string& url = {});
    void wait_for(UniqueFunction<bool()> done);

    void stop_tracker() { tracker_->stop(); }
    void end_service() { service_.reset(); }

    std::string announce_url; // that of the service's with our scheme
    std::map<std::uint64_t, Announced> answers;

private:
    void on_announced(std::uint64_t operation, shoal_status status,
                      const host::AnnounceReply& reply) override;
    void on_scraped(std::uint64_t operation, shoal_status status,
                    const std::vector<host::ScrapeEntry>& entries) override;

    std::unique_ptr<host::Instance> make(std::string_view kind, std::string_view name,
                                         environment::Environment& environment,
                                         const host::SettingValues& settings);

    Ground ground_;
    host::Registry registry_;
    std::unique_ptr<host::Instance> service_;
    std::unique_ptr<host::Instance> tracker_;
    std::map<std::uint64_t, Scraped> scraped_;
};

std::vector<std::string> texts(const std::vector<Endpoint>& peers);

inline constexpr Client seed{.name = 'S', .port = 1001, .left = 0};
inline constexpr Client leecher{.name = 'L', .port = 1002, .left = 7};

} // namespace shoal::test
