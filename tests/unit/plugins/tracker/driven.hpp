#pragma once

#include "fake_host.hpp"

#include <shoal/crossing.hpp>
#include <shoal/tracker.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace shoal::test {

/// A tracker plug-in as a host drives it: through its factory and its table, nothing else.
template <class Plugin>
class DrivenTracker {
public:
    DrivenTracker()
    {
        said.struct_size = sizeof said;
        std::memset(said.info_hash, 'h', sizeof said.info_hash);
        std::memset(said.peer_id, 'p', sizeof said.peer_id);
        said.port = 6881;
        REQUIRE(factory.create(host.table(), &self_) == SHOAL_OK);
    }

    ~DrivenTracker() { end(); }

    // As the host ends an instance: what is under way completes as cancelled between stop and destroy.
    void end()
    {
        if (self_ == nullptr) return;
        factory.stop(self_);
        for (auto& request : host.requests) request.is_cancelled = true;
        for (auto& lookup : host.lookups) lookup.is_cancelled = true;
        host.complete_cancelled();
        factory.destroy(std::exchange(self_, nullptr));
    }

    shoal_status announce(std::uint64_t operation, std::string_view url, std::uint32_t event = SHOAL_ANNOUNCE_NONE)
    {
        auto raw = said;
        raw.event = event;
        raw.url = to_abi(url);
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

    FakeHost host;
    std::chrono::nanoseconds patience = std::chrono::seconds{60};
    shoal_announce said{}; // of every announce, but for its URL, event and deadline

private:
    static constexpr shoal_factory factory = tracker<Plugin>("driven");
    static const shoal_tracker_v1& table() { return *static_cast<const shoal_tracker_v1*>(factory.table); }

    void* self_ = nullptr;
};

} // namespace shoal::test
