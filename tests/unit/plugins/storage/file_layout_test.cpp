#include "layout.hpp"

#include "testing/storage_trial.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace shoal;
using namespace shoal::file_storage;
using shoal::testing::TrialFile;
using shoal::testing::TrialLayout;

namespace {

std::vector<FilePlan> planned(const std::vector<TrialFile>& files)
{
    const TrialLayout layout("/in", files);
    auto plan = plan_files(StorageLayout(layout.raw()));
    REQUIRE(plan);
    return std::move(*plan);
}

} // namespace

TEST_CASE("a file is called .part until it is complete, in its folder", "[storage][file]")
{
    const auto plan = planned({{"books/a.txt", 5}, {"", 9, SHOAL_FILE_PADDING}, {"b", 0}});
    CHECK(plan[0].part() == "books/a.txt.part");
    CHECK(plan[1].padding);
    CHECK(plan[2].part() == "b.part");
    CHECK(plan[2].name(true) == "b");
}

TEST_CASE("no file is called what another file or folder of the torrent is called", "[storage][file]")
{
    const auto plan = planned(
        {{"a.part", 5}, {"a", 5}, {"b", 5}, {"b.part/c", 5}, {"d.part.part", 5}, {"d", 5}, {"d.part", 5}});
    CHECK(plan[0].part() == "a.part.part");
    CHECK(plan[1].part() == "a.1.part");
    CHECK(plan[2].part() == "b.1.part");
    CHECK(plan[5].part() == "d.1.part");
    std::vector<std::string> names;
    for (const auto& file : plan) names.insert(names.end(), {file.path, file.part()});
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

TEST_CASE("a name that leaves no room for .part is shortened and told apart by a hash", "[storage][file]")
{
    const std::string fits(250, 'n');
    const std::string one(251, 'n');
    const std::string two = std::string(254, 'n') + "2";
    std::string wide;
    while (wide.size() < 252) wide += "\xe2\x82\xac"; // three bytes each
    const auto plan = planned({{"x/" + fits, 1}, {"x/" + one, 1}, {"x/" + two, 1}, {"x/" + wide, 1}});
    CHECK(plan[0].part() == "x/" + fits + ".part");
    for (std::size_t i = 1; i < 4; ++i) {
        CHECK(plan[i].part().size() <= 2 + 255);
        CHECK(plan[i].part().ends_with(".part"));
    }
    CHECK(plan[1].part() != plan[2].part());
    CHECK(plan[3].part().substr(0, 5) == "x/\xe2\x82\xac");
    CHECK(plan[3].part().find('~') % 3 == 2);                      // between characters
    CHECK(planned({{"x/" + one, 1}})[0].part() == plan[1].part()); // the same next time
}

TEST_CASE("a path that is there twice is refused", "[storage][file]")
{
    const TrialLayout layout("/in", {{"a", 1}, {"b", 1}, {"a", 1}});
    const auto plan = plan_files(StorageLayout(layout.raw()));
    REQUIRE_FALSE(plan);
    CHECK(plan.error().text == "\"a\" is there twice");
}
