#pragma once

#include "host/sinks.hpp"
#include "torrent/torrent.hpp"

namespace shoal::session {

// What services tell is of no torrent.
class ServiceEvents final : public host::EventSink {
public:
    explicit ServiceEvents(torrent::TorrentEvents& events) : events_(events) {}

    void publish(const host::Speaker&, std::string_view name, const control::Value& payload) override
    {
        events_.on_event(TorrentHandle{}, name, payload);
    }

private:
    torrent::TorrentEvents& events_;
};

}  // namespace shoal::session
