#pragma once

#include "control/value.hpp"
#include "torrent/torrent.hpp"

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::cli {

// One torrent as the display sees it.
struct DisplayLine {
    std::string name;  // safe for a terminal
    std::string info_hash;
    std::uint32_t pieces = 0;
    torrent::Torrent::Status status;
    std::string outcome;  // what became of it; empty while it goes on. Safe for a terminal
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
    // Somebody else is about to write on the same terminal. [any]
    virtual void make_room() {}
    // The last state stays on the screen.
    virtual void end() {}
};

enum class DisplayKind { bars, plain, json, silent };

// Asked before each redraw: the window may have another size by then.
using Columns = std::function<unsigned()>;

// " (3 tracker, 2 dht)": where peers were heard of; nothing for none.
std::string sources_text(const std::map<std::string_view, std::uint32_t>& sources);

std::unique_ptr<Display> make_display(DisplayKind kind, std::ostream& out, Columns columns);

// "name [####....] 42.1 %  3.2 MiB/s  ETA 12s  5 peers", cut to the width; instead of rate and ETA the reason, when nothing moves.
std::string progress_line(const DisplayLine& line, unsigned columns);
// What a person should hear of an event, in one line; nothing if that is what progress shows anyway.
std::optional<std::string> sentence_of(std::string_view event, const control::Value& payload);
control::Value status_record(const DisplayLine& line);

}  // namespace shoal::cli
