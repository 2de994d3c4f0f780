// When we tell the local network what we have: a decision about time alone, without sockets.
//  - A search announces its torrent at once, and once more after two seconds when nobody has answered: Wi-Fi loses multicast.
//  - Who is heard of for the first time is answered, within a second at random: a hundred hosts should not speak at once.
//    Announces and answers look the same; answering known neighbours again would never end.
//  - For each torrent one search and one answer a minute; what comes earlier waits for its minute. Not one of both together:
//    who comes a moment after our search has not heard it.
//  - Once a second at most, and then at most four datagrams: up to four torrents have one each (Transmission 3 and aria2 read
//    no more than the first info-hash), more of them travel together, and the rest waits for the next second.
#pragma once

#include "message.hpp"

#include <shoal/endpoint.hpp>
#include <shoal/ids.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace shoal::lsd {

class Announcements {
public:
    using Time = std::chrono::nanoseconds;

    static constexpr std::chrono::minutes least_interval{1};
    static constexpr std::chrono::seconds repeat_after{2};
    static constexpr std::chrono::seconds burst_interval{1};
    static constexpr std::size_t most_datagrams = 4; // of a burst, in each group
    static constexpr std::chrono::minutes memory{30};  // of neighbours, and of torrents that nobody searches any more
    static constexpr std::size_t most_neighbours = 100; // of a torrent

    /// A search begins: we have this torrent, at this port.
    void announce(const Hash20& info_hash, std::uint16_t port, Time now);
    /// The search was called off: it says nothing more. Answers go on.
    void withdraw(const Hash20& info_hash);
    /// It is none of ours any more.
    void forget(const Hash20& info_hash);

    /// Somebody has one of our torrents. `patience` is how long an answer may wait, at random, below a second.
    void hear(const Hash20& info_hash, const Endpoint& neighbour, Time patience, Time now);

    /// When something is to be said; nothing: perhaps never.
    [[nodiscard]] std::optional<Time> next() const;
    /// The torrents whose turn it is, all at one port; to each the neighbour that it is an answer to, if it is one and no
    /// search: whoever says it should make sure that the torrent is still ours.
    struct Turn {
        Hash20 info_hash;
        std::optional<Endpoint> answers{};
    };
    [[nodiscard]] std::vector<Turn> take(Time now);
    [[nodiscard]] std::uint16_t port(const Hash20& info_hash) const;
    /// In datagrams.
    [[nodiscard]] static std::vector<std::vector<Hash20>> packed(const std::vector<Hash20>& info_hashes);

    [[nodiscard]] std::size_t torrents() const { return torrents_.size(); }

private:
    struct Torrent {
        std::uint16_t port = 0;
        std::optional<Time> announced{}; // for whatever reason
        std::optional<Time> answered{};
        std::optional<Time> due{};
        bool is_repeat = false; // what is due
        bool will_repeat = false; // after what is due
        std::optional<Endpoint> answers{};
        Time searched{};
        std::map<Endpoint, Time> neighbours{}; // and when they were heard last
    };
    using Torrents = std::map<Hash20, Torrent>;

    void schedule(Torrents::value_type& entry, Time at);
    void unschedule(Torrents::value_type& entry);
    Turn say(Torrents::value_type& entry, Time now);
    void forget_the_old(Time now);

    Torrents torrents_;
    std::set<std::pair<Time, Hash20>> due_; // what `due` of the torrents says, in order
    Time next_burst_{};
    Time next_cleaning_{};
};

} // namespace shoal::lsd
