#include "dht_town.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

namespace shoal::test {

using namespace std::chrono_literals;

namespace {

constexpr auto patience = 20s;

// The id that an accomplice claims to have when somebody looks for `target`.
dht::NodeId beside(const dht::NodeId& target, const Address& address)
{
    auto id = target;
    for (std::size_t i = 0; i < 4; ++i) id.bytes[16 + i] ^= address.bytes[i];
    return id;
}

Bytes item_value(std::size_t number)
{
    const auto text = "i" + std::to_string(number) + "e";
    const auto octets = as_bytes(text);
    return {octets.begin(), octets.end()};
}

}  // namespace

Resident::Resident(Town& town, lab::Node& machine, Malice malice)
    : town_(town), machine_(machine), malice_(malice), random_(machine.environment().random.fork(17))
{
    socket_ = open(port);
    if (malice_ == Malice::claims_closest) false_socket_ = open(false_port);
    timer_.emplace(machine_.environment().loop);
    node_ = std::make_unique<dht::Node>(dht::NodeSettings{}, false, dht::random_id(*this),
                                        dht::Node::World{*this, *this, town_.scheme});
}

std::unique_ptr<environment::DatagramSocket> Resident::open(std::uint16_t at)
{
    auto socket = machine_.environment().network.open_datagram(
        {Address{}, at}, [this, at](const Endpoint& from, ByteView octets) { on_datagram(from, octets, at != port); });
    REQUIRE(socket);
    return std::move(*socket);
}

dht::Time Resident::now() const
{
    return town_.world.now().time_since_epoch();
}

void Resident::send(const Endpoint& to, ByteView datagram)
{
    socket_->send(to, datagram);
}

void Resident::touch()
{
    arm();
}

void Resident::leave()
{
    machine_.crash();
    timer_.reset();
    socket_.reset();
    false_socket_.reset();
}

void Resident::arm()
{
    const auto due = node_->next_due();
    if (due == dht::Time::max() || (timer_->is_pending() && armed_for_ <= due)) return;
    armed_for_ = std::max(due, now());
    timer_->start(armed_for_ - now(), [this] {
        node_->on_time(now());
        arm();
    });
}

void Resident::on_datagram(const Endpoint& from, ByteView datagram, bool is_at_false_port)
{
    if (malice_ != Malice::none) {
        const auto message = dht::parse_message(datagram, false);
        if (!message) return;
        const auto* query = std::get_if<dht::Query>(&*message);
        if (query != nullptr) return answer_with_malice(*query, from, is_at_false_port);
    }
    node_->receive(from, datagram, now());
    arm();
}

void Resident::answer_with_malice(const dht::Query& query, const Endpoint& to, bool is_at_false_port)
{
    if (malice_ == Malice::says_nothing) return;
    dht::Reply reply{.transaction = query.transaction, .id = node_->own_id(), .token = as_bytes("whatever")};
    std::vector<dht::Contact> named;
    for (int i = 0; i < 8 && malice_ == Malice::invents_nodes; ++i) {
        named.push_back({beside(query.target, Address::from_v4(static_cast<std::uint32_t>(next()))),
                         {Address::from_v4(0x0a000000 + static_cast<std::uint32_t>(below(1 << 22))), port}});
    }
    if (malice_ == Malice::claims_closest) {
        if (is_at_false_port) reply.id = beside(query.target, endpoint().address);
        for (int i = 0; i < 8; ++i) {
            const auto& accomplice = town_.accomplices[below(town_.accomplices.size())];
            named.push_back({beside(query.target, accomplice.address), accomplice});
        }
    }
    if (named.empty()) {
        named = node_->table().closest(query.target, 8, dht::RoutingTable::Quality::good, now());
    }
    for (int i = 0; i < 20 && malice_ == Malice::invents_peers; ++i) {
        reply.peers.push_back({Address::from_v4(0x0b000000 + static_cast<std::uint32_t>(below(1 << 22))), port});
    }
    const auto compact = dht::write_contacts(named);
    reply.nodes = ByteView(compact);
    (is_at_false_port ? false_socket_ : socket_)->send(to, dht::encode(reply));
}

void Town::settle(std::size_t count, const std::function<Malice(std::size_t)>& malice)
{
    for (std::size_t i = 0; i < count; ++i) {
        auto& machine = world.add_node();
        const auto kind = malice ? malice(i) : Malice::none;
        auto resident = std::make_unique<Resident>(*this, machine, kind);
        if (kind == Malice::claims_closest) accomplices.push_back({resident->endpoint().address, Resident::false_port});
        for (int known = 0; known < 4 && !residents.empty(); ++known) {
            const auto& other = *residents[random.below(residents.size())];
            if (other.is_there()) resident->node().introduce(other.endpoint(), resident->now());
        }
        residents.push_back(std::move(resident));
        residents.back()->touch();
        // Not all in the same moment.
        if (i % 20 == 19) world.run_for(200ms);
    }
}

void Town::remove(std::size_t count)
{
    while (count > 0) {
        auto& resident = *residents[random.below(residents.size())];
        if (!resident.is_there()) continue;
        resident.leave();
        --count;
    }
}

Resident& Town::someone()
{
    for (;;) {
        auto& resident = *residents[random.below(residents.size())];
        if (resident.is_there() && resident.is_honest()) return resident;
    }
}

dht::NodeId Town::torrent(std::size_t number) const
{
    return dht::immutable_target(item_value(number));
}

Rate Town::announce(std::size_t first, std::size_t count)
{
    Rate rate{.tried = count};
    announced.resize(std::max(announced.size(), first + count));
    for (auto number = first; number < first + count; ++number) {
        auto& resident = someone();
        announced[number] = Endpoint{resident.endpoint().address, 7000};
        const auto ended = [&rate](const dht::PeerSummary& summary) {
            rate.succeeded += summary.stored > 0 ? 1 : 0;
            rate.asked += summary.asked;
        };
        resident.node().look_up(torrent(number),
                                std::make_unique<dht::PeerGoal>(
                                    dht::PeerGoal::Wish{.announcement = dht::Announcement{7000}}, nullptr, ended),
                                resident.now() + patience);
        resident.touch();
    }
    world.run_for(patience + 1s);
    return rate;
}

Rate Town::find(std::size_t first, std::size_t count)
{
    Rate rate{.tried = count};
    for (auto number = first; number < first + count; ++number) {
        auto& resident = someone();
        auto is_found = std::make_shared<bool>(false);
        const auto found = [is_found, wanted = *announced[number]](std::span<const Endpoint> peers) {
            *is_found |= std::ranges::find(peers, wanted) != peers.end();
        };
        const auto ended = [&rate, is_found](const dht::PeerSummary& summary) {
            rate.succeeded += *is_found ? 1 : 0;
            rate.asked += summary.asked;
        };
        resident.node().look_up(torrent(number), std::make_unique<dht::PeerGoal>(dht::PeerGoal::Wish{}, found, ended),
                                resident.now() + patience);
        resident.touch();
    }
    world.run_for(patience + 1s);
    return rate;
}

Rate Town::put(std::size_t first, std::size_t count)
{
    Rate rate{.tried = count};
    items.resize(std::max(items.size(), first + count));
    for (auto number = first; number < first + count; ++number) {
        auto& resident = someone();
        dht::SecretKey secret;
        store_be(secret.bytes.data(), static_cast<std::uint64_t>(number));
        const auto item = std::make_shared<const dht::Item>(*dht::make_mutable(item_value(number), {}, 1, secret, scheme));
        items[number] = dht::target_of(*item);
        const auto ended = [&rate](const dht::ItemSummary& summary) {
            rate.succeeded += summary.stored > 0 ? 1 : 0;
            rate.asked += summary.asked;
        };
        dht::ItemGoal::Wish wish{.target = items[number], .put = item};
        resident.node().look_up(items[number], std::make_unique<dht::ItemGoal>(std::move(wish), scheme, ended),
                                resident.now() + patience);
        resident.touch();
    }
    world.run_for(patience + 1s);
    return rate;
}

Rate Town::get(std::size_t first, std::size_t count)
{
    Rate rate{.tried = count};
    for (auto number = first; number < first + count; ++number) {
        auto& resident = someone();
        const auto ended = [&rate, wanted = item_value(number)](const dht::ItemSummary& summary) {
            rate.succeeded += summary.found && summary.found->value == wanted ? 1 : 0;
            rate.asked += summary.asked;
        };
        resident.node().look_up(
            items[number],
            std::make_unique<dht::ItemGoal>(dht::ItemGoal::Wish{.target = items[number]}, scheme, ended),
            resident.now() + patience);
        resident.touch();
    }
    world.run_for(patience + 1s);
    return rate;
}

}  // namespace shoal::test
