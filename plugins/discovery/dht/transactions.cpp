#include "transactions.hpp"

#include <algorithm>
#include <utility>

namespace shoal::dht {

Transactions::Id Transactions::open(const Endpoint& to, Time when, Done done)
{
    Key key = 0;
    do key = static_cast<Key>(random_.next());
    while (open_.contains(key));
    open_.emplace(key, Waiting{.endpoint = to, .asked = when, .done = std::move(done)});
    deadlines_.emplace(when + patience_.slow, key);
    Id id;
    store_be(id.data(), key);
    return id;
}

bool Transactions::is_open(ByteView transaction, const Endpoint& from) const
{
    if (transaction.size() != sizeof(Key)) return false;
    const auto found = open_.find(load_be<std::uint32_t>(transaction.data()));
    return found != open_.end() && found->second.endpoint == from;
}

bool Transactions::is_awaited(const Endpoint& from) const
{
    return std::ranges::any_of(open_, [&](const auto& entry) { return entry.second.endpoint == from; });
}

bool Transactions::close(ByteView transaction, const Endpoint& from, Outcome outcome)
{
    if (!is_open(transaction, from)) return false;
    const auto found = open_.find(load_be<std::uint32_t>(transaction.data()));
    // Out of the map first: whoever is told may ask the next one at once.
    auto waiting = std::move(found->second);
    open_.erase(found);
    outcome.endpoint = from;
    outcome.taken = outcome.now - waiting.asked;
    waiting.done(outcome);
    return true;
}

void Transactions::expire(Time now)
{
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
        const auto key = deadlines_.begin()->second;
        deadlines_.erase(deadlines_.begin());
        expire(key, now);
    }
}

void Transactions::expire(Key key, Time now)
{
    const auto found = open_.find(key);
    if (found == open_.end()) return;
    auto& waiting = found->second;
    Outcome outcome{.kind = Outcome::Kind::slow, .endpoint = waiting.endpoint, .now = now};
    outcome.taken = now - waiting.asked;
    if (!std::exchange(waiting.is_slow, true)) {
        deadlines_.emplace(waiting.asked + patience_.silent, key);
        waiting.done(outcome);
        return;
    }
    outcome.kind = Outcome::Kind::silent;
    auto over = std::move(waiting);
    open_.erase(found);
    on_silence_(over.endpoint);
    over.done(outcome);
}

std::optional<Time> Transactions::next_expiry() const
{
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.begin()->first;
}

} // namespace shoal::dht
