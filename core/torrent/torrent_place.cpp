#include "torrent/torrent.hpp"

#include "metainfo/names.hpp"

#include <algorithm>
#include <utility>

// Where the files of a torrent lie: in another folder, under another name, nowhere any more.
namespace shoal::torrent {

std::string Torrent::path_of(FileIndex file) const
{
    const auto renamed = options_.renamed.find(file.value());
    return renamed == options_.renamed.end() ? metainfo_->disk_path(file) : renamed->second;
}

// A store that is open for a check has been told what was known before.
bool Torrent::knows_its_own() const
{
    if (takes_all_along_) return true;
    return knowledge_ == Knowledge::all && (!std::holds_alternative<Checking>(state_) || unverified_ == unverified());
}

// The store keeps the order: what is submitted to an open one comes after what was submitted before.
void Torrent::operate(Operation operation)
{
    if (!knows_its_own()) return operate_when_checked(std::move(operation));
    if (is_store_open_ && !is_winding_down_) return operation({});
    waiting_.operations.push_back(std::move(operation));
    if (!std::exchange(is_winding_down_, true)) operate_at_rest();
}

// What a check has not come to would stay behind as somebody else's, and be fetched once more.
void Torrent::operate_when_checked(Operation operation)
{
    waiting_.checked.push_back(std::move(operation));
    if (is_winding_down_) return;  // the check begins, or what waits is done, when it is at rest
    if (!is_store_open_) begin();
    else if (knowledge_ == Knowledge::all) wind_down();  // the check is over, and it is not live yet
}

void Torrent::refuse_unchecked(const Error& why)
{
    for (auto& operation : std::exchange(waiting_.checked, {})) operation(why);
}

// Opens the store for what waits, and closes it again.
void Torrent::operate_at_rest()
{
    is_store_open_ = true;
    store_->set_unverified(takes_all_along_ ? std::vector<bool>(metainfo_->geometry.file_count(), false) : unverified());
    store_->open([this](Result<Bitfield> there) {
        const Result<void> opened = there ? Result<void>() : Result<void>(there.error());
        for (auto& operation : std::exchange(waiting_.operations, {})) operation(opened);
        close_store();
    });
}

// Whoever watches hears of a failure as well.
Torrent::Done Torrent::told(std::string_view doing, Done done)
{
    Done ended = [this, doing, done = std::move(done)](Result<void> result) mutable {
        if (!result) {
            control::Value::Map event;
            event.set("doing", doing);
            event.set("why", result.error().text);
            event.set("code", errc_name(result.error().code));
            publish("torrent.error", std::move(event));
        }
        done(std::move(result));
    };
    const auto* causes = parts_.events.causes();
    return causes != nullptr ? Done(causes->carried(std::move(ended))) : std::move(ended);
}

void Torrent::move(std::string folder, disk::Store::Progress progress, Done done)
{
    auto finish = told("move", [this, folder, done = std::move(done)](Result<void> moved) mutable {
        if (moved) {
            leave_old_place();
            control::Value::Map event;
            event.set("folder", folder);
            publish("torrent.moved", std::move(event));
        }
        done(std::move(moved));
    });
    operate([this, folder = std::move(folder), progress = std::move(progress),
             finish = std::move(finish)](const Result<void>& opened) mutable {
        if (!opened) return finish(opened.error());
        store_->move(std::move(folder), std::move(progress), std::move(finish));
    });
}

void Torrent::cancel_moves()
{
    store_->cancel_moves();
    refuse_unchecked(make_error(Errc::cancelled, "it was stopped before it was checked"));
}

// Files that were copied take their old space until nobody reads them any more: their octets may still be on the way to peers.
// Closing a store does the same.
void Torrent::leave_old_place()
{
    auto* live = swarm();
    if (live == nullptr || is_winding_down_) return;
    live->when_sent([this] {
        if (is_winding_down_) return;
        store_->let_go([this](Result<void> outcome) {
            if (!outcome) on_disk_error(outcome.error());
        });
    });
}

void Torrent::rename(FileIndex file, std::string path, Done done)
{
    auto finish = told("rename", [this, file, path, done = std::move(done)](Result<void> renamed) mutable {
        if (renamed) {
            options_.renamed[file.value()] = path;
            control::Value::Map event;
            event.set("file", static_cast<std::int64_t>(file.value()));
            event.set("path", path);
            publish("torrent.renamed", std::move(event));
        }
        done(std::move(renamed));
    });
    if (auto checked = metainfo::check_path(path, {}); !checked) {
        return parts_.environment.loop.post(
            [finish = std::move(finish), why = checked.error(), alive = std::weak_ptr(alive_)]() mutable {
                if (!alive.expired()) finish(std::move(why));
            });
    }
    operate([this, file, path = std::move(path), finish = std::move(finish)](const Result<void>& opened) mutable {
        if (!opened) return finish(opened.error());
        store_->rename(file, std::move(path), std::move(finish));
    });
}

void Torrent::remove_data(std::vector<FileIndex> kept, Done done)
{
    wants_live_ = false;
    refuse_unchecked(make_error(Errc::cancelled, "the torrent is removed"));
    takes_all_along_ = false;  // a move may take more than is ours along, a removal takes nothing away that may not be
    auto finish = told("remove", [this, done = std::move(done)](Result<void> removed) mutable {
        for (const PieceIndex piece : metainfo_->geometry.pieces()) lose(piece);
        knowledge_ = removed ? Knowledge::all : Knowledge::nothing;
        if (removed) publish("torrent.removed-data", control::Value::Map{});
        done(std::move(removed));
    });
    waiting_.operations.push_back([this, kept = std::move(kept), finish = std::move(finish)](const Result<void>& opened) mutable {
        if (!opened) return finish(opened.error());
        std::vector<FileIndex> files;
        for (const FileIndex file : metainfo_->geometry.files()) {
            if (std::ranges::find(kept, file) == kept.end()) files.push_back(file);
        }
        store_->remove(std::move(files), std::move(finish));
    });
    if (is_winding_down_) return;
    if (is_store_open_) return wind_down();
    is_winding_down_ = true;
    operate_at_rest();
}

}  // namespace shoal::torrent
