#include "asker.hpp"

#include "contact.hpp"

#include <algorithm>
#include <utility>

namespace shoal::dht {

void Asker::ask(const Endpoint& to, Query query, Time now, Transactions::Done done)
{
    const auto when = next_turn(to, now);
    const auto transaction = transactions_.open(to, when, std::move(done));
    query.transaction = transaction;
    query.is_read_only = settings_.is_read_only;
    auto datagram = encode(query);
    if (when <= now) return send(to, datagram);
    delayed_.emplace(when, Delayed{to, std::move(datagram)});
}

Time Asker::next_turn(const Endpoint& to, Time now)
{
    constexpr std::size_t many = 64;
    if (rested_.size() >= many) std::erase_if(rested_, [&](const auto& entry) { return entry.second <= now; });
    auto& rested = rested_.try_emplace(origin_of(to), now).first->second;
    const auto when = std::max(now, rested - settings_.pace * settings_.burst);
    rested = std::max(rested, now) + settings_.pace;
    return when;
}

void Asker::send(const Endpoint& to, ByteView datagram)
{
    ++sent_;
    wire_.send(to, datagram);
}

bool Asker::bring(ByteView transaction, const Endpoint& from, const Outcome& outcome)
{
    return transactions_.close(transaction, from, outcome);
}

void Asker::on_time(Time now)
{
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        const auto delayed = delayed_.extract(delayed_.begin());
        send(delayed.mapped().to, delayed.mapped().datagram);
    }
    transactions_.expire(now);
}

std::optional<Time> Asker::next_due() const
{
    auto due = transactions_.next_expiry();
    if (!delayed_.empty()) due = std::min(due.value_or(Time::max()), delayed_.begin()->first);
    return due;
}

} // namespace shoal::dht
