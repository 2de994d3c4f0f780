#include "transactions.hpp"

#include "numbers.hpp"

#include <catch2/catch.hpp>

#include <vector>

namespace shoal::test {

using namespace dht;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = Outcome::Kind;

namespace {

struct TransactionsFixture {
    Transactions::Id ask(const Endpoint& to, Time when = {})
    {
        return transactions.open(to, when, [this](const Outcome& outcome) { kinds.push_back(outcome.kind); });
    }

    bool answer(ByteView transaction, const Endpoint& from, Time now = milliseconds{10})
    {
        return transactions.close(transaction, from, {.kind = Kind::replied, .endpoint = from, .now = now});
    }

    Numbers numbers;
    std::vector<Kind> kinds;
    std::vector<Endpoint> silent;
    Transactions transactions{{}, numbers, [this](const Endpoint& endpoint) { silent.push_back(endpoint); }};
    const Endpoint there = at("198.51.100.1:6881");
};

} // namespace

TEST_CASE("D1 an answer counts once, and from whom was asked alone", "[dht]")
{
    TransactionsFixture f;
    const auto transaction = f.ask(f.there);
    CHECK_FALSE(f.answer(transaction, at("198.51.100.2:6881")));
    CHECK_FALSE(f.answer(transaction, at("198.51.100.1:6882")));
    CHECK_FALSE(f.answer(as_bytes("aa"), f.there));
    CHECK_FALSE(f.answer(as_bytes("aaaa"), f.there));
    CHECK(f.kinds.empty());
    CHECK(f.answer(transaction, f.there));
    CHECK_FALSE(f.answer(transaction, f.there));
    CHECK(f.kinds == std::vector{Kind::replied});
}

TEST_CASE("D1 transactions are not to be guessed: no two are alike, nor one after the other", "[dht]")
{
    TransactionsFixture f;
    std::vector<Transactions::Id> all;
    for (int i = 0; i < 100; ++i) all.push_back(f.ask(f.there));
    std::ranges::sort(all);
    CHECK(std::ranges::adjacent_find(all) == all.end());
    CHECK(load_be<std::uint32_t>(all[99].data()) - load_be<std::uint32_t>(all[0].data()) > 0x80000000U);
}

TEST_CASE("silence is slow first, and silence at last", "[dht]")
{
    TransactionsFixture f;
    static_cast<void>(f.ask(f.there));
    CHECK(f.transactions.next_expiry() == milliseconds{1500});
    f.transactions.expire(milliseconds{1499});
    CHECK(f.kinds.empty());
    f.transactions.expire(milliseconds{1500});
    CHECK(f.kinds == std::vector{Kind::slow});
    CHECK(f.transactions.next_expiry() == seconds{8});
    f.transactions.expire(seconds{8});
    CHECK(f.kinds == std::vector{Kind::slow, Kind::silent});
    CHECK(f.silent == std::vector{f.there});
    CHECK(f.transactions.size() == 0);
    CHECK_FALSE(f.transactions.next_expiry());
}

TEST_CASE("the slow may still answer, and a query that is sent later is waited for later", "[dht]")
{
    TransactionsFixture f;
    const auto transaction = f.ask(f.there, seconds{2});
    f.transactions.expire(seconds{3});
    CHECK(f.kinds.empty());
    f.transactions.expire(seconds{4});
    CHECK(f.answer(transaction, f.there, seconds{5}));
    CHECK(f.kinds == std::vector{Kind::slow, Kind::replied});
    f.transactions.expire(seconds{60});
    CHECK(f.silent.empty());
}

} // namespace shoal::test
