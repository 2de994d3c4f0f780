#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::client {

// Where files lie that decide what runs here and what is remembered: scripts, settings, plug-ins, the database. A torrent that had one
// of them would run programs, whoever made it. Reading, it looks at links on the disk. [any]
class Guarded {
public:
    // Absolute paths of folders and files; they need not be there.
    explicit Guarded(std::vector<std::string> places) : places_(std::move(places)) {}

    // What of them a torrent's files in that folder may not touch, relative to it. "": the folder is in one itself. None: it is far from them.
    std::vector<std::string> near(const std::string& folder) const;

    // `path` is the place or lies in it; everything lies in "".
    static bool is_in(std::string_view path, std::string_view place);

private:
    std::vector<std::string> places_;
};

}  // namespace shoal::client
