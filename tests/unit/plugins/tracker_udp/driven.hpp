// The plug-in as a host drives it: through its factory and its table, nothing else. The test plays the tracker.
#pragma once

#include "udp_tracker.hpp"

#include "unit/plugins/tracker/fake_host.hpp"

#include <shoal/crossing.hpp>
#include <shoal/udp_tracker.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace shoal::test {

using std::chrono::seconds;

class Driven {
public:
    Driven() { REQUIRE(factory.create(host.table(), &self_) == SHOAL_OK); }

    ~Driven() { end(); }

    // As the host ends an instance: what is under way completes as cancelled between stop and destroy.
    void end()
    {
        if (self_ == nullptr) return;
        factory.stop(self_);
        for (auto& lookup : host.lookups) lookup.is_cancelled = true;
        host.complete_cancelled();
        factory.destroy(std::exchange(self_, nullptr));
    }

    shoal_status announce(std::uint64_t operation, std::string_view url = "udp://1.2.3.4:80/announce",
                          std::uint32_t event = SHOAL_ANNOUNCE_NONE)
    {
        shoal_announce raw{};
        raw.struct_size = sizeof raw;
        raw.event = event;
        raw.url = to_abi(url);
        std::memset(raw.info_hash, 'h', sizeof raw.info_hash);
        std::memset(raw.peer_id, 'p', sizeof raw.peer_id);
        raw.uploaded = 1;
        raw.downloaded = 2;
        raw.left = 3;
        raw.key = 4;
        raw.num_want = 50;
        raw.port = 6881;
        raw.deadline_ns = static_cast<std::uint64_t>((host.now() + patience).count());
        host.is_inside_call = true;
        const auto status = table().announce(self_, operation, &raw);
        host.is_inside_call = false;
        return status;
    }

    shoal_status scrape(std::uint64_t operation, std::string_view url, std::string_view hashes)
    {
        host.is_inside_call = true;
        const auto status = table().scrape(self_, operation, to_abi(url),
                                           reinterpret_cast<const std::uint8_t*>(hashes.data()),
                                           static_cast<std::uint32_t>(hashes.size() / 20));
        host.is_inside_call = false;
        return status;
    }

    void cancel(std::uint64_t operation) { table().cancel(self_, operation); }

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

    test::FakeHost host;
    std::chrono::nanoseconds patience = seconds{30};

private:
    static constexpr shoal_factory factory = tracker<udp_tracker::UdpTracker>("udp");
    static const shoal_tracker_v1& table() { return *static_cast<const shoal_tracker_v1*>(factory.table); }

    void* self_ = nullptr;
};

inline std::vector<std::string> texts_of(const std::vector<Endpoint>& peers)
{
    std::vector<std::string> out;
    for (const auto& peer : peers) out.push_back(peer.to_string());
    return out;
}

inline Address address(const char* text) { return *Address::parse(text); }

} // namespace shoal::test
