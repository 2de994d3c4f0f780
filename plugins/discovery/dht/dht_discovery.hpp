// The DHT as a discovery plug-in: sockets, timer, names and what is kept between runs, around the engine.
#pragma once

#include "dht.hpp"
#include "dht_methods.hpp"
#include "settings.hpp"

#include <shoal/discovery.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::dht {

class DhtDiscovery final : public Discovery {
public:
    explicit DhtDiscovery(Host& host);

    Result<void> search(std::uint64_t operation, const Search& search) override;
    void cancel(std::uint64_t operation) override;
    void introduce(std::string_view host, std::uint16_t port) override;
    void on_external_address(const Address& address) override;
    [[nodiscard]] std::uint16_t port() override;
    void on_stop() override;

private:
    /// The host's random numbers as the engine wants them.
    class HostRandom final : public RandomSource {
    public:
        explicit HostRandom(Random random) : random_(random) {}
        std::uint64_t next() override { return random_.next(); }
        std::uint64_t below(std::uint64_t bound) override { return random_.below(bound); }

    private:
        Random random_;
    };

    class Socket final : public Wire {
    public:
        UdpSocket socket;
        void send(const Endpoint& to, ByteView datagram) override
        {
            if (socket) static_cast<void>(socket.send(to, datagram));
        }
    };

    void open(const Endpoint& local);
    Result<UdpSocket> bind(const Endpoint& local);
    void look_up_routers();
    void add_router(const Endpoint& router);
    void arm();
    void on_timer();
    void save();
    void report();

    Host host_;
    Settings settings_;
    Timers timers_;
    Udp udp_;
    Resolver resolver_;
    Metrics metrics_;
    Store store_;
    DiscoveryReports reports_;
    HostRandom random_;
    Ed25519 scheme_;
    PluginSettings wanted_;
    std::array<Socket, 2> sockets_; // IPv4, IPv6
    Dht dht_;
    DhtMethods methods_;
    Timer timer_;
    Timer chores_; // saving, metrics, routers whose names were not found
    std::optional<Time> armed_for_;
    std::vector<Endpoint> routers_;
    std::size_t names_sought_ = 0;
    std::map<std::uint64_t, SearchId> searches_; // by operation
};

} // namespace shoal::dht
