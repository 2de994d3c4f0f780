#pragma once

namespace shoal::cli {

// While it lives, the first SIGINT or SIGTERM goes to whoever the loop has told, and a later one ends the process there and
// then with exit code 7: a plug-in that hangs cannot keep it. Afterwards both do what they do by default.
// Made after LiveLoop::on_signal(); one at a time.
class Interruption {
public:
    Interruption();
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    // Also between two turns of the loop.
    bool has_come() const;
};

}  // namespace shoal::cli
