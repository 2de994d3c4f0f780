#pragma once

#include "session/session.hpp"

namespace shoal::session {

// A torrent whose metadata is being fetched. When it is there, either `done` is told or the torrent is begun.
struct Session::Resolving final : torrent::Resolution::Events {
    Resolving(Session& session, metainfo::Magnet magnet) : session(session), magnet(std::move(magnet)) {}

    void on_resolved(Result<metainfo::TorrentFile> metainfo) override { session.on_resolved(handle, std::move(metainfo)); }
    void on_resolution_event(std::string_view name, control::Value payload) override
    {
        session.on_event(handle, name, std::move(payload));
    }

    Session& session;
    metainfo::Magnet magnet;
    AddOptions options;
    Resolved done;
    TorrentHandle handle{0};
    std::unique_ptr<torrent::Resolution> resolution;
};

}  // namespace shoal::session
