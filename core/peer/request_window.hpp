#pragma once

#include "environment/time.hpp"

#include <cstdint>

namespace shoal::peer {

// How many blocks to keep requested of one peer: enough to fill the path, not more.
//
// The bandwidth-delay product is measured, not guessed (the idea of BBR, Cardwell et al. 2016): `best rate`
// of recent rounds times the `least latency`, where a round is the time in which a window's worth of blocks
// arrives, at most a second. While a bigger window still brings a higher rate the window doubles each round;
// afterwards every eighth round probes with half as much again, and the headroom that a probe pays for is
// kept. That also finds the window for peers that send in bursts (rate limits on a coarse tick), whose least
// latency says nothing.
//
// A latency that grows while the rate does not fall is our own queue at the other end, and believed nothing.
// When the rate falls and stays low, the path has changed: the window shrinks to what the old latency and the
// new rate make, and a queue of ours drains; what latency is seen then is the path's. Integers only.
class RequestWindow {
public:
    struct Limits {
        std::uint32_t least = 2;
        std::uint32_t most = 2000;                     // also the peer's reqq, BEP 10
        environment::Duration longest = std::chrono::seconds{3};  // never more than this at the present rate
    };

    explicit RequestWindow(Limits limits) : limits_(limits) {}

    // Blocks to keep outstanding now.
    std::uint32_t size() const { return size_; }
    void set_most(std::uint32_t most);

    // A block that was requested at `asked` arrived; `outstanding` are still to come.
    void on_block(environment::Time asked, environment::Time now, std::uint32_t outstanding);
    // Choked or snubbed: what was learned about the path's rate is void, its latency is not.
    void on_stall();

    environment::Duration least_latency() const { return least_latency_; }

private:
    enum class Phase { doubling, steady, probing };

    void measure_latency(environment::Time asked, environment::Time now);
    void end_round(environment::Time now);
    bool has_fallen(environment::Time now);
    void relearn(environment::Time now);
    void begin_round(environment::Time now);
    std::uint32_t product() const;
    void resize();

    Limits limits_;
    Phase phase_ = Phase::doubling;
    std::uint32_t size_ = 4;
    std::uint32_t round_blocks_ = 0;   // arrived in this round
    std::uint32_t round_length_ = 4;   // blocks that make a round
    std::uint32_t flat_rounds_ = 0;    // doubling rounds that brought nothing
    std::uint32_t steady_rounds_ = 0;
    std::uint32_t headroom_ = 16;      // sixteenths of the product, at least 16
    std::uint64_t best_rate_ = 0;      // blocks per 1,000 s: integers with room
    std::uint64_t last_rate_ = 0;
    environment::Time round_start_{};
    bool round_started_ = false;
    environment::Duration least_latency_ = environment::Duration::max();
    bool is_latency_stale_ = false;
    environment::Time relearned_at_{}; // what was asked earlier says nothing about the path
    environment::Time fallen_since_ = environment::time_never;  // the rate is well below the best
};

}  // namespace shoal::peer
