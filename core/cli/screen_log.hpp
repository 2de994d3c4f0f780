#pragma once

#include "host/log.hpp"

#include <mutex>

namespace shoal::cli {

class Display;

// The log of a program with a display: lines come between two states of it, not on top of them.
class ScreenLog final : public host::LogSink {
public:
    ScreenLog(std::ostream& err, host::LogLevel most) : stream_(err, most) {}

    // None: straight to the stream. Who shows something takes it back before it is destroyed.
    void show_around(Display* display);

    void set_level(host::LogLevel most) noexcept { stream_.set_level(most); }
    bool wants(host::LogLevel level) const noexcept override { return stream_.wants(level); }
    void write(host::LogLevel level, std::string_view line) noexcept override;

private:
    std::mutex lock_;
    host::StreamLog stream_;
    Display* display_ = nullptr;  // under lock_
};

}  // namespace shoal::cli
