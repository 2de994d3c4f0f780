// Looks up the host names among a tracker's peers, all at once, and waits for them no longer than told: the
// peers whose addresses are known should not wait for a slow name server.
#pragma once

#include "answer.hpp"

#include <shoal/services.hpp>
#include <shoal/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace shoal::http_tracker {

/// Destroying it cancels what is under way; `done` is not called any more. [strand]
class PeerNames {
public:
    /// Of the addresses of one name, so that one name cannot fill the list.
    static constexpr std::size_t most_addresses = 4;

    /// Comes once, never from inside look_up(), with the peers whose names are known by then; destroys this
    /// object.
    using Done = UniqueFunction<void(std::vector<Endpoint>)>;

    PeerNames(const Resolver& resolver, const Timers& timers, Done done);
    ~PeerNames();
    PeerNames(const PeerNames&) = delete;
    PeerNames& operator=(const PeerNames&) = delete;

    /// Call once. True: `done` will come, within `patience`. False: nobody could be asked, it will not.
    [[nodiscard]] bool look_up(std::span<const NamedPeer> names, std::chrono::nanoseconds patience);

private:
    void on_found(std::size_t place, const Result<std::vector<Endpoint>>& found);
    void finish();

    const Resolver& resolver_;
    const Timers& timers_;
    Done done_;
    std::vector<Endpoint> found_;
    std::vector<std::uint64_t> under_way_; // operations; 0: answered
    std::size_t left_ = 0;
    Timer patience_;
    std::shared_ptr<PeerNames*> self_; // answers that come after us find it expired
};

} // namespace shoal::http_tracker
