#include "cli/keyboard.hpp"

#include <atomic>

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace shoal::cli {

namespace {

// A signal handler has no other way to it.
std::atomic<const termios*> mode_before{nullptr};

}  // namespace

std::optional<unsigned> terminal_columns()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
    return size.ws_col;
}

bool is_terminal_out()
{
    return ::isatty(STDOUT_FILENO) == 1;
}

bool is_terminal_in()
{
    return ::isatty(STDIN_FILENO) == 1;
}

struct Keyboard::Saved {
    termios mode{};
};

Keyboard::Keyboard(bool active)
{
    if (!active) return;
    auto saved = std::make_unique<Saved>();
    if (::tcgetattr(STDIN_FILENO, &saved->mode) != 0) return;
    termios raw = saved->mode;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (::tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0) return;
    saved_ = std::move(saved);
    mode_before = &saved_->mode;
}

Keyboard::~Keyboard()
{
    mode_before = nullptr;
    if (saved_) ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_->mode);
}

void Keyboard::restore()
{
    if (const termios* mode = mode_before) ::tcsetattr(STDIN_FILENO, TCSANOW, mode);
}

std::optional<char> Keyboard::pressed()
{
    pollfd input{STDIN_FILENO, POLLIN, 0};
    if (::poll(&input, 1, 0) != 1 || (input.revents & POLLIN) == 0) return std::nullopt;
    char key = 0;
    if (::read(STDIN_FILENO, &key, 1) != 1) return std::nullopt;
    return key;
}

}  // namespace shoal::cli
