#include "peer/request_window.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>

using namespace shoal;
using namespace shoal::peer;
using namespace std::chrono_literals;

using environment::Duration;
using environment::Time;

namespace {

constexpr std::uint64_t block = 16 * 1024;

struct Path {
    Duration round_trip;
    std::uint64_t rate;      // octets a second
    Duration burst{0};       // what the peer may send in this time it sends at once; 0: evenly
};

// A peer that answers requests in their order over a path, and a window that is refilled as the swarm does
// it. Virtual time.
class Transfer {
public:
    explicit Transfer(const Path& path, RequestWindow::Limits limits = {}) : window(limits), path_(path)
    {
        refill();
    }

    void change(const Path& path) { path_ = path; }

    // Octets that arrived in that time.
    std::uint64_t run(Duration duration)
    {
        const Time end = now + duration;
        std::uint64_t octets = 0;
        while (!flying_.empty() && flying_.front().arrives <= end) {
            const Flight flight = flying_.front();
            flying_.pop_front();
            now = flight.arrives;
            octets += block;
            window.on_block(flight.asked, now, static_cast<std::uint32_t>(flying_.size()));
            largest = std::max(largest, window.size());
            refill();
        }
        now = end;
        return octets;
    }

    // Of what the path could carry in that time, in percent.
    std::uint64_t utilisation(Duration duration)
    {
        const auto octets = run(duration);
        const auto possible = path_.rate * static_cast<std::uint64_t>(duration / 1ms) / 1000;
        return octets * 100 / possible;
    }

    RequestWindow window;
    Time now{1s};
    std::uint32_t largest = 0;

private:
    struct Flight {
        Time asked;
        Time arrives;
    };

    void refill()
    {
        if (flying_.size() > window.size() / 2) return;
        while (flying_.size() < window.size()) flying_.push_back({now, answer(now + path_.round_trip / 2)});
    }

    // When the answer to a request that reaches the peer at `reached` is here.
    Time answer(Time reached)
    {
        const Duration own(static_cast<std::int64_t>(block * 1'000'000'000 / path_.rate));
        if (path_.burst == Duration{0}) {
            free_ = std::max(free_, reached) + own;
            return free_ + path_.round_trip / 2;
        }
        // Every burst ends the one before: what is left of its budget is lost.
        const auto per_burst = path_.burst / own;
        const std::int64_t soonest = (reached.time_since_epoch() + path_.burst - 1ns) / path_.burst;
        if (soonest > burst_) {
            burst_ = soonest;
            sent_in_burst_ = 0;
        } else if (sent_in_burst_ == per_burst) {
            ++burst_;
            sent_in_burst_ = 0;
        }
        ++sent_in_burst_;
        return Time{burst_ * path_.burst} + sent_in_burst_ * 10us + path_.round_trip / 2;
    }

    Path path_;
    std::deque<Flight> flying_;
    Time free_{};
    std::int64_t burst_ = 0;
    std::int64_t sent_in_burst_ = 0;
};

}  // namespace

TEST_CASE("a window fills every path", "[peer]")
{
    const auto path = GENERATE(Path{10ms, 1'000'000}, Path{200ms, 50'000'000}, Path{100us, 100'000'000},
                               Path{1ms, 500'000'000}, Path{50ms, 5'000'000}, Path{500ms, 2'000'000},
                               Path{20ms, 100'000}, Path{300ms, 20'000});
    CAPTURE(path.round_trip.count(), path.rate);
    Transfer transfer(path);
    transfer.run(15s);
    CHECK(transfer.utilisation(60s) >= 90);
}

TEST_CASE("a window fills a path within a few round trips", "[peer]")
{
    const auto path = GENERATE(Path{10ms, 1'000'000}, Path{200ms, 50'000'000}, Path{50ms, 5'000'000});
    CAPTURE(path.round_trip.count(), path.rate);
    Transfer transfer(path);
    transfer.run(16 * path.round_trip);
    CHECK(transfer.utilisation(2s) >= 90);
}

TEST_CASE("a window fills a peer that sends once a second", "[peer]")
{
    const auto path = GENERATE(Path{10ms, 1'000'000, 1s}, Path{50ms, 200'000, 1s}, Path{100ms, 5'000'000, 1s},
                               Path{20ms, 2'000'000, 250ms});
    CAPTURE(path.round_trip.count(), path.rate, path.burst.count());
    Transfer transfer(path);
    transfer.run(30s);
    CHECK(transfer.utilisation(60s) >= 90);
}

TEST_CASE("a window does not queue more than the path needs", "[peer]")
{
    // Blocks that wait at the other end cannot be asked of others, and are late in endgame.
    const auto path = GENERATE(Path{10ms, 1'000'000}, Path{200ms, 50'000'000}, Path{50ms, 5'000'000});
    CAPTURE(path.round_trip.count(), path.rate);
    Transfer transfer(path);
    transfer.run(60s);
    const auto product =
        path.rate * static_cast<std::uint64_t>(path.round_trip / 1us) / 1'000'000 / block + 1;
    CHECK(transfer.window.size() <= 8 * product + 16);
}

TEST_CASE("a window never asks for more than three seconds of the path", "[peer]")
{
    const auto path = GENERATE(Path{10ms, 20'000}, Path{500ms, 100'000}, Path{50ms, 100'000, 1s});
    CAPTURE(path.round_trip.count(), path.rate);
    Transfer transfer(path);
    transfer.run(120s);
    CHECK(transfer.window.size() <= 3 * path.rate / block + 4);
}

TEST_CASE("a window keeps to its limits whatever the path", "[peer]")
{
    const auto most = GENERATE(1u, 2u, 3u, 10u, 250u);
    CAPTURE(most);
    Transfer transfer({200ms, 50'000'000}, {.most = most});
    transfer.window.set_most(most);
    transfer.run(20s);
    CHECK(transfer.largest <= most);
    CHECK(transfer.window.size() >= std::min(most, 2u));
}

TEST_CASE("a limit that comes later holds at once, and may be raised again", "[peer]")
{
    Transfer transfer({200ms, 50'000'000});
    transfer.run(20s);
    REQUIRE(transfer.window.size() > 100);
    transfer.window.set_most(10);
    CHECK(transfer.window.size() == 10);
    transfer.run(10s);
    CHECK(transfer.window.size() <= 10);
    transfer.window.set_most(2000);
    transfer.run(20s);
    CHECK(transfer.utilisation(10s) >= 90);
}

TEST_CASE("a limit of 0 counts as 1", "[peer]")
{
    RequestWindow window({});
    window.set_most(0);
    CHECK(window.size() == 1);
}

TEST_CASE("a window shrinks when the path slows", "[peer]")
{
    Transfer transfer({50ms, 50'000'000});
    transfer.run(20s);
    const auto before = transfer.window.size();
    transfer.change({50ms, 1'000'000});
    transfer.run(60s);
    CHECK(transfer.window.size() < before / 4);
    CHECK(transfer.utilisation(20s) >= 90);
}

TEST_CASE("a window grows when the path becomes faster or longer", "[peer]")
{
    Transfer faster({50ms, 1'000'000});
    faster.run(20s);
    faster.change({50ms, 20'000'000});
    faster.run(60s);
    CHECK(faster.utilisation(20s) >= 90);

    Transfer longer({10ms, 5'000'000});
    longer.run(20s);
    longer.change({200ms, 5'000'000});
    longer.run(60s);
    CHECK(longer.utilisation(20s) >= 90);
}

TEST_CASE("a stall forgets the rate and begins again", "[peer]")
{
    Transfer transfer({50ms, 5'000'000});
    const auto at_first = transfer.window.size();
    transfer.run(20s);
    REQUIRE(transfer.window.size() > at_first);
    transfer.window.on_stall();
    CHECK(transfer.window.size() == at_first);
    transfer.run(5s);
    CHECK(transfer.utilisation(10s) >= 90);
}

TEST_CASE("the least latency is the path's, not that of our own queue", "[peer]")
{
    Transfer transfer({50ms, 5'000'000});
    transfer.run(3600s);
    CHECK(transfer.window.least_latency() < 60ms);
    CHECK(transfer.utilisation(60s) >= 90);
}

TEST_CASE("a pause of half a second does not make the window small", "[peer]")
{
    RequestWindow window({});
    Time now{1s};
    const auto rounds = [&](int count) {
        for (int i = 0; i < count; ++i) {
            const auto asked = now;
            now += 20ms;
            for (std::uint32_t left = window.size(); left > 0; --left) {
                now += 100us;
                window.on_block(asked, now, left - 1);
            }
        }
    };
    rounds(200);
    const auto before = window.size();
    now += 500ms;
    rounds(3);
    CHECK(window.size() >= before / 2);
}
