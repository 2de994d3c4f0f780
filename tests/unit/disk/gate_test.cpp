#include "disk/gate.hpp"

#include <catch2/catch.hpp>

#include <string>

using shoal::disk::Gate;

namespace {

// Jobs that write their name when they begin, and end when the test says.
struct Yard {
    void job(char name)
    {
        if (gate.try_enter()) begun += name;
        else gate.wait([this, name] { begun += name; });
    }
    void fence(char name)
    {
        gate.fence([this, name] { begun += name; });
    }

    Gate gate;
    std::string begun;
};

}  // namespace

TEST_CASE("jobs begin at once, side by side", "[disk]")
{
    Yard yard;
    for (const char name : {'a', 'b', 'c'}) yard.job(name);
    CHECK(yard.begun == "abc");
    CHECK(yard.gate.under_way() == 3);
    CHECK_FALSE(yard.gate.is_shut());
}

TEST_CASE("a fence waits for what was submitted before it, and what comes after waits for the fence", "[disk]")
{
    Yard yard;
    yard.job('a');
    yard.job('b');
    yard.fence('F');
    yard.job('c');
    CHECK(yard.begun == "ab");
    CHECK(yard.gate.waiting() == 2);
    yard.gate.leave();
    CHECK(yard.begun == "ab");
    yard.gate.leave();
    CHECK(yard.begun == "abF");
    yard.job('d');
    CHECK(yard.begun == "abF");
    yard.gate.leave();
    CHECK(yard.begun == "abFcd");
    CHECK_FALSE(yard.gate.is_shut());
}

TEST_CASE("fences follow each other, one at a time", "[disk]")
{
    Yard yard;
    yard.fence('F');
    yard.fence('G');
    yard.job('a');
    yard.fence('H');
    CHECK(yard.begun == "F");
    yard.gate.leave();
    CHECK(yard.begun == "FG");
    yard.gate.leave();
    CHECK(yard.begun == "FGa");
    yard.gate.leave();
    CHECK(yard.begun == "FGaH");
    CHECK(yard.gate.is_shut());
    yard.gate.leave();
    CHECK_FALSE(yard.gate.is_shut());
}

TEST_CASE("a job that waited may submit another when it begins", "[disk]")
{
    Yard yard;
    yard.fence('F');
    yard.gate.wait([&] {
        yard.begun += 'a';
        yard.job('b');
    });
    yard.job('c');
    yard.gate.leave();
    CHECK(yard.begun == "Facb");
}
