#include "host/services/guard.hpp"

#include <shoal/abi/services.h>

#include <map>
#include <memory>
#include <vector>

namespace shoal::host::services {

namespace {

constexpr std::uint64_t longest_datagram = 65'507;  // UDP over IPv4

class UdpService final : public LentService {
public:
    static constexpr auto slot = Slot::udp;

    explicit UdpService(InstanceState& state) : state_(state) {}

    shoal_status open(shoal_endpoint* local, shoal_datagram on_datagram, void* user, std::uint64_t* socket)
    {
        const auto where = borrowed(local);
        if (!where) return state_.bad_argument("udp.open", "local is no endpoint");
        if (on_datagram == nullptr || socket == nullptr)
            return state_.bad_argument("udp.open", "on_datagram or socket is NULL");
        const auto status = keep({on_datagram, user}, socket, [&](auto& network, auto received) {
            return network.open_datagram(*where, std::move(received));
        });
        if (status >= 0) *local = to_abi(open_.at(*socket).socket->local());
        return status;
    }

    shoal_status open_group(const shoal_endpoint* group, shoal_datagram on_datagram, void* user, std::uint64_t* socket)
    {
        const auto where = borrowed(group);
        if (!where) return state_.bad_argument("udp.open_group", "group is no endpoint");
        if (on_datagram == nullptr || socket == nullptr)
            return state_.bad_argument("udp.open_group", "on_datagram or socket is NULL");
        if (!state_.factory().manifest().permits("net.multicast")) return SHOAL_E_PERMISSION;
        return keep({on_datagram, user}, socket, [&](auto& network, auto received) {
            return network.open_group(*where, std::move(received));
        });
    }

    shoal_status send(std::uint64_t handle, const shoal_endpoint* to, shoal_bytes raw)
    {
        const auto where = borrowed(to);
        const auto datagram = borrowed(raw, longest_datagram);
        if (!where) return state_.bad_argument("udp.send", "to is no endpoint");
        if (!datagram) return state_.bad_argument("udp.send", "the datagram is NULL or too long");
        const auto found = open_.find(handle);
        if (found == open_.end()) return SHOAL_E_STALE;
        found->second.socket->send(*where, *datagram);
        return SHOAL_OK;
    }

    shoal_status close(std::uint64_t handle)
    {
        auto node = open_.extract(handle);
        if (node.empty()) return SHOAL_E_STALE;
        if (handle == arriving_) {
            // Not from inside its own callback.
            closed_.push_back(std::move(node.mapped().socket));
            state_.on_loop([this] { closed_.clear(); });
        }
        return SHOAL_OK;
    }

    void end(bool) override
    {
        open_.clear();
        closed_.clear();
    }

private:
    struct Listener {
        shoal_datagram on_datagram;
        void* user;
    };
    struct Open {
        std::unique_ptr<environment::DatagramSocket> socket;
        Listener listener;
    };

    // Opens a socket by `make`, whose datagrams go to the listener.
    template <class Make>
    shoal_status keep(Listener listener, std::uint64_t* socket, Make&& make)
    {
        if (!state_.can_start()) return SHOAL_E_STATE;
        if (open_.size() >= most_under_way) return SHOAL_E_LIMIT;
        const auto handle = state_.next_handle();
        auto opened = make(state_.environment().network, [state = state_.shared_from_this(), handle](
                                                             const Endpoint& from, ByteView datagram) {
            state->lent<UdpService>()->arrived(handle, from, datagram);
        });
        if (!opened) {
            const auto status = to_status(opened.error().code);
            state_.set_error(status, opened.error().text);
            return status;
        }
        *socket = handle;
        open_.emplace(handle, Open{std::move(*opened), listener});
        return SHOAL_OK;
    }

    void arrived(std::uint64_t handle, const Endpoint& from, ByteView datagram)
    {
        const auto found = open_.find(handle);
        if (found == open_.end()) return;
        const auto [on_datagram, user] = found->second.listener;
        const auto raw_from = to_abi(from);
        arriving_ = handle;
        state_.deliver("udp.on_datagram", [&, on_datagram = on_datagram, user = user] { on_datagram(user, handle, &raw_from, to_abi(datagram)); });
        arriving_ = 0;
    }

    InstanceState& state_;
    std::map<std::uint64_t, Open> open_;
    std::vector<std::unique_ptr<environment::DatagramSocket>> closed_;
    std::uint64_t arriving_ = 0;
};

shoal_status open(const shoal_host* host, shoal_endpoint* local, shoal_datagram on_datagram, void* user,
                  std::uint64_t* socket)
{
    return on_strand<UdpService>(host, "udp.open",
                                 [&](UdpService& udp) { return udp.open(local, on_datagram, user, socket); });
}

shoal_status send(const shoal_host* host, std::uint64_t socket, const shoal_endpoint* to,
                  shoal_bytes datagram)
{
    return on_strand<UdpService>(host, "udp.send",
                                 [&](UdpService& udp) { return udp.send(socket, to, datagram); });
}

shoal_status close_socket(const shoal_host* host, std::uint64_t socket)
{
    return on_strand<UdpService>(host, "udp.close", [&](UdpService& udp) { return udp.close(socket); });
}

shoal_status open_group(const shoal_host* host, const shoal_endpoint* group, shoal_datagram on_datagram, void* user,
                        std::uint64_t* socket)
{
    return on_strand<UdpService>(host, "udp.open_group", [&](UdpService& udp) {
        return udp.open_group(group, on_datagram, user, socket);
    });
}

constexpr shoal_host_udp_v1 udp_table{sizeof udp_table, 0, open, send, close_socket, open_group};

}  // namespace

const Service& udp_service()
{
    static constexpr Service service{SHOAL_SERVICE_UDP, "net.udp", &udp_table, make_lent<UdpService>};
    return service;
}

}  // namespace shoal::host::services
