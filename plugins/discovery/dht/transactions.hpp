// Queries of ours that wait for an answer. An answer counts when its transaction, which nobody can guess, and its
// source are those of a query; it counts once.
#pragma once

#include "message.hpp"
#include "random_source.hpp"
#include "tokens.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/unique_function.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace shoal::dht {

/// What became of a query. Silence is slow first: no reason to wait for it with everything else.
struct Outcome {
    enum class Kind { slow, silent, replied, refused };

    Kind kind;
    Endpoint endpoint;
    const Reply* reply = nullptr;     // when replied; valid during the call
    const Failure* failure = nullptr; // when refused; the same
    Time now{};
    std::chrono::nanoseconds taken{};
};

class Transactions {
public:
    struct Patience {
        std::chrono::nanoseconds slow = std::chrono::milliseconds{1500};
        std::chrono::nanoseconds silent = std::chrono::seconds{8};
    };
    /// Called once with slow, perhaps, and then once with one of the others.
    using Done = UniqueFunction<void(const Outcome&)>;
    /// Hears of everyone who was silent, before whoever asked.
    using OnSilence = UniqueFunction<void(const Endpoint&)>;

    Transactions(const Patience& patience, RandomSource& random, OnSilence on_silence)
        : patience_(patience), random_(random), on_silence_(std::move(on_silence))
    {
    }

    using Id = std::array<std::byte, 4>;

    /// A query that is sent at `when`.
    [[nodiscard]] Id open(const Endpoint& to, Time when, Done done);

    [[nodiscard]] bool is_open(ByteView transaction, const Endpoint& from) const;
    /// Is anything of this one awaited?
    [[nodiscard]] bool is_awaited(const Endpoint& from) const;

    /// False: nobody was asked so. The transaction is over with this.
    [[nodiscard]] bool close(ByteView transaction, const Endpoint& from, Outcome outcome);

    /// Tells who is slow and who is silent by now.
    void expire(Time now);
    [[nodiscard]] std::optional<Time> next_expiry() const;

    [[nodiscard]] std::size_t size() const noexcept { return open_.size(); }

private:
    struct Waiting {
        Endpoint endpoint;
        Time asked;
        Done done;
        bool is_slow = false;
    };
    using Key = std::uint32_t;

    void expire(Key key, Time now);

    Patience patience_;
    RandomSource& random_;
    OnSilence on_silence_;
    std::map<Key, Waiting> open_;
    std::multimap<Time, Key> deadlines_; // of queries that may be over
};

} // namespace shoal::dht
