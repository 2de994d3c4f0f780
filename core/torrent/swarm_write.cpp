#include "torrent/swarm.hpp"

#include <algorithm>
#include <utility>

// What is verified goes to the disk. A disk that is full is no failure: what cannot be written is kept, nothing more is asked for, and
// from time to time it is tried again; peers stay, and are given what we have.
namespace shoal::torrent {

namespace {
// Of the memory ceiling: what a torrent may keep of whole pieces while its disk is full. The rest is for the others.
constexpr std::uint64_t unwritten_share = 4;
constexpr int latency_weight = 8;  // of what is known against what is new
}  // namespace

void Swarm::write(Unwritten unwritten)
{
    ++writes_under_way_;
    const auto piece = unwritten.piece;
    const auto block = unwritten.block;
    auto written = [this, piece, block, began = now(), alive = std::weak_ptr(alive_)](disk::Buffer buffer,
                                                                                     Result<void> result) {
        if (alive.expired()) return;
        note_latency(now() - began);
        on_written({piece, block, std::move(buffer)}, result);
        end_write();
    };
    if (block) context_.store.write_block(*block, std::move(unwritten.buffer), std::move(written));
    else context_.store.write(piece, std::move(unwritten.buffer), std::move(written));
}

void Swarm::on_written(Unwritten unwritten, const Result<void>& result)
{
    if (!result && result.error().code == Errc::disk_full) {
        return is_stopping_ ? lose(unwritten) : hold(result.error(), std::move(unwritten));
    }
    { const disk::Buffer given_back = std::move(unwritten.buffer); }
    resume_paused();
    if (!result) {
        lose(unwritten);
        return context_.events.on_disk_error(result.error());
    }
    if (unwritten.block) on_block_written(unwritten.piece);
    else complete_piece(unwritten.piece);
    if (hold_ && !retry_.is_pending()) retry();
}

void Swarm::on_block_written(PieceIndex piece)
{
    auto* open = context_.ledger.find(piece);
    if (open == nullptr) return;
    open->on_block_written();
    if (!open->is_received() || !open->is_written()) return;
    ++writes_under_way_;
    context_.store.check(piece, [this, piece, alive = std::weak_ptr(alive_)](Result<bool> matches) {
        if (alive.expired()) return;
        on_read_back(piece, std::move(matches));
        end_write();
    });
}

void Swarm::on_read_back(PieceIndex piece, Result<bool> matches)
{
    if (!matches) return context_.events.on_disk_error(matches.error());
    if (*matches) complete_piece(piece);
    else on_corrupt(piece);
}

void Swarm::end_write()
{
    --writes_under_way_;
    if (is_stopping_) return finish_stop();
    if (std::exchange(is_held_back_, false)) refill_all();
}

// It is fetched again once the disk is well. Of a big piece other blocks may be on their way to the disk: it ends with the swarm.
void Swarm::lose(const Unwritten& unwritten)
{
    if (unwritten.block) return;
    context_.ledger.take_out(unwritten.piece);
    context_.ledger.mark_missing(unwritten.piece);
}

void Swarm::hold(const Error& why, Unwritten unwritten)
{
    std::uint64_t kept = unwritten.buffer.size();
    for (const auto& other : unwritten_) kept += other.buffer.size();
    const bool is_too_much = !unwritten.block && !unwritten_.empty() && kept > context_.buffers.ceiling() / unwritten_share;
    if (is_too_much) lose(unwritten);
    else unwritten_.push_back(std::move(unwritten));
    if (!retry_.is_pending()) retry_.start(context_.settings.retry_full_disk, [this] { retry(); });
    if (hold_) return;
    hold_ = why;
    std::vector<PieceIndex> begun;
    for (const auto& partial : context_.ledger.partials()) begun.push_back(*geometry().piece(partial.piece));
    give_up(begun);
    context_.events.on_hold(why);
}

// One after the other, until one fails.
void Swarm::retry()
{
    if (!unwritten_.empty()) {
        auto next = std::move(unwritten_.front());
        unwritten_.erase(unwritten_.begin());
        return write(std::move(next));
    }
    hold_.reset();
    context_.events.on_hold_over();
    refill_all();
}

void Swarm::note_latency(environment::Duration took)
{
    write_latency_ = write_latency_ == environment::Duration{} ? took : write_latency_ + (took - write_latency_) / latency_weight;
}

}  // namespace shoal::torrent
