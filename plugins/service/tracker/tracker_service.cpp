#include "tracker_service.hpp"

#include <utility>

namespace shoal::embedded_tracker {
namespace {

constexpr int most_attempts = 10; // to find a port that is free for TCP and for UDP

} // namespace

TrackerService::TrackerService(Host& host)
    : host_(host), settings_(host.settings()), random_(host.random()), timers_(host.timers()),
      server_(host.http_server()), udp_(host.udp())
{
}

Result<void> TrackerService::start()
{
    if (listener_) return make_error(Errc::invalid_argument, "the tracker has been started already");
    const auto settings = read_settings(settings_);
    if (!settings) return settings.error();
    if (auto opened = open_port(*settings); !opened) return opened;
    tracker_ = std::make_unique<EmbeddedTracker>(
        *settings, [this](std::uint64_t bound) { return random_.below(bound); });
    const auto place = listener_.local().to_string() + "/announce";
    announce_urls_ = "http://" + place;
    if (!settings->uses_udp) return {};
    udp_answers_ = std::make_unique<UdpAnswers>(*tracker_, draw_secret());
    announce_urls_ += " udp://" + place;
    return {};
}

/// Any free port has to be free for both.
Result<void> TrackerService::open_port(const Settings& settings)
{
    auto opened = open_port_once(settings);
    const auto attempts = settings.listen.port == 0 ? most_attempts : 1;
    for (int i = 1; !opened && i < attempts; ++i) opened = open_port_once(settings);
    if (opened) return opened;
    return make_error(opened.error().code,
                      opened.error().text + ": is the port taken, or the address none of this machine's?");
}

Result<void> TrackerService::open_port_once(const Settings& settings)
{
    auto listener = server_.listen(settings.listen, [this](const HttpQuestion& asked) { on_question(asked); });
    if (!listener) return listener.error();
    if (settings.uses_udp) {
        auto socket = udp_.open(listener->local(), [this](const Endpoint& from, ByteView packet) {
            on_datagram(from, packet);
        });
        if (!socket) return socket.error();
        socket_ = std::move(*socket);
    }
    listener_ = std::move(*listener);
    return {};
}

Hash32 TrackerService::draw_secret() const
{
    Hash32 secret;
    for (std::size_t i = 0; i < Hash32::size; i += sizeof(std::uint64_t)) {
        store_le(secret.bytes.data() + i, random_.next());
    }
    return secret;
}

void TrackerService::on_stop()
{
    silence_.cancel();
    listener_.close();
    socket_.close();
}

void TrackerService::on_question(const HttpQuestion& asked)
{
    const auto answer = tracker_->answer(
        {.method = asked.method, .target = asked.target, .from = asked.from.address, .now = host_.now()});
    // It fails only when the client has gone meanwhile.
    static_cast<void>(server_.answer(asked.question, answer.status, "text/plain", answer.body));
    if (!silence_.is_armed()) wait_for_silence();
}

void TrackerService::on_datagram(const Endpoint& from, ByteView packet)
{
    const auto answer = udp_answers_->answer(from, packet, host_.now());
    if (!answer) return;
    // The network may drop it as well: the client asks again.
    static_cast<void>(socket_.send(from, *answer));
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
