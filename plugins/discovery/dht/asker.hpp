// Sends our queries, no faster than others bear, and brings their outcomes home.
#pragma once

#include "message.hpp"
#include "random_source.hpp"
#include "transactions.hpp"
#include "wire.hpp"

#include <shoal/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace shoal::dht {

class Asker {
public:
    struct Settings {
        bool is_read_only = false;
        // Clients in the field ban an address after 50 datagrams in 10 seconds.
        std::chrono::nanoseconds pace = std::chrono::milliseconds{250}; // between queries to one address
        std::uint32_t burst = 8;
        Transactions::Patience patience{};
    };

    Asker(const Settings& settings, Wire& wire, RandomSource& random, Transactions::OnSilence on_silence)
        : settings_(settings), wire_(wire), transactions_(settings.patience, random, std::move(on_silence))
    {
    }

    /// `query` needs no transaction. It goes now, or as soon as its destination has had some rest.
    void ask(const Endpoint& to, Query query, Time now, Transactions::Done done);

    /// What a reply or failure says to whom has asked. False: nobody has.
    [[nodiscard]] bool bring(ByteView transaction, const Endpoint& from, const Outcome& outcome);

    [[nodiscard]] bool is_asked(ByteView transaction, const Endpoint& from) const
    {
        return transactions_.is_open(transaction, from);
    }

    [[nodiscard]] bool is_awaited(const Endpoint& from) const { return transactions_.is_awaited(from); }

    void on_time(Time now);
    [[nodiscard]] std::optional<Time> next_due() const;

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::size_t waiting() const noexcept { return transactions_.size(); }

private:
    struct Delayed {
        Endpoint to;
        Bytes datagram;
    };

    Time next_turn(const Endpoint& to, Time now);
    void send(const Endpoint& to, ByteView datagram);

    Settings settings_;
    Wire& wire_;
    Transactions transactions_;
    std::map<Endpoint, Time> rested_; // by origin: when it will have rested from all that goes there
    std::multimap<Time, Delayed> delayed_;
    std::uint64_t sent_ = 0;
};

} // namespace shoal::dht
