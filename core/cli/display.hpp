#pragma once

#include "control/value.hpp"
#include "torrent/torrent.hpp"

#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

namespace shoal::cli {

// One torrent as the display sees it.
struct DisplayLine {
    std::string name;  // safe for a terminal
    std::string info_hash;
    torrent::Torrent::Status status;
};

// Shows how a transfer goes on. Three ways: bars that are redrawn on a terminal, a plain line from time to time elsewhere, one
// JSON record a line for programs.
class Display {
public:
    virtual ~Display() = default;
    // How often show() wants to be called.
    virtual environment::Duration interval() const = 0;
    virtual void show(const std::vector<DisplayLine>& lines) = 0;
    // `event` is a past-tense name; `payload` a map.
    virtual void on_event(const std::string& torrent, std::string_view event, const control::Value& payload) = 0;
    // A sentence for a person; not part of the progress.
    virtual void say(const std::string& sentence) = 0;
    // The last state stays on the screen.
    virtual void end() {}
};

enum class DisplayKind { bars, plain, json, silent };

std::unique_ptr<Display> make_display(DisplayKind kind, std::ostream& out, unsigned columns);

// "name [####....] 42.1 %  3.2 MiB/s  ETA 12s  5 peers", cut to the width; instead of rate and ETA the reason, when nothing moves.
std::string progress_line(const DisplayLine& line, unsigned columns);
control::Value status_record(const DisplayLine& line);

}  // namespace shoal::cli
