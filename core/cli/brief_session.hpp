#pragma once

#include "cli/interruption.hpp"
#include "cli/program.hpp"
#include "peer/stream_transport.hpp"
#include "session/session.hpp"

#include <functional>
#include <optional>

namespace shoal::cli {

// A session for one purpose: a question and its answer, or a service until it is interrupted. Nobody hears its events.
class BriefSession final : private torrent::TorrentEvents {
public:
    BriefSession(Program& program, session::SessionSettings settings);
    // Goodbyes come first.
    ~BriefSession();

    session::Session& operator*() { return session_; }
    session::Session* operator->() { return &session_; }
    environment::Loop& loop() { return environment_.loop; }

    // Runs until it is over. False: SIGINT or SIGTERM came first.
    bool wait(const std::function<bool()>& is_over);

private:
    void on_event(TorrentHandle, std::string_view, control::Value) override {}

    Program& program_;
    environment::Environment environment_;
    peer::StreamTransport transport_;
    session::Session session_;
    std::optional<Interruption> interruption_;
    bool is_interrupted_ = false;
};

}  // namespace shoal::cli
