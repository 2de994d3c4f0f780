#include "peer_names.hpp"

#include <algorithm>
#include <utility>

namespace shoal::http_tracker {

PeerNames::PeerNames(const Resolver& resolver, const Timers& timers, Done done)
    : resolver_(resolver), timers_(timers), done_(std::move(done)), self_(std::make_shared<PeerNames*>(this))
{
}

PeerNames::~PeerNames()
{
    self_.reset();
    for (const auto operation : under_way_) {
        if (operation != 0) resolver_.cancel(operation);
    }
}

bool PeerNames::look_up(std::span<const NamedPeer> names, std::chrono::nanoseconds patience)
{
    under_way_.reserve(names.size());
    for (const auto& [name, port] : names) {
        const auto place = under_way_.size();
        const auto operation = resolver_.resolve(
            name, port, [self = std::weak_ptr(self_), place](const Result<std::vector<Endpoint>>& found) {
                if (const auto names = self.lock()) (*names)->on_found(place, found);
            });
        if (!operation) continue;
        under_way_.push_back(*operation);
        ++left_;
    }
    if (left_ == 0) return false;
    patience_ = timers_.after(patience, [this] { finish(); });
    return true;
}

void PeerNames::on_found(std::size_t place, const Result<std::vector<Endpoint>>& found)
{
    under_way_[place] = 0;
    --left_;
    if (found) {
        const auto count = std::min(found->size(), most_addresses);
        found_.insert(found_.end(), found->begin(), found->begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (left_ == 0) finish();
}

void PeerNames::finish()
{
    auto done = std::exchange(done_, {});
    done(std::move(found_));
}

} // namespace shoal::http_tracker
