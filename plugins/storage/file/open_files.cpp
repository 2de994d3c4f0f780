#include "open_files.hpp"

#include <utility>

namespace shoal::file_storage {

OpenFiles::Handle OpenFiles::find(std::uint32_t file)
{
    const auto place = places_.find(file);
    if (place == places_.end()) return lent(file);
    recent_.splice(recent_.begin(), recent_, place->second);
    return recent_.front().handle;
}

void OpenFiles::keep(std::uint32_t file, Handle handle)
{
    if (const auto place = places_.find(file); place != places_.end()) recent_.erase(place->second);
    recent_.push_front({file, std::move(handle)});
    places_[file] = recent_.begin();
    shrink();
}

bool OpenFiles::lend(std::uint32_t file, const Handle& handle)
{
    if (lent_.size() >= limit_ / 2) return false;
    lent_.emplace(file, handle);
    shrink();
    return true;
}

OpenFiles::Handle OpenFiles::lent(std::uint32_t file) const
{
    const auto found = lent_.find(file);
    return found == lent_.end() ? nullptr : found->second;
}

void OpenFiles::retire(std::uint32_t file)
{
    if (auto lent = lent_.extract(file)) retired_.push_back(std::move(lent.mapped()));
    const auto place = places_.find(file);
    if (place == places_.end()) return;
    recent_.erase(place->second);
    places_.erase(place);
}

bool OpenFiles::drop_idle()
{
    const bool any = !recent_.empty();
    places_.clear();
    recent_.clear();
    return any;
}

void OpenFiles::clear()
{
    drop_idle();
    lent_.clear();
    retired_.clear();
}

void OpenFiles::shrink()
{
    while (recent_.size() > 1 && recent_.size() + lent_.size() > limit_) {
        places_.erase(recent_.back().file);
        recent_.pop_back();
    }
}

} // namespace shoal::file_storage
