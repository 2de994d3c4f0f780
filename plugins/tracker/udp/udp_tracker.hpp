// From an announce or a scrape to its one completion: the name, its addresses one after the other, the
// packets there, the deadline. Each operation is in one place, `operations_`, until it is completed; taking it
// out is what makes the completion the only one. With the last one the sockets go.
#pragma once

#include "names.hpp"
#include "wire.hpp"

#include <shoal/tracker.hpp>
#include <shoal/tracker_url.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

namespace shoal::udp_tracker {

class UdpTracker final : public Tracker {
public:
    static constexpr std::chrono::seconds longest_scrape{30};
    static constexpr std::chrono::seconds longest_goodbye{5}; // an announce of "stopped"
    /// Of an address, before the next one of the same name is asked.
    static constexpr std::chrono::seconds address_patience{5};
    static constexpr std::size_t most_addresses = 8;
    /// An announce of an Ethernet frame's size.
    static constexpr std::size_t longest_url_data = 1300;
    /// In one packet. BEP 15 has room for 74, but with its headers that is more than an Ethernet frame.
    static constexpr std::size_t scraped_at_once = 70;

    explicit UdpTracker(Host& host);

    Result<void> announce(std::uint64_t operation, const Announce& announce) override;
    Result<void> scrape(std::uint64_t operation, std::string_view url,
                        std::span<const Hash20> info_hashes) override;
    void cancel(std::uint64_t operation) override;
    void on_stop() override;

private:
    struct Operation {
        TrackerUrl url;
        Time deadline;
        bool is_scrape = false;
        bool is_looking_up = false;
        bep15::AnnounceRequest request{};
        std::vector<Hash20> scraped{};
        std::vector<Endpoint> left{}; // addresses that were not asked yet
        Endpoint tracker{};           // the one that is asked
        std::map<QuestionNumber, std::size_t> open{}; // questions under way there, and where their part begins
        std::map<std::size_t, std::vector<ScrapeEntry>> parts{}; // of a scrape, as far as answered
        Timer timer{};
    };
    using Operations = std::map<std::uint64_t, Operation>;

    Result<void> begin(std::uint64_t number, Operation operation);
    void on_found(std::uint64_t number, const Result<std::vector<Endpoint>>& found);
    Result<void> ask_next_address(std::uint64_t number);
    Result<void> ask(std::uint64_t number, const Endpoint& tracker);
    std::map<std::size_t, Question> open_questions(const Operation& operation) const;
    void leave_address(Operation& operation);
    void wait(std::uint64_t number);
    void on_time(std::uint64_t number);
    void on_reply(QuestionNumber question, Result<Reply> reply);
    void on_scraped(std::uint64_t number, std::size_t part, const bep15::ScrapeReply& reply);

    Operation take_out(std::uint64_t number);
    void fail(std::uint64_t number, const Error& error);
    void close_if_idle();

    Host host_;
    TrackerReplies replies_;
    Timers timers_;
    Names names_;
    Wire wire_;
    Operations operations_;
    std::map<QuestionNumber, std::uint64_t> askers_; // operation by question
};

} // namespace shoal::udp_tracker
