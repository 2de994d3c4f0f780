#include "session/doorway.hpp"

#include "torrent/neighbourhood.hpp"

#include <algorithm>

namespace shoal::session {

bool Doorway::is_crowded(const Address& from) const
{
    if (from.is_loopback()) return false;
    const auto same = std::ranges::count_if(waiting_, [&](const auto& entry) { return entry.second.from == from; });
    return static_cast<std::size_t>(same) >= settings_.most_per_address;
}

void Doorway::receive(std::unique_ptr<peer::Link> link)
{
    const auto from = torrent::neighbourhood(link->remote().address);
    if (is_crowded(from)) {
        ++turned_away_;
        return;
    }
    if (waiting_.size() >= settings_.most_half_open) {
        ++turned_away_;
        waiting_.erase(waiting_.begin());
    }
    const std::uint64_t number = next_++;
    auto done = [this, number](Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> spoken) {
        on_handshake(number, std::move(theirs), std::move(spoken));
    };
    waiting_[number] = {from, std::make_unique<torrent::HandshakeWait>(loop_, std::move(link), settings_.patience,
                                                                       std::move(done))};
}

void Doorway::on_handshake(std::uint64_t number, Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> link)
{
    // We are inside the wait's event: it is destroyed in a later turn, and so is a link that nobody wants.
    auto node = waiting_.extract(number);
    if (theirs) arrived_(*theirs, std::move(link));
    loop_.post([wait = std::move(node.mapped().handshake), link = std::move(link)]() mutable {
        wait.reset();
        link.reset();
    });
}

}  // namespace shoal::session
