// The embedded tracker for those who ask by datagrams (BEP 15): the same swarms, other packets. Nobody who has
// not shown that he receives what is sent to his address is told more than he said himself.
#pragma once

#include "connection_ids.hpp"
#include "embedded_tracker.hpp"

#include <shoal/bytes.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/udp_tracker.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace shoal::embedded_tracker {

class UdpAnswers {
public:
    /// Of an answer, so that it arrives in one piece.
    static constexpr std::size_t longest_answer = 1400;

    UdpAnswers(EmbeddedTracker& tracker, const Hash32& secret) : tracker_(tracker), ids_(secret) {}

    /// Nothing: what came is no request, or has no valid connection id. What is wrong with a request otherwise
    /// is told as an error.
    [[nodiscard]] std::optional<Bytes> answer(const Endpoint& from, ByteView packet,
                                              std::chrono::nanoseconds now);

private:
    [[nodiscard]] Bytes announce(const Endpoint& from, const bep15::AnnounceRequest& request,
                                 std::chrono::nanoseconds now);
    [[nodiscard]] Bytes scrape(const bep15::ScrapeRequest& request);
    [[nodiscard]] Bytes refuse(std::uint32_t transaction, std::string_view reason);

    EmbeddedTracker& tracker_;
    ConnectionIds ids_;
};

} // namespace shoal::embedded_tracker
