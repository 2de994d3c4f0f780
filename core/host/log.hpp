#pragma once

#include <fmt/format.h>

#include <atomic>
#include <iosfwd>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace shoal::host {

// The numbers are those of SHOAL_LOG_… in abi/host.h.
enum class LogLevel : int {
    error = 0,    // a person should act
    warning = 1,  // something works less well
    info = 2,     // life cycle, less than once a second
    debug = 3,
};

std::string_view level_name(LogLevel level);
// Nothing for a name that is none.
std::optional<LogLevel> level_named(std::string_view name);

// Where lines end up. Both functions are [any] and must not throw.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual bool wants(LogLevel level) const noexcept = 0;
    // One line without its end; it is UTF-8 and safe for a terminal.
    virtual void write(LogLevel level, std::string_view line) noexcept = 0;
};

// A prefix and a borrowed sink, which outlives it. A small value: copy it, narrow it with `with_prefix`. The
// level is asked before anything is formatted. A default-made Log is silent. [any]
class Log {
public:
    Log() = default;
    explicit Log(LogSink& sink, std::string prefix = {}) : sink_(&sink), prefix_(std::move(prefix)) {}

    // "torrent 3fa1" narrowed by "peer 10.0.0.2:6881" writes "torrent 3fa1, peer 10.0.0.2:6881: …".
    Log with_prefix(std::string_view more) const;

    bool wants(LogLevel level) const noexcept { return sink_ != nullptr && sink_->wants(level); }

    template <class... Args>
    void error(fmt::format_string<Args...> format, Args&&... args) const
    {
        write(LogLevel::error, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void warning(fmt::format_string<Args...> format, Args&&... args) const
    {
        write(LogLevel::warning, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void info(fmt::format_string<Args...> format, Args&&... args) const
    {
        write(LogLevel::info, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void debug(fmt::format_string<Args...> format, Args&&... args) const
    {
        write(LogLevel::debug, format, std::forward<Args>(args)...);
    }

    template <class... Args>
    void write(LogLevel level, fmt::format_string<Args...> format, Args&&... args) const
    {
        if (wants(level)) line(level, fmt::format(format, std::forward<Args>(args)...));
    }

    // Text from elsewhere (a plug-in, a peer): bad UTF-8 and control characters are replaced.
    void line(LogLevel level, std::string_view text) const;

private:
    LogSink* sink_ = nullptr;
    std::string prefix_;
};

// Writes "warning: torrent 3fa1: …" to a stream, up to `most`. The stream outlives it. [any]
class StreamLog final : public LogSink {
public:
    StreamLog(std::ostream& out, LogLevel most) : out_(out), most_(most) {}

    void set_level(LogLevel most) noexcept { most_ = most; }
    bool wants(LogLevel level) const noexcept override { return level <= most_; }
    void write(LogLevel level, std::string_view line) noexcept override;

private:
    std::ostream& out_;
    std::atomic<LogLevel> most_;
    std::mutex mutex_;
};

}  // namespace shoal::host
