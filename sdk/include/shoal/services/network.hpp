// Services that need the network: names and datagrams; services/http.hpp has HTTP. Each needs a
// permission in the manifest. The rules of services/local.hpp hold. Every accepted operation completes
// exactly once, never inside the call that started it, and with `cancelled` after `stop`.
#pragma once

#include <shoal/abi/services.h>
#include <shoal/crossing.hpp>
#include <shoal/detail/fence.hpp>
#include <shoal/detail/lent.hpp>
#include <shoal/endpoint.hpp>
#include <shoal/result.hpp>
#include <shoal/unique_function.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace shoal {

/// Permission net.resolve.
class Resolver : public detail::Lent<Resolver, shoal_host_resolver_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_RESOLVER;
    using Lent::Lent;
    using Done = UniqueFunction<void(Result<std::vector<Endpoint>>)>;

    /// The operation's handle, for cancel(). `port` is copied into the answers.
    Result<std::uint64_t> resolve(std::string_view name, std::uint16_t port, Done done) const
    {
        std::uint64_t operation = 0;
        const auto status = detail::lend_callback(host(), std::move(done), [&](void* user) {
            return table().resolve(host(), to_abi(name), port, &Resolver::resolved, user, &operation);
        });
        if (status < 0) return to_result(status, "resolving " + std::string(name)).error();
        return operation;
    }

    void cancel(std::uint64_t operation) const { static_cast<void>(table().cancel(host(), operation)); }

private:
    static void resolved(void* user, std::uint64_t, shoal_status status, const shoal_endpoint* found,
                         std::uint32_t count) noexcept
    {
        const auto callback = detail::take_callback<Done>(user);
        detail::fence_void(callback->host, "a resolver's answer", [&] {
            if (status < 0) return callback->function(to_result(status, "resolving a name").error());
            std::vector<Endpoint> endpoints;
            for (const auto& endpoint : std::span(found, count)) endpoints.push_back(from_abi(endpoint));
            callback->function(std::move(endpoints));
        });
    }
};

/// An open socket; destroying it closes it, also from inside its own callback.
class UdpSocket {
public:
    using OnDatagram = UniqueFunction<void(const Endpoint& from, ByteView datagram)>;

    UdpSocket() = default;
    UdpSocket(UdpSocket&&) noexcept = default;
    UdpSocket& operator=(UdpSocket&& other) noexcept
    {
        close();
        open_ = std::move(other.open_);
        return *this;
    }
    ~UdpSocket() { close(); }

    [[nodiscard]] explicit operator bool() const noexcept { return open_ != nullptr; }
    /// What was bound.
    [[nodiscard]] const Endpoint& local() const { return open_->local; }

    /// May drop, as the network may.
    Result<void> send(const Endpoint& to, ByteView datagram) const
    {
        const auto where = to_abi(to);
        return to_result(open_->table->send(open_->host, open_->handle, &where, to_abi(datagram)),
                         "sending a datagram");
    }

    void close() noexcept
    {
        if (open_) static_cast<void>(open_->table->close(open_->host, open_->handle));
        open_.reset();
    }

private:
    friend class Udp;

    struct Open : std::enable_shared_from_this<Open> {
        const shoal_host* host = nullptr;
        const shoal_host_udp_v1* table = nullptr;
        OnDatagram on_datagram;
        Endpoint local;
        std::uint64_t handle = 0;

        void* user() noexcept { return this; }
    };

    explicit UdpSocket(std::shared_ptr<Open> open) noexcept : open_(std::move(open)) {}

    static void arrived(void* user, std::uint64_t, const shoal_endpoint* from, shoal_bytes datagram) noexcept
    {
        const auto open = static_cast<Open*>(user)->shared_from_this();
        detail::fence_void(open->host, "a datagram",
                           [&] { open->on_datagram(from_abi(*from), from_abi(datagram)); });
    }

    std::shared_ptr<Open> open_;
};

/// Permission net.udp.
class Udp : public detail::Lent<Udp, shoal_host_udp_v1> {
public:
    static constexpr std::string_view id = SHOAL_SERVICE_UDP;
    using Lent::Lent;

    /// Port 0 of `local`: any.
    Result<UdpSocket> open(const Endpoint& local, UdpSocket::OnDatagram on_datagram) const
    {
        auto open = prepared(std::move(on_datagram));
        auto bound = to_abi(local);
        const auto status = table().open(host(), &bound, &UdpSocket::arrived, open->user(), &open->handle);
        if (status < 0) return to_result(status, "opening a UDP socket on " + local.to_string()).error();
        open->local = from_abi(bound);
        return UdpSocket(std::move(open));
    }

    /// Hears what is sent to the multicast group on any interface of the local network, its own words too; what is sent to the
    /// group leaves by every interface. Permission net.multicast besides.
    Result<UdpSocket> open_group(const Endpoint& group, UdpSocket::OnDatagram on_datagram) const
    {
        auto open = prepared(std::move(on_datagram));
        const auto raw = to_abi(group);
        const auto status = table().open_group(host(), &raw, &UdpSocket::arrived, open->user(), &open->handle);
        if (status < 0) return to_result(status, "joining the group " + group.to_string()).error();
        open->local = group;
        return UdpSocket(std::move(open));
    }

private:
    std::shared_ptr<UdpSocket::Open> prepared(UdpSocket::OnDatagram on_datagram) const
    {
        auto open = std::make_shared<UdpSocket::Open>();
        open->host = host();
        open->table = &table();
        open->on_datagram = std::move(on_datagram);
        return open;
    }
};

} // namespace shoal
