#include "embed/embedded_client.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

#include <sys/resource.h>

using namespace shoal;
using namespace std::chrono_literals;
using control::Value;

namespace {

embed::EmbedOptions quiet_options(std::string state = {})
{
    return {.state = std::move(state),
            .plugins = SHOAL_TEST_PLUGINS,
            .settings = Value::Map{}.set("discoveries", Value::List{}).set("listen", Value::List{"127.0.0.1:0"})};
}

// As long as this is there, the process has no more files open than so many.
class FewFiles {
public:
    explicit FewFiles(rlim_t most)
    {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const rlimit few{.rlim_cur = most, .rlim_max = before_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    }
    ~FewFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

}  // namespace

TEST_CASE("a program that has no open file left hears so, and has a client when it has", "[embed]")
{
    {
        const FewFiles none(0);
        const auto refused = embed::EmbeddedClient::make(quiet_options());
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::limit_exceeded);
    }
    const auto begun = std::chrono::steady_clock::now();
    for (rlim_t most = 3; most < 20; ++most) {
        CAPTURE(most);
        const FewFiles few(most);
        const auto made = embed::EmbeddedClient::make(quiet_options());
        CHECK((made || !made.error().text.empty()));
    }
    CHECK(std::chrono::steady_clock::now() - begun < 40s);  // a thread that nobody wakes looks once a minute
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
