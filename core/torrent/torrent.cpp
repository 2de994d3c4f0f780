#include "torrent/torrent.hpp"

#include <shoal/abi/storage.h>

#include <fmt/format.h>

#include <algorithm>

namespace shoal::torrent {

std::string_view stage_name(Stage stage)
{
    switch (stage) {
    case Stage::resolving: return "resolving";
    case Stage::checking: return "checking";
    case Stage::downloading: return "downloading";
    case Stage::seeding: return "seeding";
    case Stage::paused: return "paused";
    case Stage::failed: return "failed";
    }
    return "unknown";
}

Torrent::Torrent(TorrentHandle handle, std::shared_ptr<const metainfo::TorrentFile> metainfo,
                 std::unique_ptr<disk::Store> store, std::unique_ptr<Finder> finder, Parts parts, TorrentOptions options)
    : handle_(handle), metainfo_(std::move(metainfo)), store_(std::move(store)), finder_(std::move(finder)),
      parts_(std::move(parts)), options_(std::move(options)), ledger_(metainfo_->geometry),
      down_(parts_.rates.down()), up_(parts_.rates.up()),
      priorities_(metainfo_->geometry.file_count(), Priority::normal),
      finished_(metainfo_->geometry.file_count(), false)
{
    set_rates(options_.rates);
    apply_priorities();
}

// The swarm uses the ledger and the store: it goes first, whatever the order of the members.
Torrent::~Torrent()
{
    state_ = Paused{};
}

Stage Torrent::stage() const
{
    if (std::holds_alternative<Checking>(state_)) return Stage::checking;
    if (std::holds_alternative<Paused>(state_)) return Stage::paused;
    if (std::holds_alternative<Failed>(state_)) return Stage::failed;
    return std::get<Live>(state_).is_seeding ? Stage::seeding : Stage::downloading;
}

Swarm* Torrent::swarm()
{
    auto* live = std::get_if<Live>(&state_);
    return live ? live->swarm.get() : nullptr;
}

void Torrent::enter(std::variant<Checking, Live, Paused, Failed> state)
{
    if (const auto* live = swarm()) past_totals_ += live->totals();
    state_ = std::move(state);
    control::Value::Map event;
    event.set("state", stage_name(stage()));
    if (const auto* failed = std::get_if<Failed>(&state_)) event.set("why", failed->why.text);
    publish("torrent.state", std::move(event));
}

// ---- the way to live --------------------------------------------------------------------------------------------

void Torrent::start()
{
    if (!std::holds_alternative<Paused>(state_) && !std::holds_alternative<Failed>(state_)) return;
    enter(Checking{});
    store_->open([this](Result<bool> worth_checking) { on_opened(std::move(worth_checking)); });
}

void Torrent::on_opened(Result<bool> worth_checking)
{
    auto* checking = std::get_if<Checking>(&state_);
    if (checking == nullptr) return;
    if (!worth_checking) return fail(worth_checking.error());
    if (options_.is_data_trusted) {
        for (const PieceIndex piece : metainfo_->geometry.pieces()) ledger_.mark_have(piece);
    }
    if (options_.is_data_trusted || !*worth_checking || ledger_.have().count() > 0) return go_live();
    checking->checker =
        std::make_unique<Checker>(metainfo_->geometry, *store_, ledger_, [this](Result<void> outcome) {
            // Out of the checker's own call before it is destroyed.
            parts_.environment.loop.post([this, alive = std::weak_ptr(alive_), outcome = std::move(outcome)]() mutable {
                if (!alive.expired()) on_checked(std::move(outcome));
            });
        });
    checking->checker->start();
}

void Torrent::on_checked(Result<void> outcome)
{
    if (!std::holds_alternative<Checking>(state_)) return;
    if (!outcome) return fail(outcome.error());
    go_live();
}

SwarmContext Torrent::swarm_context()
{
    return {.environment = parts_.environment,
            .transport = parts_.transport,
            .metainfo = *metainfo_,
            .ledger = ledger_,
            .store = *store_,
            .buffers = parts_.buffers,
            .down = down_,
            .up = up_,
            .finder = *finder_,
            .identity = parts_.identity,
            .settings = parts_.settings,
            .log = parts_.log,
            .events = *this};
}

void Torrent::go_live()
{
    auto pickers = parts_.plugins.make_pickers(options_.pickers, *this, *this);
    if (!pickers) return fail(pickers.error());
    auto choker = parts_.plugins.make_choker(options_.choker, *this, *this);
    if (!choker) return fail(choker.error());
    finish_complete_files();
    enter(Live{std::make_unique<Swarm>(swarm_context()), false});
    swarm()->set_pickers(std::move(*pickers));
    swarm()->set_choker(std::move(*choker));
    make_extensions();
    swarm()->start();
    seed_if_done();
}

// Without one of them the torrent works less well, and works.
void Torrent::make_extensions()
{
    const auto make = [this](const std::string& name, host::ExtensionSink& peers) {
        return parts_.plugins.make_extension(name, metainfo_->is_private, *this, *this, peers);
    };
    for (const auto& failure : swarm()->make_extensions(options_.extensions, make)) {
        parts_.log.warning("{}", failure.text);
    }
}

bool Torrent::spot(const Endpoint& endpoint, std::string_view plugin)
{
    if (finder_->is_private()) return false;
    finder_->add({endpoint}, plugin);
    return true;
}

// Not before every file has its name: until then a disk can still say no.
void Torrent::seed_if_done()
{
    if (ledger_.wanted_count() == 0 && finishing_ == 0) become_seeding();
}

void Torrent::become_seeding()
{
    auto* live = std::get_if<Live>(&state_);
    if (live == nullptr || live->is_seeding) return;
    live->is_seeding = true;
    control::Value::Map event;
    event.set("state", stage_name(Stage::seeding));
    publish("torrent.state", std::move(event));
    publish("torrent.finished", control::Value::Map{});
}

// Something more is wanted now.
void Torrent::become_downloading()
{
    auto* live = std::get_if<Live>(&state_);
    if (live == nullptr || !live->is_seeding) return;
    live->is_seeding = false;
    control::Value::Map event;
    event.set("state", stage_name(Stage::downloading));
    publish("torrent.state", std::move(event));
}

void Torrent::fail(const Error& why)
{
    parts_.log.info("failed: {}", why.text);  // whoever asked for the torrent tells the user: see Status::failure
    auto* live = swarm();
    if (live == nullptr) {
        finder_->stop([] {});  // it may have begun while the metadata was fetched
        return enter(Failed{why});
    }
    // The error came from inside the swarm: let it finish what it is doing, then end it.
    live->stop([this, &loop = parts_.environment.loop, why, alive = std::weak_ptr(alive_)] {
        loop.post([this, why, alive] {
            if (!alive.expired()) enter(Failed{why});
        });
    });
}

void Torrent::stop(environment::Task done)
{
    auto close = [this, alive = std::weak_ptr(alive_), done = std::move(done)]() mutable {
        if (alive.expired()) return;
        if (!std::holds_alternative<Failed>(state_)) enter(Paused{});
        store_->close([done = std::move(done)](Result<void>) mutable { done(); });
    };
    // The last tracker may answer when nobody waits any more and the torrent is gone; the loop is not.
    auto later = [&loop = parts_.environment.loop, close = std::move(close)]() mutable { loop.post(std::move(close)); };
    if (auto* live = swarm()) {
        live->stop(std::move(later));
    } else {
        finder_->stop(std::move(later));
    }
}

// ---- pieces and files -------------------------------------------------------------------------------------------

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
    if (std::holds_alternative<Failed>(state_)) return;
    control::Value::Map event;
    event.set("why", error.text);
    publish("disk.error", std::move(event));
    fail(error);
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
        event.set("path", metainfo_->disk_path(file));
        publish("file.finished", std::move(event));
        seed_if_done();
    });
}

void Torrent::set_priority(std::span<const FileIndex> files, Priority priority)
{
    for (const FileIndex file : files) priorities_[file.value()] = priority;
    apply_priorities();
    auto* live = swarm();
    if (live == nullptr) return;
    live->on_priorities_changed();
    if (ledger_.wanted_count() > 0) become_downloading();
    else seed_if_done();
}

// A piece is wanted as much as the most wanted file it has a byte of.
void Torrent::apply_priorities()
{
    const Geometry& geometry = metainfo_->geometry;
    for (const PieceIndex piece : geometry.pieces()) {
        auto most = Priority::skip;
        geometry.for_each_slice(piece, 0, geometry.length(piece), [&](const FileSlice& slice) {
            if (!metainfo_->file(slice.file).padding) most = std::max(most, priorities_[slice.file.value()]);
        });
        ledger_.set_priority(piece, static_cast<std::uint8_t>(most));
    }
}

void Torrent::set_rates(Rates rates)
{
    if (rates.down != down_.rate()) down_.set_rate(rates.down);
    if (rates.up != up_.rate()) up_.set_rate(rates.up);
}

// ---- plug-ins ---------------------------------------------------------------------------------------------------

Result<void> Torrent::set_pickers(const std::vector<std::string>& names)
{
    auto pickers = parts_.plugins.make_pickers(names, *this, *this);
    if (!pickers) return pickers.error();
    options_.pickers = names;
    if (auto* live = swarm()) live->set_pickers(std::move(*pickers));
    return {};
}

Result<void> Torrent::set_choker(const std::string& name)
{
    auto choker = parts_.plugins.make_choker(name, *this, *this);
    if (!choker) return choker.error();
    options_.choker = name;
    if (auto* live = swarm()) live->set_choker(std::move(*choker));
    return {};
}

const shoal_torrent_view* Torrent::view()
{
    file_views_.clear();
    for (const FileIndex index : metainfo_->geometry.files()) {
        const auto& file = metainfo_->file(index);
        file_views_.push_back({.path = {file.path.data(), file.path.size()},
                               .offset = file.offset,
                               .length = file.length,
                               .flags = file.padding ? SHOAL_FILE_PADDING : 0u,
                               .priority = static_cast<std::uint32_t>(priorities_[index.value()])});
    }
    view_ = {};
    view_.struct_size = sizeof(view_);
    view_.piece_count = metainfo_->geometry.piece_count();
    std::ranges::transform(metainfo_->info_hash.wire().bytes, view_.info_hash,
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
    view_.piece_length = metainfo_->geometry.piece_length();
    view_.total_length = metainfo_->geometry.total_length();
    view_.name = {metainfo_->name.data(), metainfo_->name.size()};
    view_.files = file_views_.data();
    view_.file_count = static_cast<std::uint32_t>(file_views_.size());
    view_.file_stride = sizeof(shoal_torrent_file);
    if (metainfo_->is_private) view_.flags = SHOAL_TORRENT_PRIVATE;
    return &view_;
}

void Torrent::publish(const host::Speaker& speaker, std::string_view name, const control::Value& payload)
{
    control::Value::Map event;
    event.set("plugin", speaker.plugin);
    event.set("data", payload);
    publish(name, std::move(event));
}

void Torrent::publish(std::string_view name, control::Value payload)
{
    parts_.events.on_event(handle_, name, std::move(payload));
}

// ---- peers, status ----------------------------------------------------------------------------------------------

bool Torrent::welcome(Introduction& introduction)
{
    auto* live = swarm();
    if (live == nullptr) return false;
    live->welcome(std::move(introduction));
    return true;
}

Torrent::Status Torrent::status()
{
    Status status{.stage = stage()};
    const Geometry& geometry = metainfo_->geometry;
    for (const PieceIndex piece : geometry.pieces()) {
        if (ledger_.priority(piece) == 0) continue;
        status.wanted_octets += geometry.length(piece);
        if (ledger_.have().test(piece.value())) status.had_octets += geometry.length(piece);
    }
    status.pieces_had = ledger_.have().count();
    status.totals = past_totals_;
    if (const auto* checking = std::get_if<Checking>(&state_); checking && checking->checker) {
        status.pieces_checked = checking->checker->checked();
    }
    if (const auto* failed = std::get_if<Failed>(&state_)) status.failure = failed->why;
    if (auto* live = swarm()) {
        status.swarm = live->status();
        status.totals += live->totals();
        status.pickers = live->picker_names();
        status.choker = live->choker_name();
    }
    status.trackers = finder_->announcer().trackers();
    return status;
}

}  // namespace shoal::torrent
