#pragma once

#include "environment/network.hpp"

#include <memory>
#include <string>

// Unix sockets: streams between processes of one user on this machine. Who is at the other end is asked of the
// kernel; it is this user or root, or it is nobody. Their endpoints are 0.0.0.0:0.
namespace shoal::net {

class Acceptor;
class Descriptor;
class LiveLoop;

// Accepts connections at a path, where nobody but this user can connect from the first moment on. It holds a
// lock beside the path (PATH.lock, which stays there), so that of two that start at once one is told of the
// other. Destroyed, it takes the socket away. [loop]
class LocalListener final : public environment::Listener {
public:
    // The folder is made, 0700, when it is missing and the one it is in is not. What is left of a process that
    // died there is replaced. Errors name the path: refused (somebody listens there), permission_denied,
    // invalid_argument (too long for a socket, or no socket is there) and those of the disk.
    static Result<std::unique_ptr<environment::Listener>> open(LiveLoop& loop, const std::string& path,
                                                               environment::Network::Accepted accepted);
    ~LocalListener() override;

    Endpoint local() const override { return {}; }

private:
    struct Place;
    LocalListener(std::unique_ptr<Place> place, std::shared_ptr<Acceptor> acceptor);

    std::unique_ptr<Place> place_;
    std::shared_ptr<Acceptor> acceptor_;
};

// A local connection is there at once or not at all. Errors name the path: refused (nobody listens, or too many
// wait already), not_found, permission_denied (also when another user listens there), invalid_argument.
Result<std::unique_ptr<environment::Stream>> connect_local(LiveLoop& loop, const std::string& path);

}  // namespace shoal::net
