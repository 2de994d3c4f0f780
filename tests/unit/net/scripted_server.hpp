#pragma once

#include "machine.hpp"

#include <memory>
#include <string>
#include <vector>

namespace shoal::net::test {

// What the server sends after a request.
struct Script {
    std::string once = {};
    std::string forever = {};         // after that, again and again
    environment::Duration pace = {};  // with so much time between; 0: as fast as it is taken
    bool keeps_open = false;
};

// An HTTP server that knows no rules: it waits for the end of a request's headers and then sends what it is
// told.
class ScriptedServer {
public:
    using Answer = UniqueFunction<Script(const std::string& request)>;

    ScriptedServer(Machine& machine, Answer answer);
    ~ScriptedServer();

    std::string url(const std::string& path = "/") const;
    std::string authority() const { return listener_->local().to_string(); }

    std::vector<std::string> requests;  // their heads
    std::size_t accepted() const { return clients_.size(); }
    bool is_client_gone(std::size_t client) const;

private:
    class Client;

    environment::Loop& loop_;
    Answer answer_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::unique_ptr<environment::Listener> listener_;
};

// A well-formed answer.
std::string response(const std::string& body, const std::string& more_headers = {});
std::string redirect(const std::string& to);

}  // namespace shoal::net::test
