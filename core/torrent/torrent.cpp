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
    case Stage::paused: return "stopped";
    case Stage::failed: return "failed";
    }
    return "unknown";
}

std::string_view priority_name(Priority priority)
{
    switch (priority) {
    case Priority::skip: return "skip";
    case Priority::low: return "low";
    case Priority::normal: return "normal";
    case Priority::high: return "high";
    }
    return "unknown";
}

std::optional<Priority> priority_named(std::string_view name)
{
    for (const auto priority : {Priority::skip, Priority::low, Priority::normal, Priority::high}) {
        if (priority_name(priority) == name) return priority;
    }
    return std::nullopt;
}

Torrent::Torrent(TorrentHandle handle, std::shared_ptr<const metainfo::TorrentFile> metainfo,
                 std::unique_ptr<disk::Store> store, std::unique_ptr<Finder> finder, Parts parts, TorrentOptions options)
    : handle_(handle), metainfo_(std::move(metainfo)), store_(std::move(store)), finder_(std::move(finder)),
      parts_(std::move(parts)), options_(std::move(options)), ledger_(metainfo_->geometry),
      down_(parts_.rates.down()), up_(parts_.rates.up()),
      priorities_(metainfo_->geometry.file_count(), Priority::normal),
      finished_(metainfo_->geometry.file_count(), false), safe_(metainfo_->geometry.piece_count())
{
    set_rates(options_.rates);
    apply_priorities();
    if (options_.resume) take(*options_.resume);
    options_.resume.reset();
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
    const auto& live = std::get<Live>(state_);
    if (live.is_naming) return Stage::checking;
    return live.is_seeding ? Stage::seeding : Stage::downloading;
}

Swarm* Torrent::swarm()
{
    auto* live = std::get_if<Live>(&state_);
    return live ? live->swarm.get() : nullptr;
}

const Swarm* Torrent::swarm() const
{
    const auto* live = std::get_if<Live>(&state_);
    return live ? live->swarm.get() : nullptr;
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

bool Torrent::spot(const Endpoint& endpoint, std::string_view plugin)
{
    if (finder_->is_private()) return false;
    finder_->add({endpoint}, plugin);
    return true;
}

bool Torrent::welcome(Introduction& introduction)
{
    auto* live = swarm();
    if (live == nullptr) return false;
    live->welcome(std::move(introduction));
    return true;
}

SwarmTotals Torrent::totals() const
{
    auto totals = past_totals_;
    if (const auto* live = swarm()) totals += live->totals();
    return totals;
}

std::optional<DiskWork> Torrent::disk_work() const
{
    const auto* live = swarm();
    if (live == nullptr || stage() != Stage::downloading) return std::nullopt;
    return live->disk_work();
}

std::vector<PeerStatus> Torrent::peers()
{
    auto* live = swarm();
    return live != nullptr ? live->peers() : std::vector<PeerStatus>{};
}

bool Torrent::has_company() const
{
    const auto* live = swarm();
    return live != nullptr && live->has_company();
}

bool Torrent::is_idle() const
{
    return stage() == Stage::seeding && finishing_ == 0 && !swarm()->has_company() && !swarm()->is_calling() && !finder_->is_asking();
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
    status.totals = totals();
    if (const auto* checking = std::get_if<Checking>(&state_); checking && checking->checker) {
        status.pieces_checked = checking->checker->checked();
    }
    if (const auto* failed = std::get_if<Failed>(&state_)) status.failure = failed->why;
    if (auto* live = swarm()) {
        status.swarm = live->status();
        status.pickers = live->picker_names();
        status.choker = live->choker_name();
    }
    status.trackers = finder_->announcer().trackers();
    return status;
}

}  // namespace shoal::torrent
