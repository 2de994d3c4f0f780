#include "session/doorway.hpp"

namespace shoal::session {

void Doorway::receive(std::unique_ptr<peer::Link> link)
{
    if (waiting_.size() >= settings_.most_half_open) {
        ++turned_away_;
        return;
    }
    const std::uint64_t number = next_++;
    auto done = [this, number](Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> spoken) {
        on_handshake(number, std::move(theirs), std::move(spoken));
    };
    waiting_[number] =
        std::make_unique<torrent::HandshakeWait>(loop_, std::move(link), settings_.patience, std::move(done));
}

void Doorway::on_handshake(std::uint64_t number, Result<peer::Handshake> theirs, std::unique_ptr<peer::Link> link)
{
    // We are inside the wait's event: it is destroyed in a later turn, and so is a link that nobody wants.
    auto node = waiting_.extract(number);
    if (theirs) arrived_(*theirs, std::move(link));
    loop_.post([wait = std::move(node.mapped()), link = std::move(link)]() mutable {
        wait.reset();
        link.reset();
    });
}

}  // namespace shoal::session
