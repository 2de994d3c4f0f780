#include "support/crowd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace shoal;
using support::Crowd;
using support::Member;
using support::MemberOptions;
using torrent::PeerClass;
using torrent::PeerRule;
using torrent::Rates;

namespace {

constexpr std::uint64_t KiB = 1024;
constexpr std::uint64_t MiB = 1024 * KiB;

enum class Way { down, up };

std::uint64_t Rates::* limit_of(Way way)
{
    return way == Way::down ? &Rates::down : &Rates::up;
}

Rates only(Way way, std::uint64_t rate)
{
    Rates rates;
    rates.*limit_of(way) = rate;
    return rates;
}

// One session, the hub, with some torrents. For each it fetches there is a seed or several, for each it gives a leecher or several;
// these know nobody but the hub.
class Scene {
public:
    struct Options {
        Way way = Way::down;
        std::uint32_t torrents = 1;
        std::uint32_t others = 1;            // of each torrent
        std::uint64_t others_rate = 8 * MiB;  // what the line of each can do
        MemberOptions hub{};
        std::vector<PeerClass> classes{};
        Rates first{};  // the limits of the first torrent from its beginning
    };

    explicit Scene(const Options& options) : way(options.way), crowd({.pieces = 1})
    {
        for (std::uint32_t i = 0; i < options.torrents; ++i) {
            contents.push_back(support::make_content({.pieces = 1000 + i, .piece_length = 256 * 1024}));
        }
        MemberOptions hub_options = options.hub;
        hub_options.is_seed = way == Way::up;
        hub = std::make_unique<Member>(crowd.world, crowd.registry, contents.front(), hub_options);
        hub->session->set_peer_classes(options.classes);
        for (const auto& content : contents) add_torrent(content, options);
    }

    torrent::Torrent& torrent(std::size_t i) { return *hub->session->find(handles.at(i)); }
    std::uint64_t moved(std::size_t i)
    {
        const auto totals = torrent(i).status().totals;
        return way == Way::down ? totals.downloaded : totals.uploaded;
    }
    std::uint64_t moved_with(std::size_t i)
    {
        const auto totals = others.at(i)->status().totals;
        return way == Way::down ? totals.uploaded : totals.downloaded;
    }
    std::uint64_t moved()
    {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < handles.size(); ++i) sum += moved(i);
        return sum;
    }
    // Octets a second of all torrents over the time to come.
    std::uint64_t rate_over(std::chrono::seconds span)
    {
        const auto before = moved();
        crowd.world.run_for(span);
        return (moved() - before) / static_cast<std::uint64_t>(span.count());
    }
    // The same of each torrent.
    std::vector<std::uint64_t> rates_over(std::chrono::seconds span)
    {
        std::vector<std::uint64_t> rates;
        for (std::size_t i = 0; i < handles.size(); ++i) rates.push_back(moved(i));
        crowd.world.run_for(span);
        for (std::size_t i = 0; i < handles.size(); ++i) {
            rates[i] = (moved(i) - rates[i]) / static_cast<std::uint64_t>(span.count());
        }
        return rates;
    }

    const Way way;
    Crowd crowd;
    std::vector<support::Content> contents;
    std::unique_ptr<Member> hub;
    std::vector<TorrentHandle> handles;
    std::vector<std::unique_ptr<Member>> others;

private:
    void add_torrent(const support::Content& content, const Options& options)
    {
        std::vector<Endpoint> peers;
        for (std::uint32_t i = 0; i < options.others; ++i) {
            auto& other = *others.emplace_back(std::make_unique<Member>(
                crowd.world, crowd.registry, content,
                MemberOptions{.is_seed = way == Way::down,
                              .node = {.up = options.others_rate, .down = options.others_rate}}));
            other.start({});
            peers.push_back(other.endpoint());
        }
        auto disk = std::make_shared<lab::SyntheticStore::Disk>(content.torrent.geometry.piece_count());
        if (way == Way::up) disk->pieces.set_all();
        const auto added = hub->session->add(
            content.torrent, {.folder = "/",
                              .rates = handles.empty() ? options.first : Rates{},
                              .peers = peers,
                              .store = std::make_unique<lab::SyntheticStore>(hub->node.loop(), disk, 1ms)});
        REQUIRE(added);
        handles.push_back(*added);
    }
};

#define CHECK_ABOUT(rate, expected, percent)                                  \
    do {                                                                      \
        const std::uint64_t seen = (rate);                                    \
        const std::uint64_t wanted = (expected);                              \
        CAPTURE(seen, wanted);                                                \
        CHECK(seen * 100 <= wanted * (100 + (percent)));                      \
        CHECK(seen * 100 >= wanted * (100 - (percent)));                      \
    } while (false)

PeerClass class_of(const std::string& name, const std::string& rule, Rates rates, bool is_free = false)
{
    auto parsed = PeerRule::parse(rule);
    REQUIRE(parsed);
    return {name, std::move(*parsed), rates, is_free};
}

}  // namespace

TEST_CASE("the process's limit holds within a twentieth over ten seconds", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    const auto limit = GENERATE(100 * KiB, MiB, 6 * MiB);
    CAPTURE(way == Way::up, limit);
    Scene scene({.way = way, .others = 3});
    scene.hub->session->set_rates(only(way, limit));
    CHECK(scene.rate_over(10s) <= limit * 105 / 100);
    for (int i = 0; i < 3; ++i) CHECK_ABOUT(scene.rate_over(10s), limit, 5);
}

TEST_CASE("a torrent's limit holds for it and for no other", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    Scene scene({.way = way, .torrents = 2, .others_rate = 2 * MiB, .first = only(way, 200 * KiB)});
    scene.crowd.world.run_for(5s);
    const auto rates = scene.rates_over(10s);
    CHECK_ABOUT(rates[0], 200 * KiB, 5);
    CHECK(rates[1] > 1800 * KiB);
    scene.torrent(0).set_rates(only(way, 500 * KiB));
    CHECK(scene.torrent(0).rates() == only(way, 500 * KiB));
    CHECK_ABOUT(scene.rates_over(10s)[0], 500 * KiB, 5);
}

TEST_CASE("a class's limit holds for its peers over all torrents, and for no others", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    Scene scene({.way = way, .torrents = 2, .others = 2, .others_rate = MiB});
    // The first peer of each torrent.
    const auto rule =
        scene.others[0]->endpoint().address.to_string() + ", " + scene.others[2]->endpoint().address.to_string();
    scene.hub->session->set_peer_classes({class_of("few", rule, only(way, 100 * KiB)), class_of("all", "any", {})});
    scene.crowd.world.run_for(5s);
    const auto others_before = scene.moved_with(1) + scene.moved_with(3);
    const auto before = scene.moved_with(0) + scene.moved_with(2);
    scene.crowd.world.run_for(20s);
    CHECK_ABOUT((scene.moved_with(0) + scene.moved_with(2) - before) / 20, 100 * KiB, 5);
    CHECK((scene.moved_with(1) + scene.moved_with(3) - others_before) / 20 > 1800 * KiB);

    REQUIRE(scene.hub->session->set_class_rates("few", only(way, 400 * KiB)));
    CHECK(scene.hub->session->set_class_rates("nobody", {}).error().code == Errc::not_found);
    scene.crowd.world.run_for(2s);
    const auto raised = scene.moved_with(0) + scene.moved_with(2);
    scene.crowd.world.run_for(20s);
    CHECK_ABOUT((scene.moved_with(0) + scene.moved_with(2) - raised) / 20, 400 * KiB, 5);
}

TEST_CASE("a peer of a free class is held to no limit", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    Scene scene({.way = way, .others_rate = 2 * MiB, .classes = {class_of("lan", "local", only(way, KiB), true)}});
    scene.hub->session->set_rates(only(way, 200 * KiB));
    scene.torrent(0).set_rates(only(way, 100 * KiB));
    scene.crowd.world.run_for(5s);
    CHECK(scene.rate_over(10s) > 1800 * KiB);
    scene.hub->session->set_peer_classes(torrent::default_peer_classes());
    CHECK_ABOUT(scene.rate_over(10s), 100 * KiB, 5);
}

TEST_CASE("a limit that is set, changed or lifted while octets move holds from then on", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    CAPTURE(way == Way::up);
    Scene scene({.way = way, .others = 2, .others_rate = 2 * MiB});
    CHECK(scene.rate_over(10s) > 2 * MiB);
    // What is asked for or queued already when the limit comes is not let through either, but for what is under way.
    scene.hub->session->set_rates(only(way, 200 * KiB));
    CHECK_ABOUT(scene.rate_over(10s), 200 * KiB, 5);
    scene.hub->session->set_rates(only(way, MiB));
    CHECK_ABOUT(scene.rate_over(10s), MiB, 5);
    scene.hub->session->set_rates(only(way, 50 * KiB));
    CHECK_ABOUT(scene.rate_over(10s), 50 * KiB, 5);
    scene.hub->session->set_rates({});
    scene.crowd.world.run_for(3s);
    CHECK(scene.rate_over(10s) > 3 * MiB);
}

TEST_CASE("torrents that all can use it share a limit evenly", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    const auto count = GENERATE(2u, 10u);
    CAPTURE(way == Way::up, count);
    // With more peers a torrent gets no more.
    Scene scene({.way = way, .torrents = count});
    Member extra(scene.crowd.world, scene.crowd.registry, scene.contents[0], {.is_seed = way == Way::down});
    extra.start({scene.hub->endpoint()});
    scene.hub->session->set_rates(only(way, MiB));
    scene.crowd.world.run_for(5s);
    for (const auto rate : scene.rates_over(20s)) CHECK_ABOUT(rate, MiB / count, 5);
}

TEST_CASE("what one torrent cannot use the others have", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    CAPTURE(way == Way::up);
    Scene scene({.way = way, .torrents = 3, .others_rate = 600 * KiB});
    scene.hub->session->set_rates(only(way, MiB));
    scene.torrent(0).set_rates(only(way, 100 * KiB));
    scene.crowd.world.run_for(5s);
    const auto shared = scene.rates_over(20s);
    CHECK_ABOUT(shared[0], 100 * KiB, 5);
    CHECK_ABOUT(shared[1], 462 * KiB, 5);
    CHECK_ABOUT(shared[2], 462 * KiB, 5);

    // One falls idle, the limit is for who is left: less than the line of its peer can do, and then more.
    scene.torrent(1).stop([] {});
    scene.crowd.world.run_for(3s);
    CHECK_ABOUT(scene.rates_over(20s)[2], 600 * KiB, 8);
    scene.hub->session->set_rates(only(way, 400 * KiB));
    scene.crowd.world.run_for(3s);
    CHECK_ABOUT(scene.rates_over(20s)[2], 300 * KiB, 5);
}

TEST_CASE("the peers of a torrent share its limit evenly", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    CAPTURE(way == Way::up);
    Scene scene({.way = way, .others = 4, .others_rate = 2 * MiB});
    scene.torrent(0).set_rates(only(way, 400 * KiB));
    scene.crowd.world.run_for(5s);
    std::vector<std::uint64_t> before;
    for (std::size_t i = 0; i < 4; ++i) before.push_back(scene.moved_with(i));
    scene.crowd.world.run_for(20s);
    for (std::size_t i = 0; i < 4; ++i) CHECK_ABOUT((scene.moved_with(i) - before[i]) / 20, 100 * KiB, 10);
}

TEST_CASE("a limit of less than a block a second moves whole blocks all the same", "[swarm][rate]")
{
    const auto way = GENERATE(Way::down, Way::up);
    Scene scene({.way = way, .others = 2});
    scene.hub->session->set_rates(only(way, 4 * KiB));
    scene.crowd.world.run_for(20s);
    const auto before = scene.moved();
    scene.crowd.world.run_for(200s);
    CHECK_ABOUT((scene.moved() - before) / 200, 4 * KiB, 5);
}

TEST_CASE("what was asked for before a low limit came is waited for, and asked of nobody a second time", "[swarm][rate]")
{
    Scene scene({.others = 4});
    scene.crowd.world.run_for(3s);
    CHECK(scene.rate_over(1s) > 16 * MiB);
    scene.hub->session->set_rates({.down = 8 * KiB});
    const auto before = scene.moved();
    scene.crowd.world.run_for(400s);
    CHECK_ABOUT((scene.moved() - before) / 400, 8 * KiB, 5);
    const auto status = scene.torrent(0).status();
    CHECK(status.totals.wasted == 0);
    CHECK(status.swarm.peers == 4);
}

TEST_CASE("a limit that comes in the middle holds for real octets in sockets", "[swarm][rate]")
{
    Crowd crowd({.pieces = 64, .piece_length = 256 * 1024, .has_octets = true});
    crowd.add({.is_seed = true, .node = {.up = 2 * MiB}});
    Member& leecher = crowd.add();
    crowd.start();
    crowd.world.run_for(4s);
    leecher.session->set_rates({.down = 100 * KiB});
    const auto before = leecher.status().totals.downloaded;
    REQUIRE(before > MiB);
    crowd.world.run_for(10s);
    CHECK_ABOUT((leecher.status().totals.downloaded - before) / 10, 100 * KiB, 5);
    leecher.session->set_rates({});
    REQUIRE(crowd.run_until_complete(60s));
    REQUIRE(*leecher.octets == crowd.content.octets);
}
