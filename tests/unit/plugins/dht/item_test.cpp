#include "item.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

namespace shoal::test {

using namespace dht;

namespace {

const auto hello = as_bytes("12:Hello World!");
const auto vector_key = *PublicKey::from(*from_hex("77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548"));
const auto plain_signature = *Signature::from(*from_hex("305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff"
                                                        "1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01"));
const auto salted_signature = *Signature::from(*from_hex("6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d"
                                                         "df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08"));
const SecretKey some_secret{};

Reply reply_with(const Item& item)
{
    Reply reply{.value = item.value};
    if (item.author) {
        reply.key = item.author->key.bytes;
        reply.signature = item.author->signature.bytes;
        reply.seq = item.author->seq;
    }
    return reply;
}

} // namespace

TEST_CASE("the vectors of BEP 44: what is signed, where it is stored, and that the signatures are right", "[dht]")
{
    const Ed25519 scheme;
    CHECK(text(signed_text({}, 1, hello)) == "3:seqi1e1:v12:Hello World!");
    CHECK(text(signed_text(as_bytes("foobar"), 1, hello)) == "4:salt6:foobar3:seqi1e1:v12:Hello World!");
    CHECK(mutable_target(vector_key, {}).hex() == "4a533d47ec9c7d95b1ad75f576cffc641853b750");
    CHECK(mutable_target(vector_key, as_bytes("foobar")).hex() == "411eba73b6f087ca51a3795d9c8c938d365e32c1");
    CHECK(immutable_target(hello).hex() == "e5f96f6f38320f0f33959cb4d3d656452117aadb");
    CHECK(scheme.is_valid(plain_signature, signed_text({}, 1, hello), vector_key));
    CHECK(scheme.is_valid(salted_signature, signed_text(as_bytes("foobar"), 1, hello), vector_key));
    CHECK_FALSE(scheme.is_valid(plain_signature, signed_text({}, 2, hello), vector_key));
    CHECK_FALSE(scheme.is_valid(salted_signature, signed_text({}, 1, hello), vector_key));
}

TEST_CASE("ed25519 signs as RFC 8032 does", "[dht]")
{
    const Ed25519 scheme;
    // Its test 2.
    const auto key = *SecretKey::from(*from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
    CHECK(scheme.public_key(key)->hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    CHECK(scheme.sign(as_bytes("r"), key)->hex()
          == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
             "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
}

TEST_CASE("an item made here is believed by whoever gets it, with the right target and salt alone", "[dht]")
{
    const Ed25519 scheme;
    const auto item = *make_mutable(hello, as_bytes("salt"), 7, some_secret, scheme);
    const auto target = target_of(item);
    CHECK(verified_item(reply_with(item), target, as_bytes("salt"), scheme) == item);
    CHECK_FALSE(verified_item(reply_with(item), target, {}, scheme));
    CHECK_FALSE(verified_item(reply_with(item), id("00"), as_bytes("salt"), scheme));
    auto forged = item;
    forged.author->seq = 8;
    CHECK_FALSE(verified_item(reply_with(forged), target, as_bytes("salt"), scheme));
    const auto fixed = *make_immutable(hello);
    CHECK(verified_item(reply_with(fixed), immutable_target(hello), {}, scheme) == fixed);
    CHECK_FALSE(verified_item(reply_with(fixed), id("00"), {}, scheme));
}

TEST_CASE("what no node would store is refused where it is made", "[dht]")
{
    const Ed25519 scheme;
    const auto longest = "996:" + std::string(996, 'x');
    CHECK(make_immutable(as_bytes(longest)));
    const auto too_long = make_immutable(as_bytes("997:" + std::string(997, 'x')));
    REQUIRE_FALSE(too_long);
    CHECK(too_long.error().text == "an item has at most 1000 bytes when it is bencoded, not 1001");
    CHECK(make_immutable(as_bytes("hello")).error().code == Errc::invalid_argument);
    CHECK(make_immutable(as_bytes("i1ei2e")).error().code == Errc::invalid_argument);
    const std::string salt(65, 's');
    CHECK(make_mutable(hello, as_bytes(salt), 1, some_secret, scheme).error().text == "a salt has at most 64 bytes, not 65");
}

} // namespace shoal::test
