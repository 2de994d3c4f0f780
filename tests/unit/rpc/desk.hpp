#pragma once

#include "net/live_loop.hpp"
#include "net/local_socket.hpp"
#include "rpc/server.hpp"
#include "support/temporary_folder.hpp"
#include "talk.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace shoal::rpc::test {

// A server with test methods at a socket in a folder of its own.
struct Desk : Methods {
    explicit Desk(const ServerLimits& limits = {})
    {
        server.emplace(loop, registry, limits);
        REQUIRE(server->open(listen()));
    }

    Server::Listen listen()
    {
        return [this](environment::Network::Accepted accepted) { return net::LocalListener::open(loop, path, std::move(accepted)); };
    }

    bool turn_until(UniqueFunction<bool()> done)
    {
        environment::Timer guard(loop);
        guard.start(std::chrono::seconds{20}, [this] { loop.stop(); });
        return loop.run_until(std::move(done));
    }

    shoal::test::TemporaryFolder folder;
    std::string path = folder / "rpc.sock";
    net::LiveLoop loop;
    std::optional<Server> server;
};

// A socket of the system, without anything of ours in between.
class RawClient {
public:
    explicit RawClient(Desk& desk) : desk_(desk), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        desk.path.copy(address.sun_path, sizeof address.sun_path - 1);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { ::close(socket_); }

    void say(std::string_view text)
    {
        REQUIRE(desk_.turn_until([&] {
            const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
            if (!text.empty()) desk_.loop.post([] {});  // look again soon
            return text.empty();
        }));
    }
    void say_no_more() { ::shutdown(socket_, SHUT_WR); }

    // The next line, with its end; what came before the end of the connection.
    std::string hear()
    {
        REQUIRE(desk_.turn_until([&] {
            take();
            const bool is_done = is_over_ || heard_.find('\n') != heard_.npos;
            if (!is_done) desk_.loop.post([] {});
            return is_done;
        }));
        const auto end = std::min(heard_.find('\n'), heard_.size() - 1) + 1;
        const auto line = heard_.substr(0, end);
        heard_.erase(0, end);
        return line;
    }
    std::string ask(std::string_view line)
    {
        say(std::string(line) + '\n');
        return hear();
    }
    bool is_over() { return hear().empty() && is_over_; }

private:
    void take()
    {
        std::string part(64 << 10, '\0');
        const auto count = ::recv(socket_, part.data(), part.size(), 0);
        if (count > 0) heard_.append(part, 0, static_cast<std::size_t>(count));
        else if (count == 0 || errno == ECONNRESET) is_over_ = true;
    }

    Desk& desk_;
    int socket_;
    std::string heard_;
    bool is_over_ = false;
};

}  // namespace shoal::rpc::test
