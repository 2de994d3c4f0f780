// The embedded tracker as a service: its questions come from the host's HTTP server, silence ends by the
// host's timer.
#pragma once

#include "embedded_tracker.hpp"

#include <shoal/service.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace shoal::embedded_tracker {

class TrackerService final : public Service {
public:
    explicit TrackerService(Host& host);

    Result<void> start() override;
    /// The announce URL, once started.
    [[nodiscard]] std::string_view summary() override { return announce_url_; }
    void on_stop() override;

private:
    void on_question(const HttpQuestion& asked);
    void wait_for_silence();

    Host host_;
    shoal::Settings settings_;
    Random random_;
    Timers timers_;
    HttpServer server_;
    std::unique_ptr<EmbeddedTracker> tracker_;
    HttpListener listener_;
    Timer silence_;
    std::string announce_url_;
};

} // namespace shoal::embedded_tracker
