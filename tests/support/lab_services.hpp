#pragma once

#include "support/crowd.hpp"

#include <memory>
#include <string>
#include <vector>

// What a swarm may find its peers by, each on a host of its own.
namespace shoal::support {

// A session without torrents.
class BareHost : private torrent::TorrentEvents {
public:
    BareHost(Crowd& crowd, lab::Node& node, session::SessionSettings settings);

    lab::Node& node;
    std::unique_ptr<session::Session> session;

private:
    void on_event(TorrentHandle, std::string_view, control::Value) override {}
};

// The embedded tracker under the name tracker.local, HTTP and UDP at port 6969. A local name: a tracker out in the world may not
// send anybody into the local network, and the lab is one.
class TrackerHost {
public:
    static constexpr auto http_url = "http://tracker.local:6969/announce";
    static constexpr auto udp_url = "udp://tracker.local:6969/announce";

    explicit TrackerHost(Crowd& crowd, std::chrono::seconds interval = std::chrono::seconds{60},
                         const lab::NodeSettings& host = {});
    ~TrackerHost();

    // Forgets everything and everybody.
    void restart();
    // So many of the datagrams between it and the members.
    void lose(Crowd& crowd, std::uint32_t in_a_million) const;

    lab::Node& node;

private:
    void start();

    BareHost host_;
    std::unique_ptr<host::Instance> service_;
};

// Some nodes of the DHT, of which everybody knows the first.
class DhtHosts {
public:
    DhtHosts(Crowd& crowd, std::size_t count, const lab::NodeSettings& host = {});

    // For MemberOptions::plugins.
    session::PluginSettings settings() const { return {{"dht", {{"routers", routers_}}}}; }

private:
    std::string routers_;
    std::vector<std::unique_ptr<BareHost>> hosts_;
};

// Counts the datagrams in which certain octets occur. What a node of the DHT is asked it answers as one that knows nobody.
class Ear {
public:
    Ear(lab::Node& node, const Endpoint& local, Bytes sought);

    std::size_t heard = 0;

private:
    void on_datagram(const Endpoint& from, ByteView datagram);

    Bytes sought_;
    std::unique_ptr<environment::DatagramSocket> socket_;
};

}  // namespace shoal::support
