#include "embed/embedded_client.hpp"

#include <catch2/catch.hpp>

#include <string>

#include <sys/resource.h>

using namespace shoal;
using control::Value;

namespace {

embed::EmbedOptions quiet_options(std::string state = {})
{
    return {.state = std::move(state),
            .plugins = SHOAL_TEST_PLUGINS,
            .settings = Value::Map{}.set("discoveries", Value::List{}).set("listen", Value::List{"127.0.0.1:0"})};
}

// No file is opened as long as this is there.
class NoFilesLeft {
public:
    NoFilesLeft()
    {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    }
    ~NoFilesLeft() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("a program that has no open file left hears so, and has a client when it has", "[embed]")
{
    {
        const NoFilesLeft none;
        const auto refused = embed::EmbeddedClient::make(quiet_options());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::limit_exceeded);
    }
    const auto made = embed::EmbeddedClient::make(quiet_options());
    REQUIRE(made);
    CHECK((*made)->call("session.stats", {}));
}

TEST_CASE("a state folder whose path is too long is refused", "[embed]")
{
    const auto refused = embed::EmbeddedClient::make(quiet_options("/" + std::string(70'000, 'a')));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid_argument);
}
