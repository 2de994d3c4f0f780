#pragma once

#include "host/sinks.hpp"
#include "torrent/torrent.hpp"

#include <optional>
#include <string>

namespace shoal::session {

// What services tell is of no torrent. Of what nobody asked them for they are the cause.
class ServiceEvents final : public host::EventSink {
public:
    explicit ServiceEvents(torrent::TorrentEvents& events) : events_(events) {}

    void publish(const host::Speaker& speaker, std::string_view name, const control::Value& payload) override
    {
        std::optional<control::Causes::Acting> acting;
        if (const auto* causes = events_.causes(); causes != nullptr && causes->is_nobody()) {
            acting.emplace(*causes, "plugin:" + std::string(speaker.name));
        }
        events_.on_event(TorrentHandle{}, name, payload);
    }

private:
    torrent::TorrentEvents& events_;
};

}  // namespace shoal::session
