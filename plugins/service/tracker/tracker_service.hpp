// The embedded tracker as a service: its questions come from the host's HTTP server and from a datagram socket
// with the same port number, silence ends by the host's timer.
#pragma once

#include "embedded_tracker.hpp"
#include "udp_answers.hpp"

#include <shoal/service.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::embedded_tracker {

class TrackerService final : public Service {
public:
    explicit TrackerService(Host& host);

    Result<void> start() override;
    /// The announce URLs with a space between, once started.
    [[nodiscard]] std::string_view summary() override { return announce_urls_; }
    void on_stop() override;

private:
    /// Where it answers: an HTTP listener and, if wanted, a datagram socket of the same port.
    struct Door {
        HttpListener listener;
        UdpSocket socket;
    };

    Result<void> open_doors(const Settings& settings);
    Result<void> open_doors_once(const Settings& settings);
    Result<void> open_door(const Endpoint& local, bool uses_udp);
    void on_question(const HttpQuestion& asked);
    void on_datagram(Door& door, const Endpoint& from, ByteView packet);
    [[nodiscard]] Hash32 draw_secret() const;
    void wait_for_silence();

    Host host_;
    shoal::Settings settings_;
    Random random_;
    Timers timers_;
    HttpServer server_;
    Udp udp_;
    std::unique_ptr<EmbeddedTracker> tracker_;
    std::unique_ptr<UdpAnswers> udp_answers_; // null: not wanted
    std::vector<std::unique_ptr<Door>> doors_;
    Timer silence_;
    std::string announce_urls_;
};

} // namespace shoal::embedded_tracker
