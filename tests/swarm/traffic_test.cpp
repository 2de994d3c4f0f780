#include "support/crowd.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// What is told of the traffic of peers, to everybody and to plug-ins, against what the torrents count themselves.

using namespace std::chrono_literals;
using namespace shoal;
using support::Crowd;
using support::Member;
using support::MemberOptions;

namespace {

const std::string meter = SHOAL_TEST_PLUGINS "/../tests/plugins/meter.so";

// All that one member says of its peers.
class Book {
public:
    struct Account {
        std::uint64_t down = 0;
        std::uint64_t up = 0;
        std::optional<lab::Time> told_at{};
        bool is_closed = false;
    };

    Book(Crowd& crowd, Member& member) : crowd_(crowd), member_(member)
    {
        member.on_any_event = [this](std::string_view name) {
            if (name == "peer.traffic") write(*member_.last("peer.traffic")->as_map());
        };
    }

    std::uint64_t down() const { return sum(&Account::down); }
    std::uint64_t up() const { return sum(&Account::up); }
    // Also what the meter said last: nothing if it said nothing.
    void require_right()
    {
        const auto totals = member_.torrent().totals();
        CHECK(down() == totals.downloaded);
        CHECK(up() == totals.uploaded);
        const auto* metered = member_.last("metered");
        if (metered == nullptr) {
            CHECK(down() + up() == 0);
            return;
        }
        const auto& data = *metered->as_map()->find("data")->as_map();
        CHECK(number(data, "down") == down());
        CHECK(number(data, "up") == up());
    }

    std::map<std::int64_t, Account> accounts;
    std::uint32_t between = 0;  // told of peers that stay
    bool is_hasty = false;      // twice within ten seconds
    bool is_wrong = false;      // a total that the parts do not make, or a word after the last

private:
    static std::uint64_t number(const control::Value::Map& map, std::string_view name)
    {
        return static_cast<std::uint64_t>(*map.find(name)->as_integer());
    }
    std::uint64_t sum(std::uint64_t Account::* part) const
    {
        std::uint64_t all = 0;
        for (const auto& [peer, account] : accounts) all += account.*part;
        return all;
    }

    void write(const control::Value::Map& event)
    {
        auto& account = accounts[*event.find("peer")->as_integer()];
        is_wrong = is_wrong || account.is_closed;
        account.down += number(event, "down");
        account.up += number(event, "up");
        account.is_closed = *event.find("last")->as_bool();
        is_wrong = is_wrong || number(event, "total_down") != account.down || number(event, "total_up") != account.up;
        if (!account.is_closed) {
            ++between;
            is_hasty = is_hasty || (account.told_at && crowd_.world.now() - *account.told_at < 10s);
        }
        account.told_at = crowd_.world.now();
    }

    Crowd& crowd_;
    Member& member_;
};

// A seed and five leechers that need more than a minute.
struct Scene {
    explicit Scene(bool has_octets = false) : crowd({.pieces = 32, .files = {}, .has_octets = has_octets, .trackers = {}})
    {
        for (int i = 0; i < 6; ++i) {
            auto& member = crowd.add({.is_seed = i == 0, .node = {.up = 32 << 10}, .extensions = {meter}});
            books.push_back(std::make_unique<Book>(crowd, member));
        }
        crowd.start();
    }

    void stop(std::size_t number)
    {
        bool is_stopped = false;
        crowd.members[number]->torrent().stop([&] { is_stopped = true; });
        REQUIRE(crowd.world.run_until([&] { return is_stopped; }, crowd.world.now() + 60s));
    }

    Crowd crowd;
    std::vector<std::unique_ptr<Book>> books;
};

}  // namespace

TEST_CASE("what is told of all peers is what a torrent moved, in both directions", "[swarm][traffic]")
{
    Scene scene(GENERATE(false, true));
    REQUIRE(scene.crowd.run_until_complete(1200s));
    std::uint64_t down = 0;
    std::uint64_t up = 0;
    for (std::size_t i = 0; i < scene.books.size(); ++i) {
        INFO("member " << i);
        scene.stop(i);
        auto& book = *scene.books[i];
        book.require_right();
        CHECK(book.between > 0);
        CHECK_FALSE(book.is_hasty);
        CHECK_FALSE(book.is_wrong);
        for (const auto& [peer, account] : book.accounts) CHECK(account.is_closed);
        down += book.down();
        up += book.up();
    }
    CHECK(down >= 5 * scene.crowd.content.torrent.geometry.total_length());
    CHECK(up >= down);
}

TEST_CASE("the sum is right as well with peers that leave in the middle, and come back", "[swarm][traffic]")
{
    Scene scene(GENERATE(false, true));
    scene.crowd.world.run_for(25s);
    scene.stop(2);
    scene.books[2]->require_right();
    CHECK(scene.books[2]->down() > 0);
    scene.crowd.world.run_for(7s);
    scene.stop(3);
    scene.crowd.members[3]->torrent().start();
    scene.crowd.world.run_for(20s);
    for (const std::size_t i : {0u, 1u, 3u, 4u, 5u}) {
        INFO("member " << i);
        REQUIRE_FALSE(scene.crowd.members[i]->status().swarm.peers == 0);
        scene.stop(i);
        const auto totals = scene.crowd.members[i]->torrent().totals();
        CHECK(scene.books[i]->down() == totals.downloaded);
        CHECK(scene.books[i]->up() == totals.uploaded);
    }
}
