#include "net/group_socket.hpp"

#include "net/datagram_receiver.hpp"
#include "net/live_loop.hpp"
#include "net/open_socket.hpp"
#include "net/socket_address.hpp"
#include "net/socket_error.hpp"

#include <shoal/local_network.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <net/if.h>
#include <netinet/in.h>

namespace shoal::net {

namespace {

bool set(int socket, int level, int option, int value)
{
    return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

// One hop, heard by this machine as well, and only from where this very socket joined: by default Linux hands over what
// any program's socket joined for.
bool set_up_ipv4(int socket)
{
    return set(socket, IPPROTO_IP, IP_MULTICAST_TTL, 1) && set(socket, IPPROTO_IP, IP_MULTICAST_LOOP, 1)
           && set(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0);
}

bool set_up_ipv6(int socket)
{
#ifdef IPV6_MULTICAST_ALL
    // Linux 4.20; without it the filter for neighbours remains.
    set(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
#endif
    return set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) && set(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1)
           && set(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 1);
}

Result<Descriptor> open_shared_socket(const Endpoint& group)
{
    auto socket = open_socket(SOCK_DGRAM, group.address);
    if (!socket) return socket;
    const auto number = socket->number();
    const SocketAddress address(group);
    const bool is_ready = (group.address.is_v6() ? set_up_ipv6(number) : set_up_ipv4(number))
                          && set(number, SOL_SOCKET, SO_REUSEADDR, 1)
                          && ::bind(number, address.get(), address.length) == 0;
    if (!is_ready) return socket_error(errno, "listen to the group " + group.to_string());
    return socket;
}

// The interface that a datagram leaves by, in the form that sendmsg takes.
struct Way {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in6_pktinfo))> control{};
    std::size_t length = 0;

    template <class Info>
    void put(int level, int type, const Info& info)
    {
        static_assert(CMSG_SPACE(sizeof info) <= sizeof control);
        cmsghdr header{};
        header.cmsg_len = CMSG_LEN(sizeof info);
        header.cmsg_level = level;
        header.cmsg_type = type;
        std::memcpy(control.data(), &header, sizeof header);
        std::memcpy(control.data() + CMSG_LEN(0), &info, sizeof info);
        length = CMSG_SPACE(sizeof info);
    }
};

// From an address of that interface: left alone, Linux says another one's on loopback. Of several IPv6 addresses it knows
// better than we which one the group's scope asks for.
Way way_through(const Interface& interface, bool v6)
{
    Way way;
    if (v6) {
        in6_pktinfo info{};
        info.ipi6_ifindex = interface.index;
        way.put(IPPROTO_IPV6, IPV6_PKTINFO, info);
    } else {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(interface.index);
        if (!interface.subnets.empty()) {
            std::memcpy(&info.ipi_spec_dst, interface.subnets.front().address.bytes.data(), sizeof info.ipi_spec_dst);
        }
        way.put(IPPROTO_IP, IP_PKTINFO, info);
    }
    return way;
}

}  // namespace

Result<std::unique_ptr<environment::DatagramSocket>> GroupSocket::open(LiveLoop& loop, Options options,
                                                                       environment::Network::Received received)
{
    const auto group = options.group;
    if (!group.address.is_multicast() || group.port == 0) {
        return make_error(Errc::invalid_argument, group.to_string() + " is no multicast group with a port");
    }
    auto opened = open_shared_socket(group);
    if (!opened) return opened.error();
    std::unique_ptr<GroupSocket> socket(new GroupSocket(loop, std::move(options)));
    if (const auto joined = socket->look(opened->number()); !joined) return joined.error();
    socket->receive(loop, std::move(*opened), std::move(received));
    return socket;
}

GroupSocket::GroupSocket(LiveLoop& loop, Options options)
    : options_(std::move(options)), next_look_(loop), loop_(loop)
{
}

GroupSocket::~GroupSocket()
{
    if (receiver_) receiver_->close();
}

void GroupSocket::receive(LiveLoop& loop, Descriptor socket, environment::Network::Received received)
{
    // `received` may destroy this socket; nothing of it is touched after the call.
    auto from_neighbours = [this, received = std::move(received)](const Endpoint& from, ByteView datagram) mutable {
        if (is_neighbour(from.address)) received(from, datagram);
    };
    receiver_ = std::make_shared<DatagramReceiver>(loop, std::move(socket), std::move(from_neighbours));
    look_now_and_then();
}

Result<void> GroupSocket::look(int socket)
{
    last_look_ = loop_.now();
    auto found = options_.interfaces();
    Error why = make_error(Errc::unsupported,
                           "join the group " + options_.group.to_string() + ": no network interface can multicast");
    std::erase_if(found, [&](const Interface& interface) {
        const bool is_member = std::ranges::find(joined_, interface.index, &Interface::index) != joined_.end();
        const auto joined = is_member ? Result<void>{} : join(socket, interface.index);
        if (!joined) {
            why = make_error(joined.error().code, joined.error().text + " (" + interface.name + ")");
        }
        return !joined;
    });
    joined_ = std::move(found);
    if (joined_.empty()) return why;
    return {};
}

Result<void> GroupSocket::join(int socket, unsigned interface) const
{
    group_req request{};
    const SocketAddress group(options_.group);
    request.gr_interface = interface;
    std::memcpy(&request.gr_group, &group.storage, sizeof request.gr_group);
    const auto level = options_.group.address.is_v6() ? IPPROTO_IPV6 : IPPROTO_IP;
    const bool is_member = ::setsockopt(socket, level, MCAST_JOIN_GROUP, &request, sizeof request) == 0;
    // An interface that went and came back under its number: the kernel remembers.
    if (is_member || errno == EADDRINUSE) return {};
    return socket_error(errno, "join the group " + options_.group.to_string());
}

void GroupSocket::look_now_and_then()
{
    next_look_.start(options_.look_every, [this] {
        static_cast<void>(look(receiver_->number()));
        look_now_and_then();
    });
}

void GroupSocket::send(const Endpoint& to, ByteView datagram)
{
    if (to != options_.group) {
        const SocketAddress address(to);
        ::sendto(receiver_->number(), datagram.data(), datagram.size(), MSG_NOSIGNAL, address.get(), address.length);
        return;
    }
    if (loop_.now() - last_look_ >= options_.fresh_for) static_cast<void>(look(receiver_->number()));
    for (const auto& interface : joined_) send_through(interface, datagram);
}

void GroupSocket::send_through(const Interface& interface, ByteView datagram) const
{
    SocketAddress to(options_.group);
    auto way = way_through(interface, to.family() == AF_INET6);
    iovec octets{const_cast<std::byte*>(datagram.data()), datagram.size()};
    msghdr message{};
    message.msg_name = to.get();
    message.msg_namelen = to.length;
    message.msg_iov = &octets;
    message.msg_iovlen = 1;
    message.msg_control = way.control.data();
    message.msg_controllen = way.length;
    ::sendmsg(receiver_->number(), &message, MSG_NOSIGNAL);
}

bool GroupSocket::is_neighbour(const Address& address) const
{
    if (is_local_address(address)) return true;
    return std::ranges::any_of(joined_, [&](const Interface& interface) {
        return std::ranges::any_of(interface.subnets, [&](const Subnet& subnet) { return subnet.contains(address); });
    });
}

}  // namespace shoal::net
