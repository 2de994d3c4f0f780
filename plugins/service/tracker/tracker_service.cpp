#include "tracker_service.hpp"

#include <utility>

namespace shoal::embedded_tracker {

TrackerService::TrackerService(Host& host)
    : host_(host), settings_(host.settings()), random_(host.random()), timers_(host.timers()),
      server_(host.http_server())
{
}

Result<void> TrackerService::start()
{
    if (listener_) return make_error(Errc::invalid_argument, "the tracker has been started already");
    const auto settings = read_settings(settings_);
    if (!settings) return settings.error();
    auto listener =
        server_.listen(settings->listen, [this](const HttpQuestion& asked) { on_question(asked); });
    if (!listener) return listener.error();
    tracker_ = std::make_unique<EmbeddedTracker>(
        *settings, [this](std::uint64_t bound) { return random_.below(bound); });
    listener_ = std::move(*listener);
    announce_url_ = "http://" + listener_.local().to_string() + "/announce";
    return {};
}

void TrackerService::on_stop()
{
    silence_.cancel();
    listener_.close();
}

void TrackerService::on_question(const HttpQuestion& asked)
{
    const auto answer = tracker_->answer(
        {.method = asked.method, .target = asked.target, .from = asked.from.address, .now = host_.now()});
    // It fails only when the client has gone meanwhile.
    static_cast<void>(server_.answer(asked.question, answer.status, "text/plain", answer.body));
    if (!silence_.is_armed()) wait_for_silence();
}

void TrackerService::wait_for_silence()
{
    const auto next = tracker_->next_expiry();
    if (!next) return;
    silence_ = timers_.after(*next - host_.now(), [this] {
        tracker_->expire(host_.now());
        wait_for_silence();
    });
}

} // namespace shoal::embedded_tracker
