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
    if (!doors_.empty()) return make_error(Errc::invalid_argument, "the tracker has been started already");
    const auto settings = read_settings(settings_);
    if (!settings) return settings.error();
    if (auto opened = open_doors(*settings); !opened) return opened;
    tracker_ = std::make_unique<EmbeddedTracker>(
        *settings, [this](std::uint64_t bound) { return random_.below(bound); });
    if (settings->uses_udp) udp_answers_ = std::make_unique<UdpAnswers>(*tracker_, draw_secret());
    for (const auto& door : doors_) {
        const auto place = door->listener.local().to_string() + "/announce";
        announce_urls_ += (announce_urls_.empty() ? "http://" : " http://") + place;
        if (settings->uses_udp) announce_urls_ += " udp://" + place;
    }
    return {};
}

/// Any free port has to be free for all of them.
Result<void> TrackerService::open_doors(const Settings& settings)
{
    auto opened = open_doors_once(settings);
    const auto attempts = settings.listen.front().port == 0 ? most_attempts : 1;
    for (int i = 1; !opened && i < attempts; ++i) opened = open_doors_once(settings);
    if (opened) return opened;
    return make_error(opened.error().code,
                      opened.error().text + ": is the port taken, or the address none of this machine's?");
}

Result<void> TrackerService::open_doors_once(const Settings& settings)
{
    doors_.clear();
    for (auto local : settings.listen) {
        if (local.port == 0 && !doors_.empty()) local.port = doors_.front()->listener.local().port;
        if (auto opened = open_door(local, settings.uses_udp); !opened) {
            doors_.clear();
            return opened;
        }
    }
    return {};
}

Result<void> TrackerService::open_door(const Endpoint& local, bool uses_udp)
{
    auto door = std::make_unique<Door>();
    auto listener = server_.listen(local, [this](const HttpQuestion& asked) { on_question(asked); });
    if (!listener) return listener.error();
    door->listener = std::move(*listener);
    if (uses_udp) {
        auto socket = udp_.open(door->listener.local(), [this, at = door.get()](const Endpoint& from, ByteView packet) {
            on_datagram(*at, from, packet);
        });
        if (!socket) return socket.error();
        door->socket = std::move(*socket);
    }
    doors_.push_back(std::move(door));
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
    for (const auto& door : doors_) {
        door->listener.close();
        door->socket.close();
    }
}

void TrackerService::on_question(const HttpQuestion& asked)
{
    const auto answer = tracker_->answer(
        {.method = asked.method, .target = asked.target, .from = asked.from.address, .now = host_.now()});
    // It fails only when the client has gone meanwhile.
    static_cast<void>(server_.answer(asked.question, answer.status, "text/plain", answer.body));
    if (!silence_.is_armed()) wait_for_silence();
}

void TrackerService::on_datagram(Door& door, const Endpoint& from, ByteView packet)
{
    const auto answer = udp_answers_->answer(from, packet, host_.now());
    if (!answer) return;
    // The network may drop it as well: the client asks again.
    static_cast<void>(door.socket.send(from, *answer));
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
