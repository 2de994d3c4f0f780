#pragma once

#include <memory>
#include <optional>

namespace shoal::cli {

// Width of the terminal on standard output; nothing if it is none.
std::optional<unsigned> terminal_columns();
bool is_terminal_out();
bool is_terminal_in();

// While it lives, and if `active`, standard input gives single keys without waiting for a line and without showing them.
class Keyboard {
public:
    explicit Keyboard(bool active);
    ~Keyboard();
    Keyboard(const Keyboard&) = delete;
    Keyboard& operator=(const Keyboard&) = delete;

    // The next key, if one was pressed. Never waits.
    static std::optional<char> pressed();
    // The terminal as it was, for a process that ends without destructors. May be called by a signal handler.
    static void restore();

private:
    struct Saved;
    std::unique_ptr<Saved> saved_;
};

}  // namespace shoal::cli
