#pragma once

#include "environment/http.hpp"
#include "environment/loop.hpp"
#include "environment/network.hpp"
#include "environment/workers.hpp"

#include <shoal/random.hpp>

namespace shoal::environment {

// Everything outside the program that a session may touch, passed in and never reached for: net/ has the live one,
// lab/ the virtual one. What it refers to outlives every session made with it. The disk is reached through a storage
// plug-in on `workers`; see disk/store.hpp for the seam the lab replaces.
struct Environment {
    Loop& loop;
    Network& network;
    Resolver& resolver;
    HttpClient& http;
    HttpServer& http_server;
    Workers& workers;
    RandomStream random;  // of this node; each user forks a stream of its own from it
};

}  // namespace shoal::environment
