// One announce or scrape over HTTP: the URL, the exchange by the host's client, the answer, the names in it.
// Each operation is in one place, `operations_`, until it is completed; taking it out is what makes the
// completion the only one.
#pragma once

#include "answer.hpp"
#include "peer_names.hpp"
#include "tracker_url.hpp"

#include <shoal/tracker.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::http_tracker {

class HttpTracker final : public Tracker {
public:
    static constexpr std::chrono::seconds longest_exchange{30};
    static constexpr std::chrono::seconds longest_goodbye{5}; // an announce of "stopped"
    static constexpr std::chrono::seconds longest_name_wait{3};
    static constexpr std::uint64_t longest_body = 1U << 20; // unpacked

    explicit HttpTracker(Host& host);

    Result<void> announce(std::uint64_t operation, const Announce& announce) override;
    Result<void> scrape(std::uint64_t operation, std::string_view url,
                        std::span<const Hash20> info_hashes) override;
    void cancel(std::uint64_t operation) override;

private:
    struct Operation {
        std::string host{};
        bool is_local = false;
        bool is_scrape = false;
        std::vector<Hash20> scraped{};
        std::chrono::nanoseconds deadline{};
        std::uint64_t request = 0; // at the HTTP client
        AnnounceAnswer answer{};
        std::unique_ptr<PeerNames> names{}; // while they are looked up
    };

    Result<void> ask(std::uint64_t number, const std::string& url, Operation operation);
    void on_response(std::uint64_t number, const Result<HttpResponse>& response);
    void on_announce_answer(std::uint64_t number, AnnounceAnswer answer);
    void on_names(std::uint64_t number, const std::vector<Endpoint>& peers);
    void on_scrape_answer(std::uint64_t number, ByteView body);
    void succeed(std::uint64_t number);
    void fail(std::uint64_t number, const Error& error);
    void refuse(std::uint64_t number, const std::string& reason);

    Host host_;
    TrackerReplies replies_;
    Http http_;
    Resolver resolver_;
    Timers timers_;
    std::map<std::uint64_t, Operation> operations_;
};

} // namespace shoal::http_tracker
