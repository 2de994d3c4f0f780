#include "cli/screen_log.hpp"

#include "cli/display.hpp"

namespace shoal::cli {

void ScreenLog::show_around(Display* display)
{
    const std::lock_guard held(lock_);
    display_ = display;
}

void ScreenLog::write(host::LogLevel level, std::string_view line) noexcept
{
    const std::lock_guard held(lock_);
    if (display_ != nullptr) display_->make_room();
    stream_.write(level, line);
}

}  // namespace shoal::cli
