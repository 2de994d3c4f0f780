#include "stream_plan.hpp"

#include <algorithm>

namespace shoal::streaming {
namespace {

constexpr std::uint32_t padding = 1; // shoal_torrent_file.flags

bool has_all(const SwarmView& swarm, std::uint32_t begin, std::uint32_t end)
{
    for (; begin < end; ++begin) {
        if (!swarm.have().test(begin)) return false;
    }
    return true;
}

} // namespace

void StreamPlan::read_files(const TorrentView& torrent)
{
    const auto before = std::move(files_);
    files_.clear();
    piece_length_ = torrent.piece_length();
    std::uint32_t number = 0;
    for (const auto& raw : torrent.files()) {
        const auto i = number++;
        if (raw.length == 0 || raw.priority == 0 || (raw.flags & padding) != 0) continue;
        const auto piece = [&](std::uint64_t offset) {
            return static_cast<std::uint32_t>(offset / piece_length_);
        };
        const auto last_octet = raw.offset + raw.length - 1;
        const auto head = std::clamp<std::uint64_t>(settings_.head_bytes, 1, raw.length);
        const auto tail = std::clamp<std::uint64_t>(settings_.tail_bytes, 1, raw.length);
        File file{.number = i,
                  .offset = raw.offset,
                  .length = raw.length,
                  .first = piece(raw.offset),
                  .last = piece(last_octet),
                  .head_end = piece(raw.offset + head - 1) + 1,
                  .tail_begin = piece(last_octet + 1 - tail)};
        file.gap = file.first;
        const auto known = std::ranges::lower_bound(before, i, {}, &File::number);
        if (known != before.end() && known->number == i) {
            file.gap = known->gap;
            file.told = known->told;
            file.ready = known->ready;
        }
        files_.push_back(file);
    }
}

std::vector<CanPlay> StreamPlan::on_events(const SwarmView& swarm, std::span<const shoal_piece_event> events)
{
    std::vector<CanPlay> playable;
    const bool anything = std::ranges::any_of(events, [](const shoal_piece_event& event) {
        return event.piece == SHOAL_ALL_PIECES || event.kind == SHOAL_EVENT_PRIORITY;
    });
    if (anything) {
        for (auto& file : files_) {
            file.gap = file.first;
            update(swarm, file, playable);
        }
        return playable;
    }
    for (const auto& event : events) {
        if (event.after != SHOAL_PIECE_HAVE && event.before != SHOAL_PIECE_HAVE) continue;
        for (auto& file : files_with(event.piece)) {
            file.gap = std::clamp(event.piece, file.first, file.gap);
            update(swarm, file, playable);
        }
    }
    return playable;
}

// A piece may hold many small files, a file many pieces.
std::span<StreamPlan::File> StreamPlan::files_with(std::uint32_t piece)
{
    const auto begin = std::ranges::lower_bound(files_, piece, {}, &File::last);
    auto end = begin;
    while (end != files_.end() && end->first <= piece) ++end;
    return {begin, end};
}

void StreamPlan::update(const SwarmView& swarm, File& file, std::vector<CanPlay>& playable) const
{
    while (file.gap <= file.last && swarm.have().test(file.gap)) ++file.gap;
    const bool ready = file.gap >= file.head_end && has_all(swarm, file.tail_begin, file.last + 1);
    const auto octets = contiguous(file);
    const bool grew =
        octets >= file.told + settings_.step_bytes || (octets == file.length && octets > file.told);
    if (ready == file.ready && !(ready && grew)) return;
    file.ready = ready;
    file.told = octets;
    playable.push_back({file.number, octets, ready});
}

std::uint64_t StreamPlan::contiguous(const File& file) const
{
    const auto gap = file.gap * piece_length_;
    return gap <= file.offset ? 0 : std::min(gap - file.offset, file.length);
}

void StreamPlan::rank(const SwarmView& swarm, const Ranks& ranks) const
{
    const std::int64_t count = swarm.piece_count();
    for (std::uint32_t piece = 0; piece < swarm.piece_count(); ++piece) {
        ranks.set(piece, swarm.priority()[piece] * count - piece);
    }
    rank_window(swarm, ranks);
    rank_ends(swarm, ranks);
}

// All are due now; a nanosecond each keeps the first file before the second and its head before its tail.
void StreamPlan::rank_ends(const SwarmView& swarm, const Ranks& ranks) const
{
    auto due = swarm.now();
    const auto make_due = [&](std::uint32_t begin, std::uint32_t end) {
        for (; begin < end; ++begin) {
            if (!swarm.have().test(begin)) ranks.set_deadline(begin, due += std::chrono::nanoseconds(1));
        }
    };
    for (const auto& file : files_) {
        if (file.ready) continue;
        make_due(file.first, file.head_end);
        make_due(std::max(file.tail_begin, file.head_end), file.last + 1);
    }
}

// The player is taken to stand at the first gap of the first file that is not whole, and to go on through the
// files after it.
void StreamPlan::rank_window(const SwarmView& swarm, const Ranks& ranks) const
{
    const auto rate = std::max<std::uint64_t>(settings_.rate, 1);
    // Behind the ends of all files, which are due at once.
    const auto start = swarm.now() + std::chrono::milliseconds(1);
    const auto window = static_cast<std::uint64_t>(settings_.window.count()) * rate;
    std::uint64_t ahead = 0;
    std::uint32_t next = 0; // many small files may share a piece
    for (const auto& file : files_) {
        for (auto piece = std::max(file.gap, next); piece <= file.last; ++piece) {
            if (ahead >= window) return;
            const auto wait =
                std::chrono::nanoseconds(static_cast<std::int64_t>(ahead * 1000 / rate * 1'000'000));
            if (!swarm.have().test(piece)) ranks.set_deadline(piece, start + wait);
            ahead += piece_length_;
            next = piece + 1;
        }
    }
}

} // namespace shoal::streaming
