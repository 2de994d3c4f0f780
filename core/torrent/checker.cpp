#include "torrent/checker.hpp"

#include <algorithm>
#include <utility>

namespace shoal::torrent {

Checker::Checker(Bitfield pieces, disk::Store& store, piece::Ledger& ledger, Done done)
    : pieces_(std::move(pieces)), store_(store), ledger_(ledger), done_(std::move(done))
{
}

void Checker::start()
{
    const std::uint32_t depth = std::min(store_.check_depth(), pieces_.count());
    for (std::uint32_t i = 0; i < depth; ++i) submit();
}

void Checker::submit()
{
    const auto next = pieces_.find_first_set(next_);
    if (!next) return;
    next_ = *next + 1;
    const PieceIndex piece = *ledger_.geometry().piece(*next);
    store_.check(piece, [this, piece, alive = std::weak_ptr(alive_)](Result<bool> matches) {
        if (!alive.expired()) on_checked(piece, std::move(matches));
    });
}

void Checker::on_checked(PieceIndex piece, Result<bool> matches)
{
    if (!done_) return;
    if (!matches) return std::exchange(done_, {})(std::move(matches).error());
    if (*matches) ledger_.mark_have(piece);
    if (++finished_ == pieces_.count()) return std::exchange(done_, {})({});
    submit();
}

}  // namespace shoal::torrent
