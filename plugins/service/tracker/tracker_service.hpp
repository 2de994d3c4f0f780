// The embedded tracker as a service: its questions come from the host's HTTP server and from a datagram socket
// with the same port number, silence ends by the host's timer.
#pragma once

#include "embedded_tracker.hpp"
#include "udp_answers.hpp"

#include <shoal/service.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace shoal::embedded_tracker {

class TrackerService final : public Service {
public:
    explicit TrackerService(Host& host);

    Result<void> start() override;
    /// The announce URLs with a space between, once started.
    [[nodiscard]] std::string_view summary() override { return announce_urls_; }
    void on_stop() override;

private:
    Result<void> open_port(const Settings& settings);
    Result<void> open_port_once(const Settings& settings);
    void on_question(const HttpQuestion& asked);
    void on_datagram(const Endpoint& from, ByteView packet);
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
    HttpListener listener_;
    UdpSocket socket_;
    Timer silence_;
    std::string announce_urls_;
};

} // namespace shoal::embedded_tracker
