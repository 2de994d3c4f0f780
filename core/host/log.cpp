#include "host/log.hpp"

#include <shoal/utf8.hpp>

#include <exception>
#include <ostream>

namespace shoal::host {

std::string_view level_name(LogLevel level)
{
    switch (level) {
    case LogLevel::error: return "error";
    case LogLevel::warning: return "warning";
    case LogLevel::info: return "info";
    case LogLevel::debug: return "debug";
    }
    return "debug";
}

std::optional<LogLevel> level_named(std::string_view name)
{
    for (const auto level : {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug}) {
        if (level_name(level) == name) return level;
    }
    return std::nullopt;
}

Log Log::with_prefix(std::string_view more) const
{
    Log narrowed = *this;
    if (!narrowed.prefix_.empty()) narrowed.prefix_ += ", ";
    narrowed.prefix_ += more;
    return narrowed;
}

void Log::line(LogLevel level, std::string_view text) const
{
    if (!wants(level)) return;
    sink_->write(level,
                 printable(prefix_.empty() ? std::string(text) : fmt::format("{}: {}", prefix_, text)));
}

void StreamLog::write(LogLevel level, std::string_view line) noexcept
{
    try {
        const std::lock_guard lock(mutex_);
        out_ << level_name(level) << ": " << line << std::endl;
    } catch (const std::exception&) {
        // A log that cannot be written must not stop the program.
    }
}

}  // namespace shoal::host
