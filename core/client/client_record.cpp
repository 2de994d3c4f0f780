#include "client/client.hpp"
#include "client/options.hpp"

#include <shoal/utf8.hpp>

#include <fmt/format.h>

// What is on record of a torrent is so on the disk, at every moment in which the process may die: pieces that were lost leave the record
// before anything is written in their place, and what a check found is there before somebody hears of it.
namespace shoal::client {

using Phase = Entry::Phase;

namespace {

bool has_all_of(const Bitfield& whole, const Bitfield& part)
{
    for (auto bit = part.find_first_set(); bit; bit = part.find_first_set(*bit + 1)) {
        if (!whole.test(*bit)) return false;
    }
    return true;
}

Reached reached_by(const torrent::Torrent& torrent, const Bitfield& have)
{
    Reached reached{.pieces = have.count()};
    const Geometry& geometry = torrent.metainfo().geometry;
    for (const PieceIndex piece : geometry.pieces()) {
        if (torrent.ledger().priority(piece) == 0) continue;
        reached.wanted += geometry.length(piece);
        if (have.test(piece.value())) reached.done += geometry.length(piece);
    }
    return reached;
}

}  // namespace

// For when it does not run. Of one that has all there is nothing is noted.
void Client::note_reached(Entry& entry, const torrent::Torrent& torrent, const Bitfield& have)
{
    if (have.size() != torrent.metainfo().geometry.piece_count()) return;  // nothing is known
    std::optional<Reached> reached = reached_by(torrent, have);
    if (reached->wanted == entry.record.size && reached->done == reached->wanted) reached.reset();
    auto& options = entry.record.options;
    if (reached == reached_in(options)) return;
    options = with_reached(options, reached);
    if (!entry.is_erased) parts_.library.put(entry.record, {});
}

// The process died after it was noted, or what is known of the pieces was lost.
void Client::forget_doubtful_reach(Entry& entry)
{
    const auto reached = reached_in(entry.record.options);
    const auto& have = entry.progress.have;
    if (reached && (!have || have->count() != reached->pieces)) entry.record.options = with_reached(entry.record.options, std::nullopt);
}

// Leave to write, which is given when the record is right. Most have lost nothing, and do not wait.
Client::Done Client::when_losses_are_kept(Entry& entry, const torrent::Torrent& torrent, Done allowed)
{
    const Bitfield& have = torrent.ledger().have();
    const auto& on_record = entry.progress.have;
    if (!on_record || on_record->size() != have.size() || has_all_of(have, *on_record)) return allowed;
    auto progress = progress_of(entry, torrent, torrent.known());
    progress.is_clean = false;
    return [this, alive = std::weak_ptr(alive_), hash = entry.record.info_hash, progress = std::move(progress),
            allowed = std::move(allowed)](Result<void> may) mutable {
        if (!may) return allowed(std::move(may));
        auto put = [this, alive, hash, have = progress.have, allowed = std::move(allowed)](Result<void> kept) mutable {
            if (alive.expired()) return;  // the library is destroyed after us
            Entry* entry = find_entry(hash);
            if (kept && entry != nullptr) entry->progress.have = std::move(have);
            allowed(std::move(kept));
        };
        parts_.library.put_progress(hash, progress, std::move(put));
    };
}

// From here on nothing is known of it. A process that dies now looks at everything again.
void Client::begin_check(torrent::Torrent& torrent, Done checked)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    Entry& entry = *entries_.at(hash);
    entry.progress.have.reset();
    entry.progress.is_clean = false;
    auto nothing = progress_of(entry, torrent, {});
    nothing.have.reset();
    auto kept = [this, alive = std::weak_ptr(alive_), hash, checked = std::move(checked)](Result<void> kept) mutable {
        if (alive.expired()) return;
        auto* live = running(*entries_.at(hash));
        if (kept && live == nullptr) kept = make_error(Errc::cancelled, "it was stopped");
        if (!kept) return checked(std::move(kept));
        check(*live, std::move(checked));
    };
    parts_.library.put_progress(hash, nothing, std::move(kept));
}

void Client::check(torrent::Torrent& torrent, Done checked)
{
    const Hash20 hash = torrent.metainfo().info_hash.wire();
    torrent.recheck([this, alive = std::weak_ptr(alive_), hash, checked = std::move(checked)](Result<void> result) mutable {
        if (alive.expired()) return;
        auto* live = running(*entries_.at(hash));
        if (!result || live == nullptr) return checked(std::move(result));
        live->checkpoint([this, alive, hash, checked = std::move(checked)](Result<torrent::Resume> reached) mutable {
            if (!alive.expired()) keep_check(hash, std::move(reached), std::move(checked));
        });
    });
}

void Client::keep_check(const Hash20& torrent, Result<torrent::Resume> reached, Done checked)
{
    if (!reached) return checked(reached.error());
    Entry& entry = *entries_.at(torrent);
    const auto* live = running(entry);
    if (live == nullptr) return checked({});  // it left meanwhile, and that told more
    reached->is_clean = false;
    entry.progress.have = reached->have;
    auto kept = [alive = std::weak_ptr(alive_), checked = std::move(checked)](Result<void> result) mutable {
        if (!alive.expired()) checked(std::move(result));
    };
    parts_.library.put_progress(torrent, progress_of(entry, *live, std::move(*reached)), std::move(kept));
}

// Whoever adds what is here already may bring what a damaged database has lost of it: then it goes on with that.
void Client::heal(Entry& entry, AddRequest request, Added done)
{
    const Hash20 torrent = entry.record.info_hash;
    const auto known = make_error(Errc::invalid_argument, fmt::format("{} is here already", printable(entry.record.name)));
    auto* file = std::get_if<session::FromFile>(&request.source);
    if (file == nullptr || !entry.record.magnet.empty() || entry.phase != Phase::stopped) return done(known);
    auto look = [this, alive = std::weak_ptr(alive_), torrent, known, octets = std::move(file->octets),
                 done = std::move(done)](const Result<Bytes>& kept) mutable {
        if (alive.expired()) return;
        const auto metainfo = kept ? metainfo::parse(*kept) : Result<metainfo::TorrentFile>(kept.error());
        if (metainfo && metainfo->info_hash.wire() == torrent) return done(known);
        parts_.library.put_metainfo(torrent, std::move(octets), [this, alive, torrent, done = std::move(done)](Result<void> put) mutable {
            if (alive.expired()) return;
            Entry* healed = find_entry(torrent);
            if (healed == nullptr) return done(make_error(Errc::cancelled, "it was removed before it was kept"));
            if (!put) return done(put.error());
            parts_.log.warning("the metainfo of {} was lost, and is here again", printable(healed->record.name));
            healed->failure.reset();
            touch(*healed);
            schedule();
            done(torrent);
        });
    };
    parts_.library.read_metainfo(torrent, std::move(look));
}

}  // namespace shoal::client
