#include "net/local_socket.hpp"

#include "net/acceptor.hpp"
#include "net/live_loop.hpp"
#include "net/socket_error.hpp"
#include "net/tcp_stream.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace shoal::net {

namespace {

constexpr mode_t owner_alone = S_IRUSR | S_IWUSR;

struct LocalAddress {
    sockaddr_un address{};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Result<LocalAddress> address_of(const std::string& path)
{
    LocalAddress local;
    local.address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof local.address.sun_path || path.find('\0') != std::string::npos) {
        return make_error(Errc::invalid_argument,
                          "a socket's path has 1 to " + std::to_string(sizeof local.address.sun_path - 1)
                              + " octets, which '" + path.substr(0, 256) + "' has not");
    }
    std::memcpy(local.address.sun_path, path.data(), path.size());
    local.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return local;
}

Error local_error(int number, const std::string& doing)
{
    auto error = socket_error(number, doing);
    if (number == ENOENT) error.code = Errc::not_found;
    if (number == ENOSPC || number == EDQUOT) error.code = Errc::disk_full;
    if (number == EROFS) error.code = Errc::permission_denied;
    return error;
}

Result<Descriptor> open_local_socket()
{
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return socket_error(errno, "open a local socket");
    return socket;
}

// This user's processes and root's. Root itself trusts who it calls, and is called by nobody else.
bool is_trusted(int socket, bool is_server)
{
    ucred other{};
    socklen_t length = sizeof other;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &other, &length) != 0) return false;
    return other.uid == ::geteuid() || other.uid == 0 || (is_server && ::geteuid() == 0);
}

// Of two that start at once, one gets it: asking the socket alone, both would find it dead and replace it.
Result<Descriptor> lock_beside(const std::string& path)
{
    const auto name = path + ".lock";
    Descriptor lock(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, owner_alone));
    if (!lock.is_open()) return local_error(errno, "open " + name);
    if (::flock(lock.number(), LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno == EWOULDBLOCK) return make_error(Errc::refused, "another process listens at " + path);
    return local_error(errno, "lock " + name);
}

// Nothing, or a socket that nobody answers at: then it is removed.
Result<void> make_room(const std::string& path, const LocalAddress& address)
{
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return local_error(errno, "look at " + path);
    }
    if (!S_ISSOCK(found.st_mode)) {
        return make_error(Errc::invalid_argument, path + " is there already, and is no socket");
    }
    auto probe = open_local_socket();
    if (!probe) return probe.error();
    if (::connect(probe->number(), address.get(), address.length) == 0 || errno == EAGAIN) {
        return make_error(Errc::refused, "another process listens at " + path);
    }
    if (errno != ECONNREFUSED) return local_error(errno, "ask who listens at " + path);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) return local_error(errno, "remove the dead socket " + path);
    return {};
}

// The mode of an unbound socket is that of the file it becomes, less the umask: nobody gets in between.
Result<Descriptor> listen_at(const std::string& path, const LocalAddress& address)
{
    auto socket = open_local_socket();
    if (!socket) return socket;
    const auto doing = "listen at " + path;
    if (::fchmod(socket->number(), owner_alone) != 0) return local_error(errno, doing);
    if (::bind(socket->number(), address.get(), address.length) != 0) return local_error(errno, doing);
    struct stat made {};
    if (::lstat(path.c_str(), &made) != 0 || (made.st_mode & ~S_IFMT & ~owner_alone) != 0) {
        ::unlink(path.c_str());
        return make_error(Errc::permission_denied, doing + ": this file system would let others in");
    }
    if (::listen(socket->number(), SOMAXCONN) != 0) return local_error(errno, doing);
    return socket;
}

Result<void> make_folder(const std::string& path)
{
    const auto folder = std::filesystem::path(path).parent_path().native();
    if (folder.empty() || ::mkdir(folder.c_str(), S_IRWXU) == 0 || errno == EEXIST) return {};
    return local_error(errno, "make the folder " + folder);
}

}  // namespace

// What of the file system is ours, until the end.
struct LocalListener::Place {
    std::string path;
    Descriptor lock;
    dev_t device = 0;
    ino_t inode = 0;

    void remember()
    {
        struct stat made {};
        if (::lstat(path.c_str(), &made) != 0) return;
        device = made.st_dev;
        inode = made.st_ino;
    }

    // Somebody may have put another one there.
    ~Place()
    {
        struct stat found {};
        if (inode == 0 || ::lstat(path.c_str(), &found) != 0) return;
        if (found.st_dev == device && found.st_ino == inode) ::unlink(path.c_str());
    }
};

Result<std::unique_ptr<environment::Listener>> LocalListener::open(LiveLoop& loop, const std::string& path,
                                                                   environment::Network::Accepted accepted)
{
    const auto address = address_of(path);
    if (!address) return address.error();
    if (const auto made = make_folder(path); !made) return made.error();
    auto lock = lock_beside(path);
    if (!lock) return lock.error();
    if (const auto has_room = make_room(path, *address); !has_room) return has_room.error();
    auto socket = listen_at(path, *address);
    if (!socket) return socket.error();
    auto place = std::make_unique<Place>();
    place->path = path;
    place->lock = std::move(*lock);
    place->remember();
    auto take = [&loop, accepted = std::move(accepted)](Descriptor connection, const SocketAddress&) mutable {
        if (is_trusted(connection.number(), false)) accepted(TcpStream::adopt(loop, std::move(connection), {}));
    };
    auto acceptor = std::make_shared<Acceptor>(loop, std::move(*socket), std::move(take));
    return std::unique_ptr<environment::Listener>(new LocalListener(std::move(place), std::move(acceptor)));
}

LocalListener::LocalListener(std::unique_ptr<Place> place, std::shared_ptr<Acceptor> acceptor)
    : place_(std::move(place)), acceptor_(std::move(acceptor))
{}

LocalListener::~LocalListener()
{
    acceptor_->close();
}

Result<std::unique_ptr<environment::Stream>> connect_local(LiveLoop& loop, const std::string& path)
{
    const auto address = address_of(path);
    if (!address) return address.error();
    auto socket = open_local_socket();
    if (!socket) return socket.error();
    const auto doing = "connect to " + path;
    if (::connect(socket->number(), address->get(), address->length) != 0) {
        if (errno == EAGAIN) return make_error(Errc::refused, doing + ": too many are waiting there");
        return local_error(errno, doing);
    }
    if (!is_trusted(socket->number(), true)) {
        return make_error(Errc::permission_denied, doing + ": another user listens there");
    }
    return TcpStream::adopt(loop, std::move(*socket), {});
}

}  // namespace shoal::net
