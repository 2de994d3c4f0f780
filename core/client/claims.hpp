#pragma once

#include <shoal/ids.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace shoal::client {

// Where the files of each torrent lie, roughly: by the paths at which they begin, that of its name below its folder and those of files
// that were renamed. Enough to see which torrents may have a file in common without reading the metainfo of any. [loop]
class Claims {
public:
    // Absolute, '/'-separated, without a '/' at the end. In the place of those it had.
    void put(const Hash20& torrent, const std::vector<std::string>& paths);
    void remove(const Hash20& torrent);

    // The other torrents with a path that is one of these, below one or above one.
    std::vector<Hash20> near(const Hash20& torrent, const std::vector<std::string>& paths) const;

private:
    using ByPath = std::multimap<std::string, Hash20, std::less<>>;

    ByPath by_path_;
    std::map<Hash20, std::vector<ByPath::iterator>> by_torrent_;
};

}  // namespace shoal::client
