// The policy: the ends of every file, then in order and in time; and when a file can be played.
#pragma once

#include <shoal/services.hpp>
#include <shoal/swarm_view.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

namespace shoal::streaming {

/// The settings of the plug-in's manifest.
struct Settings {
    std::uint64_t head_bytes = 4 << 20;
    std::uint64_t tail_bytes = 1 << 20;
    /// How fast the player consumes, octets a second.
    std::uint64_t rate = 1'000'000;
    /// How far ahead of the player pieces have a deadline.
    std::chrono::seconds window{30};
    /// How much the playable beginning grows between two events.
    std::uint64_t step_bytes = 8 << 20;
};

/// Head and tail of a file are here (or, `ready` false, are here no more).
struct CanPlay {
    std::uint32_t file;
    /// From the beginning of the file without a gap.
    std::uint64_t contiguous;
    bool ready;
};

/// Follows the wanted files of one torrent. Padding and empty files are nobody's to play.
class StreamPlan {
public:
    explicit StreamPlan(Settings settings) : settings_(settings) {}

    /// The files and their priorities, at first and whenever these changed.
    void read_files(const TorrentView& torrent);

    /// What became playable with these changes.
    [[nodiscard]] std::vector<CanPlay> on_events(const SwarmView& swarm,
                                                 std::span<const shoal_piece_event> events);

    /// Deadlines: now for heads and tails, the player's time for the window. The rest in order.
    void rank(const SwarmView& swarm, const Ranks& ranks) const;

private:
    struct File {
        std::uint32_t number; // in the torrent
        std::uint64_t offset;
        std::uint64_t length;
        std::uint32_t first; // pieces
        std::uint32_t last;
        std::uint32_t head_end; // one past the head's last piece
        std::uint32_t tail_begin;
        std::uint32_t gap = 0;  // the first piece that is missing; last + 1: none
        std::uint64_t told = 0; // contiguous octets in the last event
        bool ready = false;
    };

    void update(const SwarmView& swarm, File& file, std::vector<CanPlay>& playable) const;
    void rank_ends(const SwarmView& swarm, const Ranks& ranks) const;
    void rank_window(const SwarmView& swarm, const Ranks& ranks) const;
    [[nodiscard]] std::uint64_t contiguous(const File& file) const;
    [[nodiscard]] std::span<File> files_with(std::uint32_t piece);

    Settings settings_;
    std::uint64_t piece_length_ = 1;
    std::vector<File> files_; // by offset
};

} // namespace shoal::streaming
