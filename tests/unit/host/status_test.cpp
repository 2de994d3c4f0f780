#include "host/status.hpp"

#include <shoal/crossing.hpp>

#include <catch2/catch.hpp>

namespace shoal::host {

TEST_CASE("every status of the ABI has a name and a text for people", "[host]")
{
    for (const auto status :
         {SHOAL_E_ARGUMENT, SHOAL_E_THREAD,    SHOAL_E_STATE,   SHOAL_E_UNSUPPORTED, SHOAL_E_PERMISSION,
          SHOAL_E_STALE,    SHOAL_E_NOT_FOUND, SHOAL_E_ACCESS,  SHOAL_E_NO_SPACE,    SHOAL_E_IO,
          SHOAL_E_NETWORK,  SHOAL_E_REFUSED,   SHOAL_E_LIMIT,   SHOAL_E_PROTOCOL,    SHOAL_E_REMOTE,
          SHOAL_E_CORRUPT,  SHOAL_E_CANCELLED, SHOAL_E_TIMEOUT, SHOAL_E_PLUGIN,      SHOAL_E_EXCEPTION}) {
        INFO(status);
        CHECK(is_known_status(status));
        CHECK(status_name(status).starts_with("SHOAL_E_"));
        CHECK(status_name(status) != "SHOAL_E_?");
        CHECK(status_text(status) != status_text(-12345));
    }
}

TEST_CASE("a number that is no status of the ABI is known as such", "[host]")
{
    CHECK_FALSE(is_known_status(-12345));
    CHECK(status_name(-12345) == "SHOAL_E_?");
    CHECK(is_known_status(SHOAL_OK));
    CHECK(is_known_status(17));
}

}  // namespace shoal::host
