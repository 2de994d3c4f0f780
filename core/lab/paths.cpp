#include "lab/paths.hpp"

namespace shoal::lab {

Path Paths::path(NodeIndex from, NodeIndex to) const
{
    const auto found = special_.find({from, to});
    if (found != special_.end()) return found->second;
    return from == to ? Path{} : default_;
}

void Paths::set(NodeIndex from, NodeIndex to, const Path& path)
{
    special_[{from, to}] = path;
    ++epoch_;
}

}  // namespace shoal::lab
