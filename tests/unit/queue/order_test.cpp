#include "queue/order.hpp"

#include <shoal/random.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <vector>

using namespace shoal;
using queue::Order;

namespace {

std::vector<TorrentHandle> handles(std::initializer_list<std::uint64_t> numbers)
{
    std::vector<TorrentHandle> all;
    for (const auto number : numbers) all.emplace_back(number);
    return all;
}

struct Scene {
    Scene() : order(handles({1, 2, 3, 4, 5})) {}
    std::vector<TorrentHandle> now() const { return {order.members().begin(), order.members().end()}; }
    Order order;
};

}  // namespace

TEST_CASE("torrents wait in the order in which they came, each once", "[queue][order]")
{
    Scene scene;
    scene.order.add(TorrentHandle{6});
    scene.order.add(TorrentHandle{2});
    CHECK(scene.now() == handles({1, 2, 3, 4, 5, 6}));
    scene.order.remove(TorrentHandle{3});
    scene.order.remove(TorrentHandle{99});
    CHECK(scene.now() == handles({1, 2, 4, 5, 6}));
    const auto doubled = handles({3, 1, 3});
    CHECK(Order(doubled).size() == 2);
}

TEST_CASE("a torrent goes up or down by one place, and no further than the end", "[queue][order]")
{
    Scene scene;
    scene.order.move_up(handles({3}));
    CHECK(scene.now() == handles({1, 3, 2, 4, 5}));
    scene.order.move_up(handles({1}));
    CHECK(scene.now() == handles({1, 3, 2, 4, 5}));
    scene.order.move_down(handles({1}));
    CHECK(scene.now() == handles({3, 1, 2, 4, 5}));
    scene.order.move_down(handles({5}));
    CHECK(scene.now() == handles({3, 1, 2, 4, 5}));
}

TEST_CASE("torrents that go to the top or the bottom keep their order among themselves", "[queue][order]")
{
    Scene scene;
    scene.order.move_to_top(handles({5, 3}));
    CHECK(scene.now() == handles({3, 5, 1, 2, 4}));
    scene.order.move_to_bottom(handles({1, 3}));
    CHECK(scene.now() == handles({5, 2, 4, 3, 1}));
}

TEST_CASE("several that go up together stay in order, also when the first is at the end", "[queue][order]")
{
    Scene scene;
    scene.order.move_up(handles({4, 3}));
    CHECK(scene.now() == handles({1, 3, 4, 2, 5}));
    scene.order.move_up(handles({1, 3, 2}));
    CHECK(scene.now() == handles({1, 3, 2, 4, 5}));
    scene.order.move_down(handles({4, 5}));
    CHECK(scene.now() == handles({1, 3, 2, 4, 5}));
    scene.order.move_down(handles({3, 2}));
    CHECK(scene.now() == handles({1, 4, 3, 2, 5}));
}

TEST_CASE("whatever is moved, nobody is lost or doubled, and who is not moved keeps the order among the others",
          "[queue][order]")
{
    RandomStream random(5, 0);
    Scene scene;
    for (int step = 0; step < 2000; ++step) {
        std::vector<TorrentHandle> moved;
        for (std::uint64_t i = 1; i <= 6; ++i) {
            if (random.below(2) == 0) moved.emplace_back(i);
        }
        const auto split = [&](bool is_moved) {
            std::vector<TorrentHandle> part;
            std::ranges::copy_if(scene.now(), std::back_inserter(part), [&](auto torrent) {
                return (std::ranges::find(moved, torrent) != moved.end()) == is_moved;
            });
            return part;
        };
        const auto stay_before = split(false);
        const auto move_before = split(true);
        switch (random.below(4)) {
        case 0: scene.order.move_up(moved); break;
        case 1: scene.order.move_down(moved); break;
        case 2: scene.order.move_to_top(moved); break;
        case 3: scene.order.move_to_bottom(moved); break;
        }
        REQUIRE(split(false) == stay_before);
        REQUIRE(split(true) == move_before);
    }
}
