#include "item_store.hpp"

#include "item_goal.hpp"
#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;
using std::chrono::hours;

namespace {

const SecretKey no_secret{};

Bytes number(int value)
{
    const auto text = "i" + std::to_string(value) + "e";
    const auto octets = as_bytes(text);
    return {octets.begin(), octets.end()};
}

struct ItemStoreFixture {
    Item mutable_item(int value, std::int64_t seq, std::string_view salt = {}) const
    {
        return *make_mutable(number(value), as_bytes(salt), seq, no_secret, scheme);
    }

    ItemStore::Outcome put(const Item& item, std::optional<std::int64_t> cas = {}, Time now = {}, const char* from = "198.51.100.1")
    {
        return store.put(item, cas, ip(from), own_id, now);
    }

    Ed25519 scheme;
    NodeId own_id = id("00");
    ItemStore store{{}, scheme};
};

} // namespace

TEST_CASE("an item is kept for two hours after it was put last", "[dht]")
{
    ItemStoreFixture f;
    const auto item = *make_immutable(number(1));
    CHECK(f.put(item) == ItemStore::Outcome::stored);
    REQUIRE(f.store.find(target_of(item), hours{1}) != nullptr);
    CHECK(*f.store.find(target_of(item), hours{1}) == item);
    CHECK(f.put(item, {}, hours{1}) == ItemStore::Outcome::stored);
    CHECK(f.store.find(target_of(item), hours{2}) != nullptr);
    CHECK(f.store.find(target_of(item), hours{3}) == nullptr);
    f.store.expire(hours{3});
    CHECK(f.store.size() == 0);
}

TEST_CASE("D6 a bad signature is refused", "[dht]")
{
    ItemStoreFixture f;
    auto item = f.mutable_item(1, 1);
    item.value = number(2);
    CHECK(f.put(item) == ItemStore::Outcome::bad_signature);
    CHECK(f.store.size() == 0);
}

TEST_CASE("D6 a mutable item goes forward only, and the same again refreshes it", "[dht]")
{
    ItemStoreFixture f;
    const auto target = target_of(f.mutable_item(1, 5));
    CHECK(f.put(f.mutable_item(1, 5)) == ItemStore::Outcome::stored);
    CHECK(f.put(f.mutable_item(2, 4)) == ItemStore::Outcome::seq_too_low);
    CHECK(f.put(f.mutable_item(2, 5)) == ItemStore::Outcome::seq_too_low);
    CHECK(f.put(f.mutable_item(1, 5), {}, hours{1}) == ItemStore::Outcome::stored);
    CHECK(f.store.find(target, hours{2}) != nullptr);
    CHECK(f.put(f.mutable_item(3, 6), {}, hours{1}) == ItemStore::Outcome::stored);
    CHECK(f.store.find(target, hours{1})->value == number(3));
    CHECK(f.store.size() == 1);
    CHECK(f.put(f.mutable_item(1, 1, "salt")) == ItemStore::Outcome::stored); // another item
    CHECK(f.store.size() == 2);
}

TEST_CASE("D6 compare and swap: only over the version that was seen, and over none without question", "[dht]")
{
    ItemStoreFixture f;
    CHECK(f.put(f.mutable_item(1, 1), 77) == ItemStore::Outcome::stored);
    CHECK(f.put(f.mutable_item(2, 3), 2) == ItemStore::Outcome::cas_mismatch);
    CHECK(f.put(f.mutable_item(2, 3), 1) == ItemStore::Outcome::stored);
}

TEST_CASE("D6 when all room is taken those farthest from us go, and one network takes 100 places", "[dht]")
{
    Ed25519 scheme;
    const auto own_id = id("00");
    ItemStore store({.items = 10, .items_per_network = 100}, scheme);
    for (int i = 0; i < 200; ++i) {
        store.put(*make_immutable(number(i)), {}, Address::from_v4(0xc6000000 + (static_cast<std::uint32_t>(i) << 8)), own_id, {});
    }
    CHECK(store.size() == 10);
    int kept = 0;
    for (int i = 0; i < 200; ++i) {
        const auto target = immutable_target(number(i));
        if (store.find(target, {}) == nullptr) continue;
        ++kept;
        CHECK(shared_bits(target, own_id) >= 3); // 10 of 200: 4 bits, about
    }
    CHECK(kept == 10);

    ItemStoreFixture f;
    for (int i = 0; i < 100; ++i) CHECK(f.put(*make_immutable(number(i))) == ItemStore::Outcome::stored);
    CHECK(f.put(*make_immutable(number(100))) == ItemStore::Outcome::no_room);
    CHECK(f.put(*make_immutable(number(100)), {}, {}, "203.0.113.1") == ItemStore::Outcome::stored);
}

TEST_CASE("D6 of an immutable item and a signed one with the same target the first stays", "[dht]")
{
    // Whoever tries 2^24 keys finds one that begins so: the key is the item's text then.
    class Believes final : public SignatureScheme {
    public:
        bool is_valid(const Signature&, ByteView, const PublicKey&) const override { return true; }
        Result<Signature> sign(ByteView, const SecretKey&) const override { return Signature{}; }
        Result<PublicKey> public_key(const SecretKey&) const override { return PublicKey{}; }
    };
    const Believes scheme;
    const std::string words = "29:" + std::string(29, 'x');
    const auto octets = as_bytes(words);
    const auto immutable = *make_immutable(octets);
    const Item made_alike{number(1), Authorship{*PublicKey::from(octets), {}, 5, {}}};
    REQUIRE(target_of(immutable) == target_of(made_alike));
    const auto from = ip("198.51.100.1");
    for (const bool immutable_first : {true, false}) {
        ItemStore store({}, scheme);
        const auto& first = immutable_first ? immutable : made_alike;
        const auto& second = immutable_first ? made_alike : immutable;
        CHECK(store.put(first, {}, from, id("00"), {}) == ItemStore::Outcome::stored);
        CHECK(store.put(second, 5, from, id("00"), hours{1}) == ItemStore::Outcome::taken);
        CHECK(*store.find(target_of(first), hours{1}) == first);
        // Nor does it keep the other one alive.
        CHECK(store.find(target_of(first), hours{2}) == nullptr);
    }

    const auto reply_with = [](const Item& item) {
        Reply reply{.value = item.value};
        if (!item.author) return reply;
        reply.key = item.author->key.bytes;
        reply.signature = item.author->signature.bytes;
        reply.seq = item.author->seq;
        return reply;
    };
    for (const bool immutable_first : {true, false}) {
        std::optional<ItemSummary> ended;
        ItemGoal goal({.target = target_of(immutable)}, scheme, [&](const ItemSummary& summary) { ended = summary; });
        goal.on_reply(at("198.51.100.1:1"), reply_with(immutable_first ? immutable : made_alike));
        goal.on_reply(at("198.51.100.2:1"), reply_with(immutable_first ? made_alike : immutable));
        goal.on_ended({});
        REQUIRE(ended);
        CHECK(ended->found == immutable);
    }
}

} // namespace shoal::test
