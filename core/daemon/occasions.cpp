#include "daemon/occasions.hpp"

#include <chrono>
#include <utility>

namespace shoal::daemon {

using control::Value;

namespace {

constexpr std::int64_t minute_s = 60;

}  // namespace

Occasions::Occasions(environment::Loop& loop, control::Registry& methods, Clock unix_time)
    : methods_(methods), unix_time_(std::move(unix_time)), moment_(loop), minute_(loop), last_minute_(unix_time_() / minute_s)
{
    methods_.declare({.name = "session.started", .help = "it runs, and what is to run at the start has been begun"});
    methods_.declare({.name = "session.stopping", .help = "it ends; nobody waits for what is done about it"});
    methods_.declare({.name = "clock.minute",
                      .help = "a minute of the clock on the wall is full; those that it leaps over are not told",
                      .fields = {{.name = "unix", .type = Value::Type::integer, .help = "seconds since 1970, a multiple of 60"}}});
}

void Occasions::start()
{
    moment_.start(until_started, [this] { methods_.publish("session.started", {}); });
    wait_for_minute();
}

void Occasions::stop(environment::Task then)
{
    minute_.cancel();
    methods_.publish("session.stopping", {});
    moment_.start(until_stopped, std::move(then));
}

void Occasions::wait_for_minute()
{
    minute_.start(std::chrono::seconds(minute_s - unix_time_() % minute_s), [this] { on_minute(); });
}

// The clock may have been put back meanwhile: a minute is told once.
void Occasions::on_minute()
{
    const auto minute = unix_time_() / minute_s;
    if (minute != std::exchange(last_minute_, minute)) methods_.publish("clock.minute", Value::Map{}.set("unix", minute * minute_s));
    wait_for_minute();
}

}  // namespace shoal::daemon
