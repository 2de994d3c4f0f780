#include "daemon/disk_room.hpp"
#include "lab/node.hpp"
#include "lab/world.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;
using daemon::DiskRoom;
using daemon::Room;

namespace {

// Two file systems, whose room the test says.
struct RoomBench {
    RoomBench()
    {
        ear = methods.subscribe([this](std::string_view event, const Value::Map& payload) {
            told.push_back(std::string(event) + " " + *payload.find("folder")->as_text() + " "
                           + std::to_string(*payload.find("free")->as_integer()));
        });
        room = std::make_unique<DiskRoom>(DiskRoom::Parts{
            .loop = node.loop(),
            .workers = node.environment().workers,
            .methods = methods,
            .folders = [] { return std::set<std::string>{"/a/one", "/a/two", "/b"}; },
            .least = [this] { return least; },
            .room = [this](const std::string& folder) -> Result<Room> {
                ++looks;
                node.environment().workers.pause(takes);
                if (folder.starts_with("/a")) return Room{.device = 1, .free = free_of_a, .size = 1000};
                if (folder == "/b") return Room{.device = 2, .free = 900, .size = 1000};
                return make_error(Errc::io_error, "gone");
            }});
    }
    Result<Value> ask(const std::string& folder)
    {
        std::optional<Result<Value>> answer;
        methods.call("disk.room", Value::Map{}.set("folder", folder), [&](Result<Value> given) { answer = std::move(given); });
        world.run_for(1s);
        REQUIRE(answer);
        return *answer;
    }

    lab::World world;
    lab::Node& node = world.add_node();
    control::Registry methods;
    std::unique_ptr<control::Registry::Subscription> ear;
    std::vector<std::string> told;
    std::uint64_t free_of_a = 500;
    std::uint64_t least = 100;
    lab::Duration takes{0};
    int looks = 0;
    std::unique_ptr<DiskRoom> room;
};

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a disk that becomes low is told once, whatever folders are on it, and once when it has enough again", "[daemon][room]")
{
    RoomBench bench;
    bench.room->start();
    bench.world.run_for(3min);
    CHECK(bench.told.empty());
    bench.free_of_a = 99;
    bench.world.run_for(3min);
    CHECK(bench.told == Told{"disk.low /a/one 99"});
    bench.free_of_a = 105;  // hardly above the mark
    bench.world.run_for(3min);
    CHECK(bench.told.size() == 1);
    bench.free_of_a = 200;
    bench.world.run_for(3min);
    CHECK(bench.told == Told{"disk.low /a/one 99", "disk.enough /a/one 200"});
    bench.free_of_a = 0;
    bench.world.run_for(1min);
    CHECK(bench.told.size() == 3);
}

TEST_CASE("with the mark at 0 nothing is told", "[daemon][room]")
{
    RoomBench bench;
    bench.least = 0;
    bench.free_of_a = 0;
    bench.room->start();
    bench.world.run_for(10min);
    CHECK(bench.told.empty());
}

TEST_CASE("disk.room answers for a folder, and says what is wrong with another", "[daemon][room]")
{
    RoomBench bench;
    const auto room = bench.ask("/b");
    REQUIRE(room);
    CHECK(*room->as_map()->find("free")->as_integer() == 900);
    CHECK(*room->as_map()->find("size")->as_integer() == 1000);
    CHECK(bench.ask("/c").error().text == "gone");
    CHECK(bench.ask("b").error().code == Errc::invalid_argument);
}

TEST_CASE("the room of a folder that is not there yet is that of the closest one above", "[daemon][room]")
{
    const test::TemporaryFolder folder;
    const auto here = daemon::room_at(folder / "");
    const auto there = daemon::room_at(folder / "a/b/c");
    REQUIRE(here);
    REQUIRE(there);
    CHECK(here->device == there->device);
    CHECK(there->size > 0);
    CHECK(there->free <= there->size);
}

TEST_CASE("a disk that does not answer holds one worker, however long it takes", "[daemon][room]")
{
    RoomBench bench;
    bench.takes = 10min;
    bench.room->start();
    bench.world.run_for(5min);
    CHECK(bench.looks == 3);  // one look at three folders
    bench.world.run_for(60min);
    CHECK(bench.looks > 3);
}

TEST_CASE("a look that is under way at the end is dropped", "[daemon][room]")
{
    RoomBench bench;
    bench.free_of_a = 0;
    bench.room->start();
    bench.room.reset();
    bench.world.run_for(3min);
    CHECK(bench.told.empty());
    CHECK(bench.methods.find("disk.room") == nullptr);
}
