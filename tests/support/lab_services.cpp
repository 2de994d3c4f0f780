#include "support/lab_services.hpp"

#include <shoal/abi/service.h>
#include <shoal/bencode.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace shoal::support {

namespace {

constexpr std::uint16_t tracker_port = 6969;
constexpr std::uint16_t dht_port = 6881;

session::SessionSettings tracker_settings(const lab::Node& node, std::chrono::seconds interval)
{
    session::SessionSettings settings{.listen = {}};
    settings.plugins["tracker"]["listen"] = node.endpoint(tracker_port).to_string();
    settings.plugins["tracker"]["interval"] = static_cast<std::int64_t>(interval.count());
    return settings;
}

}  // namespace

BareHost::BareHost(Crowd& crowd, lab::Node& ours, session::SessionSettings settings) : node(ours)
{
    session = std::make_unique<session::Session>(
        session::Session::Parts{node.environment(), node.transport(), crowd.registry, *this, {}}, std::move(settings));
}

TrackerHost::TrackerHost(Crowd& crowd, std::chrono::seconds interval, const lab::NodeSettings& host)
    : node(crowd.world.add_node(host)), host_(crowd, node, tracker_settings(node, interval))
{
    crowd.world.add_name("tracker.local", {node.address()});
    start();
}

TrackerHost::~TrackerHost() = default;

void TrackerHost::start()
{
    auto service = host_.session->make_service("tracker");
    if (!service) FAIL(service.error().text);
    service_ = std::move(*service);
    const auto& table = service_->table<shoal_service_v1>();
    REQUIRE(service_->call("start", [&] { return table.start(service_->self()); }) == SHOAL_OK);
}

void TrackerHost::restart()
{
    service_.reset();
    start();
}

void TrackerHost::lose(Crowd& crowd, std::uint32_t in_a_million) const
{
    for (const auto& member : crowd.members) {
        crowd.world.set_loss(node.index(), member->node.index(), in_a_million);
        crowd.world.set_loss(member->node.index(), node.index(), in_a_million);
    }
}

DhtHosts::DhtHosts(Crowd& crowd, std::size_t count, const lab::NodeSettings& host)
{
    for (std::size_t i = 0; i < count; ++i) {
        session::SessionSettings ours{.listen = {}, .discoveries = {"dht"}};
        ours.plugins["dht"]["routers"] = routers_;
        hosts_.push_back(std::make_unique<BareHost>(crowd, crowd.world.add_node(host), std::move(ours)));
        static_cast<void>(hosts_.back()->session->offers());  // it is made when somebody wants something of it
        if (i == 0) routers_ = hosts_[0]->node.endpoint(dht_port).to_string();
    }
}

Ear::Ear(lab::Node& node, const Endpoint& local, Bytes sought) : sought_(std::move(sought))
{
    auto received = [this](const Endpoint& from, ByteView datagram) { on_datagram(from, datagram); };
    auto& network = node.environment().network;
    auto opened = local.address.is_multicast() ? network.open_group(local, std::move(received))
                                               : network.open_datagram(local, std::move(received));
    if (!opened) FAIL(opened.error().text);
    socket_ = std::move(*opened);
}

void Ear::on_datagram(const Endpoint& from, ByteView datagram)
{
    if (std::search(datagram.begin(), datagram.end(), sought_.begin(), sought_.end()) != datagram.end()) ++heard;
    const auto asked = bencode::Document::parse(datagram);
    if (!asked || asked->root().find_string("y") != "q") return;
    bencode::Writer writer;
    writer.begin_dict().key("r").begin_dict().key("id").string(std::string(20, 'e')).key("token").string("t").end_dict();
    writer.key("t").string(*asked->root().find_string("t")).key("y").string("r").end_dict();
    socket_->send(from, writer.take());
}

}  // namespace shoal::support
