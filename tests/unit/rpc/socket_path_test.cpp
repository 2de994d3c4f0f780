#include "rpc/socket_path.hpp"

#include <catch2/catch.hpp>

using shoal::rpc::socket_path;

TEST_CASE("the socket is in the run-time folder, without one beside what is kept, and otherwise nowhere", "[rpc]")
{
    CHECK(socket_path("/run/user/1000", "/home/a") == "/run/user/1000/shoal/rpc.sock");
    CHECK(socket_path(nullptr, "/home/a") == "/home/a/.local/state/shoal/rpc.sock");
    CHECK(socket_path("", "/home/a") == "/home/a/.local/state/shoal/rpc.sock");
    CHECK(socket_path("run", "/home/a") == "/home/a/.local/state/shoal/rpc.sock");
    CHECK(socket_path(nullptr, nullptr).empty());
    CHECK(socket_path(nullptr, "home").empty());
}
