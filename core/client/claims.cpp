#include "client/claims.hpp"

#include <set>

namespace shoal::client {

void Claims::put(const Hash20& torrent, const std::vector<std::string>& paths)
{
    remove(torrent);
    if (paths.empty()) return;
    auto& places = by_torrent_[torrent];
    for (const auto& path : paths) places.push_back(by_path_.emplace(path, torrent));
}

void Claims::remove(const Hash20& torrent)
{
    const auto at = by_torrent_.find(torrent);
    if (at == by_torrent_.end()) return;
    for (const auto place : at->second) by_path_.erase(place);
    by_torrent_.erase(at);
}

std::vector<Hash20> Claims::near(const Hash20& torrent, const std::vector<std::string>& paths) const
{
    std::set<Hash20> found;
    for (const auto& path : paths) {
        for (auto slash = path.find('/', 1); ; slash = path.find('/', slash + 1)) {
            const auto [begin, end] = by_path_.equal_range(std::string_view(path).substr(0, slash));
            for (auto at = begin; at != end; ++at) found.insert(at->second);
            if (slash == path.npos) break;
        }
        const auto below = path + "/";
        for (auto at = by_path_.lower_bound(below); at != by_path_.end() && at->first.starts_with(below); ++at) {
            found.insert(at->second);
        }
    }
    found.erase(torrent);
    return {found.begin(), found.end()};
}

}  // namespace shoal::client
