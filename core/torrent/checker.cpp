#include "torrent/checker.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {

Checker::Checker(const Geometry& geometry, disk::Store& store, piece::Ledger& ledger, Done done)
    : geometry_(geometry), store_(store), ledger_(ledger), done_(std::move(done))
{
}

void Checker::start()
{
    const std::uint32_t depth = std::min(store_.check_depth(), geometry_.piece_count());
    for (std::uint32_t i = 0; i < depth; ++i) submit();
}

void Checker::submit()
{
    if (next_ >= geometry_.piece_count()) return;
    const PieceIndex piece = *geometry_.piece(next_++);
    store_.check(piece, [this, piece, alive = std::weak_ptr(alive_)](Result<bool> matches) {
        if (!alive.expired()) on_checked(piece, std::move(matches));
    });
}

void Checker::on_checked(PieceIndex piece, Result<bool> matches)
{
    if (!done_) return;
    if (!matches) return std::exchange(done_, {})(std::move(matches).error());
    if (*matches) ledger_.mark_have(piece);
    if (++finished_ == geometry_.piece_count()) return std::exchange(done_, {})({});
    submit();
}

}  // namespace shoal::torrent
