#include "control/changes.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <random>
#include <set>
#include <string>

namespace shoal::control {

namespace {

using Ids = std::vector<int>;

// What a client knows after it was told what changed.
void apply(const Changes<int>::Delta& delta, std::set<int>& known)
{
    if (delta.is_everything) known.clear();
    for (const int id : delta.gone) known.erase(id);
    known.insert(delta.changed.begin(), delta.changed.end());
}

}  // namespace

TEST_CASE("of ten thousand things three changed, and three are told", "[control][changes]")
{
    Changes<int> changes;
    for (int id = 0; id < 10'000; ++id) changes.touch(id);
    const auto all = changes.since(0);
    CHECK(all.is_everything);
    CHECK(all.changed.size() == 10'000);
    CHECK(all.gone.empty());

    changes.touch(4711);
    changes.remove(17);
    changes.touch(20'000);
    changes.touch(4711);
    const auto few = changes.since(all.revision);
    CHECK_FALSE(few.is_everything);
    CHECK(few.changed == Ids{20'000, 4711});
    CHECK(few.gone == Ids{17});

    const auto none = changes.since(few.revision);
    CHECK_FALSE(none.is_everything);
    CHECK(none.revision == few.revision);
    CHECK(none.changed.empty());
    CHECK(none.gone.empty());
}

TEST_CASE("what is gone and comes back has changed", "[control][changes]")
{
    Changes<std::string> changes;
    changes.touch("a");
    const auto seen = changes.revision();
    changes.remove("a");
    changes.touch("a");
    const auto delta = changes.since(seen);
    CHECK(delta.changed == std::vector<std::string>{"a"});
    CHECK(delta.gone.empty());
}

TEST_CASE("what is not there cannot go, and goes once", "[control][changes]")
{
    Changes<int> changes;
    changes.remove(1);
    CHECK(changes.revision() == 0);
    changes.touch(1);
    changes.remove(1);
    const auto gone = changes.revision();
    changes.remove(1);
    CHECK(changes.revision() == gone);
    CHECK(changes.since(1).gone == Ids{1});
}

TEST_CASE("who asks for more than is remembered of what is gone is told everything", "[control][changes]")
{
    Changes<int> changes(2);
    for (int id = 0; id < 5; ++id) changes.touch(id);
    const auto before = changes.revision();
    changes.remove(0);
    const auto after_first = changes.revision();
    changes.remove(1);
    CHECK_FALSE(changes.since(before).is_everything);
    changes.remove(2);
    const auto too_old = changes.since(before);
    CHECK(too_old.is_everything);
    CHECK(too_old.changed == Ids{3, 4});
    CHECK(too_old.gone.empty());
    const auto just = changes.since(after_first);
    CHECK_FALSE(just.is_everything);
    CHECK(just.gone == Ids{1, 2});

    changes.touch(0);  // forgotten, and new again
    CHECK(changes.since(changes.revision() - 1).changed == Ids{0});
}

TEST_CASE("a revision of another run is told everything", "[control][changes]")
{
    Changes<int> earlier(10, 1'000'000);
    earlier.touch(1);
    Changes<int> changes(10, 2'000'000);
    for (int id = 0; id < 3; ++id) changes.touch(id);
    CHECK(changes.since(earlier.revision()).is_everything);
    CHECK(changes.since(changes.revision() + 1).is_everything);
    CHECK(changes.since(UINT64_MAX).is_everything);
    CHECK(changes.since(2'000'001).changed == Ids{1, 2});
}

TEST_CASE("who is told of every change now and then knows what there is", "[control][changes]")
{
    std::mt19937 numbers(4);
    Changes<int> changes(20);
    std::set<int> there;
    std::set<int> known;
    std::uint64_t revision = 0;
    int told_everything = 0;
    for (int round = 0; round < 2000; ++round) {
        const auto steps = numbers() % 40;
        std::set<int> touched;
        for (unsigned i = 0; i < steps; ++i) {
            const int id = static_cast<int>(numbers() % 60);
            const bool stays = numbers() % 2 == 0;
            stays ? changes.touch(id) : changes.remove(id);
            stays ? static_cast<void>(there.insert(id)) : static_cast<void>(there.erase(id));
            touched.insert(id);
        }
        const auto delta = changes.since(revision);
        if (!delta.is_everything) REQUIRE(delta.changed.size() + delta.gone.size() <= touched.size());
        told_everything += delta.is_everything ? 1 : 0;
        apply(delta, known);
        revision = delta.revision;
        REQUIRE(known == there);
    }
    CHECK(told_everything < 1000);
}

}  // namespace shoal::control
