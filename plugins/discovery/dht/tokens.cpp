#include "tokens.hpp"

#include <shoal/sha1.hpp>

#include <algorithm>

namespace shoal::dht {
namespace {

Tokens::Token make(ByteView secret, const Address& address, const NodeId& target)
{
    Sha1 hash;
    hash.update(secret);
    hash.update(address.view());
    hash.update(target.bytes);
    const auto digest = hash.finish();
    Tokens::Token token;
    std::copy_n(digest.bytes.begin(), token.size(), token.begin());
    return token;
}

} // namespace

Tokens::Tokens(RandomSource& random) : random_(random)
{
    random_.fill(secret_);
    random_.fill(former_);
}

void Tokens::rotate(Time now)
{
    const auto age = now - since_;
    if (age < rotation) return;
    if (age < 2 * rotation) {
        former_ = secret_;
    } else {
        random_.fill(former_); // nobody has asked for a while, and what was given out then is too old
    }
    random_.fill(secret_);
    since_ = now;
}

Tokens::Token Tokens::token_for(const Address& address, const NodeId& target, Time now)
{
    rotate(now);
    return make(secret_, address, target);
}

bool Tokens::is_valid(ByteView token, const Address& address, const NodeId& target, Time now)
{
    rotate(now);
    return std::ranges::equal(token, make(secret_, address, target))
           || std::ranges::equal(token, make(former_, address, target));
}

} // namespace shoal::dht
