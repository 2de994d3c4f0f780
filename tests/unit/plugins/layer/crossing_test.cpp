#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

#include <array>

namespace shoal {

TEST_CASE("an endpoint comes back from the C side as it went", "[layer]")
{
    for (const auto* text : {"1.2.3.4:80", "[2001:db8::1]:6881", "0.0.0.0:0"}) {
        const auto endpoint = *Endpoint::parse(text);
        CHECK(from_abi(to_abi(endpoint)) == endpoint);
    }
    const auto raw = to_abi(*Endpoint::parse("1.2.3.4:80"));
    CHECK(raw.family == 4);
    CHECK(raw.address[3] == 4);
    CHECK(raw.address[4] == 0);
    CHECK(raw.port == 80);
}

TEST_CASE("every error code becomes an error status, and one of the same meaning on its way back", "[layer]")
{
    CHECK(to_status(Errc::ok) == SHOAL_OK);
    for (int code = 1; code <= static_cast<int>(Errc::end_of_file); ++code) {
        const auto status = to_status(static_cast<Errc>(code));
        CHECK(status < 0);
        CHECK(to_status(to_errc(status)) == (status == SHOAL_E_STATE ? SHOAL_E_ARGUMENT : status));
    }
    CHECK(to_errc(-9999) == Errc::plugin_broken);
    CHECK(to_errc(3) == Errc::ok);
}

TEST_CASE("a status as a result says what failed", "[layer]")
{
    CHECK(to_result(SHOAL_OK, "sending"));
    const auto failed = to_result(SHOAL_E_NO_SPACE, "writing");
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code == Errc::disk_full);
    CHECK(failed.error().text == "writing: disk_full (-102)");
}

TEST_CASE("an array of structs that have grown is walked by its stride", "[layer]")
{
    struct Old {
        std::uint32_t value;
    };
    struct Grown {
        Old old;
        std::uint32_t more;
    };
    const std::array<Grown, 3> grown{{{{1}, 9}, {{2}, 9}, {{3}, 9}}};
    const Strided<Old> seen(&grown[0].old, 3, sizeof(Grown));
    std::uint32_t sum = 0;
    for (const auto& old : seen) sum = sum * 10 + old.value;
    CHECK(sum == 123);
    CHECK(seen[2].value == 3);
    CHECK(Strided<Old>().empty());
}

} // namespace shoal
