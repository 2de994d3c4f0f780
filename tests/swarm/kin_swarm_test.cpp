#include "support/crowd.hpp"
#include "support/speaker.hpp"

#include <greeting.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

// The example library that knows its kin: whole swarms in which some are, and some say they are.

using namespace std::chrono_literals;
using namespace shoal;
using support::Crowd;
using support::Member;
using support::MemberOptions;
using support::Speaker;

namespace {

const std::string secret = "what the family knows and nobody else";

MemberOptions of_family(MemberOptions options, std::int64_t slots)
{
    options.extensions.emplace_back("kin");
    options.choker = "kin";
    options.pickers = {"kin", "rarest-first", "endgame"};
    options.plugins["kin"].insert_or_assign("secret", control::Value(secret));
    options.plugins["kin"].insert_or_assign("slots", control::Value(slots));
    return options;
}

// A seed that gives to one at a time, and six that fetch, of which two are its kin if there is any family.
struct Race {
    explicit Race(bool has_family) : crowd({.pieces = 64, .files = {}, .trackers = {}})
    {
        const MemberOptions seed{.is_seed = true, .node = {.up = 64 << 10}};
        const MemberOptions leecher{};
        auto given_to_one = seed;
        given_to_one.plugins["tit-for-tat"].insert_or_assign("slots", control::Value(std::int64_t{1}));
        crowd.add(has_family ? of_family(seed, 1) : given_to_one);
        for (std::size_t i = 1; i <= 6; ++i) {
            const bool is_kin = has_family && (i == 3 || i == 6);
            crowd.add(is_kin ? of_family(leecher, 4) : leecher);
        }
        // They know the seed alone: what it gives is all there is.
        for (std::size_t i = 0; i <= 6; ++i) crowd.members[i]->start(i == 0 ? std::vector<Endpoint>{} : std::vector{crowd.members[0]->endpoint()});
    }

    double share_of(std::size_t number)
    {
        return static_cast<double>(crowd.members[number]->torrent().ledger().have().count()) / 64;
    }
    bool are_complete(std::vector<std::size_t> numbers)
    {
        return std::ranges::all_of(numbers, [&](std::size_t i) { return crowd.members[i]->is_complete(); });
    }

    Crowd crowd;
};

// A seed of the family with one slot, which a kin that takes for ever shares with whoever comes.
struct Door {
    Door() : crowd({.pieces = 500, .files = {}, .has_octets = true, .trackers = {}})
    {
        crowd.add(of_family({.is_seed = true, .node = {.up = 16 << 10}}, 1)).start({});
        crowd.add(of_family({}, 4)).start({seed().endpoint()});
        crowd.world.run_for(5s);
    }

    Member& seed() { return *crowd.members.front(); }
    std::unique_ptr<Speaker> knock(const std::string& name)
    {
        auto speaker = std::make_unique<Speaker>(crowd, seed(), peer::ExtendedHandshake{.extensions = {{"sh_kin", 3}}, .client = name});
        speaker->wire().say(peer::HaveNone{});
        speaker->wire().say(peer::Interested{});
        crowd.world.run_for(2s);
        REQUIRE(speaker->heard.size() == 1);
        return speaker;
    }
    bool is_let_in(const std::string& name, lab::Duration limit)
    {
        const auto has_slot = [&] {
            return std::ranges::any_of(seed().torrent().peers(),
                                       [&](const auto& peer) { return peer.client == name && !peer.is_choked; });
        };
        return crowd.world.run_until(has_slot, crowd.world.now() + limit);
    }

    // What a true kin says to this speaker's question.
    Bytes right_answer(const Speaker& speaker, const Hash32& own_question)
    {
        const auto asked = kin::decode(speaker.heard.front().second);
        REQUIRE(asked);
        const auto torrent = crowd.content.torrent.info_hash.wire();
        return kin::encode({kin::Said::Kind::answer,
                            kin::answer_to(as_bytes(secret), torrent.bytes, {asked->octets, own_question})});
    }

    Crowd crowd;
};

}  // namespace

TEST_CASE("kin of the seed are done long before any stranger", "[swarm][kin]")
{
    Race race(true);
    REQUIRE(race.crowd.world.run_until([&] { return race.are_complete({3, 6}); }, race.crowd.world.now() + 600s));
    for (const std::size_t stranger : {1u, 2u, 4u, 5u}) {
        INFO("stranger " << stranger << " has " << race.share_of(stranger));
        CHECK(race.share_of(stranger) < 0.5);
    }
    REQUIRE(race.crowd.run_until_complete(1200s));
}

TEST_CASE("who looks at the peers sees which of them are kin, and who said so", "[swarm][kin]")
{
    Race race(true);
    race.crowd.world.run_for(20s);
    std::size_t kin = 0;
    for (const auto& peer : race.crowd.members[0]->torrent().peers()) {
        const bool is_of_family = peer.address.address == race.crowd.members[3]->endpoint().address || peer.address.address == race.crowd.members[6]->endpoint().address;
        CHECK(peer.preferred_by == (is_of_family ? std::vector<std::string_view>{"kin"} : std::vector<std::string_view>{}));
        if (is_of_family) ++kin;
    }
    CHECK(kin == 2);
}

TEST_CASE("without a family the same two are not done first", "[swarm][kin]")
{
    Race race(false);
    REQUIRE(race.crowd.world.run_until([&] { return race.are_complete({3, 6}); }, race.crowd.world.now() + 1200s));
    double most = 0;
    for (const std::size_t stranger : {1u, 2u, 4u, 5u}) most = std::max(most, race.share_of(stranger));
    CHECK(most > 0.8);
}

TEST_CASE("K1 a stranger that says what a kin said before does not get its place", "[swarm][kin]")
{
    Door door;
    const Hash32 own_question{};
    const auto question = kin::encode({kin::Said::Kind::question, own_question});
    Bytes answer;
    {
        const auto kin = door.knock("kin");
        answer = door.right_answer(*kin, own_question);
        kin->say("sh_kin", question);
        kin->say("sh_kin", answer);
        REQUIRE(door.is_let_in("kin", 60s));
    }
    const auto parrot = door.knock("parrot");
    parrot->say("sh_kin", question);
    parrot->say("sh_kin", answer);
    CHECK_FALSE(door.is_let_in("parrot", 120s));
    CHECK(door.seed().status().swarm.peers == 2);
}

TEST_CASE("a peer that only takes the message is a stranger", "[swarm][kin]")
{
    Door door;
    const auto silent = door.knock("silent");
    CHECK_FALSE(door.is_let_in("silent", 120s));
}

TEST_CASE("without a secret nobody is kin, and the torrent goes on", "[swarm][kin]")
{
    Crowd crowd({.pieces = 8, .files = {}, .trackers = {}});
    auto options = of_family({}, 4);
    options.plugins.clear();
    auto seeding = options;
    seeding.is_seed = true;
    crowd.add(seeding);
    crowd.add(options);
    crowd.start();
    CHECK(crowd.run_until_complete(60s));
}
