#pragma once

#include "environment/loop.hpp"

#include <shoal/ids.hpp>

#include <functional>
#include <set>
#include <utility>

namespace shoal::client {

// When each of many sleepers is to be looked at: one timer for all of them. They are woken so many a second and no more, whether the
// clock does it or strangers do: ten thousand that begin at once are no storm for their trackers, and who knocks everywhere wakes few. [loop]
class Alarms {
public:
    using Ring = std::function<void(const Hash20& torrent)>;

    Alarms(environment::Loop& loop, Ring ring) : loop_(loop), timer_(loop), ring_(std::move(ring)) {}

    // `place` is the caller's to keep: time_never if there is no alarm. One that rings is gone.
    void set(const Hash20& torrent, environment::Time& place, environment::Time at);
    void clear(const Hash20& torrent, environment::Time& place) { set(torrent, place, environment::time_never); }
    // May a stranger wake one now? Counts him if so.
    bool admits_stranger();
    void stop() { timer_.cancel(); }

private:
    void wind_up();
    void on_time();

    environment::Loop& loop_;
    environment::Timer timer_;
    Ring ring_;
    std::set<std::pair<environment::Time, Hash20>> alarms_;
    environment::Time next_{};           // before it nothing rings
    environment::Time strangers_next_{}; // the same, but they may be early by some
};

}  // namespace shoal::client
