#include "disk/write_window.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

using namespace shoal;
using namespace std::chrono_literals;
using disk::WriteWindow;
using environment::Duration;
using environment::Time;

namespace {

constexpr std::uint32_t one_write = 256 * 1024;

// Writes of one size, and a clock that the test moves.
struct Writes {
    void begin(int count)
    {
        for (; count > 0; --count) {
            window.on_begun(one_write);
            begun.push_back(now);
        }
    }
    void end()
    {
        window.on_ended(one_write, now - begun.front(), now);
        begun.pop_front();
    }
    // All that are under way end after `took`; then as many as fit begin.
    void round(Duration took)
    {
        now += took;
        while (!begun.empty()) end();
        while (!window.is_full()) begin(1);
    }

    WriteWindow window;
    std::deque<Time> begun;
    Time now{1h};
};

}  // namespace

TEST_CASE("a write window is open until a write takes too long", "[disk]")
{
    Writes writes;
    writes.begin(1000);
    CHECK_FALSE(writes.window.is_full());
    writes.now += WriteWindow::target;
    writes.end();
    CHECK_FALSE(writes.window.is_full());
    writes.now += 1ms;
    writes.end();
    CHECK(writes.window.is_full());
    CHECK(writes.window.size() == 999ull * one_write / 2);
}

TEST_CASE("a round of slow writes halves the window once", "[disk]")
{
    Writes writes;
    writes.begin(64);
    writes.now += 1s;
    for (int i = 0; i < 64; ++i) writes.end();
    CHECK(writes.window.size() == 32 * one_write);
    writes.begin(32);
    writes.now += 1s;
    for (int i = 0; i < 32; ++i) writes.end();
    CHECK(writes.window.size() == 16 * one_write);
}

TEST_CASE("a write window grows while writes are quick, and not while it is not used up", "[disk]")
{
    Writes writes;
    writes.begin(32);
    writes.now += 1s;
    while (!writes.begun.empty()) writes.end();
    REQUIRE(writes.window.size() == 16 * one_write);
    for (int i = 0; i < 100; ++i) {
        writes.begin(1);
        writes.now += 1ms;
        writes.end();
    }
    CHECK(writes.window.size() == 16 * one_write);
    writes.round(1ms);
    for (int i = 0; i < 8; ++i) writes.round(20ms);
    CHECK(writes.window.size() > 20 * one_write);
    CHECK(writes.window.size() < 32 * one_write);
}

TEST_CASE("what was asked for takes room, and counts as use", "[disk]")
{
    Writes writes;
    writes.begin(32);
    writes.now += 1s;
    while (!writes.begun.empty()) writes.end();
    CHECK(writes.window.room(0) == 16 * one_write);
    CHECK(writes.window.room(10 * one_write) == 6 * one_write);
    writes.begin(4);
    CHECK(writes.window.room(10 * one_write) == 2 * one_write);
    CHECK(writes.window.room(100 * one_write) == 0);
    writes.now += 1ms;
    writes.end();
    CHECK(writes.window.size() > 16 * one_write);
}

TEST_CASE("however slow the disk is, one write may be under way and one may wait", "[disk]")
{
    Writes writes;
    writes.begin(8);
    for (int i = 0; i < 10; ++i) writes.round(5s);
    CHECK(writes.window.size() == 2 * one_write);
    CHECK(writes.begun.size() == 2);
}

TEST_CASE("a write that failed, or waited for a move, says nothing of the disk", "[disk]")
{
    Writes writes;
    writes.begin(10);
    writes.now += 1h;
    for (int i = 0; i < 10; ++i) writes.window.on_ended(one_write, std::nullopt, writes.now);
    CHECK(writes.window.on_its_way() == 0);
    writes.begun.clear();
    writes.begin(1000);
    CHECK_FALSE(writes.window.is_full());
}

// A disk that does one thing after the other, and a network that is faster: the disk is never without work, and what is
// written waits hardly longer than the target.
TEST_CASE("behind a write window a slow disk works all the time, and nothing waits long for it", "[disk]")
{
    const Duration each = GENERATE(as<Duration>{}, 1ms, 7ms, 30ms);
    Writes writes;
    writes.begin(500);
    Time disk_is_free = writes.now;
    Duration idle{0};
    Duration longest{0};
    for (int i = 0; i < 5000; ++i) {
        const Time started = std::max(disk_is_free, writes.begun.front());
        if (i > 1000) idle += started - disk_is_free;
        disk_is_free = started + each;
        writes.now = disk_is_free;
        if (i > 1000) longest = std::max(longest, writes.now - writes.begun.front());
        writes.end();
        while (!writes.window.is_open() && !writes.window.is_full()) writes.begin(1);
    }
    CHECK(idle == 0ms);
    CHECK(longest <= WriteWindow::target * 5 / 4 + 2 * each);
    CHECK(longest >= WriteWindow::target / 2);
}
