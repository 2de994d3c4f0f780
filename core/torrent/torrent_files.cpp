#include "torrent/torrent.hpp"

#include <algorithm>

// What a torrent has and wants: pieces, the files they make, priorities.
namespace shoal::torrent {

void Torrent::on_piece(PieceIndex piece)
{
    finish_files_of(piece);
    control::Value::Map event;
    event.set("piece", static_cast<std::int64_t>(piece.value()));
    publish("piece.verified", std::move(event));
}

void Torrent::on_corrupt_piece(PieceIndex piece)
{
    control::Value::Map event;
    event.set("piece", static_cast<std::int64_t>(piece.value()));
    publish("piece.corrupt", std::move(event));
}

void Torrent::on_disk_error(const Error& error)
{
    is_in_doubt_ = true;
    if (std::holds_alternative<Failed>(state_)) return;
    control::Value::Map event;
    event.set("why", error.text);
    publish("disk.error", std::move(event));
    fail(error);
}

// It stays what it is, a download that gives meanwhile, and says why it fetches nothing.
void Torrent::on_hold(const Error& why)
{
    parts_.log.warning("waits for room: {}", why.text);
    control::Value::Map event;
    event.set("why", why.text);
    publish("disk.full", std::move(event));
    tell_state(why.text);
}

void Torrent::on_hold_over()
{
    publish("torrent.resumed", control::Value::Map{});
    tell_state({});
}

void Torrent::on_all_wanted()
{
    seed_if_done();
}

void Torrent::on_event(std::string_view name, control::Value payload)
{
    publish(name, std::move(payload));
}

void Torrent::finish_complete_files()
{
    for (const FileIndex file : metainfo_->geometry.files()) finish_if_complete(file);
}

void Torrent::finish_files_of(PieceIndex piece)
{
    const Geometry& geometry = metainfo_->geometry;
    geometry.for_each_slice(piece, 0, geometry.length(piece),
                            [&](const FileSlice& slice) { finish_if_complete(slice.file); });
}

void Torrent::finish_if_complete(FileIndex file)
{
    if (finished_[file.value()] || metainfo_->file(file).padding) return;
    if (priorities_[file.value()] == Priority::skip && metainfo_->file(file).length == 0) return;
    if (const auto pieces = metainfo_->geometry.pieces_of(file)) {
        const auto missing = ledger_.have().find_first_unset(pieces->first.value());
        if (missing && *missing <= pieces->second.value()) return;
    }
    finished_[file.value()] = true;
    ++finishing_;
    store_->finish(file, [this, file](Result<void> result) {
        --finishing_;
        if (!result) {
            finished_[file.value()] = false;
            return on_disk_error(result.error());
        }
        control::Value::Map event;
        event.set("file", static_cast<std::int64_t>(file.value()));
        event.set("path", path_of(file));
        publish("file.finished", std::move(event));
        seed_if_done();
    });
}

void Torrent::set_priority(std::span<const FileIndex> files, Priority priority)
{
    for (const FileIndex file : files) priorities_[file.value()] = priority;
    if (swarm() == nullptr) return apply_priorities();
    if (priority == Priority::skip) return on_priorities_changed();
    parts_.events.before_writing(handle_, [this, run = run_, alive = std::weak_ptr(alive_)](const Result<void>& allowed) {
        if (alive.expired() || run != run_ || is_winding_down_ || swarm() == nullptr) return;
        if (allowed) on_priorities_changed();
        else fail(allowed.error());
    });
}

void Torrent::on_priorities_changed()
{
    apply_priorities();
    swarm()->on_priorities_changed();
    if (ledger_.wanted_count() > 0) become_downloading();
    else seed_if_done();
}

std::vector<FileIndex> Torrent::files_to_write() const
{
    const Geometry& geometry = metainfo_->geometry;
    std::vector<bool> is_written(geometry.file_count(), false);
    for (const PieceIndex piece : geometry.pieces()) {
        if (ledger_.have().test(piece.value()) || priority_of(piece) == Priority::skip) continue;
        geometry.for_each_slice(piece, 0, geometry.length(piece),
                                [&](const FileSlice& slice) { is_written[slice.file.value()] = true; });
    }
    std::vector<FileIndex> files;
    for (const FileIndex file : geometry.files()) {
        if (is_written[file.value()] && !metainfo_->file(file).padding) files.push_back(file);
    }
    return files;
}

// A piece is wanted as much as the most wanted file it has a byte of.
Priority Torrent::priority_of(PieceIndex piece) const
{
    const Geometry& geometry = metainfo_->geometry;
    auto most = Priority::skip;
    geometry.for_each_slice(piece, 0, geometry.length(piece), [&](const FileSlice& slice) {
        if (!metainfo_->file(slice.file).padding) most = std::max(most, priorities_[slice.file.value()]);
    });
    return most;
}

void Torrent::apply_priorities()
{
    for (const PieceIndex piece : metainfo_->geometry.pieces()) {
        ledger_.set_priority(piece, static_cast<std::uint8_t>(priority_of(piece)));
    }
}

}  // namespace shoal::torrent
