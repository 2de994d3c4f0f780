#include "item.hpp"

#include <shoal/bencode.hpp>
#include <shoal/sha1.hpp>

#include <string>

namespace shoal::dht {
namespace {

Result<void> check(ByteView value, ByteView salt)
{
    if (value.size() > max_item) {
        return make_error(Errc::invalid_argument, "an item has at most " + std::to_string(max_item)
                                                      + " bytes when it is bencoded, not "
                                                      + std::to_string(value.size()));
    }
    if (salt.size() > max_salt) {
        return make_error(Errc::invalid_argument, "a salt has at most " + std::to_string(max_salt) + " bytes, not "
                                                      + std::to_string(salt.size()));
    }
    const auto document = bencode::Document::parse(value);
    if (!document) return make_error(Errc::invalid_argument, "an item is a bencoded value: " + document.error().text);
    return {};
}

void append(Bytes& to, std::string_view text)
{
    const auto octets = as_bytes(text);
    to.insert(to.end(), octets.begin(), octets.end());
}

} // namespace

NodeId immutable_target(ByteView value)
{
    return Sha1::of(value);
}

NodeId mutable_target(const PublicKey& key, ByteView salt)
{
    Sha1 hash;
    hash.update(key.bytes);
    hash.update(salt);
    return hash.finish();
}

NodeId target_of(const Item& item)
{
    return item.author ? mutable_target(item.author->key, item.author->salt) : immutable_target(item.value);
}

Bytes signed_text(ByteView salt, std::int64_t seq, ByteView value)
{
    Bytes text;
    if (!salt.empty()) append(text, "4:salt" + std::to_string(salt.size()) + ":" + std::string(as_text(salt)));
    append(text, "3:seqi" + std::to_string(seq) + "e1:v");
    append(text, as_text(value));
    return text;
}

Result<Item> make_immutable(ByteView value)
{
    if (auto right = check(value, {}); !right) return right.error();
    return Item{Bytes(value.begin(), value.end()), std::nullopt};
}

Result<Item> make_mutable(ByteView value, ByteView salt, std::int64_t seq, const SecretKey& key,
                          const SignatureScheme& scheme)
{
    if (auto right = check(value, salt); !right) return right.error();
    const auto public_key = scheme.public_key(key);
    if (!public_key) return public_key.error();
    const auto signature = scheme.sign(signed_text(salt, seq, value), key);
    if (!signature) return signature.error();
    return Item{Bytes(value.begin(), value.end()),
                Authorship{*public_key, Bytes(salt.begin(), salt.end()), seq, *signature}};
}

std::optional<Item> verified_item(const Reply& reply, const NodeId& target, ByteView salt,
                                  const SignatureScheme& scheme)
{
    if (reply.value.empty()) return std::nullopt;
    Item item{Bytes(reply.value.begin(), reply.value.end()), std::nullopt};
    if (immutable_target(reply.value) == target) return item;
    if (reply.key.empty() || reply.signature.empty() || !reply.seq) return std::nullopt;
    const auto key = *PublicKey::from(reply.key);
    const auto signature = *Signature::from(reply.signature);
    if (mutable_target(key, salt) != target) return std::nullopt;
    if (!scheme.is_valid(signature, signed_text(salt, *reply.seq, reply.value), key)) return std::nullopt;
    item.author = Authorship{key, Bytes(salt.begin(), salt.end()), *reply.seq, signature};
    return item;
}

} // namespace shoal::dht
