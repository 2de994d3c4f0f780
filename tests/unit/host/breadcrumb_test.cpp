#include "host/breadcrumb.hpp"

#include "probe.hpp"

#include <catch2/catch.hpp>

#include <thread>

namespace shoal::host::test {

TEST_CASE("the breadcrumb names who is being called, and nobody outside of calls", "[host][breadcrumb]")
{
    Stage stage;
    stage.start();
    CHECK(breadcrumb().top == nullptr);
    stage.instance->call("pick", [] {
        REQUIRE(breadcrumb().top != nullptr);
        CHECK(std::string_view(breadcrumb().top->plugin) == "org.example.probe");
        CHECK(std::string_view(breadcrumb().top->instance) == "torrent 3fa1");
        CHECK(std::string_view(breadcrumb().top->function) == "pick");
        CHECK(breadcrumb().plugin.load() == breadcrumb().top->plugin);
    });
    CHECK(breadcrumb().top == nullptr);
    CHECK(breadcrumb().plugin.load() == nullptr);
    CHECK(breadcrumb().calls.load() % 2 == 0);
}

TEST_CASE("the breadcrumb is one's own on each thread, and workers' are for the watchdog, too", "[host][breadcrumb]")
{
    Stage stage({.kind = "storage"});
    stage.start();
    const CallFrame* on_worker = nullptr;
    std::string shown;
    const char* shown_here = "something";
    std::thread([&] {
        stage.instance->call_on_worker("read", [&] {
            on_worker = breadcrumb().top;
            if (const char* plugin = breadcrumb().plugin.load()) shown = plugin;
        });
        shown_here = breadcrumb().plugin.load();
    }).join();
    CHECK(on_worker != nullptr);
    CHECK(shown == "org.example.probe");
    CHECK(shown_here == nullptr);
    CHECK(breadcrumb().top == nullptr);
}

TEST_CASE("a call that throws leaves no breadcrumb behind", "[host][breadcrumb]")
{
    Stage stage;
    stage.start();
    stage.instance->call("pick", []() -> shoal_status { throw 1; });
    CHECK(breadcrumb().top == nullptr);
}

}  // namespace shoal::host::test
