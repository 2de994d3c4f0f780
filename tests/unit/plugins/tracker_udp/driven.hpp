// The plug-in as a host drives it: through its factory and its table, nothing else. The test plays the tracker.
#pragma once

#include "udp_tracker.hpp"

#include "unit/plugins/tracker/driven.hpp"

#include <shoal/udp_tracker.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace shoal::test {

using std::chrono::seconds;

class Driven : public DrivenTracker<udp_tracker::UdpTracker> {
public:
    Driven()
    {
        patience = seconds{30};
        said.uploaded = 1;
        said.downloaded = 2;
        said.left = 3;
        said.key = 4;
        said.num_want = 50;
    }

    shoal_status announce(std::uint64_t operation, std::string_view url = "udp://1.2.3.4:80/announce",
                          std::uint32_t event = SHOAL_ANNOUNCE_NONE)
    {
        return DrivenTracker::announce(operation, url, event);
    }

    template <class Request>
    Request sent(std::size_t i) const
    {
        const auto request = bep15::decode_request(host.sent.at(i).octets);
        REQUIRE(request);
        REQUIRE(std::holds_alternative<Request>(*request));
        return std::get<Request>(*request);
    }

    /// Answers datagram number `i`, from where it went.
    void accept(std::size_t i, std::uint64_t id = 42)
    {
        reply(i, bep15::ConnectReply{sent<bep15::ConnectRequest>(i).transaction, id});
    }
    void answer(std::size_t i, bep15::AnnounceReply answer = {})
    {
        answer.transaction = sent<bep15::AnnounceRequest>(i).transaction;
        reply(i, answer);
    }
    template <class Reply>
    void reply(std::size_t i, const Reply& reply)
    {
        const auto from = host.sent.at(i).to;
        host.receive(from, bep15::encode(reply));
    }
};

inline std::vector<std::string> texts_of(const std::vector<Endpoint>& peers)
{
    std::vector<std::string> out;
    for (const auto& peer : peers) out.push_back(peer.to_string());
    return out;
}

inline Address address(const char* text) { return *Address::parse(text); }

} // namespace shoal::test
