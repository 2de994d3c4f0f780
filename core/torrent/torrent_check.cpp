#include "torrent/torrent.hpp"

#include <fmt/format.h>

#include <utility>

// What is on the disk: taken over from the last run, compared with the hashes, recorded for the next run.
namespace shoal::torrent {

void Torrent::take(const Resume& resume)
{
    if (resume.have.size() != metainfo_->geometry.piece_count()) {
        parts_.log.warning("what was recorded of it is about another torrent: everything is checked");
        return;
    }
    for (auto p = resume.have.find_first_set(); p; p = resume.have.find_first_set(*p + 1)) {
        ledger_.mark_have(*metainfo_->geometry.piece(*p));
    }
    safe_ = resume.have;
    knowledge_ = resume.is_clean ? Knowledge::all : Knowledge::some;
}

void Torrent::on_opened(Result<Bitfield> there)
{
    if (is_winding_down_) return;
    if (!there) return fail(there.error());
    if (options_.is_data_trusted) {
        for (const PieceIndex piece : metainfo_->geometry.pieces()) ledger_.mark_have(piece);
        knowledge_ = Knowledge::all;
    }
    if (waiting_.rechecks.empty() && has_nothing_left(*there)) return fail(gone());
    if (std::exchange(is_in_doubt_, false)) roll_back();
    if (knowledge_ == Knowledge::nothing) {
        for (const PieceIndex piece : metainfo_->geometry.pieces()) lose(piece);
        knowledge_ = Knowledge::some;
    } else if (!options_.is_data_trusted) {
        lose_missing(*there);
    }
    if (knowledge_ == Knowledge::all) return on_checked({});
    Bitfield doubtful = std::move(*there);
    const Bitfield& have = ledger_.have();
    for (auto p = have.find_first_set(); p; p = have.find_first_set(*p + 1)) doubtful.reset(*p);
    if (doubtful.none()) return on_checked({});
    check(std::move(doubtful));
}

bool Torrent::has_nothing_left(const Bitfield& there) const
{
    const Bitfield& had = ledger_.have();
    if (options_.is_data_trusted || had.none()) return false;
    for (auto p = had.find_first_set(); p; p = had.find_first_set(*p + 1)) {
        if (there.test(*p)) return false;
    }
    return true;
}

// Rather a disk that is not there than files that somebody deleted: nothing is fetched in their place, and what is on record stays.
Error Torrent::gone() const
{
    return make_error(Errc::not_found, fmt::format("its files are gone: none of {} pieces is there. Is their disk missing? Start it "
                                                   "again when they are back; recheck it, and start it, to fetch them again",
                                                   ledger_.have().count()));
}

// Somebody else was at the files; who knows what else is there now.
void Torrent::lose_missing(const Bitfield& there)
{
    const Bitfield had = ledger_.have();
    std::int64_t lost = 0;
    for (auto p = had.find_first_set(); p; p = had.find_first_set(*p + 1)) {
        if (there.test(*p)) continue;
        lose(*metainfo_->geometry.piece(*p));
        ++lost;
    }
    if (lost == 0) return;
    knowledge_ = Knowledge::some;
    parts_.log.warning("{} of its pieces are no longer on the disk", lost);
    control::Value::Map event;
    event.set("pieces", lost);
    publish("torrent.lost", std::move(event));
}

void Torrent::lose(PieceIndex piece)
{
    if (!ledger_.have().test(piece.value())) return;
    ledger_.mark_lost(piece);
    safe_.reset(piece.value());
    const Geometry& geometry = metainfo_->geometry;
    geometry.for_each_slice(piece, 0, geometry.length(piece),
                            [&](const FileSlice& slice) { finished_[slice.file.value()] = false; });
}

void Torrent::check(Bitfield pieces)
{
    auto& checking = std::get<Checking>(state_);
    checking.checker = std::make_unique<Checker>(std::move(pieces), *store_, ledger_, [this](Result<void> outcome) {
        // Out of the checker's own call before it is destroyed.
        parts_.environment.loop.post([this, alive = std::weak_ptr(alive_), outcome = std::move(outcome)]() mutable {
            if (!alive.expired()) on_checked(std::move(outcome));
        });
    });
    checking.checker->start();
}

void Torrent::on_checked(Result<void> outcome)
{
    if (is_winding_down_ || !std::holds_alternative<Checking>(state_)) return;
    if (!outcome) return fail(outcome.error());
    knowledge_ = Knowledge::all;
    auto rechecks = std::exchange(waiting_.rechecks, {});  // they have ended, also where the torrent fails for what they found
    const bool is_to_rest = !wants_live_ || !waiting_.checked.empty();
    if (ledger_.wanted_count() > 0) is_finish_told_ = false;
    else if (is_to_rest && !std::exchange(is_finish_told_, true)) publish("torrent.finished", control::Value::Map{});
    if (is_to_rest) wind_down();
    else if (ledger_.wanted_count() == 0) go_live();
    else ask_to_write();
    for (auto& done : rechecks) done({});
}

// By file: nothing of it is here.
std::vector<bool> Torrent::unverified() const
{
    const Geometry& geometry = metainfo_->geometry;
    const Bitfield& have = ledger_.have();
    std::vector<bool> files(geometry.file_count(), !have.all());
    if (have.all()) return files;
    for (auto p = have.find_first_set(); p; p = have.find_first_set(*p + 1)) {
        const PieceIndex piece = *geometry.piece(*p);
        geometry.for_each_slice(piece, 0, geometry.length(piece), [&](const FileSlice& slice) { files[slice.file.value()] = false; });
    }
    return files;
}

// Before the first write of a run: what is somebody else's is not written over.
void Torrent::ask_to_write()
{
    parts_.events.before_writing(handle_, [this, run = run_, alive = std::weak_ptr(alive_)](const Result<void>& allowed) {
        if (alive.expired() || run != run_ || is_winding_down_ || !std::holds_alternative<Checking>(state_)) return;
        if (allowed) open_to_write();
        else fail(allowed.error());
    });
}

// What turned out to be right is ours, and may be written.
void Torrent::open_to_write()
{
    const auto known = std::exchange(unverified_, unverified());
    if (known == unverified_ || !store_->set_unverified(unverified_)) return go_live();
    store_->close([](const Result<void>&) {});
    store_->open([this](const Result<Bitfield>& opened) {
        if (is_winding_down_) return;
        if (opened) go_live();
        else fail(opened.error());
    });
}

void Torrent::recheck(Done done)
{
    knowledge_ = Knowledge::nothing;
    safe_.clear_all();
    is_in_doubt_ = false;
    const bool is_at_rest = !is_winding_down_ && !is_store_open_;
    if (std::holds_alternative<Failed>(state_)) wants_live_ = true;
    waiting_.rechecks.push_back(std::move(done));
    if (is_at_rest) begin();
    else wind_down();
}

// Each may ask for the next.
void Torrent::answer_rechecks(const Result<void>& outcome)
{
    for (auto& done : std::exchange(waiting_.rechecks, {})) done(outcome);
}

void Torrent::checkpoint(Checkpointed done)
{
    if (is_winding_down_) return waiting_.checkpoints.push_back(std::move(done));
    if (!is_store_open_) {
        return parts_.environment.loop.post(
            [done = std::move(done), reached = progress(true)]() mutable { done(std::move(reached)); });
    }
    store_->flush([this, done = std::move(done), had = ledger_.have()](const Result<void>& flushed) mutable {
        if (!flushed) {
            on_disk_error(flushed.error());
            return done(flushed.error());
        }
        if (knowledge_ != Knowledge::nothing && !is_in_doubt_) safe_ = std::move(had);
        done(progress(false));
    });
}

// What was written since the last flush may be lost although reading still shows it: as after a crash.
void Torrent::roll_back()
{
    for (const PieceIndex piece : metainfo_->geometry.pieces()) {
        if (!safe_.test(piece.value())) lose(piece);
    }
    if (knowledge_ == Knowledge::all) knowledge_ = Knowledge::some;
}

Resume Torrent::progress(bool is_at_rest) const
{
    const bool is_known = knowledge_ == Knowledge::all && !is_in_doubt_;
    return {safe_, is_at_rest && is_known};
}

}  // namespace shoal::torrent
